"""One lieu where several sources know the same place.

Candidates share a commune and come from two sources (:mod:`.candidates`); a sum of points says
whether two are one (:mod:`.score`); groups never hold two lieux of one source (:mod:`.groups`); the
merged lieu keeps what each source knows best (:mod:`.merge`). Rules and figures: docs/donnees.md.
"""

from __future__ import annotations

from etl.deduplication.matching import same_lieux
from etl.deduplication.merge import deduplicate

__all__ = ["deduplicate", "same_lieux"]
