"""/api/v1/deliveries, and replaying."""

from typing import Any

import httpx
import pytest
from tests.http.test_webhooks import make
from tests.in_process import InProcess

from tocsin.model.access import Scope
from tocsin.model.delivery import Delivery, State
from tocsin.model.exchange import Exchange, Fault, Request, Response
from tocsin.store import attempts, deliveries
from tocsin.store.deliveries import Settled
from tocsin.store.store import Tx

# As the receiver is asked; what is not of ours may be a password.
HEADERS = {"Content-Type": "application/json", "webhook-id": "w", "Authorization": "Bearer hidden"}
ANSWERED = Response(500, {"server": "x"}, b"no\xff")


async def endpoint(client: httpx.AsyncClient, **fields: Any) -> str:
    """One that is told of everything that is published here."""
    given = {"profile": "cloudevents", "topics": ["deploys/*"], **fields}
    return str((await make(client, **given))["id"])


async def publish(client: httpx.AsyncClient, *keys: str) -> list[str]:
    """Publish an event of each key; their positions."""
    positions = []
    for key in keys:
        given = {"type": "com.example.done", "topic": f"deploys/{key}", "data": {"of": key}}
        published = await client.post("/events", json=given)
        positions.append(published.json()["positions"][0])
    return positions


async def attempt(
    service: InProcess,
    endpoint_id: str,
    state: State = State.FAILED,
    response: Response | None = ANSWERED,
    fault: Fault | None = None,
) -> Delivery:
    """Send the first that is due, and let this come of it."""

    def unit(tx: Tx) -> Delivery:
        (sent,) = deliveries.claim(tx.conn, endpoint_id, "w", tx.now_ms, 1)
        request = Request("https://example.org/hidden", HEADERS, b"{}")
        made = Exchange(tx.now_ms, 7, request, response, fault)
        attempts.add(tx.conn, [(sent.id, made)])
        ended = None if state is State.PENDING else tx.now_ms
        reason = None if state is State.DELIVERED else "answered 500"
        result = Settled(sent.id, sent.tries + 1, state, tx.now_ms, ended, reason)
        deliveries.settle(tx.conn, "w", [result], tx.now_ms)
        return sent

    return (await service.store.change(unit)).value


