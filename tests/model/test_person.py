"""People and responders."""

from tests.model.incidents import ANNA, BERT, CLEO

from tocsin.model import person
from tocsin.model.person import Person, Responder


def test_a_responder_is_found_by_the_persons_id_alone() -> None:
    responder = Responder(ANNA, 5)
    assert person.find((responder,), Person(1, "Anna B.", "other@example.org")) is responder
    assert person.find((responder,), BERT) is None


def test_who_is_assigned_anew_keeps_an_acknowledgement() -> None:
    before = (Responder(ANNA, 5, 6), Responder(BERT, 5))
    after = person.assigned(before, [CLEO, ANNA], 9)
    assert after == (Responder(CLEO, 9), Responder(ANNA, 9, 6))


def test_who_acknowledges_is_a_responder_from_then_on() -> None:
    assert person.acknowledged((Responder(ANNA, 5),), BERT, 9) == (
        Responder(ANNA, 5),
        Responder(BERT, 9, 9),
    )
    assert person.acknowledged((Responder(ANNA, 5),), ANNA, 9) == (Responder(ANNA, 5, 9),)


def test_who_takes_an_acknowledgement_back_stays_a_responder() -> None:
    before = (Responder(ANNA, 5, 6), Responder(BERT, 5, 7))
    assert person.unacknowledged(before, ANNA) == (Responder(ANNA, 5), Responder(BERT, 5, 7))


def test_people_stand_in_the_timeline_by_the_names_of_the_seed() -> None:
    written = person.as_json([ANNA])
    assert written == [{"person_id": 1, "person_name": "Anna", "email": "anna@example.org"}]
    assert person.from_json(written) == (ANNA,)
