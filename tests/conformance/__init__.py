"""The tools people use, reading the service: what each counts is held against the database."""
