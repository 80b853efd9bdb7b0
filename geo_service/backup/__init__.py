"""What cannot be made again, in one file; and an atlas made from that file on an empty machine.

Kept: the configuration, the mappings, the référentiel when it is not the one of the code, the
files of the sources as they were read, the answers of the geocoder, the rates of all publications,
the reports. Tables and tiles are made again from them by a run, to the same bytes; they may be
added, so that readers do not wait for it.

| module | does |
| --- | --- |
| `archive.py` | the file: members, checksums, what makes it refused |
| `manifest.py` | what it says of itself |
| `sources.py` | which files are kept, under which names |
| `tables.py` | tables to bytes, and back |
| `saving.py`, `restoring.py` | the two commands |
| `placing.py` | files put where the atlas reads them, never elsewhere |
"""
