"""What the guides tell people to type works as it stands there."""

import sys

from tests.guides import blocks, shell, typed
from tests.process import Process


def test_notices(server: Process) -> None:
    shell(server, "notices.md")
    (program,) = blocks("notices.md", "python")
    assert typed(server, sys.executable, "-c", program).splitlines() == [
        "deploys 1 - Information Version 2.4.1 is live",
        "deploys 1 - Information Version 2.4.2 is live",
    ]


def test_watch_a_build(server: Process) -> None:
    said = shell(server, "watch-a-build.md")
    assert said.count("Compiling\nUploading\nDone\n") == 2
    assert 'data: {"body":"Uploading","level":""}' in said
    assert '"ticket":"tocsin_' in said
    (program,) = blocks("watch-a-build.md", "python")
    typed(server, sys.executable, "-c", program)
    with server.client() as api:
        runs = api.get("/api/v1/operations/website").json()["runs"]
    assert [(run["messages"], run["outcome"]) for run in runs] == [
        (3, "success"),
        (1, "success"),
        (2, "success"),
    ]
