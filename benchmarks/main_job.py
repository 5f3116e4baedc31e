"""The main job, raced: sums by project through xerosql, through Xero's own SDK with pandas, and the floor.

    python benchmarks/main_job.py               seven rounds; about eight minutes
    python benchmarks/main_job.py --quick       a tenth of the size, one round: does it run?
    python benchmarks/main_job.py --write       the tables into docs/performance.md
    python benchmarks/main_job.py --profile     where xerosql's time goes

Every contender runs in a fresh process each round and in turn, against a simulator in its own process; whole processes
are measured. Sums are compared with Decimal truth each time: a figure whose sums are wrong does not count.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import tables
from figures import WAYS, Results
from measuring import measured, surroundings
from simulated import Shape, SimulatedXero

HERE = Path(__file__).parent
ROUNDS = 7


def main() -> None:
    """Race, show, and write if asked."""
    options = read_options()
    if options.profile:
        profile(shapes(options.quick))
        return
    rounds = 1 if options.quick else options.rounds
    found = race(shapes(options.quick), rounds)
    shown = [
        *map(tables.contenders, found),
        tables.aims(found),
        tables.small_costs(figures_of("planning"), figures_of("imports")),
    ]
    print("\n\n".join(["", *map(tables.plain, shown), tables.machine(rounds)]))
    if options.write:
        tables.write(shown, rounds)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--quick", action="store_true", help="one round at a tenth of the size, to see it run")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--profile", action="store_true", help="show where xerosql's time goes instead")
    return parser.parse_args()


def shapes(quick: bool) -> list[Shape]:
    """Many small answers, and few large ones."""
    return [Shape(200, 50), Shape(20, 500)] if quick else [Shape(2000, 50), Shape(200, 500)]


def race(wanted: list[Shape], rounds: int) -> list[Results]:
    """All contenders on all shapes, round by round, after one round that does not count."""
    with ExitStack() as stack:
        xeros = [stack.enter_context(SimulatedXero(shape)) for shape in wanted]
        found = [Results(xero.shape, measured("truth", xero).sums) for xero in xeros]
        for number in range(rounds + 1):
            tell(f"round {number} of {rounds}" if number else "warming up")
            for xero, results in zip(xeros, found, strict=True):
                run_round(number, xero, results)
    return found


def run_round(number: int, xero: SimulatedXero, results: Results) -> None:
    """Every contender once, each round beginning with another one. Round 0 only warms up."""
    names = list(WAYS)
    start = number % len(names)
    for contender in names[start:] + names[:start]:
        run = measured(contender, xero)
        if number:
            results.add(contender, run)


def figures_of(script: str) -> dict[str, object]:
    """What a benchmark beside this one measures, in a process of its own."""
    command = [sys.executable, str(HERE / f"{script}.py"), "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=surroundings()).stdout)


def profile(wanted: list[Shape]) -> None:
    """The breakdown of contender 1 for each shape."""
    for shape in wanted:
        with SimulatedXero(shape) as xero:
            measured("xerosql_sum", xero)
            print(f"\n{shape}", flush=True)
            command = [sys.executable, str(HERE / "breakdown.py"), xero.url, xero.tenant]
            subprocess.run(command, check=True, env=surroundings())


def tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