async def listed(client: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_what_is_on_its_way_is_shown(service: InProcess, client: httpx.AsyncClient) -> None:
    endpoint_id = await endpoint(client)
    first, second = await publish(client, "a", "a")
    newer, older = await listed(client, "/deliveries")
    assert older == {
        "id": older["id"],
        "endpoint_id": endpoint_id,
        "event_type": "com.example.done",
        "key": "deploys/a",
        "position": first,
        "webhook_id": first,
        "sequence": 1,
        "previous_id": None,
        "superseded": 0,
        "state": "pending",
        "reason": None,
        "attempts": 0,
        "next_attempt_ms": service.clock.now_ms(),
        "created_ms": service.clock.now_ms(),
        "ended_ms": None,
    }
    assert (newer["position"], newer["sequence"], newer["previous_id"]) == (second, 2, first)
    assert (newer["state"], newer["next_attempt_ms"]) == ("waiting", None)
    assert (await client.get(f"/deliveries/{older['id']}")).json() == older
    assert await listed(client, f"/webhooks/{endpoint_id}/deliveries") == [newer, older]
    queue = (await client.get(f"/webhooks/{endpoint_id}")).json()["health"]["queue"]
    assert queue == {"pending": 1, "waiting": 1, "sending": 0}


async def test_what_ended_says_how_and_is_counted(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    endpoint_id = await endpoint(client)
    await publish(client, "a", "b")
    failed = await attempt(service, endpoint_id)
    await attempt(service, endpoint_id, State.DELIVERED, Response(204))
    shown = (await client.get(f"/deliveries/{failed.id}")).json()
    assert (shown["state"], shown["reason"], shown["attempts"]) == ("failed", "answered 500", 1)
    assert (shown["next_attempt_ms"], shown["ended_ms"]) == (None, service.clock.now_ms())
    counts = (await client.get(f"/webhooks/{endpoint_id}")).json()["health"]["counts"]
    assert counts == {"delivered": 1, "failed": 1, "superseded": 0, "cancelled": 0}


async def test_filters_choose(service: InProcess, client: httpx.AsyncClient) -> None:
    one, two = await endpoint(client), await endpoint(client, topics=["deploys/b"])
    began = service.clock.now
    await publish(client, "a")
    service.clock.advance(10)
    await publish(client, "b")
    await attempt(service, two, State.DELIVERED)

    async def count(query: str, path: str = "/deliveries") -> int:
        return len(await listed(client, f"{path}?{query}"))

    assert await count("") == 3
    assert await count(f"endpoint_id={one}") == 2
    assert await count("state=delivered") == 1
    assert await count("state=cancelled") == 0
    assert await count("key=deploys/b") == 2
    assert await count("key=deploys/b", f"/webhooks/{one}/deliveries") == 1
    assert await count("event_type=com.example.done") == 3
    assert await count("event_type=i_ack") == 0
    assert await count(f"since={began + 10}") == 2
    assert await count(f"until={began + 10}") == 1
    assert await count(f"since={began}&until={began}") == 0
    assert await count(f"state=delivered&since={began + 10}&key=deploys/b&endpoint_id={two}") == 1


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("state=lost", "state"),
        ("endpoint_id=x", "endpoint_id"),
        ("event_type=", "event_type"),
        ("key=", "key"),
        ("key=a%00b", "key"),
        ("since=yesterday", "since"),
        ("since=-1", "since"),
        ("until=253402300800", "until"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
    ],
)
async def test_filters_that_make_no_sense_are_refused(
    client: httpx.AsyncClient, query: str, path: str
) -> None:
    endpoint_id = await endpoint(client)
    addresses = ["/deliveries"]
    addresses += [f"/webhooks/{endpoint_id}/deliveries"] if path != "endpoint_id" else []
    for address in addresses:
        answer = await client.get(f"{address}?{query}")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["path"] == path


async def test_the_list_is_read_page_by_page(client: httpx.AsyncClient) -> None:
    await endpoint(client)
    positions = await publish(client, "a", "b", "c")
    first = (await client.get("/deliveries?limit=2")).json()
    rest = (await client.get(f"/deliveries?limit=2&cursor={first['next']}")).json()
    assert [one["position"] for one in first["data"] + rest["data"]] == positions[::-1]
    assert rest["next"] is None


async def test_attempts_show_what_was_sent_and_what_came_back(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    endpoint_id = await endpoint(client)
    (position,) = await publish(client, "a")
    sent = await attempt(service, endpoint_id, State.PENDING, None, Fault.TIMEOUT)
    await attempt(service, endpoint_id)
    second, first = await listed(client, f"/deliveries/{sent.id}/attempts")
    event = (await client.get(f"/events?since={position.partition('-')[0]}-0")).json()["data"][-1]
    body = second["request"].pop("body")
    assert first["request"]["body"] == body
    assert httpx.Response(200, text=body).json() == event
    assert second == {
        "number": 2,
        "started_at_ms": service.clock.now_ms(),
        "duration_ms": 7,
        "status": 500,
        "error": None,
        "request": {"url": "https://example.org/hidden", "headers": HEADERS},
        "response": {"headers": {"server": "x"}, "body": "no\ufffd"},
    }
    assert (first["number"], first["status"], first["error"]) == (1, None, "timeout")
    assert first["response"] is None
    newest = (await client.get(f"/deliveries/{sent.id}/attempts?limit=1")).json()
    older = await listed(client, f"/deliveries/{sent.id}/attempts?cursor={newest['next']}")
    assert [one["number"] for one in newest["data"] + older] == [2, 1]


async def test_an_incident_is_shown_in_the_words_of_its_profile(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    endpoint_id = await endpoint(client, profile="flashduty", topics=[])
    incident = {"title": "Disk full", "incident_severity": "Critical"}
    made = (await client.post("/incidents", json=incident)).json()
    sent = await attempt(service, endpoint_id)
    (shown,) = await listed(client, f"/deliveries/{sent.id}/attempts")
    told = httpx.Response(200, text=shown["request"]["body"]).json()
    assert (told["event_type"], told["event_id"]) == ("i_new", sent.webhook_id)
    assert told["incident"]["incident_id"] == made["incident_id"]
    assert told["incident"]["detail_url"] == made["detail_url"]
    (listed_one,) = await listed(client, "/deliveries")
    assert (listed_one["event_type"], listed_one["key"]) == ("i_new", made["incident_id"])


async def test_a_body_is_gone_with_its_event(service: InProcess, client: httpx.AsyncClient) -> None:
    endpoint_id = await endpoint(client)
    await publish(client, "a")
    sent = await attempt(service, endpoint_id)
    await publish(client, "b", "c", "d")
    for _ in range(3):
        await attempt(service, endpoint_id, State.DELIVERED)
    await client.post("/prune")
    (shown,) = await listed(client, f"/deliveries/{sent.id}/attempts")
    assert (shown["request"]["body"], shown["request"]["body_reason"]) == (None, "pruned")
    answer = await client.post(f"/deliveries/{sent.id}/retry")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_viewer_sees_deliveries_without_what_may_be_secret(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    endpoint_id = await endpoint(client)
    await publish(client, "a")
    sent = await attempt(service, endpoint_id)
    everything = await listed(client, "/deliveries")
    async with service.client(await service.token(Scope.READ)) as viewer:
        assert await listed(viewer, "/deliveries") == everything
        (shown,) = await listed(viewer, f"/deliveries/{sent.id}/attempts")
    assert set(shown["request"]) == {"headers", "body"}
    assert set(shown["request"]["headers"]) == {"Content-Type", "webhook-id"}
    assert "hidden" not in str(shown)


async def test_a_delivery_is_sent_again_by_a_new_one(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    endpoint_id = await endpoint(client)
    (position,) = await publish(client, "a")
    (first,) = await listed(client, "/deliveries")
    path = f"/deliveries/{first['id']}/retry"
    on_its_way = await client.post(path)
    assert (on_its_way.status_code, on_its_way.json()["code"]) == (409, "conflict")
    await attempt(service, endpoint_id, State.DELIVERED)
    again, repeated = [await client.post(path, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert again.status_code == repeated.status_code == 201
    assert again.json() == repeated.json()
    made = again.json()
    assert made["id"] != first["id"]
    assert (made["webhook_id"], made["sequence"], made["position"]) == (position, 1, position)
    assert [one["id"] for one in await listed(client, "/deliveries")] == [made["id"], first["id"]]


async def test_what_takes_nothing_is_told_nothing_again(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    endpoint_id = await endpoint(client)
    await publish(client, "a")
    sent = await attempt(service, endpoint_id)
    await client.post(f"/webhooks/{endpoint_id}/disable")
    for path in (f"/deliveries/{sent.id}/retry", f"/webhooks/{endpoint_id}/replay"):
        answer = await client.post(path, content=b"{}" if "replay" in path else b"")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    await client.delete(f"/webhooks/{endpoint_id}")
    assert (await client.post(f"/deliveries/{sent.id}/retry")).status_code == 404
    assert (await client.get(f"/webhooks/{endpoint_id}/deliveries")).status_code == 404
    (shown,) = await listed(client, f"/deliveries/{sent.id}/attempts")
    assert '"of":"a"' in shown["request"]["body"]


async def test_a_part_of_the_log_is_told_again(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    endpoint_id = await endpoint(client)
    path, began = f"/webhooks/{endpoint_id}/replay", service.clock.now
    first, second = await publish(client, "a", "b")
    await attempt(service, endpoint_id)
    await attempt(service, endpoint_id, State.DELIVERED)

    async def replay(**given: Any) -> Any:
        """Replay, and take back what is on its way, which would not be replayed again."""
        answer = await client.post(path, json=given)
        assert answer.status_code == 200, answer.text
        await client.post(f"/webhooks/{endpoint_id}/disable")
        await client.post(f"/webhooks/{endpoint_id}/enable")
        return answer.json()

    assert await replay(since=first) == {"created": 1, "next": None}
    assert await replay(until=first) == {"created": 1, "next": None}
    assert await replay(since=began, until=began) == {"created": 0, "next": None}
    assert await replay(since=None) == {"created": 2, "next": None}
    assert await replay(only_failed=True) == {"created": 1, "next": None}
    assert await replay(since=second) == {"created": 0, "next": None}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"since": "latest"}, "since"),
        ({"since": "2026-01-01T00:00:00Z"}, "since"),
        ({"since": True}, "since"),
        ({"since": 1.5}, "since"),
        ({"since": -1}, "since"),
        ({"since": {}}, "since"),
        ({"until": 253_402_300_800}, "until"),
        ({"until": "other-5"}, "until"),
        ({"until": "x" * 900_000}, "until"),
        ({"only_failed": "yes"}, "only_failed"),
        ({"to": 1}, "to"),
    ],
)
async def test_places_that_are_none_are_refused(
    client: httpx.AsyncClient, given: dict[str, Any], path: str
) -> None:
    answer = await client.post(f"/webhooks/{await endpoint(client)}/replay", json=given)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/deliveries/{}"),
        ("GET", "/deliveries/{}/attempts"),
        ("POST", "/deliveries/{}/retry"),
        ("GET", "/webhooks/{}/deliveries"),
        ("POST", "/webhooks/{}/replay"),
        ("POST", "/webhooks/{}/enable"),
        ("POST", "/webhooks/{}/disable"),
        ("POST", "/webhooks/{}/rotate-secret"),
        ("POST", "/webhooks/{}/test"),
    ],
)
@pytest.mark.parametrize("name", ["0" * 24, "none", "..%2f", "%00"])
async def test_what_there_is_not_is_not_found(
    client: httpx.AsyncClient, method: str, path: str, name: str
) -> None:
    body = b"{}" if path.endswith("replay") else b""
    answer = await client.request(method, path.format(name), content=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
