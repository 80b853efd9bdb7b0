"""The territories: who is where."""
