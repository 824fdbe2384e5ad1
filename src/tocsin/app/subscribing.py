"""Use cases of subscribers: to ask, to confirm, to choose, to stop.

Nothing here writes to the log: it cannot forget, and a subscriber may ask to be forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from tocsin.model.errors import Code, Refused, invalid, not_found
from tocsin.model.page import Page, Visibility
from tocsin.model.subscriber import CONFIRMED_WITHIN, Choice, Medium, OptIn, Subscriber
from tocsin.store import bulletins, opt_ins, outbox, pages, subscribers
from tocsin.store.outbox import NewItem
from tocsin.store.pages import StoredPage
from tocsin.store.tx import Tx

# How many letters one mailbox is sent to confirm something, and how many challenges one host, an
# hour. The one is kept in silence, since it would tell who else was asked for.
LETTERS_AN_HOUR = 3
CHALLENGES_AN_HOUR = 20

# Rows that one unit of work removes, so that nobody waits long behind it.
FORGOTTEN_AT_ONCE = 300

_HOUR = 60 * 60


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: to be told by `medium` at `target` (as `model.subscriber` reads them)
    of those components of the page."""

    slug: str
    medium: Medium
    target: str
    choice: Choice


@dataclass(frozen=True)
class Keys:
    """The secrets of a new subscription. `secret` signs what a webhook is sent."""

    token: str
    secret: str | None = None


@dataclass(frozen=True)
class Subscription:
    """A subscriber with the page it is of. `may_see`: the page, if it were to ask for it now."""

    subscriber: Subscriber
    page: Page
    may_see: bool


@dataclass(frozen=True)
class Asked:
    """An opt-in with the page it is of, and the subscriber that came of it if any."""

    opt_in: OptIn
    page: Page
    subscriber: Subscriber | None


def ask(wish: Wish, keys: Keys) -> Callable[[Tx], OptIn]:
    """The unit that keeps a wish, and by e-mail has it confirmed.

    It does the same work and gives the same answer whether the target is known or not. Refused:
    not_found, and invalid for a component that is not on the page.
    """

    def unit(tx: Tx) -> OptIn:
        stored = _page(tx.conn, wish.slug)
        _check_choice(stored.page, wish.choice)
        asked_for = opt_ins.count(tx.conn, wish.medium, wish.target, tx.now - _HOUR)
        opt_in = OptIn(
            id=tx.new_id(),
            page_id=stored.page.id,
            medium=wish.medium,
            target=wish.target,
            choice=wish.choice,
            token=keys.token,
            secret=keys.secret,
            bypass_token="" if _is_public(stored) else stored.bypass_token,
            created_at=tx.now,
        )
        opt_ins.add(tx.conn, opt_in)
        if wish.medium is Medium.EMAIL and asked_for < LETTERS_AN_HOUR:
            # Before all news: whoever asks during an outage wants to hear of it.
            item = NewItem(tx.new_id(), Medium.EMAIL, due_ms=0, opt_in_id=opt_in.id)
            outbox.add(tx.conn, [item])
        return opt_in

    return unit


def asked(conn: Connection, token: str, now: int) -> Asked:
    """What the token is to confirm. Refused: not_found, also when it is too old."""
    opt_in = opt_ins.by_token(conn, token, now - CONFIRMED_WITHIN)
    if opt_in is None:
        raise not_found("request for a subscription, or it is more than 24 hours old")
    page = pages.all_of(conn, [opt_in.page_id])[opt_in.page_id].page
    known = subscribers.find(conn, opt_in.subscriber_id) if opt_in.subscriber_id else None
    return Asked(opt_in, page, known)


def begin_challenge(token: str) -> Callable[[Tx], Asked]:
    """The unit that counts a challenge, to be sent now to the webhook of this opt-in.

    Refused: not_found, and too_many_requests when the host gets so many already.
    """

    def unit(tx: Tx) -> Asked:
        found = asked(tx.conn, token, tx.now)
        opt_in = found.opt_in
        tries = opt_ins.count_tries(tx.conn, opt_in.medium, opt_in.target, tx.now - _HOUR)
        if tries >= CHALLENGES_AN_HOUR:
            raise Refused(Code.TOO_MANY_REQUESTS, "That host was asked too often. Try again later.")
        opt_ins.count_try(tx.conn, opt_in)
        return replace(found, opt_in=replace(opt_in, tries=opt_in.tries + 1))

    return unit


