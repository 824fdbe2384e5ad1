"""The static files."""

import gzip
import re

from tocsin.web import assets


def test_an_address_changes_with_what_is_there() -> None:
    address = assets.address("page.css")
    assert re.fullmatch(r"/static/[0-9a-f]{12}/page\.css", address)
    found = assets.find(address)
    assert found is not None
    assert found.path == address
    assert gzip.decompress(found.packed) == found.body


def test_an_older_releases_address_gives_this_releases_file() -> None:
    assert assets.find("/static/000000000000/page.js") is assets.ASSETS["page.js"]


def test_nothing_else_is_found() -> None:
    for path in ("/static/x/none.css", "/static/page.css", "/page.css", "/static/x/y/page.css"):
        assert assets.find(path) is None


def test_the_script_is_below_8_kilobytes() -> None:
    assert len(assets.ASSETS["page.js"].packed) < 8_000


def test_every_state_has_its_icon() -> None:
    icons = {name for name in assets.ASSETS if name.endswith(".svg")}
    assert icons == {
        f"icon-{state}.svg"
        for state in ("none", "operational", "maintenance", "degraded", "outage")
    }


def test_the_icons_of_the_tab_are_those_of_the_page() -> None:
    for name, asset in assets.ASSETS.items():
        if name.endswith(".svg"):
            assert b'viewBox="0 0 24 24"' in asset.body
            assert asset.media_type == "image/svg+xml"
