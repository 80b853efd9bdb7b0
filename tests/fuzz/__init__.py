"""Readers given bytes that nobody meant, to see that each reads them or refuses them in words.

``python -m tests.fuzz`` (``make fuzz``) runs every target for a time, guided by the coverage of our
code (atheris, which is libFuzzer); the suite runs the same targets on few inputs.
"""
