"""Where components stand on a page: in named groups, in order, and ungrouped.

The ungrouped ones are a group of their own, without id and name, at whatever place among the others
it was put. A page has it only while something stands there.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from msgspec import UNSET, UnsetType

from tocsin.model.errors import Code, FieldError, Refused, invalid
from tocsin.model.page import Group

Layout = tuple[Group, ...]

COMPONENTS_LIMIT = 2_000

_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class WantedGroup:
    """A group as somebody wants it: known by `id`, else by `name`; without both, the ungrouped."""

    id: str | None
    name: str | None
    component_ids: tuple[str, ...]


def named(wanted: Sequence[WantedGroup]) -> frozenset[str]:
    """The components that are to stand anywhere. Refuses (`invalid`) more than a page can hold."""
    component_ids = frozenset(one for group in wanted for one in group.component_ids)
    if len(component_ids) > COMPONENTS_LIMIT:
        raise invalid("groups", f"may hold at most {COMPONENTS_LIMIT} components")
    return component_ids


def arrange(layout: Layout, wanted: Sequence[WantedGroup], existing: Collection[str]) -> Layout:
    """What is wanted in place of `layout`. A group that is new has a name and no id yet.

    `existing` are those of the `named` components that there are. Refuses (`invalid`, every fault
    at once) a group that is not of this page, a second one of the same name, and a component that
    does not exist or stands there twice.
    """
    faults = [*_faulty_groups(layout, wanted), *_faulty_components(wanted, existing)]
    if faults:
        detail = "; ".join(f"{fault.path}: {fault.message}" for fault in faults[:3])
        raise Refused(Code.INVALID, detail, tuple(faults))
    by_id = {group.id for group in wanted if group.id}
    by_name = {group.name: group.id for group in layout if group.id not in by_id}
    return _tidy(
        Group(group.id or by_name.get(group.name), group.name, group.component_ids)
        for group in wanted
    )


def place(layout: Layout, component_id: str, group: str | UnsetType | None) -> Layout:
    """The layout with the component at the end of `group`: its id or its name, None for ungrouped.

    A name that no group has makes a new one at the end of the page. A component that stands there
    already stays where it is, and with `group` UNSET one that stands anywhere on the page. Refuses
    (`invalid`) an id that is not a group's of this page, and one component too many.
    """
    home = next((there for there in layout if component_id in there.component_ids), None)
    if home is not None and (group is UNSET or group in (home.id, home.name)):
        return layout
    if home is None and sum(len(there.component_ids) for there in layout) >= COMPONENTS_LIMIT:
        raise invalid("page", f"has {COMPONENTS_LIMIT} components already, which is all it can")
    return _append(_remove(layout, component_id), component_id, None if group is UNSET else group)


def remove(layout: Layout, component_id: str) -> Layout:
    """The layout without the component."""
    return _tidy(_remove(layout, component_id))


def _append(layout: Layout, component_id: str, group: str | None) -> Layout:
    for index, there in enumerate(layout):
        if group in (there.id, there.name):
            longer = replace(there, component_ids=(*there.component_ids, component_id))
            return _tidy((*layout[:index], longer, *layout[index + 1 :]))
    if group is not None and _ID.fullmatch(group):
        raise invalid("group", "there is no such group on the page")
    return _tidy((*layout, Group(None, group, (component_id,))))


def _remove(layout: Layout, component_id: str) -> Layout:
    return tuple(
        replace(there, component_ids=tuple(i for i in there.component_ids if i != component_id))
        for there in layout
    )


def _tidy(groups: Iterable[Group]) -> Layout:
    return tuple(group for group in groups if group.name is not None or group.component_ids)


def _faulty_groups(layout: Layout, wanted: Sequence[WantedGroup]) -> Iterator[FieldError]:
    ids = {group.id for group in layout if group.id}
    names: set[str | None] = set()
    for index, group in enumerate(wanted):
        if group.id is not None and group.id not in ids:
            yield FieldError(f"groups.{index}.id", "is no group of this page, or is named twice")
        elif group.id is not None and group.name is None:
            yield FieldError(f"groups.{index}.name", "has to be given for a group with an id")
        if group.name in names:
            yield FieldError(f"groups.{index}.name", "is the name of another group already")
        ids.discard(group.id or "")
        names.add(group.name)


def _faulty_components(
    wanted: Sequence[WantedGroup], existing: Collection[str]
) -> Iterator[FieldError]:
    placed: set[str] = set()
    for index, group in enumerate(wanted):
        for at, component_id in enumerate(group.component_ids):
            path = f"groups.{index}.component_ids.{at}"
            if component_id not in existing:
                yield FieldError(path, "there is no such component")
            if component_id in placed:
                yield FieldError(path, "stands on the page twice")
            placed.add(component_id)
