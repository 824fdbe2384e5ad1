"""/api/v1/pages: how a page looks and what it shows."""

from typing import Any

import httpx
import msgspec
import pytest
from tests.in_process import InProcess

SETTINGS = {
    "accent": "#0055cc",
    "links": [
        {"name": "Help", "url": "https://acme.example/help?a=b#c"},
        {"name": "Hilfe für alle", "url": "https://acme.example/für"},
        {"name": "Write", "url": "mailto:help@acme.example"},
    ],
    "language": "de",
    "text_above": "We are *Acme*.",
    "text_below": "[Terms](https://acme.example/terms)",
    "show_bars": False,
    "show_uptime": False,
    "history_days": 30,
    "robots": False,
}
RENDERED = {
    "text_above_html": "<p>We are <em>Acme</em>.</p>\n",
    "text_below_html": '<p><a href="https://acme.example/terms" rel="noopener noreferrer nofollow">'
    "Terms</a></p>\n",
}
DEFAULTS: dict[str, object] = {
    "logo": None,
    "accent": None,
    "links": [],
    "language": "en",
    "text_above": "",
    "text_above_html": "",
    "text_below": "",
    "text_below_html": "",
    "show_bars": True,
    "show_uptime": True,
    "history_days": 90,
    "robots": True,
}


async def test_a_page_has_defaults_for_everything(client: httpx.AsyncClient) -> None:
    main = (await client.get("/pages/main")).json()
    assert {name: main[name] for name in DEFAULTS} == DEFAULTS


async def test_settings_are_kept_and_told(service: InProcess, client: httpx.AsyncClient) -> None:
    made = await client.post("/pages", json={"slug": "shop", "name": "Shop", **SETTINGS})
    assert made.status_code == 201, made.text
    expected = {**made.json(), **SETTINGS, **RENDERED}
    assert made.json() == expected
    assert (await client.get("/pages/shop")).json() == expected
    event = service.events[-1]
    told = msgspec.json.decode(event.data)["page"]
    assert event.type == "tocsin.page.created"
    assert {name: told[name] for name in (*SETTINGS, *RENDERED)} == {**SETTINGS, **RENDERED}


async def test_each_setting_is_changed_by_itself(client: httpx.AsyncClient) -> None:
    page = (await client.get("/pages/main")).json()
    for name, value in SETTINGS.items():
        page |= {name: value}
        page |= {f"{name}_html": RENDERED[f"{name}_html"]} if f"{name}_html" in RENDERED else {}
        changed = await client.patch("/pages/main", json={name: value})
        assert (changed.status_code, changed.json()) == (200, page)
    back = {name: value for name, value in DEFAULTS.items() if not name.endswith("_html")}
    reset = await client.patch("/pages/main", json=back)
    assert reset.json() == {**page, **DEFAULTS}


