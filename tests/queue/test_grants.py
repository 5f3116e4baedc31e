"""The rights on the queue as PostgreSQL holds them, for roles that are not the queue's owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest

import xerosql
from tests.queue.postgres import Postgres
from xerosql.config import ALL_RIGHTS
from xerosql.errors import InterfaceError, ProgrammingError
from xerosql.queue.grants import WORK, WRITE, grant_statements
from xerosql.simulator import Simulator

NUMBERS = count(1)

SEE = "SELECT XeroTaskId, WaitingFor, BlockedBy, ActivityLog FROM XeroTasks"
CONTROL = "UPDATE XeroTasks SET XeroTaskStatus = 'Cancelled' WHERE XeroTaskId = 1"
PURGE = "DELETE FROM XeroTasks WHERE XeroTaskStatus = 'Cancelled'"
SEE_TYPES = "SELECT DisplayName, Enabled FROM XeroTaskTypes"
EDIT_TYPES = "UPDATE XeroTaskTypes SET DelayMinutes = 1 WHERE XeroTaskType = 'CreateTask'"
WRITES = "INSERT INTO Projects (ContactId, Name) SELECT ContactId, 'Another' FROM Projects LIMIT 1"

#: What each right is for; who has only that one can do nothing of the others.
ALLOWED: dict[str, list[str]] = {
    "xero_tasks": [SEE],
    "xero_tasks_control": [SEE, CONTROL, PURGE],
    "xero_task_types": [SEE_TYPES],
    "xero_task_types_edit": [SEE_TYPES, EDIT_TYPES],
    WRITE: [WRITES],
}
STATEMENTS = list(dict.fromkeys(each for statements in ALLOWED.values() for each in statements))

As = Callable[[str], xerosql.Connection]


@pytest.fixture
def xero() -> Simulator:
    return Simulator(limits=False)


@pytest.fixture
def role_with(postgres: Postgres, postgresql_url: str, xero: Simulator) -> Iterator[As]:
    """Makes a connection as a role that has one right on a queue with a task in it. All rights of the driver are on."""
    opened: list[xerosql.Connection] = []
    roles: list[str] = []

    def connect(url: str) -> xerosql.Connection:
        found = xerosql.connect(
            handler=xero.handle,
            access_token="x",
            tenant=xero.tenants[0][0],
            calls_per_minute=1_000_000,
            write_mode="queued",
            autocommit=True,
            queue_url=url,
        )
        opened.append(found)
        return found

    def as_role(right: str) -> xerosql.Connection:
        connect(postgresql_url).execute(WRITES)
        role = f"role {next(NUMBERS)}"
        postgres.run(f'CREATE ROLE "{role}" LOGIN')
        roles.append(role)
        with psycopg.connect(postgresql_url, autocommit=True) as owner:
            for statement in grant_statements(role, [right]):
                owner.execute(statement.encode())
        return connect(postgresql_url.replace("postgres@", f"{role.replace(' ', '%20')}@"))

    yield as_role
    for each in opened:
        each.close()
    with psycopg.connect(postgresql_url, autocommit=True) as owner:
        for role in roles:
            owner.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"'.encode())


@pytest.mark.parametrize("right", ALLOWED)
def test_a_role_can_do_what_its_right_is_for_and_nothing_else(role_with: As, right: str) -> None:
    """PostgreSQL refuses the rest, as ProgrammingError 42501."""
    connection = role_with(right)
    for statement in STATEMENTS:
        if statement in ALLOWED[right]:
            connection.execute(statement)
        elif statement != PURGE:  # without the right to cancel there is nothing to delete
            with pytest.raises(ProgrammingError) as caught:
                connection.execute(statement).fetchall()
            assert caught.value.sqlstate == "42501"


def test_a_worker_needs_no_right_to_see_or_control(role_with: As, xero: Simulator) -> None:
    """The role of a worker sends what is there; adding tasks is another right."""
    connection = role_with(WORK)
    assert connection.run_queue().completed == 1
    assert "Another" in {project["name"] for project in xero.rows(xero.tenants[0][0])["projects"]}
    with pytest.raises(ProgrammingError):
        connection.execute(WRITES)


def test_every_right_of_a_connection_has_its_grants() -> None:
    for right in ALL_RIGHTS:
        assert len(grant_statements("clerk", [right])) > 2


def test_nothing_can_be_changed_that_cannot_be_seen() -> None:
    """The right to control brings the right to see."""
    assert set(grant_statements("clerk", ["xero_tasks"])) <= set(grant_statements("clerk", ["xero_tasks_control"]))


@pytest.mark.parametrize("role", ["", 'x"; DROP TABLE xero_task; --', "a\0b", "x" * 64])
def test_a_role_whose_name_cannot_be_quoted_is_refused(role: str) -> None:
    with pytest.raises(InterfaceError, match="without quotes"):
        grant_statements(role, ["xero_tasks"])


def test_a_right_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(InterfaceError, match="xero_tasks_control"):
        grant_statements("clerk", ["everything"])
