"""Faults done to a real installation while readers ask, and the table of what they saw.

``python -m tests.faults`` starts the topology of ``tests/topology`` (PostgreSQL, its replica, three
API servers, an object store), breaks one thing after the other, writes what readers saw, how
long it lasted and whether anything was lost, as Markdown and JSON.

| module | does |
| --- | --- |
| `readers.py` | asks all the time, judges each answer |
| `link.py` | the network between the service and its database |
| `site.py` | the installation, its small disks, what must not be lost |
| `playing.py` | one fault: readers, harm, repair, recovery, checks |
| `processes.py`, `network.py`, `disks.py`, `loading.py`, `files.py`, `clock.py` | the faults |
| `report.py` | the table |
"""
