"""What can be done with pages, as units of work."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from tocsin.model import event_data
from tocsin.model import layout as layouts
from tocsin.model.errors import Code, Refused, invalid, not_found
from tocsin.model.layout import Layout, WantedGroup
from tocsin.model.page import MAIN, Language, Link, Page, Visibility
from tocsin.model.unset import without_unset
from tocsin.store import components, logos, pages
from tocsin.store.pages import StoredPage
from tocsin.store.tx import Tx
from tocsin.wire.logo import Picture


@dataclass(frozen=True)
class NewPage:
    """What the caller gives to make a page, the rendered texts included."""

    slug: str
    name: str
    description: str = ""
    hosts: tuple[str, ...] = ()
    timezone: str = "UTC"
    visibility: Visibility = Visibility.PUBLIC
    groups: tuple[WantedGroup, ...] = ()
    accent: str | None = None
    links: tuple[Link, ...] = ()
    language: Language = Language.ENGLISH
    text_above: str = ""
    text_above_html: str = ""
    text_below: str = ""
    text_below_html: str = ""
    show_bars: bool = True
    show_uptime: bool = True
    history_days: int = 90
    robots: bool = True


@dataclass(frozen=True)
class PageChanges:
    """What an edit changes; UNSET leaves a field as it is."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    hosts: tuple[str, ...] | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    groups: tuple[WantedGroup, ...] | UnsetType = UNSET
    accent: str | UnsetType | None = UNSET
    links: tuple[Link, ...] | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    text_above: str | UnsetType = UNSET
    text_above_html: str | UnsetType = UNSET
    text_below: str | UnsetType = UNSET
    text_below_html: str | UnsetType = UNSET
    show_bars: bool | UnsetType = UNSET
    show_uptime: bool | UnsetType = UNSET
    history_days: int | UnsetType = UNSET
    robots: bool | UnsetType = UNSET


@dataclass(frozen=True)
class Place:
    """Where a component is to stand: the slug of a page, the id or name of a group there.

    `group` None: ungrouped; UNSET: where on the page it stands already, else ungrouped.
    """

    page: str = MAIN
    group: str | UnsetType | None = UNSET


class Placing(NamedTuple):
    """A page, and the layout that it is to have."""

    stored: StoredPage
    layout: Layout


def ensure_main(tx: Tx) -> None:
    """Make the page `main` where there is none, as in a new store."""
    if pages.find(tx.conn, MAIN) is None:
        create(tx, NewPage(MAIN, "Status"))


def get(conn: Connection, slug: str) -> StoredPage:
    """The page of that slug. Refused: not_found."""
    stored = pages.find(conn, slug)
    if stored is None:
        raise not_found("page")
    return stored


def create(tx: Tx, new: NewPage) -> StoredPage:
    """Make a page. Refused: conflict when the slug or a host is taken, invalid groups."""
    if pages.find(tx.conn, new.slug) is not None:
        raise Refused(Code.CONFLICT, f"There is a page with the slug {new.slug} already.")
    given = vars(new) | {"groups": _arranged(tx, (), new.groups)}
    page = Page(id=tx.new_id(), created_at=tx.now, **given)
    _check_hosts(tx, page)
    pages.add(tx.conn, page, _new_bypass_token())
    _append(tx, "created", page)
    return get(tx.conn, page.slug)


def edit(tx: Tx, stored: StoredPage, changes: PageChanges) -> StoredPage:
    """Change some fields of a page. Refused: conflict when a host is taken, invalid groups."""
    page = _edited(tx, stored.page, changes)
    if page == stored.page:
        return stored
    _check_hosts(tx, page)
    return _save(tx, stored, page)


def set_logo(tx: Tx, stored: StoredPage, picture: Picture) -> StoredPage:
    """Show a picture for the page's name, in place of the one it had."""
    if picture.logo == stored.page.logo:
        return stored
    logos.put(tx.conn, stored.page.id, picture)
    return _save(tx, stored, replace(stored.page, logo=picture.logo))


def remove_logo(tx: Tx, stored: StoredPage) -> None:
    """Show the page's name in words again. Refused: not_found when it has no logo."""
    if stored.page.logo is None:
        raise not_found("logo")
    logos.remove(tx.conn, stored.page.id)
    _save(tx, stored, replace(stored.page, logo=None))


def rotate_bypass_token(tx: Tx, stored: StoredPage) -> StoredPage:
    """Give the page another bypass token; what the old one had opened ends."""
    pages.save(tx.conn, stored, stored.page, _new_bypass_token())
    _append(tx, "edited", stored.page, rotated=True)
    return get(tx.conn, stored.page.slug)


def delete(tx: Tx, stored: StoredPage) -> None:
    """Remove a page; its components stay. Refused (page_not_deletable) for `main`."""
    if stored.page.slug == MAIN:
        raise Refused(Code.PAGE_NOT_DELETABLE, "The page main always exists.")
    pages.remove(tx.conn, stored.page.id)
    _append(tx, "deleted", stored.page)


def placing(conn: Connection, place: Place, component_id: str) -> Placing:
    """Where the component will stand. Refused (invalid): no such page, or no such group there."""
    stored = pages.find(conn, place.page)
    if stored is None:
        raise invalid("page", "there is no such page")
    return Placing(stored, layouts.place(stored.page.groups, component_id, place.group))


def lay_out(tx: Tx, placing: Placing) -> None:
    """Carry out what `placing` decided, in the same unit."""
    stored, layout = placing
    if layout != stored.page.groups:
        _save(tx, stored, replace(stored.page, groups=_with_ids(tx, layout)))


def withdraw(tx: Tx, holding: Collection[StoredPage], component_id: str) -> None:
    """Take a component that is gone off the pages on which it stood."""
    for stored in holding:
        lay_out(tx, Placing(stored, layouts.remove(stored.page.groups, component_id)))


def _edited(tx: Tx, page: Page, changes: PageChanges) -> Page:
    fields = without_unset(changes)
    if changes.groups is not UNSET:
        fields["groups"] = _arranged(tx, page.groups, changes.groups)
    return replace(page, **fields)


def _arranged(tx: Tx, layout: Layout, wanted: Sequence[WantedGroup]) -> Layout:
    existing = components.existing(tx.conn, layouts.named(wanted))
    return _with_ids(tx, layouts.arrange(layout, wanted, existing))


def _with_ids(tx: Tx, layout: Layout) -> Layout:
    return tuple(
        replace(group, id=tx.new_id()) if group.id is None and group.name is not None else group
        for group in layout
    )


def _check_hosts(tx: Tx, page: Page) -> None:
    for host, page_id in pages.owners(tx.conn, page.hosts).items():
        if page_id != page.id:
            raise Refused(Code.CONFLICT, f"The host {host} belongs to another page already.")


def _save(tx: Tx, stored: StoredPage, page: Page) -> StoredPage:
    pages.save(tx.conn, stored, page, stored.bypass_token)
    _append(tx, "edited", page)
    return get(tx.conn, page.slug)


def _append(tx: Tx, happened: str, page: Page, *, rotated: bool = False) -> None:
    data = event_data.of_page(page, rotated=rotated)
    tx.append(f"tocsin.page.{happened}", f"page/{page.slug}", data)


def _new_bypass_token() -> str:
    return secrets.token_urlsafe(24)
