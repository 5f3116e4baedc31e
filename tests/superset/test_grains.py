"""Superset's time grains and literals, run by xerosql: against Python's calendar, and against a plain DuckDB."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import duckdb
import pytest

import xerosql
from xerosql.superset.grains import BUCKETS, EPOCH_MILLISECONDS, EPOCH_SECONDS, UNITS, grains, literal

GRAINS = [grain for grain in grains() if grain is not None]
SECONDS = {"PT1S": 1, "PT5S": 5, "PT30S": 30, "PT1M": 60, "PT5M": 300, "PT10M": 600, "PT15M": 900, "PT30M": 1800}
SECONDS |= {"PT1H": 3600, "PT6H": 21600, "P1D": 86400}

at = datetime.fromisoformat


@pytest.fixture(scope="module")
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo") as connection:
        yield connection


def moments() -> list[datetime]:
    """The edges of periods, those just before and behind them, and any others."""
    edges = [
        at("2026-01-01"),
        at("2024-02-29"),
        at("2026-03-29"),
        at("2026-11-01"),
        at("1969-12-28"),
    ]
    near = [edge + timedelta(microseconds=step) for edge in edges for step in (-1, 0, 1)]
    some = random.Random(7)
    return near + [
        at("1999-01-01") + timedelta(seconds=some.randrange(10**9), microseconds=some.randrange(10**6))
        for _ in range(200)
    ]


def first_of(grain: str, moment: datetime) -> datetime:
    """What the grain makes of a moment, by Python's calendar."""
    midnight = datetime.combine(moment.date(), time())
    if grain in SECONDS:
        return midnight + timedelta(seconds=(moment - midnight) // timedelta(seconds=SECONDS[grain]) * SECONDS[grain])
    monday, sunday = midnight - timedelta(days=moment.weekday()), midnight - timedelta(days=moment.isoweekday() % 7)
    return {
        "P1W": monday,
        "1969-12-29T00:00:00Z/P1W": monday,
        "P1W/1970-01-04T00:00:00Z": monday + timedelta(days=6),
        "1969-12-28T00:00:00Z/P1W": sunday,
        "P1W/1970-01-03T00:00:00Z": sunday + timedelta(days=6),
        "P1M": midnight.replace(day=1),
        "P3M": midnight.replace(day=1, month=(moment.month - 1) // 3 * 3 + 1),
        "P1Y": midnight.replace(day=1, month=1),
    }[grain]


def applied(expression: str, literals: list[str]) -> str:
    values = ", ".join(f"({each})" for each in literals)
    return f"SELECT {expression.replace('{col}', 't.x')} FROM (VALUES {values}) AS t(x)"


def as_moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


@pytest.mark.parametrize("grain", GRAINS)
def test_a_grain_is_the_first_moment_of_its_period(grain: str, connection: xerosql.Connection) -> None:
    sql = applied(grains()[grain], [str(literal("TIMESTAMP", each)) for each in moments()])
    found = [as_moment(row[0]) for row in connection.execute(sql).fetchall()]
    assert found == [first_of(grain, each) for each in moments()]
    assert connection.execute(sql).fetchall() == duckdb.sql(sql).fetchall()


@pytest.mark.parametrize("grain", GRAINS)
def test_a_grain_of_a_day_is_one_too(grain: str, connection: xerosql.Connection) -> None:
    """Date columns are offered every grain; those of less than a day leave the day as it is."""
    days = sorted({each.date() for each in moments()})
    sql = applied(grains()[grain], [str(literal("DATE", datetime.combine(day, time()))) for day in days])
    found = [as_moment(row[0]) for row in connection.execute(sql).fetchall()]
    assert found == [first_of(grain, datetime.combine(day, time())) for day in days]


@pytest.mark.parametrize("grain", GRAINS)
def test_a_grain_groups_the_rows_of_a_table(grain: str, connection: xerosql.Connection) -> None:
    """As a chart does: the same expression in SELECT, GROUP BY and ORDER BY, over rows of Xero's."""
    expression = grains()[grain].replace("{col}", '"DateEntered"')
    project = "c1674cba-c21d-477c-b408-33d8829add21"
    where = f"\"ProjectId\" = '{project}'"
    sql = f'SELECT {expression} AS t, count(*) FROM projects."Time" WHERE {where} GROUP BY {expression}'
    entered = connection.execute("SELECT DateEntered FROM Time WHERE ProjectId = ?", [project]).fetchall()
    expected: dict[datetime, int] = {}
    for (moment,) in entered:
        expected[first_of(grain, moment)] = expected.get(first_of(grain, moment), 0) + 1
    assert {as_moment(start): count for start, count in connection.execute(sql).fetchall()} == expected
    assert len(expected) > 1 or grain == "P1Y"


def test_no_grain_is_the_column_itself() -> None:
    assert grains()[None] == "{col}"
    assert not set(UNITS) & set(BUCKETS)


@pytest.mark.parametrize("moment", [at("2026-02-03T04:05:06"), at("1969-12-31T23:59:59"), at("2040-01-01")])
def test_seconds_and_milliseconds_since_1970_become_a_moment(moment: datetime, connection: xerosql.Connection) -> None:
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    assert connection.execute(applied(EPOCH_SECONDS, [str(seconds)])).fetchall() == [(moment,)]
    assert connection.execute(applied(EPOCH_SECONDS, [str(seconds + 0.5)])).fetchall() == [
        (moment + timedelta(seconds=0.5),)
    ]
    later = moment + timedelta(milliseconds=25)
    assert connection.execute(applied(EPOCH_MILLISECONDS, [str(seconds * 1000 + 25)])).fetchall() == [(later,)]


def test_a_literal_is_the_moment_in_the_type_of_its_column(connection: xerosql.Connection) -> None:
    moment = at("2026-02-03T04:05:06.000789")
    expected = {
        "DATE": date(2026, 2, 3),
        "TIMESTAMP": moment,
        "TIMESTAMP WITHOUT TIME ZONE": moment,
        "DATETIME": moment,
        "TIMESTAMP WITH TIME ZONE": moment.replace(tzinfo=UTC),
    }
    for type_name, value in expected.items():
        assert connection.execute(f"SELECT {literal(type_name, moment)}").fetchone() == (value,), type_name
    for type_name in ("VARCHAR", "INTEGER", "TIME", ""):
        assert literal(type_name, moment) is None


def test_xero_is_asked_for_no_more_than_a_literal_lets_through(connection: xerosql.Connection) -> None:
    """A filter on a range of dates, as Superset writes it, makes the list shorter."""
    since = literal("DATE", at("2026-03-01"))
    told = connection.execute(f'EXPLAIN SELECT * FROM "Time" WHERE "Date" >= {since}').fetchall()
    assert any(item == "pushed SUPERSET" and "dateAfterUtc" in detail for _, item, detail in told)
