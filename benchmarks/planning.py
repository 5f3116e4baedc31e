"""How long planning takes, from the text of a statement to its plan, without the cache. No engine, no call."""

from __future__ import annotations

import argparse
import json
import statistics
from time import perf_counter

from xerosql import catalog
from xerosql.plan.names import Names
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


def milliseconds(sql: str, names: Names, rounds: int) -> dict[str, float]:
    """Median, 95th percentile and worst of planning a statement, with the first one, which pays for imports, apart."""
    times = [once(sql, names) for _ in range(rounds + 1)]
    first, *rest = times
    return {
        "first": first,
        "median": statistics.median(rest),
        "p95": statistics.quantiles(rest, n=20)[-1],
        "worst": max(rest),
    }


def once(sql: str, names: Names) -> float:
    began = perf_counter()
    make_plan(sql, names)
    return (perf_counter() - began) * 1000


def measured(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """For each query its figures in milliseconds."""
    names = Names(catalog.load())
    return {name: milliseconds(sql, names, rounds) for name, sql in QUERIES.items()}


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
    print(f"{'planning, ms':<14}{'first':>8}{'median':>8}{'p95':>8}{'worst':>8}   (aim: median < 5)")
    for name, figures in found.items():
        print(f"{name:<14}" + "".join(f"{figures[each]:8.2f}" for each in ("first", "median", "p95", "worst")))


if __name__ == "__main__":
    main()
