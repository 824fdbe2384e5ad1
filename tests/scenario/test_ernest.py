"""A build as ernest's users had it: told about on NATS, watched by id, from the first line on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ernest import Build, Ernest, Watching, line, stream_id
from tests.nats_server import Nats, private_nats
from tests.process import Process
from tests.waiting import eventually

_USER, _PASSWORD = "ci@example.org", "a long enough password"
_STREAM = stream_id("web", "fake")


@pytest.fixture
def bus() -> Iterator[Nats]:
    with private_nats() as nats:
        yield nats


@pytest.fixture
def tocsin(tmp_path: Path, bus: Nats) -> Iterator[Process]:
    with Process(tmp_path, TOCSIN_INGEST__NATS__URL=bus.url) as process:
        eventually(lambda: _listens(process))
        user = {"email": _USER, "name": "CI", "role": "viewer", "password": _PASSWORD}
        with process.client() as api:
            assert api.post("/api/v1/users", json=user).status_code == 201
        yield process


@pytest.fixture
def ernest(tocsin: Process) -> Ernest:
    client = Ernest(tocsin.url)
    client.log_in(_USER, _PASSWORD)
    return client


def _listens(process: Process) -> bool:
    with process.client() as api:
        return "not connected" not in api.get("/readyz").text


def _told(process: Process, count: int) -> None:
    """Wait until the last run has so many messages."""

    def has_them() -> bool:
        with process.client() as api:
            answer = api.get(f"/api/v1/operations/{_STREAM}")
        return answer.status_code == 200 and answer.json()["runs"][-1]["messages"] >= count

    eventually(has_them)


def _closed(process: Process) -> None:
    """Wait until the last run is closed."""

    def is_closed() -> bool:
        with process.client() as api:
            runs = api.get(f"/api/v1/operations/{_STREAM}").json()["runs"]
        return runs[-1]["closed_at"] is not None

    eventually(is_closed)


def test_a_client_that_opens_the_stream_first_reads_the_whole_build(
    bus: Nats, ernest: Ernest
) -> None:
    watching = ernest.watch(_STREAM)
    build = Build(bus, _STREAM)

    build.create()
    build.tell(line("Creating networks", "INFO"), line(" - 10.0.0.0/24"))
    build.tell(line("Networks created", "SUCCESS"))
    build.end("done")
    build.tell(line("Told late, within the second", "INFO"), line("success"))

    assert watching.wait() == [
        line("Creating networks", "INFO"),
        line(" - 10.0.0.0/24"),
        line("Networks created", "SUCCESS"),
        line("Told late, within the second", "INFO"),
    ]
    assert watching.mark == "success"


def test_a_build_that_fails_ends_with_its_error(bus: Nats, ernest: Ernest) -> None:
    watching = ernest.watch(_STREAM)
    build = Build(bus, _STREAM)

    build.create()
    build.tell(line("No such image", "ERROR"), line("error"))
    build.end("error")

    assert watching.wait() == [line("No such image", "ERROR")]
    assert watching.mark == "error"


def test_a_line_that_says_id_is_not_lost_on_a_reader_of_lines(bus: Nats, ernest: Ernest) -> None:
    watching = ernest.watch(_STREAM)
    build = Build(bus, _STREAM)

    build.create()
    build.tell(line("instance id: i-0abc", "INFO"), line("success"))

    assert watching.wait() == [line("instance id: i-0abc", "INFO")]


def test_whoever_comes_late_reads_everything_from_the_beginning(
    bus: Nats, tocsin: Process, ernest: Ernest
) -> None:
    build = Build(bus, _STREAM)
    build.create()
    build.tell(line("one"), line("two"))
    _told(tocsin, 2)

    during = ernest.watch(_STREAM)
    build.tell(line("three"))
    build.end("done")
    right_after = ernest.watch(_STREAM)

    expected = [line("one"), line("two"), line("three")]
    assert during.wait() == expected  # no end mark: the response ends by itself
    assert right_after.wait() == expected
    assert ernest.watch(f"{_STREAM}&run=last").wait() == expected  # long after


def test_two_builds_under_one_id_are_each_watched_by_their_own(
    bus: Nats, tocsin: Process, ernest: Ernest
) -> None:
    watched: list[Watching] = []
    for number in ("first", "second"):
        watched.append(ernest.watch(_STREAM))
        build = Build(bus, _STREAM)
        build.create()
        build.tell(line(f"the {number} build"))
        build.end("done")
        _told(tocsin, 1)
        _closed(tocsin)

    assert [each.wait() for each in watched] == [
        [line("the first build")],
        [line("the second build")],
    ]
    assert ernest.watch(f"{_STREAM}&run=1").wait() == [line("the first build")]


def test_a_new_build_within_the_second_closes_the_one_before(bus: Nats, ernest: Ernest) -> None:
    first = ernest.watch(_STREAM)
    build = Build(bus, _STREAM)
    build.create()
    build.tell(line("one"))
    build.end("done")
    again = Build(bus, _STREAM)
    again.create()
    again.tell(line("two"), line("success"))

    assert first.wait() == [line("one")]
    assert ernest.watch(_STREAM).wait() == [line("two")]


def test_what_other_parts_say_on_the_bus_disturbs_nobody(bus: Nats, ernest: Ernest) -> None:
    watching = ernest.watch(_STREAM)
    build = Build(bus, _STREAM)
    build.create()
    bus.publish(
        ("monitor.user", b"not JSON"),
        ("monitor.user", json.dumps({"service": build.service, "messages": "none"}).encode()),
        ("monitor.user", b'{"service": "' + b"x" * 70_000 + b'"}'),
        ("service.create.finished", json.dumps({"id": build.service}).encode()),
    )
    build.tell(line("still here"), line("success"))

    assert watching.wait() == [line("still here")]
