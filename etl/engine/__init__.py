"""The run's heavy joins on a distributed engine, dask: optional, and never a different result.

PostGIS and this process do everything by default. With ``[calcul]`` in ``atlas.toml``, what grows
with the number of lieux is sent to workers: which commune holds a point, lieux counted by service
and territory, the lieu nearest to each commune, the accessibility index. Workers run the very
functions of this machine, on the same bits, and their sums are added in the same order: which
engine worked is no part of a publication's id.

``settings`` says which engine and ``engine`` is what the run sees of it; ``cluster`` starts or
joins workers, ``export`` hands them the lieux, ``tasks`` is what they run, ``places`` and
``outlines`` put the answers together.
"""
