"""What is told of the host, and how urgent it is."""

from dataclasses import replace

import pytest

from tocsin.model.host_state import Reading, Space, notice_of

CALM = Reading(
    hostname="alpha",
    load=(0.5, 0.251, 1.0),
    memory=Space(1_000, 750),
    disks={"/": Space(200, 100), "/data": Space(0, 0)},
)


def test_a_reading_is_told_in_full() -> None:
    notice = notice_of(CALM, None)
    assert (notice.class_, notice.message, notice.priority) == ("system-state", None, 0)
    assert notice.args == {
        "hostname": "alpha",
        "load": [0.5, 0.25, 1.0],
        "memory": {"size": 1_000, "free": 750, "capacity": "25%"},
        "disks": {
            "/": {"size": 200, "free": 100, "capacity": "50%"},
            "/data": {"size": 0, "free": 0, "capacity": "0%"},
        },
    }


def test_another_name_is_told_once() -> None:
    renamed = replace(CALM, hostname="beta")
    notice = notice_of(renamed, CALM)
    assert (notice.args["hostnamechanged"], notice.priority) == ("true", 3)
    again = notice_of(renamed, renamed)
    assert ("hostnamechanged" in again.args, again.priority) == (False, 0)


@pytest.mark.parametrize(("free", "priority"), [(10, 0), (9, 6), (0, 6)])
def test_a_disk_that_fills_up_is_critical(free: int, priority: int) -> None:
    filling = replace(CALM, hostname="beta", disks={"/": CALM.disks["/"], "/x": Space(100, free)})
    assert notice_of(filling, filling).priority == priority
    assert notice_of(filling, CALM).priority == (priority or 3)
