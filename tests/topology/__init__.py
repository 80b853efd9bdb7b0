"""The topology of ``docker-compose.yml``, started on this machine without Docker.

A primary and a streaming replica, two API servers, an object store and nginx with the very
configuration of the compose file, each a process of its own that can be stopped, killed and
started again. ``python -m tests.topology up`` starts one to look at.
"""

from tests.topology.topology import Topology

__all__ = ["Topology"]
