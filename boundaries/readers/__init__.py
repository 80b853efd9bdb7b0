"""Readers of boundary providers, one module each."""
