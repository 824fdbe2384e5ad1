"""The demo: a service on a temporary folder, with a sample page that lives."""

import asyncio
import secrets
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tocsin.cli.sample import BUILD, SIGN_IN, go_on, set_up
from tocsin.cli.sample_past import live_through
from tocsin.cli.serve import run
from tocsin.client import Client, ConnectionFailed
from tocsin.config import load

if TYPE_CHECKING:
    from tocsin.service import Started

_WELCOME = """
  Tocsin is running a demo, in {folder}

    page     {url}/
    sign-in  {email}  {password}
    token    {token}

  Open the page, and in another terminal:

    curl -N {url}/live

    export TOCSIN_URL={url} TOCSIN_TOKEN={token}
    {tocsin} watch
    {tocsin} operation watch {build}
    {tocsin} watch --ws life-preserver status issues
    {tocsin} publish com.example.deployed --topic deploy/website --data '{{"version": "2.4.1"}}'

  Ctrl-C ends it and removes the folder.
"""


def run_demo(port: int) -> None:
    """Serve the demo until a signal ends it; the folder goes with it."""
    token = f"tocsin_{secrets.token_urlsafe(12)}"
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as folder:
        settings = load(
            flags={
                "admin_token": token,
                "server": {"port": port},
                "store": {"data": folder, "url": ""},
                "log": {"level": "warning"},
            }
        )
        asyncio.run(live_through(settings.store_url, time.time_ns() // 1_000_000, Random()))
        demo = _Demo(Path(folder), token)
        run(settings, demo.begin)


class _Demo:
    """What the demo does beside the service: it is an ordinary client of it."""

    def __init__(self, folder: Path, token: str) -> None:
        self._folder = folder
        self._token = token
        self._task: asyncio.Task[None] | None = None

    def begin(self, started: "Started") -> None:
        """The service answers: play on it, for as long as its loop runs."""
        self._task = asyncio.get_running_loop().create_task(self._play(started.url))

    async def _play(self, url: str) -> None:
        password = secrets.token_urlsafe(9)
        with suppress(ConnectionFailed):  # the service is being stopped
            async with Client(url, self._token) as client:
                components = await set_up(client, password)
                print(self._welcome(url, password), flush=True)
                await go_on(client, components, Random())

    def _welcome(self, url: str, password: str) -> str:
        return _WELCOME.format(
            folder=self._folder,
            url=url,
            email=SIGN_IN,
            password=password,
            token=self._token,
            tocsin=sys.argv[0],
            build=BUILD,
        )
