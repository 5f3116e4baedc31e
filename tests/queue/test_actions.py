"""What XeroTasks.Actions offers is what the queue grants, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

import xerosql
from xerosql.errors import IntegrityError
from xerosql.queue.model import Status
from xerosql.queue.tables import TASKS
from xerosql.simulator import Simulator

SETS = {
    "retry": "XeroTaskStatus = 'Pending'",
    "absent": "XeroTaskStatus = 'Pending', Resolution = 'absent'",
    "cancel": "XeroTaskStatus = 'Cancelled'",
    "skip": "XeroTaskStatus = 'Skipped'",
    "resolve": "XeroTaskStatus = 'Completed'",
    "edit": "Parameters = Parameters",
}
INSERTED, DELETED, WAITING = 1, 2, 3


@pytest.fixture
def connection(sqlite_url: str) -> Iterator[xerosql.Connection]:
    """A queue with a creation, a deletion, and a task that needs the creation's row."""
    simulator = Simulator(limits=False)
    options = {"access_token": "any", "tenant": simulator.tenants[0][0], "calls_per_minute": 1_000_000}
    with xerosql.connect(
        handler=simulator.handle, queue_url=sqlite_url, write_mode="queued", autocommit=True, **options
    ) as opened:
        contact = opened.execute("SELECT ContactId FROM Projects LIMIT 1").fetchone()
        opened.execute("INSERT INTO Projects (ContactId, Name) VALUES (?, 'New')", contact)
        opened.execute(
            "DELETE FROM Tasks WHERE Id IN (SELECT Id FROM Tasks WHERE Status = 'ACTIVE' AND TotalMinutes = 0 LIMIT 1)"
        )
        opened.execute("INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES ('queue:1', 'T', 'TIME', 1)")
        yield opened


def put(connection: xerosql.Connection, task: int, status: Status, *, sent: bool) -> None:
    """Put a task where it would only come by way of Xero."""
    with connection.session.queue.changing() as (database, now):
        values = {"status": status, "first_sent_at": now if sent else None}
        database.execute(sa.update(TASKS).where(TASKS.c.id == task).values(values))


def actions(connection: xerosql.Connection, task: int) -> set[str]:
    (found,) = connection.execute("SELECT Actions FROM queue.XeroTasks WHERE XeroTaskId = ?", [task]).fetchone()
    return set((found or "").split(",")) - {""}


def granted(connection: xerosql.Connection, task: int, action: str) -> bool:
    """Whether the statement goes through. A creation is resolved with an Id, and told to be by the lack of one."""
    try:
        connection.execute(f"UPDATE queue.XeroTasks SET {SETS[action]} WHERE XeroTaskId = ?", [task])
    except IntegrityError as error:
        return action == "resolve" and "creates a row: set ResultId too" in error.message
    return True


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("task", [INSERTED, DELETED])
@pytest.mark.parametrize("status", list(Status))
def test_a_verb_is_offered_if_and_only_if_it_is_granted(
    connection: xerosql.Connection, status: Status, task: int, sent: bool
) -> None:
    """At every status, for a creation and for what can be repeated, sent before or not."""
    for action in SETS:
        put(connection, task, status, sent=sent)
        offered = action in actions(connection, task)
        # who says that a row is absent may say so of anything that can be retried; it is offered where it is needed
        expected = offered or (action == "absent" and "retry" in actions(connection, task))
        assert granted(connection, task, action) == expected, action


def test_a_task_whose_row_is_given_up_cannot_be_retried(connection: xerosql.Connection) -> None:
    """Not before what it needs is retried, which opens it again."""
    connection.execute("UPDATE queue.XeroTasks SET XeroTaskStatus = 'Cancelled' WHERE XeroTaskId = 1")
    assert actions(connection, WAITING) == set()
    assert not granted(connection, WAITING, "retry")
    connection.execute("UPDATE queue.XeroTasks SET XeroTaskStatus = 'Pending' WHERE XeroTaskId = 1")
    assert "cancel" in actions(connection, WAITING)


def test_counts_are_those_of_the_tasks(connection: xerosql.Connection) -> None:
    """By type, status and organisation."""
    connection.execute("UPDATE queue.XeroTasks SET XeroTaskStatus = 'Cancelled' WHERE XeroTaskId = 2")
    counted = "SELECT XeroTaskType, XeroTaskStatus, TenantId, count(*) FROM queue.XeroTasks GROUP BY ALL"
    kept = "SELECT XeroTaskType, XeroTaskStatus, TenantId, Tasks FROM queue.XeroTaskCounts"
    assert set(connection.execute(kept)) == set(connection.execute(counted))
