"""Pages, their hosts, and what stands on them."""

import pytest
from tests.domain import Domain, data

from tocsin.app import pages
from tocsin.app.pages import PageChanges
from tocsin.model.component import State
from tocsin.model.errors import Code, Refused
from tocsin.model.layout import WantedGroup
from tocsin.model.page import Visibility
from tocsin.store.pages import StoredPage


async def edit(there: Domain, slug: str, changes: PageChanges) -> StoredPage:
    return await there.do(lambda tx: pages.edit(tx, pages.get(tx.conn, slug), changes))


async def test_main_is_made_once(there: Domain) -> None:
    made = (await there.page()).page
    await there.do(pages.ensure_main)
    assert (await there.page()).page == made
    assert there.last == [("page.created", "page/main")]


async def test_main_cannot_be_deleted(there: Domain) -> None:
    with pytest.raises(Refused) as refusal:
        await there.do(lambda tx: pages.delete(tx, pages.get(tx.conn, "main")))
    assert refusal.value.code is Code.PAGE_NOT_DELETABLE


async def test_a_slug_names_one_page(there: Domain) -> None:
    with pytest.raises(Refused) as refusal:
        await there.make_page("main")
    assert refusal.value.code is Code.CONFLICT


async def test_a_host_belongs_to_one_page_until_that_lets_go(there: Domain) -> None:
    await there.make_page("shop", hosts=("shop.example", "www.shop.example"))
    for host in ("shop.example", "www.shop.example"):
        with pytest.raises(Refused) as refusal:
            await edit(there, "main", PageChanges(hosts=("example", host)))
        assert refusal.value.code is Code.CONFLICT
    await edit(there, "shop", PageChanges(hosts=("www.shop.example",)))
    main = await edit(there, "main", PageChanges(hosts=("shop.example", "example")))
    assert main.page.hosts == ("shop.example", "example")


async def test_groups_come_back_as_they_were_placed(there: Domain) -> None:
    a, b, c = [await there.component(name) for name in "abc"]
    wanted = (
        WantedGroup(None, "Web", (c,)),
        WantedGroup(None, None, (b, a)),
        WantedGroup(None, "Data", ()),
    )
    await edit(there, "main", PageChanges(groups=wanted))
    groups = (await there.page()).page.groups
    assert [(group.name, group.component_ids) for group in groups] == [
        ("Web", (c,)),
        (None, (b, a)),
        ("Data", ()),
    ]
    assert [group.id is None for group in groups] == [False, True, False]


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_the_ungrouped_ones_stay_where_they_were_put(there: Domain, place: int) -> None:
    component_id = await there.component()
    wanted = [WantedGroup(None, name, ()) for name in ("Web", "Data")]
    wanted.insert(place, WantedGroup(None, None, (component_id,)))
    await edit(there, "main", PageChanges(groups=tuple(wanted)))
    groups = (await there.page()).page.groups
    assert groups[place].component_ids == (component_id,)
    assert len(groups) == 3


async def test_a_change_bumps_the_version_and_one_that_changes_nothing_writes_no_event(
    there: Domain,
) -> None:
    first = await there.page()
    second = await edit(there, "main", PageChanges(name="Acme", description="All of it"))
    assert second.version == first.version + 1
    assert there.last == [("page.edited", "page/main")]
    head = there.store.head
    assert await edit(there, "main", PageChanges(name="Acme")) == second
    assert there.store.head == head


async def test_rotating_gives_another_token_and_tells_nobody_which(there: Domain) -> None:
    before = await there.page()
    after = await there.do(lambda tx: pages.rotate_bypass_token(tx, pages.get(tx.conn, "main")))
    assert after.bypass_token != before.bypass_token
    (event,) = there.changes[-1]
    assert data(event)["rotated"] is True
    assert after.bypass_token.encode() not in event.data
    assert before.bypass_token.encode() not in event.data


async def test_a_page_is_in_the_worst_state_of_its_components(there: Domain) -> None:
    assert (await there.page()).state is State.OPERATIONAL
    await there.component(state=State.DEGRADED)
    await there.component(state=State.OUTAGE)
    assert (await there.page()).state is State.OUTAGE


async def test_deleting_a_page_leaves_its_components_and_frees_its_hosts(there: Domain) -> None:
    await there.make_page("shop", hosts=("shop.example",))
    component_id = await there.component(page="shop", group="Web")
    await there.do(lambda tx: pages.delete(tx, pages.get(tx.conn, "shop")))
    assert there.last == [("page.deleted", "page/shop")]
    assert (await there.shown(component_id)).pages == ()
    again = await there.make_page("shop", hosts=("shop.example",))
    assert again.page.groups == ()


async def test_visibility_and_timezone_are_told(there: Domain) -> None:
    changes = PageChanges(visibility=Visibility.PRIVATE, timezone="Europe/Berlin")
    await edit(there, "main", changes)
    page = data(there.changes[-1][0])["page"]
    assert (page["visibility"], page["timezone"]) == ("private", "Europe/Berlin")
    assert "bypass_token" not in page
