"""What can be done with endpoints, and what is told of that."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from tests.clock import HeldClock
from tests.contract.units import publishing, whole_log
from tests.model.endpoints import SECRET

from tocsin.app import channels, endpoints
from tocsin.app.endpoints import EndpointChanges, NewEndpoint
from tocsin.model.channel import Rules
from tocsin.model.delivery import State
from tocsin.model.endpoint import (
    ROTATION_S,
    Endpoint,
    Kind,
    OldSecret,
    Order,
    Profile,
    Reason,
)
from tocsin.model.errors import Code, Refused
from tocsin.model.event import Event
from tocsin.model.health import Health
from tocsin.store import endpoint_health, tables
from tocsin.store import endpoints as kept
from tocsin.store.endpoint_health import Standing
from tocsin.store.store import Store
from tocsin.store.tables import deliveries
from tocsin.store.tx import Tx

T = TypeVar("T")

OWNER = 7
STATE = deliveries.c.state
NEW = NewEndpoint(
    name="Hook", url="https://Hooks.example.org/in?key=k3y#here", profile=Profile.CLOUDEVENTS
)
PAUSED = Standing(
    Health(failing_since_ms=1, pauses=3, paused_until_ms=5, warned=90, last_failure_ms=4), next_ms=9
)
HEALTHY = Standing(Health(last_failure_ms=4), next_ms=9)
EVERY_FIELD = NewEndpoint(
    name="Night shift",
    url="http://10.0.0.1:8080/hook",
    profile=Profile.FLASHDUTY,
    event_types=("i_new", "i_rslv"),
    channels=(1,),
    headers={"Authorization": "Bearer \\ \" '"},
    timeout_ms=5_000,
    max_attempts=4,
    order=Order.SUPERSEDE,
    verify_tls=False,
    rate_per_s=10,
)


@dataclass
class Endpoints:
    """A store, and the units of work on endpoints in it."""

    store: Store

    async def do(self, unit: Callable[[Tx], T]) -> T:
        """Run a unit of work."""
        return (await self.store.change(unit)).value

    async def create(self, new: NewEndpoint = NEW, **fields: Any) -> Endpoint:
        """Make an endpoint."""
        new = replace(new, **fields)
        return await self.do(lambda tx: endpoints.create(tx, new, SECRET, OWNER))

    async def edit(self, before: Endpoint, **changes: Any) -> Endpoint:
        """Change an endpoint."""
        return await self.do(lambda tx: endpoints.edit(tx, before, EndpointChanges(**changes)))

    async def disable(self, before: Endpoint, reason: Reason = Reason.BY_HAND) -> Endpoint:
        """Disable an endpoint."""
        return await self.do(lambda tx: endpoints.disable(tx, before, reason))

    async def find(self, endpoint_id: str) -> Endpoint | None:
        """What is kept of an endpoint."""
        return await self.store.read(lambda conn: kept.find(conn, endpoint_id))

    async def save(self, endpoint: Endpoint, standing: Standing) -> None:
        """Let it do so."""
        await self.do(lambda tx: endpoint_health.save(tx.conn, {endpoint.id: standing}))

    async def standing(self, endpoint: Endpoint) -> Standing:
        """How it does."""
        loaded = await self.store.read(lambda conn: endpoint_health.load(conn, [endpoint.id]))
        return loaded[endpoint.id]

    async def channel(self, name: str = "Payments") -> int:
        """Make a channel; returns its number."""
        return (await self.do(lambda tx: channels.create(tx, Rules(name)))).id

    async def told(self) -> list[Event]:
        """What the log says about endpoints."""
        return [one for one in await whole_log(self.store) if one.topic.startswith("endpoint/")]

    async def types(self) -> list[str]:
        """The same, in one word each."""
        return [one.type.removeprefix("tocsin.endpoint.") for one in await self.told()]

    async def states(self) -> list[tuple[str, str | None]]:
        """How the deliveries stand, and why, oldest first."""
        query = select(deliveries.c.state, deliveries.c.reason).order_by(deliveries.c.id)
        return await self.store.read(lambda conn: [tuple(row) for row in conn.execute(query)])


@pytest.fixture
def there(store: Store) -> Endpoints:
    """A store without endpoints."""
    return Endpoints(store)


async def refused(call: Any) -> tuple[Code, list[str]]:
    """With which code, and for which fields."""
    with pytest.raises(Refused) as caught:
        await call
    return caught.value.code, [one.path for one in caught.value.errors]


async def test_an_endpoint_is_as_its_profile_has_it(there: Endpoints, clock: HeldClock) -> None:
    made = await there.create()

    assert made == Endpoint(
        id=made.id,
        name="Hook",
        kind=Kind.PUSH,
        url="https://hooks.example.org/in?key=k3y",
        profile=Profile.CLOUDEVENTS,
        owner=OWNER,
        secret=SECRET,
        timeout_ms=15_000,
        max_attempts=11,
        created_at=clock.now,
    )
    assert await there.find(made.id) == made


async def test_an_endpoint_is_as_its_owner_wants_it(there: Endpoints) -> None:
    channel_id = await there.channel()
    made = await there.create(EVERY_FIELD, channels=(channel_id,))

    assert await there.find(made.id) == made
    asked = vars(EVERY_FIELD) | {"channels": (channel_id,)}
    assert {name: getattr(made, name) for name in asked} == asked


async def test_nothing_secret_is_left_of_what_is_deleted(there: Endpoints) -> None:
    made = await there.create(headers={"X-Token": "t0ken"})
    rotated = await there.do(lambda tx: endpoints.rotate_secret(tx, made, "whsec_other"))
    await there.do(lambda tx: endpoints.delete(tx, rotated))

    row = await there.store.read(lambda conn: conn.execute(select(tables.endpoints)).one())
    for secret in (SECRET, "whsec_other", "t0ken", "k3y"):
        assert secret not in str(row)


async def test_errors_of_the_database_do_not_tell_what_was_to_be_written(
    there: Endpoints,
) -> None:
    made = await there.create()
    with pytest.raises(IntegrityError) as refused:
        await there.do(lambda tx: kept.add(tx, made))
    assert SECRET not in str(refused.value)


async def test_what_is_told_leaves_out_what_must_stay_secret(there: Endpoints) -> None:
    made = await there.create(headers={"X-Token": "t0ken"})
    rotated = await there.do(lambda tx: endpoints.rotate_secret(tx, made, "whsec_other"))
    await there.do(lambda tx: endpoints.delete(tx, rotated))

    told = await there.told()
    assert [one.type.rpartition(".")[2] for one in told] == ["created", "edited", "deleted"]
    assert {(one.topic, one.key) for one in told} == {
        (f"endpoint/{made.id}", f"endpoint/{made.id}")
    }
    for one in told:
        shown = msgspec.json.decode(one.data)["endpoint"]
        assert not {"secret", "previous_secrets", "headers", "url"} & set(shown)
        assert (shown["id"], shown["name"]) == (made.id, "Hook")
        assert not any(word in one.data for word in (b"whsec_", b"t0ken", b"k3y"))


async def test_an_edit_changes_what_it_names(there: Endpoints) -> None:
    made = await there.create()
    edited = await there.edit(made, name="Other", url="https://other.example/", rate_per_s=5)

    url = "https://other.example/"
    assert edited == replace(made, name="Other", url=url, rate_per_s=5, version=2)
    assert await there.find(made.id) == edited
    assert await there.types() == ["created", "edited"]


async def test_an_edit_that_changes_nothing_tells_nothing(there: Endpoints) -> None:
    made = await there.create()

    assert await there.edit(made, name="Hook", url=NEW.url) == made
    assert await there.types() == ["created"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"),
        ({"channels": (1,)}, "channels"),
        ({"profile": Profile.FLASHDUTY, "channels": (99,)}, "channels.0"),
        ({"kind": Kind.ACTION}, "profile"),
    ],
)
async def test_what_makes_no_sense_is_not_made(
    there: Endpoints, fields: dict[str, Any], path: str
) -> None:
    assert await refused(there.create(**fields)) == (Code.INVALID, [path])
    assert await there.types() == []


async def test_what_makes_no_sense_does_not_come_by_an_edit_either(there: Endpoints) -> None:
    made = await there.create(profile=Profile.FLASHDUTY)

    assert await refused(there.edit(made, timeout_ms=0)) == (Code.INVALID, ["timeout_ms"])
    assert await refused(there.edit(made, channels=(99,))) == (Code.INVALID, ["channels.0"])
    assert await there.find(made.id) == made


async def test_a_channel_has_at_most_five_actions(there: Endpoints) -> None:
    one, two = await there.channel(), await there.channel("Shop")
    action = replace(NEW, kind=Kind.ACTION, profile=Profile.FLASHDUTY)
    everywhere = await there.create(action)
    last = [await there.create(action, channels=(one,)) for _ in range(4)][-1]

    assert await refused(there.create(action, channels=(two, one))) == (Code.INVALID, ["channels"])
    other = await there.create(action, channels=(two,))
    assert await refused(there.edit(other, channels=(one,))) == (Code.INVALID, ["channels"])
    assert await there.edit(last, name="Still one of five") != last

    await there.do(lambda tx: endpoints.delete(tx, everywhere))
    assert (await there.edit(other, channels=(one,))).channels == (one,)
    found = await there.store.read(lambda conn: kept.actions_of(conn, one))
    assert len(found) == 5
    assert await there.store.read(lambda conn: kept.actions_of(conn, two)) == []


async def test_a_replaced_secret_signs_for_a_day(there: Endpoints, clock: HeldClock) -> None:
    made = await there.create()
    rotated = await there.do(lambda tx: endpoints.rotate_secret(tx, made, "whsec_2"))

    old = OldSecret(SECRET, clock.now + ROTATION_S)
    assert rotated == replace(made, secret="whsec_2", previous_secrets=(old,), version=2)
    assert await there.find(made.id) == rotated


@pytest.fixture
async def waiting(there: Endpoints) -> Endpoint:
    """An endpoint to which one delivery is being sent, one is pending, and two wait."""
    made = await there.create(event_types=("com.example.happened",))
    await there.store.change(publishing("k", "l", "k", "l"))
    sending = update(deliveries).where(deliveries.c.key == "k", deliveries.c.ordinal == 1)
    await there.do(lambda tx: tx.conn.execute(sending.values(state=State.SENDING, worker="w")))
    return made


async def test_disabling_cancels_what_has_not_begun(there: Endpoints, waiting: Endpoint) -> None:
    disabled = await there.disable(waiting, Reason.GONE)
    await there.store.change(publishing("m"))

    assert (disabled.enabled, disabled.disabled_reason, disabled.version) == (False, "gone", 2)
    assert await there.find(waiting.id) == disabled
    assert await there.states() == [("sending", None), *[("cancelled", "gone")] * 3]
    assert await there.types() == ["created", "disabled"]


async def test_disabling_cancels_what_was_appended_just_before(there: Endpoints) -> None:
    made = await there.create(event_types=("com.example.happened",))

    def unit(tx: Tx) -> None:
        publishing("k")(tx)
        endpoints.disable(tx, made, Reason.BY_HAND)
        publishing("k")(tx)

    await there.do(unit)

    assert await there.states() == [("cancelled", "by_hand")]


async def test_who_is_disabled_keeps_the_reason(there: Endpoints) -> None:
    disabled = await there.disable(await there.create(), Reason.FAILING)

    assert await there.disable(disabled) == disabled
    assert await there.types() == ["created", "disabled"]


async def test_nothing_that_was_on_its_way_is_left_for_who_is_enabled_again(
    there: Endpoints,
) -> None:
    """Also where that was too much for one unit of work, and nobody has cancelled the rest yet."""
    made = await there.create()
    await there.store.change(publishing(*map(str, range(2_100))))

    async def states() -> Counter[str]:
        return Counter(await there.store.read(lambda conn: conn.scalars(select(STATE)).all()))

    disabled = await there.do(lambda tx: endpoints.disable(tx, made, Reason.BY_HAND))
    assert await states() == {State.CANCELLED: 1_000, State.PENDING: 1_100}
    await there.do(lambda tx: endpoints.enable(tx, disabled))
    assert await states() == {State.CANCELLED: 2_100}


async def test_who_is_enabled_again_counts_as_healthy(there: Endpoints) -> None:
    made = await there.create()
    await there.save(made, PAUSED)
    disabled = await there.disable(made, Reason.FAILING)

    enabled = await there.do(lambda tx: endpoints.enable(tx, disabled))

    assert enabled == replace(made, version=3)
    assert await there.do(lambda tx: endpoints.enable(tx, enabled)) == enabled
    assert await there.standing(made) == HEALTHY
    assert await there.types() == ["created", "disabled", "enabled"]


async def test_enabling_one_that_is_paused_ends_the_pause(there: Endpoints) -> None:
    made = await there.create()
    await there.save(made, PAUSED)
    woken: list[int] = []
    there.store.on_enlisted = lambda: woken.append(1)

    assert await there.do(lambda tx: endpoints.enable(tx, made)) == made
    assert woken
    assert await there.standing(made) == HEALTHY

    woken.clear()
    assert await there.do(lambda tx: endpoints.enable(tx, made)) == made
    assert not woken
    assert await there.types() == ["created"]


async def test_one_that_is_moved_counts_as_healthy(there: Endpoints) -> None:
    made = await there.create()
    await there.save(made, PAUSED)

    renamed = await there.edit(made, name="Other", url=made.url)
    assert await there.standing(made) == PAUSED
    await there.edit(renamed, url="https://hooks.example.org/mended")
    assert await there.standing(made) == HEALTHY


async def test_deleting_cancels_and_hides(there: Endpoints, waiting: Endpoint) -> None:
    await there.do(lambda tx: endpoints.delete(tx, waiting))
    await there.store.change(publishing("m"))

    assert await there.find(waiting.id) is None
    assert await there.store.read(lambda conn: kept.listing(conn, None, 10)) == []
    assert await there.states() == [("sending", None), *[("cancelled", "deleted")] * 3]
    gone = there.store.read(lambda conn: endpoints.get(conn, waiting.id))
    assert await refused(gone) == (Code.NOT_FOUND, [])


async def test_without_order_what_waited_goes(there: Endpoints, waiting: Endpoint) -> None:
    await there.edit(waiting, order=Order.NONE)

    assert [state for state, _ in await there.states()] == ["sending", *["pending"] * 3]


async def test_what_waits_is_passed_over_as_soon_as_newer_ones_supersede(
    there: Endpoints, waiting: Endpoint
) -> None:
    await there.store.change(publishing("k"))
    await there.edit(waiting, order=Order.SUPERSEDE)

    passed = ["sending", "superseded", "superseded", "pending", "waiting"]
    assert [state for state, _ in await there.states()] == passed


@pytest.mark.parametrize("order", [Order.STRICT, Order.SUPERSEDE])
async def test_with_an_order_what_was_to_be_sent_waits(
    there: Endpoints, waiting: Endpoint, order: Order
) -> None:
    unordered = await there.edit(waiting, order=Order.NONE)
    await there.edit(unordered, order=order)

    first = "pending" if order is Order.STRICT else "superseded"
    last = "waiting" if order is Order.STRICT else "pending"
    assert [state for state, _ in await there.states()] == ["sending", first, "waiting", last]


async def test_a_warning_says_how_far_it_has_come_and_why(there: Endpoints) -> None:
    made = await there.create()
    await there.do(lambda tx: endpoints.warn(tx, made, 50, 5, "timeout"))

    warned = (await there.told())[-1]
    assert warned.type == "tocsin.endpoint.warned"
    said = msgspec.json.decode(warned.data)
    assert (said["share"], said["failing_since"], said["reason"]) == (50, 5, "timeout")
    assert said["endpoint"]["id"] == made.id


async def test_endpoints_are_listed_newest_first(there: Endpoints) -> None:
    made = [await there.create(name=name) for name in "abc"]

    def names(before: str | None, limit: int) -> Callable[[Any], list[str]]:
        return lambda conn: [one.name for one in kept.listing(conn, before, limit)]

    assert await there.store.read(names(None, 2)) == ["c", "b"]
    assert await there.store.read(names(made[1].id, 2)) == ["a"]


async def test_endpoints_are_found_by_what_they_name(there: Endpoints) -> None:
    one, two = await there.channel(), await there.channel("Shop")
    push = await there.create(profile=Profile.FLASHDUTY, channels=(two, one))
    await there.create()

    read = there.store.read
    assert await read(lambda conn: kept.naming_channel(conn, one)) == [push]
    assert await read(lambda conn: kept.naming_channel(conn, one + two + 1)) == []
    assert len(await read(lambda conn: kept.of_owner(conn, OWNER))) == 2
    assert await read(lambda conn: kept.of_owner(conn, OWNER + 1)) == []
    assert await read(lambda conn: kept.of_ids(conn, [push.id, "0" * 24])) == {push.id: push}
    assert await read(kept.actions) == []
