"""The Python client library: publish events, and follow them with nothing lost.

async with Client("https://status.example.org", token) as tocsin:
    await tocsin.publish("com.example.deployed", "deploy/website", {"version": "2.4.1"})
    async for event in tocsin.subscribe("deploy/>"):
        print(event.position, event.type, event.data)

async with Client("https://status.example.org", token) as tocsin:
    async with tocsin.operation("deploy-website", name="Deploy") as operation:
        operation.say("Copying files")

Receivers of webhooks check what comes by `verify`, and take only news of it by `Latest`.
"""

from tocsin.client.client import Client
from tocsin.client.errors import ConnectionFailed, ServerRefused
from tocsin.client.latest import Latest
from tocsin.client.messages import Event, Notice, Noticed, OperationMessage, Published, Verdict
from tocsin.client.operation import Operation
from tocsin.client.pushed import Pushed, verify
from tocsin.client.watching import OperationWatch
from tocsin.wire.signature import BadSecret, NotVerified

__all__ = [
    "BadSecret",
    "Client",
    "ConnectionFailed",
    "Event",
    "Latest",
    "NotVerified",
    "Notice",
    "Noticed",
    "Operation",
    "OperationMessage",
    "OperationWatch",
    "Published",
    "Pushed",
    "ServerRefused",
    "Verdict",
    "verify",
]