def confirm(token: str) -> Callable[[Tx], Subscription]:
    """The unit that makes an opt-in count, once: whoever has a subscription there gets what was
    chosen now. Refused: not_found."""

    def unit(tx: Tx) -> Subscription:
        found = asked(tx.conn, token, tx.now)
        known = found.subscriber or _subscribe(tx, found)
        return _subscription(tx.conn, known)

    return unit


def opened(conn: Connection, token: str) -> Subscription:
    """The subscription that the token opens. Refused: not_found."""
    subscriber = subscribers.by_token(conn, token)
    if subscriber is None:
        raise not_found("subscription; it may have been ended")
    return _subscription(conn, subscriber)


def choose(token: str, choice: Choice) -> Callable[[Tx], Subscription]:
    """The unit that changes what somebody hears of. Refused: not_found; invalid for a component
    that is not on the page; forbidden to those who may not see it any more."""

    def unit(tx: Tx) -> Subscription:
        found = opened(tx.conn, token)
        if not found.may_see:
            raise Refused(Code.FORBIDDEN, "The page is private now.")
        _check_choice(found.page, choice)
        changed = replace(found.subscriber, choice=choice)
        subscribers.renew(tx.conn, changed)
        return replace(found, subscriber=changed)

    return unit


def stop(token: str) -> Callable[[Tx], None]:
    """The unit that ends a subscription; one that has ended already is as good."""

    def unit(tx: Tx) -> None:
        subscriber = subscribers.by_token(tx.conn, token)
        if subscriber is not None:
            subscribers.remove(tx.conn, subscriber.id)

    return unit


def remove(subscriber_id: str) -> Callable[[Tx], None]:
    """The unit that forgets a subscriber. Refused: not_found."""

    def unit(tx: Tx) -> None:
        if subscribers.find(tx.conn, subscriber_id) is None:
            raise not_found("subscriber")
        subscribers.remove(tx.conn, subscriber_id)

    return unit


def forget(tx: Tx) -> int:
    """Remove what serves no purpose any more, FORGOTTEN_AT_ONCE of each kind at most: opt-ins past
    their time, those left without components, bulletins that everybody has; returns how much."""
    limit = FORGOTTEN_AT_ONCE
    return (
        opt_ins.forget(tx.conn, tx.now - CONFIRMED_WITHIN, limit)
        + subscribers.remove_aimless(tx.conn, limit)
        + bulletins.forget(tx.conn, limit)
    )


def _subscribe(tx: Tx, found: Asked) -> Subscriber:
    opt_in = found.opt_in
    known = subscribers.by_target(tx.conn, opt_in.page_id, opt_in.medium, opt_in.target)
    still = None if opt_in.choice is None else opt_in.choice & set(found.page.component_ids)
    wanted = Subscriber(
        id=known.id if known else tx.new_id(),
        page_id=opt_in.page_id,
        medium=opt_in.medium,
        target=opt_in.target,
        choice=still,
        token=known.token if known else opt_in.token,
        secret=opt_in.secret,
        bypass_token=opt_in.bypass_token,
        created_at=known.created_at if known else tx.now,
    )
    (subscribers.renew if known else subscribers.add)(tx.conn, wanted)
    opt_ins.settle(tx.conn, opt_in, wanted.id)
    return wanted


def _subscription(conn: Connection, subscriber: Subscriber) -> Subscription:
    stored = pages.all_of(conn, [subscriber.page_id])[subscriber.page_id]
    may_see = _is_public(stored) or stored.bypass_token == subscriber.bypass_token
    return Subscription(subscriber, stored.page, may_see)


def _is_public(stored: StoredPage) -> bool:
    return stored.page.visibility is Visibility.PUBLIC


def _page(conn: Connection, slug: str) -> StoredPage:
    stored = pages.find(conn, slug)
    if stored is None:
        raise not_found("page")
    return stored


def _check_choice(page: Page, choice: Choice) -> None:
    if choice is not None and not choice <= set(page.component_ids):
        raise invalid("component_ids", "must be components of the page")
