"""What comes from a bus and cannot be read."""

from tocsin.wire.malformed import Malformed, Reason


def test_it_says_why() -> None:
    malformed = Malformed(Reason.NOT_JSON, "it is no JSON")
    assert (malformed.reason, malformed.detail, str(malformed)) == (
        "not_json",
        "it is no JSON",
        "it is no JSON",
    )
