"""The servers under load: Tocsin, those it is compared with, and the floor under all of them."""
