"""Benchmarks: `python -m bench` measures Tocsin beside its peers and holds it against its bars."""
