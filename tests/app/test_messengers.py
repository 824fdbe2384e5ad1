"""Telling people through Apprise, with real servers on the other side."""

import asyncio
import socket
import threading
from ipaddress import ip_network

import pytest
from apprise.apprise import N_MGR
from tests.receiver import Receiver, receiver, status

from tocsin.app import messengers
from tocsin.app.messengers import Messengers
from tocsin.model.notify_scheme import FIXED
from tocsin.model.severity import Severity
from tocsin.model.trying import Result, Tried

LOOPBACK = [ip_network("127.0.0.0/8")]
OPEN = Messengers(["json"], LOOPBACK)


def url_of(there: Receiver, query: str = "") -> str:
    return there.url.replace("http://", "json://") + query


async def tell(url: str, by: Messengers = OPEN, kind: Severity | None = None) -> Tried:
    return await by.tell(url, "[Critical] New: Fire", "Line one\nLine two", kind)


async def test_what_happened_arrives_with_how_bad_it_is() -> None:
    kinds = (Severity.CRITICAL, Severity.WARNING, Severity.INFO, None)
    async with receiver() as there:
        for kind in kinds:
            assert await tell(url_of(there), kind=kind) == Tried(Result.DELIVERED)
    assert [got.data["type"] for got in there.got] == ["failure", "warning", "info", "success"]
    assert there.got[0].data["title"] == "[Critical] New: Fire"
    assert there.got[0].data["message"] == "Line one\nLine two"
    assert there.got[0].path == "/hook"


async def test_a_scheme_that_leads_to_any_host_has_to_be_allowed() -> None:
    async with receiver() as there:
        refused = await tell(url_of(there), Messengers([], LOOPBACK))
    assert refused == Tried(Result.REFUSED, "json is not in notify.allow_schemes")
    assert there.got == []


@pytest.mark.parametrize("url", ["mailto://anna@example.org", "syslog://", "nonsense://a"])
async def test_mail_and_this_machine_are_not_reached(url: str) -> None:
    assert (await tell(url)).result is Result.REFUSED


async def test_an_address_inside_is_not_called_unless_it_is_allowed() -> None:
    async with receiver() as there:
        inside = await tell(url_of(there), Messengers(["json"], []))
        named = await tell(
            url_of(there).replace("127.0.0.1", "localhost"), Messengers(["json"], [])
        )
    assert inside == named == Tried(Result.FAILED, "refused_address")
    assert there.got == []


async def test_a_redirect_is_not_followed_into_the_network() -> None:
    async with receiver() as inner, receiver("127.0.0.2") as outer:
        outer.answer = status(307, Location=inner.url)
        by = Messengers(["json"], [ip_network("127.0.0.2/32")])
        for query in ("", "?redirect=yes"):
            assert (await tell(url_of(outer, query), by)).result is Result.FAILED
    assert inner.got == []
    assert len(outer.got) == 2


async def test_a_failure_says_why() -> None:
    async with receiver() as there:
        there.answer = status(503)
        failed = await tell(url_of(there))
    assert failed.result is Result.FAILED
    assert "error=503" in failed.reason


async def test_a_url_that_apprise_does_not_understand_is_refused_for_good() -> None:
    refused = await tell("slack://nonsense")
    assert refused == Tried(Result.REFUSED, "Apprise does not understand the URL")


async def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert (await tell(f"json://127.0.0.1:{port}/")).result is Result.FAILED


async def test_a_server_that_is_silent_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messengers, "_SILENT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        failed = await tell(f"json://127.0.0.1:{port}/?rto=99999&cto=nan")
    assert failed.result is Result.FAILED


async def test_a_library_that_hangs_is_left_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messengers, "_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failed = await tell(f"json://127.0.0.1:{silent.getsockname()[1]}/")
        (hanging,) = [one for one in threading.enumerate() if one.name == "tocsin-telling"]
    assert failed == Tried(Result.FAILED, "timeout")
    assert hanging.daemon
    await asyncio.to_thread(hanging.join)


async def test_a_fault_of_the_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as there:
        with monkeypatch.context() as patched:
            patched.setattr(messengers, "_hurry", lambda plugin: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await tell(url_of(there))


def test_no_url_of_an_open_service_leads_to_a_host() -> None:
    for scheme in FIXED:
        plugin = N_MGR[scheme]
        assert not any("{host" in template for template in plugin.templates), scheme
        assert "host" not in plugin.template_tokens, scheme
