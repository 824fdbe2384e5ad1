"""`python -m tocsin` is the same as `tocsin`."""

from tocsin.cli import main

main()
