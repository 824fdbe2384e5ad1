"""`python -m bench [NAME...]`: measures, prints tables, writes bench/results/NAME.json."""

import argparse
import dataclasses
from types import ModuleType

from bench import (
    accept,
    crash,
    drain,
    fanout,
    latency,
    machine,
    page,
    publish,
    replay,
    slow,
    startup,
)
from bench.report import Report, bars_text
from bench.scale import FULL, QUICK, Scale

_BENCHMARKS: dict[str, ModuleType] = {
    module.NAME: module
    for module in (fanout, accept, publish, latency, replay, startup, slow, page, drain, crash)
}


def main() -> None:
    """Runs the named benchmarks, or all, one after the other."""
    names, scale = _arguments()
    files = machine.raise_file_limit()
    if files < scale.many + 1_000:
        raise SystemExit(
            f"{scale.many:,} readers need {scale.many + 1_000:,} open files: ulimit -n is {files:,}"
        )
    reports = [_measure(name, scale) for name in names]
    print(f"\n{bars_text(reports)}")


def _measure(name: str, scale: Scale) -> Report:
    report: Report = _BENCHMARKS[name].run(scale)
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
