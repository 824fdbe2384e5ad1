"""Lists in pages."""

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.model.access import Scope


async def test_the_pages_of_a_list_are_the_list_newest_first(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    for number in range(5):
        await service.token(Scope.READ, name=f"t{number}")
    cursor, names, sizes = "", [], []
    while True:
        page = (await client.get(f"/tokens?limit=2{cursor}")).json()
        names += [token["name"] for token in page["data"]]
        sizes.append(len(page["data"]))
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert names == ["t4", "t3", "t2", "t1", "t0", "admin"]
    assert sizes == [2, 2, 2]


async def test_a_list_that_fits_has_no_next(client: httpx.AsyncClient) -> None:
    page = (await client.get("/tokens")).json()
    assert page.keys() == {"data", "next"}
    assert page["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=x",
        "limit=1.5",
        "limit=" + "9" * 400,
        "limit=",
        "cursor=",
        "cursor=x",
        "cursor=%00",
        "cursor=" + "!" * 16,
        "cursor=" + "A" * 17,
        "cursor=a&cursor=b",
        "cursor=%FF",
    ],
)
async def test_a_query_that_makes_no_sense_is_422(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/tokens?{query}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"


async def test_any_cursor_of_the_right_shape_is_a_place_in_the_list(
    client: httpx.AsyncClient,
) -> None:
    assert len((await client.get("/tokens?cursor=" + "_" * 16)).json()["data"]) == 1
    assert (await client.get("/tokens?cursor=" + "A" * 16)).json() == {"data": [], "next": None}
