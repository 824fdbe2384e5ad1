"""Pages, components and issues on each database."""

from dataclasses import replace
from typing import Any

from tests.clock import HeldClock
from tests.domain import domain

from tocsin.app import issues, pages, templates
from tocsin.app.pages import PageChanges
from tocsin.app.templates import NewTemplate, TemplateChanges
from tocsin.model.component import State
from tocsin.model.layout import WantedGroup
from tocsin.model.page import Language, Link, Logo, LogoType, Visibility
from tocsin.model.status import Period
from tocsin.store import components as component_rows
from tocsin.store import issues as issue_rows
from tocsin.store import logos as logo_rows
from tocsin.store import pages as page_rows
from tocsin.store import templates as template_rows
from tocsin.wire.logo import Picture

HOUR, DAY = 3_600, 86_400


async def test_what_is_kept_is_what_was_told(url: str, clock: HeldClock) -> None:
    async with domain(url, clock) as there:
        await there.make_page("shop", hosts=("b.example", "a.example"), timezone="Asia/Tokyo")
        a, b, c = [await there.component(name, group="Web") for name in "abc"]
        wanted = (WantedGroup(None, None, (c,)), WantedGroup(None, "Data", (a, b)))
        changes = PageChanges(groups=wanted, visibility=Visibility.PRIVATE, hosts=("c.example",))
        await there.do(lambda tx: pages.edit(tx, pages.get(tx.conn, "main"), changes))
        issue_id = await there.issue(b, a, state_override=State.OUTAGE)
        await there.update(issue_id, "monitoring", state_override=None)
        await there.update(issue_id, state_override=State.DEGRADED)
        times = {"starts_at": clock.now + HOUR, "ends_at": clock.now + 2 * HOUR}
        await there.issue(c, state_override=State.OUTAGE, **times)
        clock.advance(HOUR)
        await there.timers.catch_up()
        await there.delete_component(await there.component("d"))
        assert await there.loaded() == there.board
        assert {one.state for one in there.board.components.values()} == {
            State.DEGRADED,
            State.OUTAGE,
        }
        assert there.board.pages["main"].component_ids == (c, a, b)


async def test_settings_logo_and_templates_are_kept(url: str, clock: HeldClock) -> None:
    async with domain(url, clock) as there:
        links = (Link("Hilfe", "https://acme.example/für"), Link("Terms", "https://acme.example"))
        looks: dict[str, Any] = {
            "accent": "#0055cc",
            "links": links,
            "language": Language.GERMAN,
            "text_above": "*Hallo*",
            "text_above_html": "<p><em>Hallo</em></p>\n",
            "show_bars": False,
            "history_days": 30,
            "robots": False,
        }
        made = await there.make_page("shop", **looks)
        assert {name: getattr(made.page, name) for name in looks} == looks
        first, second = (
            Picture(Logo(LogoType.PNG, content.hex()), content)
            for content in (b"\x89", b"\x00\xff")
        )
        await there.do(lambda tx: pages.set_logo(tx, pages.get(tx.conn, "shop"), first))
        await there.do(lambda tx: pages.set_logo(tx, pages.get(tx.conn, "shop"), second))
        assert (await there.page("shop")).page.logo == second.logo
        assert await there.store.read(lambda conn: logo_rows.find(conn, "00ff")) == second
        assert await there.store.read(lambda conn: logo_rows.find(conn, "89")) is None
        back = PageChanges(accent=None, links=(), language=Language.ENGLISH, show_bars=True)
        await there.do(lambda tx: pages.edit(tx, pages.get(tx.conn, "shop"), back))
        assert await there.loaded() == there.board
        await there.do(lambda tx: pages.delete(tx, pages.get(tx.conn, "shop")))
        assert await there.store.read(lambda conn: logo_rows.find(conn, "00ff")) is None
        assert await there.loaded() == there.board


async def test_templates_name_components_that_exist(url: str, clock: HeldClock) -> None:
    async with domain(url, clock) as there:
        a, b = [await there.component(name) for name in "ab"]
        new = NewTemplate("Load", "Load", state_override=State.OUTAGE, component_ids=(b, a))
        made = await there.do(lambda tx: templates.create(tx, new))
        assert await there.store.read(lambda conn: templates.get(conn, made.id)) == made
        assert (made.component_ids, made.state_override) == ((b, a), State.OUTAGE)
        await there.delete_component(b)
        left = await there.store.read(lambda conn: templates.get(conn, made.id))
        assert left == replace(made, component_ids=(a,))
        await there.do(lambda tx: templates.edit(tx, left, TemplateChanges(component_ids=())))
        await there.do(lambda tx: templates.delete(tx, templates.get(tx.conn, made.id)))
        assert await there.store.read(lambda conn: template_rows.listing(conn, None, 9)) == []


async def test_lists_are_newest_first_and_go_on_below_an_id(url: str, clock: HeldClock) -> None:
    async with domain(url, clock) as there:
        made = [await there.component(name) for name in "abc"]
        reported = [await there.issue(one) for one in made]
        for slug in ("x", "y"):
            await there.make_page(slug)
        read = there.store.read
        found = await read(lambda conn: component_rows.listing(conn, made[2], 1))
        assert [one.component.id for one in found] == [made[1]]
        named = await read(lambda conn: issue_rows.listing(conn, None, 2))
        assert [one.issue.id for one in named] == [reported[2], reported[1]]
        shown = await read(lambda conn: page_rows.listing(conn, None, 9))
        assert [one.page.slug for one in shown] == ["y", "x", "main"]


async def test_what_goes_takes_its_rows_along(url: str, clock: HeldClock) -> None:
    async with domain(url, clock) as there:
        component_id = await there.component(group="Web")
        issue_id = await there.issue(component_id, state_override=State.OUTAGE)
        await there.update(issue_id, "resolved")
        await there.delete_component(component_id)
        assert (await there.reported(issue_id)).component_ids == ()
        await there.do(lambda tx: issues.delete(tx, issues.get(tx.conn, issue_id)))
        found = await there.store.read(
            lambda conn: component_rows.listing_statuses(conn, component_id, None, 9)
        )
        assert found == []
        assert await there.loaded() == there.board


async def test_a_board_knows_the_periods_within_its_reach(url: str, clock: HeldClock) -> None:
    async with domain(url, clock) as there:
        flapping, steady = [await there.component(name) for name in "ab"]
        began_at = [clock.now]
        states = [State.OUTAGE, State.OPERATIONAL] * 7
        for state in states:
            clock.advance(10 * DAY)
            began_at.append(clock.now)
            await there.edit_component(flapping, manual_state=state)
        loaded = await there.loaded()
        assert loaded == there.board
        assert loaded.periods[steady] == (Period(State.OPERATIONAL, began_at[0]),)
        told = [(period.state, period.began_at) for period in loaded.periods[flapping]]
        reaching = range(4, len(began_at))  # the one before ended 100 days before the newest began
        assert told == [(states[number - 1], began_at[number]) for number in reaching]
