"""The URLs that webhooks are called at."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from tocsin.model.errors import invalid
from tocsin.model.host_label import HOST_LABEL
from tocsin.model.numeric_host import is_misnumbered

URL_LIMIT: Final = 2_000

_HOST = re.compile(rf"{HOST_LABEL}(?:\.{HOST_LABEL})*\.?")
_BRACKETED = re.compile(r"\[[^]]*](?::[0-9]*)?")
_VISIBLE = re.compile(r"[!-~]+")


def read_url(text: str) -> str:
    """The URL of a webhook, without its fragment.

    Refuses (`invalid`, field `url`) all but http and https with a host, and user information in it.
    Whether its host may be called is for `model.reach` to say, whenever it is.
    """
    url = text.strip()
    if len(url) > URL_LIMIT or not _VISIBLE.fullmatch(url):
        raise invalid("url", f"must be a URL of at most {URL_LIMIT} visible ASCII characters")
    parts = _split(url)
    if parts is not None and "@" in parts.netloc:
        raise invalid("url", "must not have a user or password in it")
    if parts is None or parts.scheme not in ("http", "https") or not _is_host(parts):
        raise invalid("url", "must be a URL that begins with https:// or http://")
    return parts._replace(netloc=parts.netloc.lower(), fragment="").geturl()


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:  # a port that is no number, brackets that do not close
        return None


def _is_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if "[" not in parts.netloc:
        return bool(_HOST.fullmatch(host)) and not is_misnumbered(host)
    if not _BRACKETED.fullmatch(parts.netloc):  # the standard library takes what follows as well
        return False
    try:
        return ip_address(host).version == 6 and "%" not in host  # a zone is of this machine
    except ValueError:
        return False
