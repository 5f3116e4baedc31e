"""The figures as tables, for a terminal and as Markdown, and into the document that keeps them."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from figures import MEASURES, WAYS, Results, calls, cpu, peak, wall

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
PACKAGES = ("xerosql", "duckdb", "sqlglot", "arro3-core", "msgspec", "requests", "xero-python", "pandas", "orjson")
PLANNING_AIM, AGAIN_AIM, IMPORT_AIM = 5, 1, 60  # milliseconds

Table = tuple[list[str], list[list[str]]]
Planning = dict[str, dict[str, float]]


def contenders(results: Results) -> Table:
    """What each way took: medians over the rounds."""
    head = [f"{results.shape} tasks", "s", "CPU s", "peak MB", "calls", "rows/s", "sums"]
    rows = []
    for contender, what in WAYS.items():
        seconds = results.median(contender, wall)
        rows.append(
            [
                what,
                f"{seconds:.2f}",
                f"{results.median(contender, cpu):.2f}",
                f"{results.median(contender, peak):.0f}",
                f"{results.median(contender, calls):,.0f}",
                f"{results.shape.rows / seconds:,.0f}",
                checked(results, contender),
            ]
        )
    return head, rows


def checked(results: Results, contender: str) -> str:
    if contender == "floor":
        return "none"
    return results.fault(contender) or "right"


def aims(found: Sequence[Results]) -> Table:
    """The ratios beside what they should be."""
    rows = [
        [measure.name, *(measure.shown(results, large=bool(place)) for place, results in enumerate(found))]
        for measure in MEASURES
    ]
    return ["median of the rounds' ratios", *(str(results.shape) for results in found)], rows


def small_costs(planning: Planning, imports: dict[str, float]) -> Table:
    """Planning and importing, in milliseconds."""
    rows = []
    for name, each in planning.items():
        aim = AGAIN_AIM if name.endswith("again") else PLANNING_AIM
        rows.append([f"planning, {name}", f"{each['median']:.1f}", f"{each['p95']:.1f}", verdict(each["median"], aim)])
    took = imports["import_ms"]
    rows.append(["import xerosql", f"{took:.1f}", "", verdict(took, IMPORT_AIM)])
    return ["milliseconds", "median", "p95", "aim"], rows


def verdict(figure: float, limit: float) -> str:
    return f"{'reached' if figure < limit else 'missed'}: < {limit}"


def plain(table: Table) -> str:
    """Columns side by side, numbers to the right."""
    head, rows = table
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, *rows]
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def markdown(table: Table) -> str:
    head, rows = table
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(rounds: int) -> str:
    """What was measured on what, as far as it matters."""
    installed = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, "
        f"{rounds} interleaved round{'s' * (rounds != 1)}; {installed}."
    )


def write(tables: Sequence[Table], rounds: int) -> None:
    """Put the tables between the marks of the document."""
    put_between(BEGIN, END, "\n\n".join([machine(rounds), *map(markdown, tables)]))


def put_between(begin: str, end: str, content: str) -> None:
    """Replace what stands between two marks of the document. ValueError if it has lost them."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, first, rest = text.partition(begin)
    _, second, after = rest.partition(end)
    if not first or not second:
        raise ValueError(f"{DOCUMENT.name} has no {begin} … {end}")
    DOCUMENT.write_text(f"{before}{begin}\n\n{content}\n\n{end}{after}", encoding="utf-8")
