"""Counts are asked for as counts where Xero's number is SQL's, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

import xerosql
from xerosql.simulator import Simulator


@pytest.fixture(scope="module")
def long() -> Iterator[tuple[Simulator, xerosql.Connection, str]]:
    """One project of 1,100 tasks, three pages, each with a time entry."""
    sim = Simulator(seed=3, projects=1, tasks_per_project=1_100, time_per_task=1, limits=False)
    tenant = sim.tenants[0][0]
    with xerosql.connect(handler=sim.handle, access_token="x", tenant=tenant, calls_per_minute=1_000_000) as connection:
        yield sim, connection, sim.rows(tenant)["projects"][0]["projectId"]


def asked(long: Any, sql: str) -> tuple[Any, int, list[str]]:
    """The first row, the calls, and the page sizes that lists of tasks and time were asked with."""
    sim, connection, project = long
    sim.reset_counters()
    cursor = connection.execute(sql.replace("{project}", f"'{project}'"))
    row = cursor.fetchone()
    cursor.fetchall()
    sizes = [parse_qs(each.query)["pageSize"][0] for each in sim.requests if "/Projects/" in each.path]
    return row, cursor.stats.api_calls, sizes


@pytest.mark.parametrize(
    ("sql", "row", "calls"),
    [
        ("SELECT count(*) FROM Tasks WHERE ProjectId = {project}", (1_100,), 1),
        ("SELECT count(*) FROM Tasks", (1_100,), 2),
        ("SELECT count(*) + 1 FROM Tasks WHERE ProjectId = {project}", (1_101,), 1),
        ("SELECT count(*) FROM Tasks HAVING count(*) > 5", (1_100,), 2),
        ("SELECT EXISTS (SELECT 1 FROM Tasks WHERE ProjectId = {project})", (True,), 1),
        (
            "SELECT count(p.Name) FROM Projects p WHERE EXISTS (SELECT 1 FROM Tasks t WHERE t.ProjectId = p.ProjectId)",
            (1,),
            2,
        ),
    ],
)
def test_a_count_is_one_call_of_one_row(long: Any, sql: str, row: tuple[object, ...], calls: int) -> None:
    """The list is asked for a page of one, and its itemCount is the answer."""
    found, made, sizes = asked(long, sql)
    assert (found, made) == (row, calls)
    assert set(sizes) == {"1"}


def test_counts_by_what_the_request_says(long: Any) -> None:
    """A list below a project has one ProjectId, and an exact filter with one value tells that value."""
    _, connection, project = long
    row, calls, _ = asked(long, "SELECT ProjectId, TenantId, count(*) FROM Tasks GROUP BY 1, 2")
    assert (row[0], row[2], calls) == (project, 1_100, 2)
    counted = dict(connection.execute("SELECT ChargeType, count(*) FROM Tasks GROUP BY 1").fetchall())
    kind = max(counted, key=counted.__getitem__)
    sql = f"SELECT ChargeType, count(*) FROM Tasks WHERE ProjectId = {{project}} AND ChargeType = '{kind}' GROUP BY 1"
    assert asked(long, sql)[:2] == ((kind, counted[kind]), 1)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM Tasks WHERE ProjectId = {project} AND Name LIKE '%1%'",  # Xero has no such filter
        "SELECT count(*) FROM Tasks WHERE ProjectId = {project} AND ChargeType IN ('TIME', 'FIXED')",  # one at a time
        "SELECT count(*) FROM Tasks WHERE ProjectId = {project} AND ChargeType <> 'TIME'",
        "SELECT count(*) FROM Time WHERE ProjectId = {project} AND Date > DATE '2026-01-01'",  # a superset
        "SELECT count(EstimateMinutes) FROM Tasks WHERE ProjectId = {project}",  # NULL does not count
        "SELECT count(DISTINCT Name) FROM Tasks WHERE ProjectId = {project}",
        "SELECT Status, count(*) FROM Time WHERE Status IN ('ACTIVE', 'LOCKED') GROUP BY 1 ORDER BY 2 DESC",
        "SELECT count(*) FILTER (WHERE RateValue > 100) FROM Tasks WHERE ProjectId = {project}",
    ],
)
def test_what_the_number_would_not_answer_is_read(long: Any, sql: str) -> None:
    """Any condition that Xero does not apply exactly, and any value of a row, takes the rows; the count is the same."""
    sim, _, project = long
    filled = sql.replace("{project}", f"'{project}'")
    row, _, sizes = asked(long, sql)
    assert "1" not in sizes
    with xerosql.connect(
        handler=sim.handle, access_token="x", tenant=sim.tenants[0][0], calls_per_minute=1_000_000, pushdown=False
    ) as whole:
        assert row == whole.execute(filled).fetchone()


def test_users_that_xero_lists_twice_are_counted_once() -> None:
    """The number of a list with repeated rows is not the number of its rows."""
    sim = Simulator(limits=False)
    tenant = sim.tenants[0][0]
    with xerosql.connect(handler=sim.handle, access_token="x", tenant=tenant, calls_per_minute=1_000_000) as connection:
        listed = connection.execute("SELECT UserId FROM Users").fetchall()
        assert connection.execute("SELECT count(*) FROM Users").fetchone() == (len(set(listed)),)


def test_minimum_and_maximum_read_every_row(long: Any) -> None:
    """Xero promises no order, so the first row is not the least."""
    row, calls, _ = asked(long, "SELECT min(RateValue), max(RateValue) FROM Tasks WHERE ProjectId = {project}")
    sim, _, _ = long
    rates = [task["rate"]["value"] for task in sim.rows(sim.tenants[0][0])["tasks"]]
    assert (row, calls) == ((min(rates), max(rates)), 3)
