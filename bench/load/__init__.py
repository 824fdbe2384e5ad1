"""The load client: a program in C, and what drives it."""
