"""Which issues were recent, as the database and the log have them."""

from tests.domain import Domain

from tocsin.app import recent
from tocsin.app.past import Past
from tocsin.model.recent import Recent

HOUR, DAY = 3_600, 86_400


async def load(there: Domain) -> Recent:
    return await there.store.read(lambda conn: recent.load(conn, there.board, there.clock.now))


async def test_what_is_loaded_is_what_following_the_log_leads_to(there: Domain) -> None:
    website = await there.component()
    now = there.clock.now
    await there.issue(website, title="Long ago", began_at=now - 95 * DAY, ended_at=now - 94 * DAY)
    await there.issue(website, title="Past", began_at=now - 2 * DAY, ended_at=now - DAY)
    resolved = await there.issue(website, title="Resolved")
    await there.update(resolved, "resolved")
    await there.issue(website, title="Open")
    followed = Recent()
    for change in there.changes:
        followed = followed.apply(change)
    assert await load(there) == followed
    titles = {issue.title for issue in followed.issues.values()}
    assert titles == {"Past", "Resolved", "Open"}


async def test_what_was_recent_then_is_as_it_stood_then(there: Domain) -> None:
    website = await there.component()
    first = await there.issue(website, title="First")
    then = there.clock.now
    there.clock.advance(HOUR)
    await there.update(first, "resolved")
    await there.issue(website, title="Later")
    past = Past(there.store, there.clock)
    (stood,) = (await recent.load_past(past, await past.board(then), "main", then)).issues.values()
    assert (stood.title, stood.standing) == ("First", True)
    now = await recent.load_past(past, there.board, "main", there.clock.now)
    assert now == await load(there)
    assert not now.issues[first].standing
