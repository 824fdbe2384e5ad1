"""The Python client library: publish events, and follow them with nothing lost.

async with Client("https://status.example.org", token) as tocsin:
    await tocsin.publish("com.example.deployed", "deploy/website", {"version": "2.4.1"})
    async for event in tocsin.subscribe("deploy/>"):
        print(event.position, event.type, event.data)
"""

from tocsin.client.client import Client
from tocsin.client.errors import ConnectionFailed, ServerRefused
from tocsin.client.messages import Event, Published, Verdict

__all__ = ["Client", "ConnectionFailed", "Event", "Published", "ServerRefused", "Verdict"]
