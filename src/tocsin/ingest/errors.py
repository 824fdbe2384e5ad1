"""What goes wrong with the bus."""


class BusUnavailable(Exception):  # noqa: N818 - it names a state of the bus, not a mistake
    """The bus cannot be read now. The text says why; a new connection may put it right."""
