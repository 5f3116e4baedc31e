"""Money stays exact through division and averages, and what is not money is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import xerosql

D = Decimal


@pytest.fixture(scope="module")
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo") as connection:
        connection.execute("CREATE TABLE scratch.m (g varchar, d decimal(18,4), n integer, f double)")
        rows = [["a", D("0.10"), 1, 0.1], ["a", D("0.20"), 2, 0.2], ["a", D("0.25"), 2, 0.3], ["b", None, None, None]]
        connection.cursor().executemany("INSERT INTO scratch.m VALUES (?, ?, ?, ?)", rows)
        yield connection


VALUES: dict[str, tuple[str, Any]] = {
    "decimal by whole": ("1.00 / 3", D("0.3333333333")),
    "whole by decimal": ("1 / 3.0", D("0.3333333333")),
    "half up": ("1.0 / 8 / 1000000000", D("0.0000000001")),
    "half away from zero": ("-1.0 / 2 / 10000000000", D("-0.0000000001")),
    "two thirds": ("2.00 / 3", D("0.6666666667")),
    "negative": ("-2.00 / 3", D("-0.6666666667")),
    "both negative": ("-2.00 / -3", D("0.6666666667")),
    "exact": ("0.30 / 0.10", D(3)),
    "by NULL": ("1.00 / NULL", None),
    "large by small": ("12345678901234.5678 / 0.0001", D("123456789012345678")),
    "in arithmetic": ("(1.00 + 2) / 4 * 2", D("1.5")),
    "chain": ("100.00 / 3 / 7", D("4.7619047619")),
    "whole by whole": ("7 / 2", 3),
    "float stays float": ("1e0 / 4", 0.25),
}


@pytest.mark.parametrize(("expression", "expected"), VALUES.values(), ids=VALUES)
def test_division(connection: xerosql.Connection, expression: str, expected: Any) -> None:
    """Decimal division has ten exact decimals, rounded half away from zero; whole numbers divide as in PostgreSQL."""
    (value,) = connection.execute(f"SELECT {expression}").fetchone()
    assert value == expected
    assert type(value) is type(expected)


AGGREGATES: dict[str, tuple[str, Any]] = {
    "average": ("avg(d)", D("0.1833333333")),
    "average of whole numbers": ("avg(n)", D("1.6666666667")),
    "distinct": ("avg(DISTINCT n)", D("1.5")),
    "filtered": ("avg(d) FILTER (WHERE n = 2)", D("0.225")),
    "of an expression": ("avg(d * 2 + 1)", D("1.3666666667")),
    "of no rows": ("avg(d) FILTER (WHERE n > 99)", None),
    "coalesced": ("avg(coalesce(d, 0))", D("0.1375")),
    "of a case": ("avg(CASE WHEN n = 2 THEN d ELSE 0 END)", D("0.1125")),
    "sum by count": ("sum(d) / count(*)", D("0.1375")),
    "sum by nullif": ("sum(d) / nullif(sum(n), 0)", D("0.11")),
    "ratio of sums": ("round(sum(d) / sum(n) * 100, 2)", D("11.00")),
    "in an average": ("avg(d / n)", D("0.1083333333")),
    "average of floats": ("avg(f)", pytest.approx(0.2)),
    "extremes": ("max(d) - min(d)", D("0.15")),
}


@pytest.mark.parametrize(("expression", "expected"), AGGREGATES.values(), ids=AGGREGATES)
def test_averages(connection: xerosql.Connection, expression: str, expected: Any) -> None:
    """AVG of money and whole numbers is exact, NULLs left out, with its DISTINCT and FILTER."""
    (value,) = connection.execute(f"SELECT {expression} FROM scratch.m").fetchone()
    assert value == expected
    if isinstance(expected, Decimal):
        assert isinstance(value, Decimal)


def test_averages_in_windows_groups_and_having(connection: xerosql.Connection) -> None:
    """OVER, GROUP BY, HAVING and ORDER BY see the exact average too."""
    rows = connection.execute(
        "SELECT d, avg(d) OVER (PARTITION BY g) FROM scratch.m WHERE g = 'a' ORDER BY d"
    ).fetchall()
    assert [row[1] for row in rows] == [D("0.1833333333")] * 3
    rows = connection.execute(
        "SELECT g, avg(d) AS a FROM scratch.m GROUP BY g HAVING avg(d) = 0.1833333333 ORDER BY avg(d)"
    ).fetchall()
    assert rows == [("a", D("0.1833333333"))]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT avg(d) FROM (SELECT d FROM scratch.m) AS q",
        "SELECT avg(x) FROM (SELECT d + 0 AS x FROM scratch.m) AS q",
        "WITH q AS (SELECT d FROM scratch.m UNION ALL SELECT d FROM scratch.m) SELECT avg(d) FROM q",
        "SELECT (SELECT avg(d) FROM scratch.m)",
        "SELECT avg(a.d) FROM scratch.m a JOIN (SELECT 1 AS one) b ON true",
        "SELECT sum(d) / count(d) FROM (SELECT CAST(d AS decimal(18,4)) AS d FROM scratch.m) AS q",
        "SELECT sum(d) / 3 FROM scratch.m",
        "SELECT s / c FROM (SELECT sum(d) AS s, count(d) AS c FROM scratch.m) AS q",
    ],
)
def test_exactness_comes_through_subqueries(connection: xerosql.Connection, sql: str) -> None:
    """A column is known to be money through derived tables, CTEs, unions, casts and sums."""
    (value,) = connection.execute(sql).fetchone()
    assert value == D("0.1833333333")
    assert isinstance(value, Decimal)


def test_xeros_money_is_exact(connection: xerosql.Connection) -> None:
    """Sum and average of a Xero column agree with Decimal arithmetic over its rows."""
    rates = [row[0] for row in connection.execute("SELECT RateValue FROM Tasks")]
    total, average, per_minute = connection.execute(
        "SELECT sum(RateValue), avg(RateValue), sum(TotalAmountValue) / sum(TotalMinutes) FROM Tasks"
    ).fetchone()
    assert total == sum(rates)
    assert average == (sum(rates) / len(rates)).quantize(D("1e-10"))
    assert isinstance(per_minute, Decimal)


def test_division_by_zero_is_told(connection: xerosql.Connection) -> None:
    """Dividing money by zero is a DataError, or NULL as the engine has it, and never a wrong number."""
    try:
        assert connection.execute("SELECT d / 0 FROM scratch.m WHERE d = 0.10").fetchall() == [(None,)]
    except xerosql.DataError as error:
        assert "zero" in str(error).lower()  # noqa: PT017 - either outcome is right
