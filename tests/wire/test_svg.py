"""SVG: the picture stays, everything that acts or points elsewhere goes."""

import pytest

from tocsin.wire import svg

ROOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {}>{}</svg>'
)


def cleaned(inner: str = "", attributes: str = "") -> str:
    return svg.clean(ROOT.format(attributes, inner).encode()).decode()


def test_the_picture_stays() -> None:
    drawn = cleaned(
        '<defs><linearGradient id="a"><stop offset="1" stop-color="red"/></linearGradient></defs>'
        '<path d="M0 0h9v9z" fill="url(#a)"/><text font-size="3">Acme</text>',
        'viewBox="0 0 9 9"',
    )
    for part in ('viewBox="0 0 9 9"', 'id="a"', 'd="M0 0h9v9z"', "url(#a)", ">Acme<"):
        assert part in drawn


def test_a_picture_inside_the_picture_stays() -> None:
    assert "data:image/png;base64,AAAA" in cleaned('<image href="data:image/png;base64,AAAA"/>')


@pytest.mark.parametrize(
    "inner",
    [
        "<script>evil()</script>",
        '<script href="//evil.example/x.js"/>',
        '<rect onclick="evil()"/>',
        '<a href="javascript:evil()"><rect/></a>',
        '<a xlink:href="https://evil.example/">x</a>',
        '<image href="https://evil.example/x.png"/>',
        '<image href="data:image/svg+xml;base64,evil"/>',
        '<use xlink:href="https://evil.example/x.svg#a"/>',
        '<rect style="fill:url(https://evil.example/x)"/>',
        "<style>rect{fill:url(https://evil.example/x)}</style>",
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml" onload="evil()"/></foreignObject>',
        '<set attributeName="evil" to="1"/>',
        '<handler xmlns="http://www.w3.org/2001/xml-events">evil()</handler>',
        '<x:script xmlns:x="http://www.w3.org/1999/xhtml">evil()</x:script>',
    ],
)
def test_what_acts_or_points_elsewhere_goes(inner: str) -> None:
    assert "evil" not in cleaned(inner)


def test_a_handler_of_the_whole_picture_goes() -> None:
    assert "evil" not in cleaned(attributes='onload="evil()"')


def test_a_stylesheet_from_elsewhere_goes() -> None:
    told = '<?xml-stylesheet href="https://evil.example/x.css"?>' + ROOT.format("", "")
    assert b"evil" not in svg.clean(told.encode())


def test_groups_may_be_nested_but_not_without_end() -> None:
    deepest = svg.DEPTH_LIMIT - 1
    assert cleaned("<g>" * deepest + "</g>" * deepest).count("<g") == deepest
    with pytest.raises(ValueError, match="nested more than 64"):
        cleaned("<g>" * 29_000 + "</g>" * 29_000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Acme",
        b"<html/>",
        b"<svg/>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><g></svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg"/><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"\x89PNG\r\n\x1a\n",
        b'<!DOCTYPE svg [<!ENTITY a "&a;">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
    ],
)
def test_what_is_no_whole_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not an SVG"):
        svg.clean(data)


def test_no_file_gets_into_a_picture() -> None:
    told = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    assert b"root" not in svg.clean((told + ROOT.format("", "<text>&a;</text>")).encode())


def test_entities_do_not_multiply() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE svg [<!ENTITY a0 "aaaaaaaaaa">{entities}]>' + ROOT.format(
        "", "<text>&a9;</text>"
    )
    with pytest.raises(ValueError, match="not an SVG"):
        svg.clean(bomb.encode())
