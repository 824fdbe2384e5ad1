"""Tocsin: one durable, ordered log of what happens to your systems, pushed live to everyone."""

__version__ = "0.1.0"
