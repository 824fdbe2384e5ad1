"""The words of every language."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tocsin.model.page import Language
from tocsin.web.words import WORDS, Words, counted


def texts(table: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from texts(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def table(language: Language) -> dict[str, Any]:
    return dict(texts(msgspec.to_builtins(WORDS[language])))


def blanks(text: Any) -> list[set[str]]:
    return [
        set(re.findall(r"\{(\w+)\}", each)) for each in ([text] if isinstance(text, str) else text)
    ]


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.ENGLISH])
def test_a_translation_fills_the_same_blanks_and_leaves_nothing_out(language: Language) -> None:
    english, other = table(Language.ENGLISH), table(language)
    assert other.keys() == english.keys()
    for path, text in english.items():
        assert blanks(other[path]) == blanks(text), path
        assert all(other[path]), path


@pytest.mark.parametrize("language", Language)
def test_there_are_twelve_months_and_seven_days(language: Language) -> None:
    times = WORDS[language].times
    assert (len(times.months), len(times.months_short), len(times.weekdays)) == (12, 12, 7)


def test_a_word_that_is_missing_or_unknown_is_an_error() -> None:
    whole = msgspec.to_builtins(WORDS[Language.GERMAN])
    with pytest.raises(msgspec.ValidationError, match="past"):
        msgspec.convert({**whole, "past": {"band": "x"}}, Words)
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({**whole, "new": "x"}, Words)


def test_one_thing_is_counted_in_another_form_than_none_or_several() -> None:
    forms = ("{n} day {of}", "{n} days {of}")
    assert [counted(forms, number, of="x") for number in (0, 1, 2)] == [
        "0 days x",
        "1 day x",
        "2 days x",
    ]
