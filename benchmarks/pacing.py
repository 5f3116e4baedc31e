"""How near xerosql comes to what Xero's limits allow: five calls at a time, sixty a minute, an answer in 150 ms.

    python benchmarks/pacing.py             about half a minute
    python benchmarks/pacing.py --speed 60  the long scan in five seconds, with this machine's delays sixtyfold
    python benchmarks/pacing.py --write     the table into docs/performance.md

The simulator enforces the limits in this process. For the long scan its clock and the client's run faster than the
wall's, both at the same speed, and so does the time that an answer takes. Exits with 1 if an aim is missed.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Condition, Event

import tables

import xerosql
from xerosql.api import Client
from xerosql.simulator import Simulator

LATENCY = 0.15
AT_ONCE, PER_MINUTE, MINUTE = 5, 60, 60.0
PROJECTS = 300
ROUNDS = 3
BEGIN, END = "<!-- pacing: begin -->", "<!-- pacing: end -->"


class FastClock:
    """The machine's clock at `speed` times its pace, for a client."""

    def __init__(self, speed: float) -> None:
        self.speed = speed

    def monotonic(self) -> float:
        return time.monotonic() * self.speed

    def now(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        (cancelled or Event()).wait(seconds / self.speed)

    def wait(self, condition: Condition, seconds: float | None) -> None:
        condition.wait(None if seconds is None else seconds / self.speed)


class SimulatorsClock(FastClock):
    """The same clock, for the simulator, which wants a number."""

    def now(self) -> float:  # type: ignore[override]  # the two protocols have one name for two things
        return self.monotonic()


@dataclass(frozen=True)
class Case:
    """A statement, the least time that any client could take, and by how much ours may exceed it."""

    name: str
    sql: str
    calls: int
    theory: float
    aim: float
    speed: float
    projects_named: int = 0


def cases(speed: float) -> list[Case]:
    """Fifty calls fit into one minute's quota: five at a time, they take ten times an answer's time.

    The scan of 300 projects makes 301. No sixty seconds may hold more than sixty, so the 301st begins five minutes
    after the first at the earliest, and takes an answer's time.
    """
    fifty, scan = 50, 1 + PROJECTS
    windows = (scan - 1) // PER_MINUTE
    named = ", ".join("?" * fifty)
    return [
        Case(
            f"{fifty} calls, in a burst",
            f"SELECT ProjectId, Name FROM Tasks WHERE ProjectId IN ({named})",
            fifty,
            math.ceil(fifty / AT_ONCE) * LATENCY,
            aim=1.15,
            speed=1.0,
            projects_named=fifty,
        ),
        Case(
            f"a scan of {PROJECTS} projects",
            "SELECT ProjectId, Name FROM Tasks",
            scan,
            windows * MINUTE + LATENCY,
            aim=1.03,
            speed=speed,
        ),
    ]


@dataclass(frozen=True)
class Run:
    """One run by the simulator's own account; `seconds` by the fast clock."""

    seconds: float
    calls: int
    refused: int
    in_flight: int


def measured(case: Case) -> Run:
    """Run the statement on a Xero of its own, whose minute is unused. RuntimeError for wrong rows or calls."""
    xero = Simulator(
        projects=PROJECTS, tasks_per_project=2, time_per_task=0, latency=LATENCY, clock=SimulatorsClock(case.speed)
    )
    xero.warm()
    tenant = xero.tenants[0][0]
    projects = [row["projectId"] for row in xero.rows(tenant)["projects"]]
    asked = projects[: case.projects_named]
    clock = FastClock(case.speed)
    with xerosql.connect(handler=xero.handle, access_token="any", tenant=tenant) as connection:
        session = connection.session
        session.make_client = lambda: Client(connection.settings, handler=xero.handle, clock=clock)
        connection.execute("SELECT 1").fetchall()
        session.client, session.plan(case.sql)  # imports and the plan are not what is measured
        began = clock.monotonic()
        rows = connection.execute(case.sql, asked).fetchall()
        seconds = clock.monotonic() - began
    if len(rows) != 2 * len(asked or projects) or xero.calls != case.calls:
        raise RuntimeError(f"{case.name}: {len(rows)} rows in {xero.calls} calls, not {case.calls}")
    refused = sum(each.status == 429 for each in xero.requests)
    return Run(seconds, xero.calls, refused, max(each.in_flight for each in xero.requests))


def table(found: Sequence[tuple[Case, Run]]) -> tables.Table:
    head = ["", "calls", "s", "theory", "ratio", "in flight", "429s", "aim"]
    rows = [
        [
            case.name,
            f"{run.calls}",
            f"{run.seconds:.2f}",
            f"{case.theory:.2f}",
            f"{run.seconds / case.theory:.3f}",
            f"{run.in_flight}",
            f"{run.refused}",
            f"{'reached' if is_reached(case, run) else 'missed'}: ≤ {case.aim}, no 429",
        ]
        for case, run in found
    ]
    return head, rows


def is_reached(case: Case, run: Run) -> bool:
    return run.seconds <= case.aim * case.theory and run.refused == 0 and run.in_flight <= AT_ONCE


def median_run(case: Case, rounds: int) -> Run:
    """The run of median length; the worst counts of all."""
    runs = sorted((measured(case) for _ in range(rounds)), key=lambda run: run.seconds)
    middle = runs[len(runs) // 2]
    return Run(middle.seconds, middle.calls, sum(run.refused for run in runs), max(run.in_flight for run in runs))


def main() -> None:
    """Measure, show, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=float, default=30.0, help="of the long scan's clocks")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    found = [(case, median_run(case, options.rounds)) for case in cases(options.speed)]
    shown = table(found)
    print(tables.plain(shown))
    if options.write:
        tables.put_between(BEGIN, END, tables.markdown(shown))
    sys.exit(not all(is_reached(case, run) for case, run in found))


if __name__ == "__main__":
    main()
