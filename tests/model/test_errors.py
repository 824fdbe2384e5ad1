"""Refusals."""

from tocsin.model.errors import Code, FieldError, invalid, not_found


def test_an_invalid_field_is_named_in_words_and_by_path() -> None:
    refused = invalid("updates.0.label", "must be a label")
    assert refused.code is Code.INVALID
    assert refused.detail == str(refused) == "updates.0.label: must be a label"
    assert refused.errors == (FieldError("updates.0.label", "must be a label"),)


def test_what_is_not_found_is_named() -> None:
    refused = not_found("page")
    assert (refused.code, refused.errors) == (Code.NOT_FOUND, ())
    assert refused.detail == "There is no such page."
