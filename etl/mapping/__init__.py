"""Reading files of any shape by a small TOML that says which column is what."""
