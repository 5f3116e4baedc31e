"""How many API calls analysts' queries cost, beside the fewest that any client could make, and what EXPLAIN expects.

Exits with 1 if a query costs more than the fewest calls, or less (then the corpus is wrong), if its rows are not plain
DuckDB's, or if EXPLAIN, once the query has run, expects another number of calls than are made.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import tables

sys.path.append(str(Path(__file__).parent.parent))  # the differential tests know what is right

from corpus import entries  # noqa: E402 - its judge is found on the path that was just made longer
from corpus.asking import Estimate, Outcome, ask  # noqa: E402 - as above
from corpus.worlds import SIMULATORS, World  # noqa: E402 - as above

BEGIN, END = "<!-- calls: begin -->", "<!-- calls: end -->"
UNKNOWN = "—"
WORLDS = {
    "demo": "the demo (48 projects; two more organisations)",
    "large": "620 projects of 3 tasks",
    "long": "one project of 1,300 tasks",
}


def measured(only: str) -> list[Outcome]:
    """Every query whose name has `only` in it, in each of its worlds."""
    worlds = {name: World(name) for name in SIMULATORS}
    chosen = [entry for entry in entries() if only in entry.name]
    return [ask(entry, worlds[name]) for entry in chosen for name in entry.worlds]


def table(outcomes: Sequence[Outcome]) -> tables.Table:
    """A line for each query and world; one for all ways to write a query, if their figures are the same."""
    lines: dict[tuple[str, ...], int] = {}
    for outcome in outcomes:
        line = (outcome.entry.title, outcome.world, *figures(outcome), outcome.entry.why)
        lines[line] = lines.get(line, 0) + 1
    head = ["query", "on", "fewest", "ours", "ratio", "EXPLAIN cold", "warm", "rows", "why no fewer"]
    return head, [
        [f"{title} (written {times} ways)" if times > 1 else title, *rest] for (title, *rest), times in lines.items()
    ]


def figures(outcome: Outcome) -> list[str]:
    return [
        str(outcome.fewest),
        str(outcome.ours) if outcome.ours == outcome.again else f"{outcome.ours}, then {outcome.again}",
        f"{outcome.ratio:.2f}",
        shown(outcome.cold),
        shown(outcome.warm),
        "wrong" if outcome.fault else "right",
    ]


def shown(estimate: Estimate | None) -> str:
    return UNKNOWN if estimate is None else str(estimate.calls)


def summary(outcomes: Sequence[Outcome]) -> str:
    """The whole in a few sentences."""
    queries = len({outcome.entry.title for outcome in outcomes})
    ways = len({outcome.entry.name for outcome in outcomes})
    least = sum(outcome.ours <= outcome.fewest for outcome in outcomes)
    told = [outcome for outcome in outcomes if outcome.warm is not None]
    right = sum(outcome.warm.calls == outcome.again for outcome in told if outcome.warm is not None)
    text = f"{queries} queries, written in {ways} ways, asked {len(outcomes)} times: {least} with the fewest calls"
    return f"{text}, {right} as EXPLAIN expects once the query has run." if told else f"{text}."


def as_json(outcomes: Sequence[Outcome]) -> str:
    rows = [
        {
            "name": each.entry.name,
            "world": each.world,
            "sql": each.entry.sql,
            "why": each.entry.why,
            **{name: getattr(each, name) for name in ("fewest", "ours", "again", "ratio", "faults")},
            **{name: told and asdict(told) for name, told in (("cold", each.cold), ("warm", each.warm))},
        }
        for each in outcomes
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False)


def main() -> int:
    """Print the figures, as a table or as JSON, and what is wrong with them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--json", action="store_true", help="for other programs")
    parser.add_argument("--only", metavar="NAME", default="", help="only queries with this in their names")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write takes the whole corpus")
    outcomes = measured(options.only)
    if not outcomes:
        parser.error(f"no query has {options.only!r} in its name")
    print(as_json(outcomes) if options.json else f"{tables.plain(table(outcomes))}\n\n{summary(outcomes)}")
    if options.write:
        tables.put_between(BEGIN, END, f"{summary(outcomes)}\n\n{tables.markdown(table(outcomes))}")
    faulty = [f"{outcome.name}: {fault}" for outcome in outcomes for fault in outcome.faults]
    print(*faulty, sep="\n", file=sys.stderr)
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
