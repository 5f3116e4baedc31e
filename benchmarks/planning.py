"""How long planning takes, from the text of a statement to its plan, without the cache. No engine, no call.

And how long it takes when the same text comes again with other parameters: all that a connection does before it makes
its first request, which is to find the plan, check the values, and choose the order of the scans for them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from itertools import chain, repeat
from pathlib import Path
from time import perf_counter

import sqlglot.parser

import xerosql
from xerosql import catalog
from xerosql.execute.binder import Binder
from xerosql.execute.session import Session
from xerosql.plan.model import ReadPlan
from xerosql.plan.names import Names
from xerosql.plan.order import Strategy
from xerosql.plan.parameters import values_for
from xerosql.plan.planner import make_plan

ROUNDS = 100
QUERIES = {
    "simple": "SELECT ProjectId, sum(TotalAmountValue) FROM Tasks WHERE ChargeType = 'TIME' GROUP BY 1",
    "3-table join": """
        SELECT p.Name, t.Name, sum(e.Duration) AS Minutes
        FROM Projects p
        JOIN Tasks t ON t.ProjectId = p.ProjectId
        JOIN Time e ON e.TaskId = t.TaskId AND e.ProjectId = p.ProjectId
        WHERE p.Status = 'INPROGRESS' AND e.Date >= DATE '2026-01-01'
        GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20
    """,
    "complex": """
        WITH worked AS (
            SELECT e.ProjectId, e.UserId, date_trunc('month', e.Date) AS Month, sum(e.Duration) / 60 AS Hours
            FROM Time e WHERE e.Date BETWEEN DATE '2026-01-01' AND DATE '2026-06-30' GROUP BY 1, 2, 3
        ), ranked AS (
            SELECT w.*, row_number() OVER (PARTITION BY w.Month ORDER BY w.Hours DESC) AS Place FROM worked w
        )
        SELECT p.Name, u.Name AS Person, r.Month, r.Hours,
               CASE WHEN r.Place = 1 THEN 'most' WHEN r.Hours < 8 THEN 'little' ELSE 'some' END AS Amount,
               (SELECT sum(t.TotalAmountValue) FROM Tasks t WHERE t.ProjectId = p.ProjectId) AS Total
        FROM ranked r
        JOIN Projects p ON p.ProjectId = r.ProjectId
        LEFT JOIN Users u ON u.UserId = r.UserId
        WHERE p.Status IN ('INPROGRESS', 'CLOSED') AND r.Place <= 10
          AND EXISTS (SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId AND t.ChargeType <> 'NON_CHARGEABLE')
        ORDER BY r.Month, r.Place
    """,
}
AGAIN = QUERIES["3-table join"].replace("'INPROGRESS'", "?").replace("DATE '2026-01-01'", "?")
VALUES = [(status, dt.date(2026, month, 1)) for status in ("INPROGRESS", "CLOSED") for month in range(1, 13)]


def milliseconds(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Median, 95th percentile and worst of some work, with the first time, which pays for imports, apart."""
    first, *rest = (once(work) for _ in range(rounds + 1))
    return {
        "first": first,
        "median": statistics.median(rest),
        "p95": statistics.quantiles(rest, n=20)[-1],
        "worst": max(rest),
    }


def once(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return (perf_counter() - began) * 1000


def measured(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """For each query its figures in milliseconds."""
    names = Names(catalog.load())
    found = {name: milliseconds(partial(make_plan, sql, names), rounds) for name, sql in QUERIES.items()}
    with xerosql.connect("demo") as connection:
        again = chain.from_iterable(repeat(VALUES))
        found["join again"] = milliseconds(lambda: prepare(connection.session, next(again)), rounds)
    return found


def prepare(session: Session, values: Sequence[object]) -> Strategy:
    """What running the join takes before its first request, for a session that has met its text before."""
    plan = session.plan(AGAIN)
    assert isinstance(plan, ReadPlan)
    return Binder(session, plan, values_for(plan.parameters, values), {}).strategy()


def grammar() -> str:
    """Which sqlglot is measured. Its compiled form takes the place of the plain one wherever it is installed."""
    compiled = Path(sqlglot.parser.__file__).suffix != ".py"
    return f"sqlglot {version('sqlglot')}{' compiled' * compiled}"


def main() -> None:
    """Print the figures, as a table or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true", help="for other programs")
    options = parser.parse_args()
    found = measured(options.rounds)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{grammar()}; aim: a median below 5, below 1 for a text that comes again")
    print(f"{'planning, ms':<14}{'first':>8}{'median':>8}{'p95':>8}{'worst':>8}")
    for name, figures in found.items():
        print(f"{name:<14}" + "".join(f"{figures[each]:8.2f}" for each in ("first", "median", "p95", "worst")))


if __name__ == "__main__":
    main()
