"""How many API calls analysts' queries cost, beside the fewest that any client could make, and what EXPLAIN expects.

Exits with 1 if a query costs more than the fewest calls, or less (then the corpus is wrong), if its rows are not plain
DuckDB's, or if EXPLAIN, once the query has run, expects another number of calls than are made.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import tables

sys.path.append(str(Path(__file__).parent.parent))  # the differential tests know what is right

from corpus import entries
from corpus.asking import Estimate, Outcome, ask
from corpus.model import DEMO
from corpus.necessary import necessary
from corpus.worlds import SIMULATORS, World

BEGIN, END = "<!-- calls: begin -->", "<!-- calls: end -->"
UNKNOWN = "—"
HEAD = ["query", "on", "fewest", "ours", "EXPLAIN cold", "warm", "worst ratio", "rows"]


def measured(only: str) -> list[Outcome]:
    """Every query whose name has `only` in it, in each of its worlds."""
    worlds = {name: World(name) for name in SIMULATORS}
    chosen = [entry for entry in entries() if only in entry.name]
    return [ask(entry, worlds[name]) for entry in chosen for name in entry.worlds]


def table(outcomes: Sequence[Outcome], named: Callable[[str, str], str]) -> tables.Table:
    """A line for each query; its figures in several organisations, or written in several ways, beside each other.

    `named` makes the first cell of what the query is called and why it takes no fewer calls.
    """
    queries: dict[str, dict[str, list[Outcome]]] = {}
    for outcome in outcomes:
        queries.setdefault(outcome.entry.title, {}).setdefault(outcome.world, []).append(outcome)
    return HEAD, [line(worlds, named) for worlds in queries.values()]


def line(worlds: Mapping[str, list[Outcome]], named: Callable[[str, str], str]) -> list[str]:
    (first, *others), every = next(iter(worlds.values())), [each for found in worlds.values() for each in found]
    columns: list[Callable[[Outcome], str]] = [
        lambda each: str(each.fewest),
        lambda each: str(each.ours) if each.ours == each.again else f"{each.ours}, then {each.again}",
        lambda each: shown(each.cold),
        lambda each: shown(each.warm),
    ]
    return [
        named(first.entry.title + (f" ({1 + len(others)} ways to write it)" if others else ""), first.entry.why),
        " / ".join(worlds),
        *(" / ".join(together(map(column, found)) for found in worlds.values()) for column in columns),
        f"{max(each.ratio for each in every):.2f}",
        "wrong" if any(each.fault for each in every) else "right",
    ]


def together(cells: Iterable[str]) -> str:
    """What all say, or all that they say."""
    return " or ".join(dict.fromkeys(cells))


def shown(estimate: Estimate | None) -> str:
    return UNKNOWN if estimate is None else str(estimate.calls)


def summary(outcomes: Sequence[Outcome]) -> str:
    """The whole in a few sentences."""
    queries = len({outcome.entry.title for outcome in outcomes})
    ways = len({outcome.entry.name for outcome in outcomes})
    least = sum(outcome.ratio == 1 for outcome in outcomes)
    told = [outcome for outcome in outcomes if outcome.warm is not None]
    right = sum(outcome.warm.calls == outcome.again for outcome in told if outcome.warm is not None)
    text = f"{queries} queries, written in {ways} ways, asked {len(outcomes)} times: {least} with the fewest calls"
    text += f", {right} as EXPLAIN expects once the query has run." if told else "."
    return "\n".join([text, *above(outcomes)])


def above(outcomes: Sequence[Outcome]) -> list[str]:
    """A line for each query that is known to make more calls than the fewest, with the reason."""
    missed = {(each.entry.title, each.world): each for each in outcomes if each.missed}
    lines = [
        f"* {title} ({world}): {max(each.ours, each.again)} calls where {each.fewest} do; {each.missed}."
        for (title, world), each in missed.items()
    ]
    return ["", "Above the fewest, and why:", "", *lines] if lines else []


def proved(only: str) -> int:
    """Hold the fewest calls on the demo against the lists that brute force finds necessary; the exit code."""
    world, seen, exact, beyond = World(DEMO), set(), 0, 0
    for entry in entries():
        if DEMO not in entry.worlds or only not in entry.name or entry.title in seen:
            continue
        seen.add(entry.title)
        fewest, lists = entry.fewest(world.organisation), necessary(entry, world)
        exact, beyond = exact + (fewest == lists), beyond + (lists is not None and lists > fewest)
        if lists is not None and lists != fewest:
            what = "the corpus is wrong" if lists > fewest else "left to reasoning"
            print(f"{entry.title}: {fewest} calls are said to be fewest, {lists} lists are necessary; {what}")
    print(f"\nFor {exact} of {len(seen)} queries as many lists are necessary as calls are said to be fewest.")
    return 1 if beyond else 0


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
    parser.add_argument("--prove", action="store_true", help="check the corpus by brute force instead, on the demo")
    options = parser.parse_args()
    if not any(options.only in entry.name for entry in entries()):
        parser.error(f"no query has {options.only!r} in its name")
    if options.prove:
        return proved(options.only)
    if options.write and options.only:
        parser.error("--write takes the whole corpus")
    outcomes = measured(options.only)
    print(
        as_json(outcomes)
        if options.json
        else f"{tables.plain(table(outcomes, lambda title, _: title))}\n\n{summary(outcomes)}"
    )
    if options.write:
        reasoned = table(outcomes, lambda title, why: f"{title}: *{why}*")
        tables.put_between(BEGIN, END, f"{summary(outcomes)}\n\n{tables.markdown(reasoned)}")
    faulty = [f"{outcome.name}: {fault}" for outcome in outcomes for fault in outcome.faults]
    print(*faulty, sep="\n", file=sys.stderr)
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
