"""Which services people may be told by."""

from tocsin.model.notify_scheme import FIXED, MAIL, is_open


def test_services_at_hosts_of_their_own_are_open() -> None:
    assert is_open("slack", ())
    assert not is_open("json", ())
    assert is_open("json", ("json", "ntfy"))


def test_mail_never_goes_through_apprise() -> None:
    assert not any(is_open(scheme, MAIL) for scheme in MAIL)


def test_nothing_open_acts_on_this_machine() -> None:
    assert not FIXED & {"syslog", "dbus", "gnome", "macosx", "windows", "fcm", "vapid"}
