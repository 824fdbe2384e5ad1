"""What the store raises when its database cannot be used."""


class StoreUnavailable(Exception):  # noqa: N818 - it names a state of the store, not a mistake
    """The database cannot be used now, and the call has not been acknowledged.

    The message says what is wrong and what to do about it; `__cause__` is the driver's own error.
    A change that gets this is not in the log, save when the connection was lost during its COMMIT
    and the database is still away: then it may be, and goes to the watchers once that is known.
    """
