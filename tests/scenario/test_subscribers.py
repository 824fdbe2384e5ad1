"""Subscribers are told everything once, through crashes, restarts and absent mail servers."""

import socket
from pathlib import Path

import httpx
from tests.mail_server import MailBox, link, mail_server
from tests.process import Process
from tests.running import running
from tests.waiting import SCALE, eventually

YOU = "you@example.org"


def subscribe(url: str, box: MailBox) -> None:
    """Subscribe by e-mail, all the way."""
    with httpx.Client(base_url=url, timeout=30 * SCALE) as visitor:
        before = len(box.letters)
        assert visitor.post("/subscribe", data={"email": YOU}).status_code == 202
        invitation = box.wait_for(before + 1, 20 * SCALE)[-1]
        assert visitor.post(link(invitation, "/subscribe/")).status_code == 200


def make_component(api: httpx.Client) -> str:
    made = api.post("/api/v1/components", json={"name": "Website"})
    return str(made.json()["id"])


def make_issue(api: httpx.Client, component: str, title: str) -> None:
    given = {"title": title, "component_ids": [component]}
    assert api.post("/api/v1/issues", json=given).status_code == 201


def subjects(box: MailBox, number: int) -> list[str]:
    """The subjects of the news among so many letters."""
    letters = box.wait_for(number, 30 * SCALE)
    return [str(letter["Subject"]) for letter in letters if "Confirm" not in letter["Subject"]]


def environment(port: int) -> dict[str, str]:
    return {
        "TOCSIN_MAIL__SMTP_HOST": "127.0.0.1",
        "TOCSIN_MAIL__SMTP_PORT": str(port),
        "TOCSIN_MAIL__SMTP_SECURITY": "none",
        "TOCSIN_MAIL__SENDER": "status@acme.test",
        "TOCSIN_SUBSCRIBERS__DIGEST_S": "2",
    }


def test_what_waits_in_the_outbox_survives_a_crash_and_is_sent_once(tmp_path: Path) -> None:
    with mail_server() as box, Process(tmp_path, **environment(box.port)) as server:
        subscribe(server.url, box)
        with server.client() as api:
            component = make_component(api)
            make_issue(api, component, "First")
            box.wait_for(2, 20 * SCALE)
            make_issue(api, component, "Second")  # which rests until two seconds have passed

        server.kill()
        server.start()

        told = subjects(box, 3)
        with server.client() as api:
            make_issue(api, component, "Third")
        assert subjects(box, 4) == [
            "[Status] New issue: First",
            "[Status] New issue: Second",
            "[Status] New issue: Third",
        ]
        assert told == ["[Status] New issue: First", "[Status] New issue: Second"]


def test_a_mail_server_that_is_away_delays_and_loses_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        away = taken.getsockname()[1]
    plain: dict[str, object] = {
        "smtp_host": "127.0.0.1",
        "smtp_security": "none",
        "sender": "status@acme.test",
    }
    with mail_server() as box:
        with running(tmp_path, mail={**plain, "smtp_port": box.port}) as there:
            subscribe(there.url, box)
            now_ms = there.clock.now_ms()
        with running(tmp_path, mail={**plain, "smtp_port": away}) as there:
            there.clock.set(now_ms + 1_000)
            with there.client() as api:
                make_issue(api, make_component(api), "While it was away")
                failed = 'tocsin_messages_total{medium="email",result="failed"} 1.0'
                eventually(lambda: failed in api.get("/metrics").text)
        with running(tmp_path, mail={**plain, "smtp_port": box.port}) as there:
            there.clock.set(now_ms + 60_000)
            assert subjects(box, 2) == ["[Status] New issue: While it was away"]
            with there.client() as api:
                delivered = 'tocsin_messages_total{medium="email",result="delivered"} 1.0'
                eventually(lambda: delivered in api.get("/metrics").text)


def test_after_a_restart_nothing_is_sent_again(tmp_path: Path) -> None:
    with mail_server() as box, Process(tmp_path, **environment(box.port)) as server:
        subscribe(server.url, box)
        with server.client() as api:
            component = make_component(api)
            make_issue(api, component, "First")
        box.wait_for(2, 20 * SCALE)
        assert server.stop() == 0
        server.start()
        with server.client() as api:
            make_issue(api, component, "Second")
        assert subjects(box, 3) == ["[Status] New issue: First", "[Status] New issue: Second"]
        assert len(box.letters) == 3
