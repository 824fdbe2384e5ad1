"""Publishing notices."""

import pytest
from tests.domain import Domain

from tocsin.app import notices
from tocsin.model import notice
from tocsin.model.errors import Refused
from tocsin.model.notice import NewNotice


async def test_a_published_notice_is_an_event_of_its_class(there: Domain) -> None:
    new = NewNotice("life-preserver", "New snapshot", 1, {"class": "snapshot"})
    published = await there.do(lambda tx: notices.publish(tx, new))

    assert there.last == [("notice.published", "notice/life-preserver")]
    event = there.changes[-1][0]
    made = notice.read(event.data)
    assert published == (made.id, event.sequence)
    assert made.class_ == "life-preserver"
    assert bytes(made.args) == (
        b'{"class":"snapshot","message":"New snapshot","priority":"1 - Information"}'
    )


async def test_a_notice_that_is_refused_writes_nothing(there: Domain) -> None:
    before = there.store.head
    with pytest.raises(Refused):
        await there.do(lambda tx: notices.publish(tx, NewNotice("status")))
    assert there.store.head == before