async def test_settings_repeated_as_they_are_change_nothing(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    await client.patch("/pages/main", json=SETTINGS)
    page = (await client.get("/pages/main")).json()
    head = service.store.head
    assert (await client.patch("/pages/main", json=page)).json() == page
    assert service.store.head == head


@pytest.mark.parametrize("field", ["logo", "text_above_html", "text_below_html"])
async def test_what_the_server_writes_cannot_be_changed(
    client: httpx.AsyncClient, field: str
) -> None:
    refused = await client.patch("/pages/main", json={field: "<script>"})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, field)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"accent": "red"}, "accent"),
        ({"accent": "#05c"}, "accent"),
        ({"accent": "#0055cc;}"}, "accent"),
        ({"accent": "#0055cc\n"}, "accent"),
        ({"links": None}, "links"),
        ({"links": [{"name": "Help"}]}, "links.0.url"),
        ({"links": [{"name": "", "url": "https://acme.example"}]}, "links.0.name"),
        ({"links": [{"name": "x", "url": "https://acme.example"}] * 21}, "links"),
        ({"links": [{"name": "x", "url": "https://acme.example", "rel": "me"}]}, "links.0.rel"),
        ({"language": "fr"}, "language"),
        ({"language": None}, "language"),
        ({"text_above": "x" * 10_001}, "text_above"),
        ({"text_below": None}, "text_below"),
        ({"show_bars": 1}, "show_bars"),
        ({"show_uptime": "yes"}, "show_uptime"),
        ({"history_days": 0}, "history_days"),
        ({"history_days": 91}, "history_days"),
        ({"history_days": 1.5}, "history_days"),
        ({"robots": None}, "robots"),
    ],
)
async def test_what_makes_no_sense_is_named(
    client: httpx.AsyncClient, fields: dict[str, Any], path: str
) -> None:
    for refused in (
        await client.patch("/pages/main", json=fields),
        await client.post("/pages", json={"slug": "shop", "name": "Shop", **fields}),
    ):
        assert refused.status_code == 422
        assert [error["path"] for error in refused.json()["errors"]] == [path]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme.example",
        "/help",
        "//acme.example",
        "https:",
        "https://",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "JaVaScRiPt:alert(1)//https://acme.example",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "https://acme.example/a b",
        "https://acme.example/\nx",
        "https://acme.example/\u2028x",
        "https://acme.example/" + "x" * 2_048,
    ],
)
async def test_a_link_leads_to_a_web_address(client: httpx.AsyncClient, url: str) -> None:
    refused = await client.patch("/pages/main", json={"links": [{"name": "x", "url": url}]})
    assert refused.status_code == 422
    assert [error["path"] for error in refused.json()["errors"]] == ["links.0.url"]


async def test_an_accent_that_cannot_be_read_is_told_its_contrast(
    client: httpx.AsyncClient,
) -> None:
    refused = await client.patch("/pages/main", json={"accent": "#FFCC00"})
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["path"] == "accent"
    assert "1.47:1" in error["message"]
    assert "4.5:1" in error["message"]
    taken = await client.patch("/pages/main", json={"accent": "#0055CC"})
    assert taken.json()["accent"] == "#0055cc"


async def test_texts_are_cleaned(client: httpx.AsyncClient) -> None:
    hostile = '<script>x()</script><img src="//evil.example"><b onclick="x()">b</b>'
    shown = (await client.patch("/pages/main", json={"text_above": hostile})).json()
    assert shown["text_above"] == hostile
    assert shown["text_above_html"].strip() == "<b>b</b>"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Status.ACME.example", "status.acme.example"),
        ("status.acme.example.", "status.acme.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]"),
        ("_status.acme.example", "_status.acme.example"),
    ],
)
async def test_a_host_is_kept_as_it_will_be_asked_for(
    client: httpx.AsyncClient, given: str, kept: str
) -> None:
    assert (await client.patch("/pages/main", json={"hosts": [given]})).json()["hosts"] == [kept]


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "acme..example",
        "acme.example..",
        ".acme.example",
        "acme.example:443",
        "https://acme.example",
        "acme.example/status",
        "user@acme.example",
        "*.acme.example",
        "bücher.example",
        "\u212acme.example",  # the Kelvin sign, whose lower case is an ASCII k
        "acme.example\n",
        "acme .example",
        "-acme.example",
        "a" * 64 + ".example",
        "::1",
        "[::1]:443",
        "[::1",
        "[::1]x",
        "[:::1]",
        "[acme.example]",
        "[fe80::1%25eth0]",
    ],
)
async def test_what_no_browser_asks_for_is_no_host(client: httpx.AsyncClient, host: str) -> None:
    refused = await client.patch("/pages/main", json={"hosts": [host]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"] == "hosts.0"


async def test_two_ways_to_write_a_host_are_one_host(client: httpx.AsyncClient) -> None:
    same = ["[2001:db8::1]", "[2001:0DB8::0001]"]
    refused = await client.patch("/pages/main", json={"hosts": same})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "hosts")
    await client.patch("/pages/main", json={"hosts": same[:1]})
    taken = {"slug": "shop", "name": "Shop", "hosts": same[1:]}
    assert (await client.post("/pages", json=taken)).status_code == 409
