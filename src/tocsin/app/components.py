"""What can be done with components, as units of work, and how their states follow."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from tocsin.app import pages
from tocsin.app.pages import Place
from tocsin.model import event_data
from tocsin.model.component import Component, State, effective
from tocsin.model.errors import Code, Refused, not_found
from tocsin.model.unset import without_unset
from tocsin.store import components, incidents
from tocsin.store import pages as stored_pages
from tocsin.store.components import StoredComponent
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class NewComponent:
    """What the caller gives to make a component."""

    name: str
    description: str = ""
    manual_state: State = State.OPERATIONAL
    follow_incidents: bool = False


@dataclass(frozen=True)
class ComponentChanges:
    """What an edit changes; UNSET leaves a field as it is."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    manual_state: State | UnsetType = UNSET
    follow_incidents: bool | UnsetType = UNSET


def get(conn: Connection, component_id: str) -> StoredComponent:
    """The component of that id. Refused: not_found."""
    stored = components.find(conn, component_id)
    if stored is None:
        raise not_found("component")
    return stored


def create(tx: Tx, new: NewComponent, place: Place) -> StoredComponent:
    """Make a component and append it to a page. Refused (invalid): no such page or group."""
    component = Component(
        id=tx.new_id(),
        name=new.name,
        description=new.description,
        state=new.manual_state,
        manual_state=new.manual_state,
        follow_incidents=new.follow_incidents,
        created_at=tx.now,
    )
    placing = pages.placing(tx.conn, place, component.id)
    components.add(tx.conn, component)
    components.begin_status(tx.conn, tx.new_id(), component, tx.now)
    _append(tx, "created", component, (place.page,))
    pages.lay_out(tx, placing)
    return get(tx.conn, component.id)


def edit(
    tx: Tx, stored: StoredComponent, changes: ComponentChanges, place: Place | None = None
) -> StoredComponent:
    """Change some fields of a component, and where it stands if `place` is given.

    Refused (invalid): no such page or group.
    """
    edited = replace(stored.component, **without_unset(changes))
    placing = pages.placing(tx.conn, place, edited.id) if place else None
    _save(tx, stored, _standing(tx.conn, [edited])[0], tx.now)
    if placing is not None:
        pages.lay_out(tx, placing)
    return get(tx.conn, edited.id)


def delete(tx: Tx, stored: StoredComponent) -> None:
    """Remove a component from everywhere.

    Refused (component_in_use) while a standing or coming issue names it, or an open incident.
    """
    component_id = stored.component.id
    if components.in_use(tx.conn, component_id):
        raise Refused(Code.COMPONENT_IN_USE, "A standing or coming issue names the component.")
    if incidents.affecting(tx.conn, component_id):
        raise Refused(Code.COMPONENT_IN_USE, "An open incident affects the component.")
    holding = stored_pages.holding(tx.conn, [component_id])
    components.remove(tx.conn, component_id)
    _append(tx, "deleted", stored.component, stored.pages)
    pages.withdraw(tx, holding, component_id)


def recalculate(tx: Tx, component_ids: Collection[str], at: int) -> None:
    """Let the components' effective states follow their issues and incidents, as of `at` (Unix
    seconds)."""
    found = components.load(tx.conn, component_ids).values()
    standing = _standing(tx.conn, [stored.component for stored in found])
    pairs = zip(found, standing, strict=True)
    changed = [(stored, after) for stored, after in pairs if after != stored.component]
    for stored, component in _in_page_order(tx, changed):
        _save(tx, stored, component, at)


def _standing(conn: Connection, those: Sequence[Component]) -> list[Component]:
    """The components in the states that follow from their issues and incidents."""
    overrides = components.overrides(conn, [one.id for one in those])
    followed = incidents.severities(conn, [one.id for one in those if one.follow_incidents])
    return [
        replace(one, state=effective(one.manual_state, overrides[one.id], followed[one.id]))
        for one in those
    ]


_Changed = tuple[StoredComponent, Component]


def _in_page_order(tx: Tx, changed: list[_Changed]) -> list[_Changed]:
    if len(changed) < 2:
        return changed
    holding = stored_pages.holding(tx.conn, [after.id for _, after in changed])
    order = [component_id for stored in holding for component_id in stored.page.component_ids]
    rank = {component_id: at for at, component_id in reversed(list(enumerate(order)))}
    return sorted(changed, key=lambda pair: (rank.get(pair[1].id, len(order)), pair[1].id))


def _save(tx: Tx, stored: StoredComponent, after: Component, at: int) -> None:
    """Keep the component as it is `after` the change, with the events that say so."""
    before = stored.component
    if after == before:
        return
    components.save(tx.conn, after)
    if after.state is not before.state:
        _begin_status(tx, stored, after, at)
        before = replace(before, state=after.state, manual_state=after.manual_state)
    if after != before:
        _append(tx, "edited", after, stored.pages)


def _begin_status(tx: Tx, stored: StoredComponent, after: Component, at: int) -> None:
    down_since = components.down_since(tx.conn, after)
    began_at = components.begin_status(tx.conn, tx.new_id(), after, at)
    time_down = began_at - down_since if after.state is State.OPERATIONAL else None
    previous = stored.component.state
    data = event_data.of_status(after, stored.pages, previous, began_at, time_down)
    time_ms = None if at == tx.now else began_at * 1_000
    tx.append("tocsin.component.status", f"component/{after.id}", data, time_ms=time_ms)


def _append(tx: Tx, happened: str, component: Component, pages_of_it: Iterable[str]) -> None:
    data = event_data.of_component(component, tuple(pages_of_it))
    tx.append(f"tocsin.component.{happened}", f"component/{component.id}", data)
