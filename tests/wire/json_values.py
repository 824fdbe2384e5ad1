"""Documents that no sender means, made from those that they do send."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", " ", "Ok", "trigger", "resolve", "\0", "\ud800", "x" * 5000])
)
VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


def vectors(name: str) -> list[dict[str, Any]]:
    """The vectors of a dialect: what it is `about`, its `body`, what is made of it."""
    text = (Path(__file__).parent / "vectors" / f"{name}.json").read_text()
    read: list[dict[str, Any]] = json.loads(text)
    return read


@st.composite
def spoilt(draw: st.DrawFn, bodies: list[Any]) -> bytes:
    """One of the bodies in which one value is another, or nothing like them."""
    body = json.loads(json.dumps(draw(st.sampled_from(bodies))))
    holders = list(_holders(body))
    if not holders or draw(st.integers(0, 9)) == 0:
        return draw(st.binary() | VALUES.map(_written))
    holder = draw(st.sampled_from(holders))
    holder[draw(st.sampled_from(_places(holder)))] = draw(VALUES)
    return _written(body)


def _holders(value: Any) -> Any:
    if isinstance(value, dict | list) and value:
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)


def _places(holder: Any) -> list[Any]:
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()
