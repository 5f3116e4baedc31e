"""SQL as Grafana writes it for the macros of a panel."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest

SPAN = "BETWEEN '2026-01-01T00:00:00Z' AND '2026-12-31T23:59:59.999Z'"  # $__timeFilter
DAY = 86_400
Connect = Callable[..., psycopg.Connection]


@pytest.mark.parametrize("grouped", [f'floor(extract(epoch from "Date")/{DAY})*{DAY}', "date_trunc('day', \"Date\")"])
def test_hours_a_day_are_all_the_hours(connect: Connect, grouped: str) -> None:
    """$__timeGroupAlias in its two ways; on a column of dates."""
    client = connect()
    panel = f'SELECT {grouped} AS "time", sum("Duration") / 60.0 AS hours FROM "Time" WHERE "Date" {SPAN}'
    rows = client.execute(f"{panel} GROUP BY 1 ORDER BY 1").fetchall()
    days = client.execute(
        'SELECT count(DISTINCT "Date"), sum("Duration") / 60.0 FROM "Time" '
        "WHERE \"Date\" BETWEEN DATE '2026-01-01' AND DATE '2026-12-31'"
    ).fetchone()
    assert days is not None
    assert len(rows) == days[0] > 100
    assert sum(Decimal(hours) for _, hours in rows) == pytest.approx(days[1], abs=Decimal("0.0001"))
    assert [time for time, _ in rows] == sorted({time for time, _ in rows})


def test_a_span_of_times_filters_a_column_of_times(connect: Connect) -> None:
    client = connect()
    found = client.execute(f'SELECT count(*), max("Deadline") FROM "Projects" WHERE "Deadline" {SPAN}').fetchone()
    same = "SELECT count(*), max(Deadline) FROM Projects WHERE extract(year FROM Deadline) = 2026"
    assert found == client.execute(same).fetchone()
    assert found is not None
    assert found[0] > 5
