"""Handing letters to a real mail server, also to one that has its moods."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.certificates import server_context
from tests.clock import HeldClock
from tests.letters import NAMES, PAGE, bulletin
from tests.mail_server import MailBox, link, mail_server, read, text

from tocsin.app import smtp
from tocsin.app.mail import MailCarrier
from tocsin.app.outbox import Parcel
from tocsin.app.smtp import MailServer, Security, Smtp
from tocsin.model.bulletin import Kind
from tocsin.model.subscriber import Medium, OptIn, Subscriber
from tocsin.model.trying import Result, Tried

TOKEN = "T" * 32
URL = "https://public.test"

SUBSCRIBER = Subscriber(
    "s1", "page", Medium.EMAIL, "you@example.org", None, TOKEN, None, "", 1_700_000_000
)
OPT_IN = OptIn("o1", "page", Medium.EMAIL, "you@example.org", None, TOKEN, None, "", 1_700_000_000)
NEWS = Parcel("m1", SUBSCRIBER, PAGE, NAMES, (bulletin(0, Kind.CREATED),), 1)
INVITATION = Parcel("m2", OPT_IN, PAGE, NAMES, (), 1)


def to(target: str) -> Parcel:
    return replace(NEWS, id=target, to=replace(SUBSCRIBER, target=target))


def settings(port: int, **changes: Any) -> MailServer:
    plain = MailServer("127.0.0.1", port, Security.NONE, "", "", "Acme status <status@acme.test>")
    return replace(plain, **changes)


@pytest.fixture
def box() -> Iterator[MailBox]:
    with mail_server() as box:
        yield box


@pytest.fixture
async def carrier(box: MailBox) -> AsyncIterator[MailCarrier]:
    carrier = MailCarrier(Smtp(settings(box.port)), HeldClock(), URL)
    yield carrier
    await carrier.close()


async def test_news_arrive_with_the_links_of_their_reader(
    carrier: MailCarrier, box: MailBox
) -> None:
    assert await carrier.carry(NEWS) == Tried(Result.DELIVERED)
    (envelope,) = box.letters
    assert (envelope.mail_from, envelope.rcpt_tos) == ("status@acme.test", ["you@example.org"])
    message = read(envelope)
    assert message["From"] == "Acme status <status@acme.test>"
    assert message["Message-ID"] == "<m1@status.acme.test>"
    assert message["List-Unsubscribe"] == f"<https://status.acme.test/subscription/{TOKEN}/stop>"
    assert link(message, "/subscription/") == f"/subscription/{TOKEN}"


async def test_an_invitation_leads_to_the_confirmation_alone(
    carrier: MailCarrier, box: MailBox
) -> None:
    some = replace(OPT_IN, choice=frozenset({"api"}))
    await carrier.carry(INVITATION)
    await carrier.carry(replace(INVITATION, to=some, names={"api": "API"}))
    every, one = map(read, box.letters)
    assert link(every, "") == f"/subscribe/{TOKEN}"
    assert "List-Unsubscribe" not in every
    assert "everything" in text(every)
    assert "about API" in text(one)


async def test_a_connection_is_kept_until_there_is_a_rest(
    carrier: MailCarrier, box: MailBox
) -> None:
    for _ in range(3):
        await carrier.carry(NEWS)
    assert box.connections == 1
    await carrier.rest()
    await carrier.carry(NEWS)
    assert (box.connections, len(box.letters)) == (2, 4)


@pytest.mark.parametrize(
    ("answers", "result", "said"),
    [
        ({"you@example.org": "550 no such user"}, Result.REFUSED, "the recipient with 550"),
        ({"you@example.org": "451 come back"}, Result.FAILED, "the recipient with 451"),
        ({"DATA": "554 spam"}, Result.REFUSED, "the letter with 554"),
        ({"DATA": "452 full"}, Result.FAILED, "the letter with 452"),
        ({"MAIL": "553 not you"}, Result.FAILED, "553"),
    ],
)
async def test_what_a_refusal_means(
    carrier: MailCarrier, box: MailBox, answers: dict[str, str], result: Result, said: str
) -> None:
    box.answers = answers
    tried = await carrier.carry(NEWS)
    assert tried.result is result
    assert said in tried.reason
    box.answers = {}
    assert await carrier.carry(NEWS) == Tried(Result.DELIVERED)


async def test_a_refusal_of_one_leaves_the_connection_to_the_others(
    carrier: MailCarrier, box: MailBox
) -> None:
    box.answers = {"gone@example.org": "550 no such user"}
    for target in ("a@example.org", "gone@example.org", "b@example.org"):
        await carrier.carry(to(target))
    assert [letter.rcpt_tos for letter in box.letters] == [["a@example.org"], ["b@example.org"]]
    assert box.connections == 1


async def test_a_server_that_is_away_costs_a_try_and_no_letter() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    carrier = MailCarrier(Smtp(settings(port)), HeldClock(), URL)
    assert (await carrier.carry(NEWS)).result is Result.FAILED


@pytest.mark.parametrize("greeting", [b"", b"220", b"554 go away\r\n", b"\x00\xff" * 5_000])
async def test_a_server_that_makes_no_sense_costs_a_try(
    greeting: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_WITHIN_S", 0.5)

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        if greeting.startswith(b"554"):
            writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    carrier = MailCarrier(Smtp(settings(server.sockets[0].getsockname()[1])), HeldClock(), URL)
    assert (await carrier.carry(NEWS)).result is Result.FAILED
    await carrier.close()
    server.close()


async def test_a_connection_that_the_server_gave_up_is_replaced(box: MailBox) -> None:
    carrier = MailCarrier(Smtp(settings(box.port)), HeldClock(), URL)
    await carrier.carry(NEWS)
    (idle,) = carrier._smtp._idle  # what a server does after a while, without a word to wait for
    idle.close()
    assert await carrier.carry(NEWS) == Tried(Result.DELIVERED)
    await carrier.close()


async def test_starttls_is_required_and_the_certificate_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: MailBox
) -> None:
    wanted = settings(box.port, security=Security.STARTTLS)
    assert (await MailCarrier(Smtp(wanted), HeldClock(), URL).carry(NEWS)).result is Result.FAILED

    with mail_server(tls=server_context(tmp_path)) as safe:
        wanted = replace(wanted, host="localhost", port=safe.port)
        assert (
            await MailCarrier(Smtp(wanted), HeldClock(), URL).carry(NEWS)
        ).result is Result.FAILED
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        carrier = MailCarrier(Smtp(wanted), HeldClock(), URL)
        assert await carrier.carry(NEWS) == Tried(Result.DELIVERED)
        await carrier.close()
    assert box.letters == []


async def test_a_server_may_want_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with mail_server(tls=context, password="right") as box:
        wanted = settings(box.port, host="localhost", security=Security.STARTTLS, user="tocsin")
        for password, result in (("right", Result.DELIVERED), ("wrong", Result.FAILED)):
            carrier = MailCarrier(Smtp(replace(wanted, password=password)), HeldClock(), URL)
            tried = await carrier.carry(NEWS)
            assert tried.result is result
            assert password not in repr(wanted) + tried.reason
            await carrier.close()
