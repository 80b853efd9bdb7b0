"""Who has what: sources, coverage, publication."""
