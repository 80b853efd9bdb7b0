"""OGC API: what ``/ogc/`` answers, by a raw ASGI path beside FastAPI."""
