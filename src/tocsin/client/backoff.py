"""How long to wait before a server that was lost is tried again."""

_LONGEST_WAIT_S = 60.0


def wait_s(retry_ms: int, failures: int, asked_s: float | None, chance: float) -> float:
    """How long to wait, in seconds, before trying again after so many failures in a row.

    What the server asked for with its refusal, else `retry_ms` doubled for each failure; at most
    a minute. `chance` in [0, 1) spreads the clients of a server that went away over a quarter
    more or less.
    """
    wanted = asked_s or retry_ms / 1000 * 2 ** min(failures - 1, 16)
    return min(wanted, _LONGEST_WAIT_S) * (0.75 + chance / 2)
