"""What a benchmark found: figures, the bars they are held against, a table of each, and JSON."""

import datetime
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench import machine

RESULTS = Path(__file__).parent / "results"

Figures = dict[str, float]

# What each server showed, a sample a run.
Samples = dict[str, list[Figures]]


@dataclass(frozen=True)
class Row:
    """The figures of one server in one case: medians over the runs, units in their names."""

    case: str
    server: str
    figures: Figures


@dataclass(frozen=True)
class Bar:
    """One bar of the design: what is wanted, what was measured, whether it is met."""

    what: str
    wanted: str
    measured: str
    met: bool


@dataclass
class Report:
    """Everything one benchmark found. `notes` say what could not be measured, and why."""

    name: str
    runs: int
    rows: list[Row] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, case: str, server: str, samples: Sequence[Figures]) -> Figures:
        """The row of the medians of these samples, one sample a run."""
        figures = {name: statistics.median(one[name] for one in samples) for name in samples[0]}
        self.rows.append(Row(case, server, figures))
        return figures

    def at_least(self, what: str, wanted: float, measured: float, unit: str = "") -> None:
        """Holds a figure against a bar it must reach."""
        self.bars.append(
            Bar(what, f">= {_number(wanted)}{unit}", _number(measured) + unit, measured >= wanted)
        )

    def at_most(self, what: str, wanted: float, measured: float, unit: str = "") -> None:
        """Holds a figure against a bar it must not exceed."""
        self.bars.append(
            Bar(what, f"<= {_number(wanted)}{unit}", _number(measured) + unit, measured <= wanted)
        )

    def save(self) -> Path:
        """Writes everything to results/NAME.json, with the machine and the time."""
        RESULTS.mkdir(exist_ok=True)
        file = RESULTS / f"{self.name}.json"
        when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        file.write_text(
            json.dumps({"at": when, "machine": machine.description(), **asdict(self)}, indent=2)
        )
        return file

    def text(self) -> str:
        """The figures as tables, one per set of columns, and the notes under them."""
        tables = [_table(rows) for rows in _by_columns(self.rows)]
        return "\n\n".join([f"== {self.name} (medians of {self.runs})", *tables, *self.notes])


def bars_text(reports: Iterable[Report]) -> str:
    """All bars of all reports in one table."""
    lines = [["bar", "wanted", "measured", ""]]
    for bar in (bar for report in reports for bar in report.bars):
        lines += [[bar.what, bar.wanted, bar.measured, "met" if bar.met else "MISSED"]]
    return _aligned(lines, left=1)


def _by_columns(rows: Sequence[Row]) -> Iterable[list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.figures), []).append(row)
    return groups.values()


def _table(rows: Sequence[Row]) -> str:
    header = ["case", "server", *rows[0].figures]
    lines = [[row.case, row.server, *map(_number, row.figures.values())] for row in rows]
    return _aligned([header, *lines], left=2)


def _aligned(lines: Sequence[Sequence[str]], left: int) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths, left).rstrip() for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], left: int) -> str:
    pairs = enumerate(zip(cells, widths, strict=True))
    return "  ".join(c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in pairs)


def _number(value: float) -> str:
    """Three digits that mean something, thousands apart."""
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def ratio(of: Mapping[str, float], to: Mapping[str, float], figure: str) -> float:
    """How many times larger the figure is in `of`."""
    return of[figure] / to[figure]
