"""What would be sent is told, and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import xerosql
from xerosql.errors import ProgrammingError
from xerosql.simulator import Simulator


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(limits=False)


@pytest.fixture
def connection(simulator: Simulator, sqlite_url: str) -> Iterator[xerosql.Connection]:
    options = {"access_token": "any", "tenant": simulator.tenants[0][0], "calls_per_minute": 1_000_000}
    with xerosql.connect(
        handler=simulator.handle, queue_url=sqlite_url, write_mode="queued", autocommit=True, **options
    ) as opened:
        yield opened


def one_active(connection: xerosql.Connection, where: str = "true") -> str:
    sql = f"SELECT Id FROM Tasks WHERE Status = 'ACTIVE' AND {where} ORDER BY Id LIMIT 1"
    return str(connection.execute(sql).fetchone()[0])


def add_project(connection: xerosql.Connection) -> str:
    contact = connection.execute("SELECT ContactId FROM Projects LIMIT 1").fetchone()
    return str(connection.execute("INSERT INTO Projects (ContactId, Name) VALUES (?, 'New')", contact).lastrowid)


def test_a_preview_is_what_the_worker_sends_then(connection: xerosql.Connection, simulator: Simulator) -> None:
    """Method, path and body, in the order in which they are taken; nothing but reads goes out before."""
    add_project(connection)
    connection.execute("UPDATE Tasks SET Name = 'Renamed' WHERE Id = ?", [one_active(connection)])
    connection.execute("DELETE FROM Tasks WHERE Id = ?", [one_active(connection, "TotalMinutes = 0")])
    simulator.reset_counters()
    previews = connection.preview_queue()
    assert {request.method for request in simulator.requests} == {"GET"}
    assert sum(len(each.reads) for each in previews) == simulator.calls
    simulator.reset_counters()
    connection.run_queue()
    sent = [(each.method, each.path) for each in simulator.requests if each.method != "GET"]
    assert sorted(sent) == sorted((each.method, each.path) for each in previews)


def test_a_row_that_is_yet_to_be_created_has_its_provisional_id(connection: xerosql.Connection) -> None:
    """In the path of what needs it, without a call."""
    project = add_project(connection)
    connection.execute(
        "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES (?, 'T', 'TIME', 1)", [project]
    )
    (shown,) = connection.preview_queue([2])
    assert (shown.method, shown.path) == ("POST", "/projects.xro/2.0/Projects/queue:1/Tasks")
    assert shown.reads == ()


def test_a_task_that_is_over_or_would_fail_says_why_nothing_is_sent(
    connection: xerosql.Connection, simulator: Simulator
) -> None:
    task = one_active(connection, "TotalMinutes = 0")
    connection.execute("UPDATE Tasks SET Name = 'X' WHERE Id = ?", [task])
    with xerosql.connect(handler=simulator.handle, access_token="any", tenant=simulator.tenants[0][0]) as direct:
        direct.execute("DELETE FROM Tasks WHERE Id = ?", [task])
    (shown,) = connection.preview_queue([1])
    assert shown.method is None
    assert "no task" in (shown.problem or "")
    connection.execute("UPDATE queue.XeroTasks SET XeroTaskStatus = 'Cancelled' WHERE XeroTaskId = 1")
    assert "cancelled" in (connection.preview_queue([1])[0].problem or "")


def test_no_more_than_the_limit_and_none_of_a_paused_organisation(connection: xerosql.Connection) -> None:
    for _ in range(3):
        add_project(connection)
    assert [each.task for each in connection.preview_queue(limit=2)] == [1, 2]
    connection.execute("UPDATE queue.XeroTenants SET PausedUntil = TIMESTAMP '9999-12-31' WHERE Reason IS NULL")
    assert connection.preview_queue() == []


def test_it_takes_the_right_to_see_the_tasks(simulator: Simulator, sqlite_url: str) -> None:
    with (
        xerosql.connect(
            handler=simulator.handle, queue_url=sqlite_url, access_token="any", queue_rights=("xero_task_types",)
        ) as connection,
        pytest.raises(ProgrammingError, match="xero_tasks"),
    ):
        connection.preview_queue()
