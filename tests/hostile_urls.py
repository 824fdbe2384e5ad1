"""URLs that strangers give to get at what is theirs not, and names that lead there."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Final

import pytest

from tocsin.app import lookup

# Hosts that are addresses, in whatever writing, all inside or nobody's.
LITERALS: Final = (
    *("127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "2130706433", "0x7f000001"),
    *("0x7f.1", "0x7F.0x0.0x0.0x1", "0177.0.0.1", "017700000001", "0177.1", "0x7f.0.0.01", "0"),
    *("0.0.0.0", "0.1.2.3", "00000000000", "0x0", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]"),
    *("[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]"),
    *("[64:ff9b:1::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]"),
    *("[2001:0:7f00:1::f7f7:f7f7]", "[2001:0:808:808::80ff:fffe]", "[2001:db8::1]", "[3fff::1]"),
    *("[fe80::1]", "[fec0::1]", "[fc00::1]"),
    *("[fd00:ec2::254]", "[fdff:ffff::1]", "[100::1]", "[ff02::1]", "[ff0e::1]", "[5f00::1]"),
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.1"),
    *("0xa.0.0.1", "167772161", "012.1", "100.64.0.1", "100.127.255.254", "100.100.100.200"),
    *("169.254.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376"),
    *("169.254.170.2", "168.63.129.16", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.254", "255.255.255.255", "4294967295"),
)

# What each name answers, time after time; the last answer stays.
NAMES: Final[dict[str, Sequence[Sequence[str]]]] = {
    "localhost": [["::1", "127.0.0.1"]],
    "loopback.example": [["127.0.0.1"]],
    "metadata.google.internal": [["169.254.169.254"]],
    "instance-data.ec2.internal": [["169.254.169.254"]],
    "metadata.azure.internal": [["168.63.129.16"]],
    "metadata.tencentyun.com": [["169.254.0.23"]],
    "metadata.aliyun.example": [["100.100.100.200"]],
    "kubernetes.default.svc": [["10.96.0.1"]],
    "intranet": [["192.168.1.10"]],
    "unspecified.example": [["0.0.0.0"]],
    "v6.example": [["::1"]],
    "mapped.example": [["::ffff:127.0.0.1"]],
    "nat64.example": [["64:ff9b::7f00:1"]],
    "local6.example": [["fe80::1%lo"]],
    "multicast.example": [["224.0.0.1"]],
    "mixed.example": [["8.8.8.8", "127.0.0.1"]],
    "mixed-late.example": [["8.8.8.8", "8.8.4.4", "2606:4700:4700::1111", "10.0.0.1"]],
    "mixed6.example": [["2606:4700:4700::1111", "::1"]],
}
PUBLIC: Final[dict[str, Sequence[Sequence[str]]]] = {"public.example": [["8.8.8.8"]]}

# Hosts that are no names, and that nobody takes for more than that.
UNKNOWN: Final = (
    *("%31%32%37.0.0.1", "127%2E0%2E0%2E1", "127.0.0.1%00", "127.0.0.1%20", "loc%61lhost", "."),
    *(
        "127.0.0.1 .public.example",
        "[v1.x]",
        "a..example",
        "a" * 64 + ".example",
        "xn--",
        "nowhere",
    ),
)

# Whole URLs that can be kept, with a warning. PORT is where somebody listens on loopback.
KEPT: Final = (
    *(f"http://{host}:PORT/hook" for host in LITERALS),
    *(f"http://{name}:PORT/hook" for name in NAMES),
    *("http://LOCALHOST:PORT/", "http://LocalHost.:PORT/", "http://loopback.example.:PORT/"),
    *(" http://127.0.0.1:PORT/", "http://127.0.0.1:PORT/#public.example", "HTTP://127.0.0.1:PORT"),
)

# Those that are refused at once.
REFUSED: Final = (
    *("http://[fe80::1%25lo]:PORT/", "http://[fe80::1%lo]:PORT/", "http://[::1%25lo]:PORT/"),
    *("http://127。0。0。1:PORT/", "http://127．0．0．1:PORT/", "http://127｡0｡0｡1:PORT/"),
    *("http://１２７.0.0.1:PORT/", "http://①②⑦.0.0.1:PORT/", "http://１２７。１:PORT/"),
    *("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/", "http://loc\u00adalhost:PORT/", "http://localhost..:PORT/"),
    *("http://user@127.0.0.1:PORT/", "http://user:pass@public.example:PORT/"),
    *("http://public.example@127.0.0.1:PORT/", "http://public.example:80@127.0.0.1:PORT/"),
    *("http://:@127.0.0.1:PORT/", "http://@127.0.0.1:PORT/", "http://127.0.0.1:PORT@127.0.0.1/"),
    *("http://user@[::1]:PORT/", "http://public.example\\@127.0.0.1:PORT/"),
    *("http://127.0.0.1:PORT\\@public.example/", "http:\\\\127.0.0.1:PORT\\"),
    *("http:/\\127.0.0.1:PORT/", "http:127.0.0.1:PORT/", "http:///127.0.0.1:PORT/"),
    *("http:/127.0.0.1:PORT/", "//127.0.0.1:PORT/", "127.0.0.1:PORT", "http://127.0.0.1:PORT\t/"),
    *("http://127.0.\n0.1:PORT/", "ht\ntp://127.0.0.1:PORT/", "\x00http://127.0.0.1:PORT/"),
    *("http://127.0.0.1:PORT/\r\nA: b", "http://127.0.0.1\x00.public.example:PORT/"),
    *("http://%5B::1%5D:PORT/", "ftp://127.0.0.1:PORT/", "file:///etc/passwd"),
    *("file://127.0.0.1/etc/passwd", "gopher://127.0.0.1:PORT/_x", "ws://127.0.0.1:PORT/"),
    *("unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/"),
    *("data:text/plain,x", "javascript:alert(1)", "tcp://127.0.0.1:PORT", "dict://127.0.0.1:PORT/"),
    *("jar:http://127.0.0.1:PORT!/", "http://", "http:///hook", "http://:PORT/", "http://[]:PORT/"),
    *("", "http://127.0.0.1:0/", "http://public.example:65536/", "http://public.example:-1/"),
    *("http://public.example:x/", "http://[::1:PORT/", "http://[127.0.0.1]:PORT/"),
    *("http://[::1]x:PORT/", "http://*:PORT/"),
    *("http://127.0.0.1.:PORT/", "http://127.1.:PORT/", "http://2130706433.:PORT/"),
    *("http://0177.0.0.1.:PORT/", "http://0.:PORT/", "http://256.1.1.1:PORT/"),
    *("http://127.0.0.1.1:PORT/", "http://4294967296:PORT/", "http://08.1:PORT/"),
)


@dataclass
class Network:
    """What a loop is told by the DNS, and where it wants to connect. Only loopback is let out."""

    names: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=lambda: NAMES | PUBLIC)
    asked: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    _answers: dict[str, Iterator[Sequence[str]]] = field(default_factory=dict)

    def answers(self, host: str) -> Sequence[str] | None:
        """The addresses of a name this time; None: it is not known here."""
        name = host.lower().removesuffix(".")
        self.asked.append(name)
        if name not in self.names:
            return None
        said = self.names[name]
        return next(self._answers.setdefault(name, chain(said, repeat(said[-1]))))

    def replace(self, loop: type[asyncio.AbstractEventLoop], patch: pytest.MonkeyPatch) -> None:
        """Let all loops of this kind see nothing else."""
        patch.setattr(lookup, "look_up", _resolving(self))
        patch.setattr(loop, "sock_connect", _connecting(self, loop.sock_connect))


def _resolving(network: Network) -> Callable[..., Any]:
    look_up = lookup.look_up

    async def resolve(host: str, port: int, *_: int) -> list[Any]:
        addresses = network.answers(host)
        if addresses is None:  # as libc reads it, without asking anybody
            return await look_up(host, port, flags=socket.AI_NUMERICHOST)
        return [_info(address, port) for address in addresses]

    return resolve


def _info(address: str, port: int) -> Any:
    flags = socket.AI_NUMERICHOST
    return socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=flags)[0]


def _connecting(network: Network, really: Callable[..., Any]) -> Callable[..., Any]:
    async def sock_connect(loop: object, sock: socket.socket, address: Any) -> None:
        network.connected.append(address[0])
        if not address[0].startswith("127."):
            raise ConnectionRefusedError("nothing leaves a test")
        await really(loop, sock, address)

    return sock_connect
