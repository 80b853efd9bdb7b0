"""How far people are from services: distances, accessibility index, inequality, clusters.

Each module holds one method, on arrays, without a database; ``compute`` runs them all when an
atlas is published. ``distribution``, ``inequality`` and ``e2sfca`` also answer requests.
"""
