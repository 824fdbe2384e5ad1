"""/api/v1/incidents/{id}/tellings."""

from functools import partial

import httpx
from tests.in_process import InProcess

from tocsin.app import telling
from tocsin.model.access import Scope
from tocsin.model.trying import Result, Tried

MISSING = "0" * 24


async def test_it_is_shown_whom_an_incident_was_told_to_without_secrets(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    given = {"person_name": "Anna", "email": "a@example.org", "notify": ["slack://secret/b/c"]}
    anna = (await client.post("/people", json=given)).json()["person_id"]
    report = {"title": "Fire", "incident_severity": "Critical", "person_ids": [anna]}
    made = (await client.post("/incidents", json=report)).json()
    path = f"/incidents/{made['incident_id']}/tellings"
    due = (await client.get(path)).json()["data"]
    assert due == [
        {
            "id": due[0]["id"],
            "person_id": anna,
            "scheme": "slack",
            "occasion": "new",
            "title": "[Critical] New: Fire",
            "created_at": service.clock.now,
            "due_at": service.clock.now,
            "tries": 0,
            "result": None,
            "reason": None,
            "ended_at": None,
        }
    ]
    (one,) = (await service.store.change(partial(telling.claim, limit=9))).value
    refused = Tried(Result.REFUSED, "it said no")
    await service.store.change(lambda tx: telling.settle(tx, one, refused, 0))
    async with service.client(await service.token(Scope.READ)) as reader:
        (over,) = (await reader.get(path)).json()["data"]
    assert (over["result"], over["reason"], over["tries"]) == ("refused", "it said no", 1)
    assert (over["due_at"], over["ended_at"]) == (None, service.clock.now)
    assert (await client.get(f"/incidents/{MISSING}/tellings")).status_code == 404
