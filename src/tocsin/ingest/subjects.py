"""Subjects of NATS, and the patterns that stand for many of them."""


def covers(pattern: str, other: str) -> bool:
    """Whether `pattern` takes every subject that `other` (a subject, or a pattern itself) takes.

    `*` stands for one token, a last `>` for one or more (docs.nats.io, "Subject-Based Messaging").
    """
    wide, narrow = pattern.split("."), other.split(".")
    for at, token in enumerate(wide):
        if token == ">":
            return len(narrow) > at
        if at >= len(narrow) or narrow[at] == ">" or token not in {"*", narrow[at]}:
            return False
    return len(wide) == len(narrow)
