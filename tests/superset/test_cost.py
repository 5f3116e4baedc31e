"""The cost that SQL Lab shows: what EXPLAIN says, in words, and never a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator
from xerosql.superset.cost import UNKNOWN, estimate, shown

PROJECT = "c1674cba-c21d-477c-b408-33d8829add21"


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(limits=False)


@pytest.fixture
def connection(simulator: Simulator) -> Iterator[xerosql.Connection]:
    tenant = simulator.tenants[0][0]
    with xerosql.connect(
        handler=simulator.handle, access_token="x", tenant=tenant, calls_per_minute=10**6
    ) as connection:
        yield connection


def told(connection: xerosql.Connection, *statements: str) -> list[dict[str, str]]:
    return shown([estimate(each, connection.cursor()) for each in statements])


def test_an_estimate_is_what_the_statement_took_the_last_time(
    connection: xerosql.Connection, simulator: Simulator
) -> None:
    sql = "SELECT * FROM Tasks WHERE ProjectId IN (SELECT ProjectId FROM Projects WHERE Status = 'CLOSED')"
    connection.execute(sql).fetchall()
    calls = simulator.calls
    assert estimate(sql, connection.cursor())["calls"] == calls == 16
    assert told(connection, sql) == [
        {
            "Calls to Xero": "16 (no bound known yet)",
            "Seconds": "1.2",
            "Of the minute": "26.7 %",
            "Of the day": "1.6 %",
        }
    ]
    assert simulator.calls == calls


def test_what_is_not_bounded_yet_says_so(connection: xerosql.Connection) -> None:
    (line,) = told(connection, "SELECT * FROM Tasks")
    assert line["Calls to Xero"] == "101 (no bound known yet)"
    assert line["Of the minute"] == "168.3 %"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE Tasks SET Name = 'x' WHERE Name = 'Layout'",
        f"UPDATE Tasks SET Name = 'x' WHERE ProjectId = '{PROJECT}'",
        "DELETE FROM Time WHERE Duration = 0",
        "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) SELECT ProjectId, 'x', 'TIME', 1 FROM Projects",
    ],
)
def test_a_write_is_not_estimated_since_that_would_read(
    connection: xerosql.Connection, simulator: Simulator, sql: str
) -> None:
    assert told(connection, sql) == [{"Calls to Xero": UNKNOWN}]
    assert simulator.calls == 0


@pytest.mark.parametrize("sql", ["SET max_calls = 5", "SHOW max_calls", "CALL GetLimitInfo()", "SELECT 1"])
def test_what_asks_nothing_of_xero_costs_nothing(connection: xerosql.Connection, sql: str) -> None:
    assert told(connection, sql) == [
        {"Calls to Xero": "0", "Seconds": "0.0", "Of the minute": "0.0 %", "Of the day": "0.0 %"}
    ]


def test_wrong_sql_says_what_is_wrong(connection: xerosql.Connection) -> None:
    with pytest.raises(xerosql.ProgrammingError, match='no column "nope"'):
        estimate("SELECT nope FROM Tasks", connection.cursor())


def test_the_budget_of_the_connection_stays_as_it_was(connection: xerosql.Connection) -> None:
    connection.execute("SET max_calls = 77")
    told(connection, "SELECT * FROM Tasks")
    assert connection.execute("SHOW max_calls").fetchone() == ("77",)


def test_several_statements_have_a_sum() -> None:
    """Bounds add up if all are known; a write among them is left out."""
    one: dict[str, Any] = {"calls": 3, "most_calls": 5, "seconds": 0.6, "minute_share": 0.05, "day_share": 0.003}
    last = shown([one, {**one, "day_left": 4123}, {}])[-1]
    assert last == {
        "Statement": "all",
        "Calls to Xero": "6 (at most 10)",
        "Seconds": "1.2",
        "Of the minute": "10.0 %",
        "Of the day": "0.6 %; 4,123 calls are left",
    }
    assert shown([one, {**one, "most_calls": None}])[-1]["Calls to Xero"] == "6 (no bound known yet)"
    assert len(shown([one])) == 1
