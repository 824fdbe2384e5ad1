"""One event of a live stream as bytes."""

import json

from tocsin.wire.hund_frame import Frame, frame


def test_a_frame_is_one_line_of_json() -> None:
    assert frame(7, "init_event", {"state": "outage", "issues": []}) == Frame(
        7, "init_event", b'{"state":"outage","issues":[]}'
    )


def test_the_data_may_stand_in_a_script_element() -> None:
    title = "</script> & \u2028\n"
    data = frame(1, "issue_event", {"title": title}).data
    assert not set(b"<>&\n") & set(data)
    assert b"\\u003c/script\\u003e \\u0026" in data
    assert json.loads(data) == {"title": title}
