"""Past notices by class and second."""

from tocsin.wire import sysadm_logs
from tocsin.wire.sysadm_calls import ReadLogs
from tocsin.wire.sysadm_logs import PastNotice, Span

HALF_A_DAY = 43_200


def test_the_last_twelve_hours_unless_something_else_is_asked_for() -> None:
    now = 1_700_000_000
    assert sysadm_logs.span(ReadLogs((), None, None), now) == Span(
        (now - HALF_A_DAY) * 1_000, (now + 1) * 1_000
    )
    assert sysadm_logs.span(ReadLogs((), 5, 9), now) == Span(5_000, 10_000)
    assert sysadm_logs.span(ReadLogs((), 5, None), now) == Span(5_000, (now + 1) * 1_000)
    assert sysadm_logs.span(ReadLogs((), None, 9), now) == Span(0, 10_000)


def test_notices_stand_under_their_second_and_none_hides_another() -> None:
    told = [
        PastNotice(1_000, b'{"n":1}'),
        PastNotice(1_000, b'{"n":2}'),
        PastNotice(1_999, b'{"n":3}'),
        PastNotice(2_000, b'{"n":4.0}'),
    ]
    assert sysadm_logs.render({"x": told, "y": []}) == (
        b'{"x":{"1":{"n":1},"1.000001":{"n":2},"1.000002":{"n":3},"2":{"n":4.0}},"y":{}}'
    )
