"""Where the service listens, and the HTTP server that it runs in."""

import socket

from starlette.types import ASGIApp
from uvicorn import Config

from tocsin.config import Settings
from tocsin.push.handoff import HttpProtocol

# Connections that may wait to be accepted; the kernel's own limit may be lower.
_BACKLOG = 65_535

# How long requests under way may take once the streams have drained, in seconds.
_GRACE_S = 5

# How long a connection without a request is kept, in seconds: longer than proxies keep theirs
# (nginx 60), so that it is they who close, and no request meets a closing connection.
_KEEP_ALIVE_S = 75


class CannotListen(Exception):  # noqa: N818 - the operator's to mend
    """The address to listen on cannot be had. The text says which and why."""


def uvicorn_config(app: ASGIApp, settings: Settings) -> Config:
    """How uvicorn has to be to serve `app`, whose streams take their sockets away from it."""
    server = settings.server
    return Config(
        app=app,
        http=HttpProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_keep_alive=_KEEP_ALIVE_S,
        proxy_headers=bool(server.trusted_proxies),
        forwarded_allow_ips=[str(network) for network in server.trusted_proxies],
        ssl_certfile=server.tls_cert or None,
        ssl_keyfile=server.tls_key or None,
    )


def bind(host: str, port: int) -> socket.socket:
    """A socket with that address, not listening yet. Raises `CannotListen`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotListen(f"{host} port {port}: {error.strerror}.") from error
    return listener


def address_of(listener: socket.socket, settings: Settings) -> str:
    """The URL of the service behind that socket, without a final slash."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if settings.server.tls_cert else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
