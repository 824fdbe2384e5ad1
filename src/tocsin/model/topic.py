"""Topics and types: the names that events go by, and the patterns that choose among them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from tocsin.model import operation
from tocsin.model.errors import invalid

TOPIC_PATTERN = r"[A-Za-z0-9._:-]{1,64}(/[A-Za-z0-9._:-]{1,64}){0,7}"
TYPE_PATTERN = r"[A-Za-z0-9._:/+-]{1,255}"
TOKENS_LIMIT = 8
PATTERNS_LIMIT = 100

# What Tocsin itself writes about; closed to publishers, as is every type that begins `tocsin.`.
RESERVED_ROOTS = frozenset(
    {
        "channel",
        "component",
        "endpoint",
        "incident",
        "integration",
        "issue",
        "notice",
        "operation",
        "page",
        "person",
        "template",
        "token",
        "user",
    }
)
RESERVED_TYPES = "tocsin."

_TOPIC = re.compile(TOPIC_PATTERN)
_TYPE = re.compile(TYPE_PATTERN)
_WILDCARD = re.compile("[*>]")
_NEVER = r"(?!)"
_PATTERN_TOKEN = re.compile(r"[A-Za-z0-9._:-]{1,64}|[*>]")
# The only topics of ours whose second token may be longer than those of publishers.
_OF_OPERATION = re.compile(operation.topic_of(operation.ID_PATTERN))


def check_topic(text: str, path: str = "topic") -> None:
    """Refuse (`invalid`, at `path`) what a publisher may not use as a topic."""
    if not _TOPIC.fullmatch(text):
        raise invalid(path, "must be 1 to 8 tokens of [A-Za-z0-9._:-]{1,64} joined by /")
    root = text.partition("/")[0]
    if root in RESERVED_ROOTS:
        raise invalid(path, f"topics under {root} are written by Tocsin itself")


def check_type(text: str, path: str = "type") -> None:
    """Refuse (`invalid`, at `path`) what a publisher may not use as a type."""
    if not _TYPE.fullmatch(text):
        raise invalid(path, "must be 1 to 255 of [A-Za-z0-9._:/+-]")
    if text.startswith(RESERVED_TYPES):
        raise invalid(path, f"types that begin {RESERVED_TYPES} are written by Tocsin itself")


@dataclass(frozen=True, order=True)
class Pattern:
    """A topic with wildcards, as NATS has them: `*` is any one token, a last `>` one or more."""

    text: str

    @classmethod
    def parse(cls, text: str, path: str = "topic") -> Self:
        """The pattern that `text` writes; refuses (`invalid`, at `path`) what is none."""
        if _OF_OPERATION.fullmatch(text):
            return cls(text)
        tokens = text.split("/")
        if len(tokens) > TOKENS_LIMIT or not all(map(_PATTERN_TOKEN.fullmatch, tokens)):
            raise invalid(
                path, "must be 1 to 8 tokens of [A-Za-z0-9._:-]{1,64}, * or > joined by /"
            )
        if ">" in tokens[:-1]:
            raise invalid(path, "> may only be the last token")
        return cls(text)

    @property
    def exact(self) -> bool:
        """Whether it has no wildcard, so that it is a topic."""
        return "*" not in self.text and ">" not in self.text

    @property
    def prefix(self) -> str:
        """The text before the first wildcard: every topic it chooses begins with that."""
        return _WILDCARD.split(self.text, maxsplit=1)[0]

    def covers(self, other: "Pattern") -> bool:
        """Whether it chooses every topic that `other` chooses."""
        return _covers(self.text.split("/"), other.text.split("/"))


def _covers(mine: list[str], theirs: list[str]) -> bool:
    match mine, theirs:
        case [], []:
            return True
        case [">"], [_, *_]:
            return True
        case [token, *mine], [other, *theirs] if token in (other, "*") and other != ">":
            return _covers(mine, theirs)
        case _:
            return False


def _expression(patterns: Iterable[Pattern]) -> re.Pattern[str]:
    written = (re.escape(one.text).replace(r"\*", "[^/]+").replace(">", ".+") for one in patterns)
    return re.compile("|".join(written) or _NEVER)


@dataclass(frozen=True)
class TopicFilter:
    """Which topics a reader asked for: the union of its patterns.

    Equal filters are equal objects however they were written, so that a filter can name a feed:
    the patterns are sorted and none is covered by another.
    """

    patterns: tuple[Pattern, ...]
    exact: frozenset[str] = field(compare=False)
    wildcards: tuple[Pattern, ...] = field(compare=False)
    _wild: re.Pattern[str] = field(compare=False, repr=False)

    @staticmethod
    def parse(texts: Iterable[str]) -> "TopicFilter":
        """The filter of these patterns; without any, every topic. Refuses as `Pattern`."""
        return _filter(frozenset(texts))

    @property
    def everything(self) -> bool:
        """Whether it leaves nothing out."""
        return self.patterns == (Pattern(">"),)

    def matches(self, topic: str) -> bool:
        """Whether the reader asked for `topic`."""
        return topic in self.exact or self._wild.fullmatch(topic) is not None


# Readers who come in thousands ask for the same topics.
@lru_cache(maxsize=1024)
def _filter(texts: frozenset[str]) -> TopicFilter:
    asked = {Pattern.parse(text) for text in texts} or {Pattern(">")}
    if len(asked) > PATTERNS_LIMIT:
        raise invalid("topic", f"at most {PATTERNS_LIMIT} patterns")
    kept = sorted(one for one in asked if not any(two.covers(one) for two in asked - {one}))
    wildcards = tuple(one for one in kept if not one.exact)
    exact = frozenset(one.text for one in kept if one.exact)
    return TopicFilter(tuple(kept), exact, wildcards, _expression(wildcards))
