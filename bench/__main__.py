"""`python -m bench [NAME...]`: measures, prints tables, writes bench/results/NAME.json."""

import argparse
import dataclasses
import os
import sys
import traceback
from types import ModuleType

from bench import (
    accept,
    crash,
    drain,
    fanout,
    inboxes,
    latency,
    machine,
    page,
    publish,
    replay,
    slow,
    startup,
    storm,
    webhooks,
    websockets,
)
from bench.report import Report, bars_text
from bench.scale import FULL, QUICK, Scale

# Files that a server with many readers needs besides them.
_OTHER_FILES = 1_000

_BENCHMARKS: dict[str, ModuleType] = {
    module.NAME: module
    for module in (
        fanout,
        accept,
        publish,
        latency,
        replay,
        startup,
        slow,
        inboxes,
        storm,
        webhooks,
        websockets,
        page,
        drain,
        crash,
    )
}


def main() -> None:
    """Runs the named benchmarks, or all, in turn. Exits with 1 when one could not be run."""
    names, scale = _arguments()
    files = machine.raise_file_limit()
    if files < scale.many + _OTHER_FILES:
        raise SystemExit(f"{scale.many:,} readers need more open files: ulimit -n is {files:,}")
    print("Load of the machine before: {:.2f}. It should be near 0.".format(*os.getloadavg()))
    reports = [report for name in names if (report := _measure(name, scale))]
    print(f"\n{bars_text(reports)}")
    sys.exit(len(reports) < len(names))


def _measure(name: str, scale: Scale) -> Report | None:
    """One benchmark's report. What made it fail is printed, and the others go on."""
    try:
        report: Report = _BENCHMARKS[name].run(scale)
    except Exception:
        print(f"\n== {name} FAILED\n{traceback.format_exc()}", flush=True)
        return None
    report.save()
    print(f"\n{report.text()}", flush=True)
    return report


def _arguments() -> tuple[list[str], Scale]:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(_BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="small sizes: does it work at all")
    parser.add_argument("--runs", type=int, help="runs to take medians of")
    given = parser.parse_args()
    if unknown := set(given.names) - set(_BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    scale = QUICK if given.quick else FULL
    if given.runs:
        scale = dataclasses.replace(scale, runs=given.runs)
    return given.names or list(_BENCHMARKS), scale


if __name__ == "__main__":
    main()
