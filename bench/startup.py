"""Starting: from exec to the ready line, and the memory then, with an empty and with a long log."""

import tempfile
import time
from pathlib import Path

from bench import machine
from bench.long_log import long_log
from bench.peers.tocsin import serving, stop
from bench.report import Figures, Report
from bench.scale import Scale

NAME = "startup"

_SETTLE_S = 0.5


def run(scale: Scale) -> Report:
    """Starts are short, so each run is five of them."""
    report = Report(NAME, 5 * scale.runs)
    with tempfile.TemporaryDirectory(prefix="bench-empty-") as empty:
        _sample(Path(empty))
        report.add("empty log", "Tocsin", [_sample(Path(empty)) for _ in range(report.runs)])
    samples = [_sample(long_log(scale.events)) for _ in range(report.runs)]
    figures = report.add(f"{scale.events:,} events", "Tocsin", samples)
    report.at_most(f"start with {scale.events:,} events", 1.0, figures["ready after s"], " s")
    report.at_most(f"memory with {scale.events:,} events", 80, figures["RSS MB"], " MB")
    return report


def _sample(data: Path) -> Figures:
    with serving(data) as service:
        used = machine.cpu_seconds([service.process.pid])
        time.sleep(_SETTLE_S)
        figures = {
            "ready after s": service.started_s,
            "core s": used,
            "RSS MB": machine.rss([service.process.pid]) / 2**20,
        }
        began = time.monotonic()
        stop(service)
        return {**figures, "stopped after s": time.monotonic() - began}
