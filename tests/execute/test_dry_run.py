"""A dry run of a write: every request it would send, what would change, and nothing sent."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

import xerosql
from xerosql import catalog
from xerosql.execute.cancel import Cancellation
from xerosql.execute.dry_run import ColumnChange, DryRun, dry_run, typed
from xerosql.execute.stats import Stats
from xerosql.plan.model import DeletePlan, InsertPlan, UpdatePlan
from xerosql.plan.parameters import values_for

Rehearse = Callable[..., DryRun]


def rehearsed(connection: xerosql.Connection, sql: str, *many: Sequence[object]) -> DryRun:
    plan = connection.session.plan(sql)
    assert isinstance(plan, InsertPlan | UpdatePlan | DeletePlan)
    sets = [values_for(plan.parameters, each) for each in many or ((),)]
    return dry_run(connection.session, plan, sets, Stats(), Cancellation())


@pytest.fixture
def rehearse(books: Any) -> Rehearse:
    """Runs a statement dry with each set of parameters, and sees to it that nothing was written."""

    def run(sql: str, *many: Sequence[object]) -> DryRun:
        found = rehearsed(books.connection, sql, *many)
        assert books.writes == []
        return found

    return run


def as_told(run: DryRun) -> list[tuple[str, str, str, str]]:
    return [(each.method, each.path, each.body or "", each.tenant) for each in run.requests]


def as_sent(books: Any) -> list[tuple[str, str, str, str]]:
    return [(each.method, each.path, each.body.decode(), each.tenant) for each in books.writes]


#: Statements over Fresh tasks ({key} is the Id of the first), each with the sets of parameters it is run with.
STATEMENTS: dict[str, tuple[str, tuple[tuple[object, ...], ...]]] = {
    "insert": (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES ('{project}', ?, 12.50, 'TIME')",
        (("One é",), ("Two",)),
    ),
    "insert from a query": (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType, EstimateMinutes) "
        "SELECT ProjectId, Name || ' again', RateValue, ChargeType, 5 FROM Tasks WHERE Name LIKE 'Fresh %' ORDER BY 2",
        ((),),
    ),
    "update": ("UPDATE Tasks SET RateValue = RateValue * 1.1, Name = 'N' WHERE Name LIKE 'Fresh %'", ((),)),
    "update of several sets": ("UPDATE Tasks SET Name = 'N' WHERE Name = ?", (("Fresh 1",), ("Fresh 0",))),
    "update by two requests": (
        "UPDATE Projects SET Name = 'N', Status = 'CLOSED' WHERE ProjectId = '{project}'",
        ((),),
    ),
    "delete": ("DELETE FROM Tasks WHERE Name LIKE 'Fresh %'", ((),)),
    "of no row": ("DELETE FROM Tasks WHERE Name = 'Fresh 1000'", ((),)),
}


@pytest.mark.parametrize(("sql", "many"), STATEMENTS.values(), ids=STATEMENTS)
def test_what_is_told_is_what_the_run_sends(books: Any, rehearse: Rehearse, sql: str, many: Any) -> None:
    """Method, path, body and organisation of every request, in order, are those of the run that follows."""
    books.new_tasks(3)
    sql = sql.replace("{project}", books.rows("projects")[0]["projectId"])
    told = rehearse(sql, *many)
    rowcount = books.connection.cursor().executemany(sql, many).rowcount
    assert as_told(told) == as_sent(books)
    assert told.targets == rowcount
    assert told.warnings == ()


def test_an_update_tells_old_and_new_values(books: Any, rehearse: Rehearse) -> None:
    """Of the columns that are SET, those that really change, with both values as the columns' types have them."""
    (key,) = books.new_tasks(1)
    run = rehearse("UPDATE Tasks SET RateValue = 12.5, EstimateMinutes = 5, Name = 'Fresh 0' WHERE Id = ?", [key])
    (request,) = run.requests
    assert request.row == key
    assert request.changes == (
        ColumnChange("RateValue", Decimal(10), Decimal("12.5")),
        ColumnChange("EstimateMinutes", None, 5),
    )
    assert [str(each) for each in request.changes] == ["RateValue: 10 → 12.5", "EstimateMinutes: NULL → 5"]
    assert json.loads(request.body or "")["name"] == "Fresh 0"


def test_an_equal_value_written_otherwise_is_no_change(books: Any, rehearse: Rehearse) -> None:
    """10.00 is 10, and a date with Xero's midnight is that date."""
    (key,) = books.new_tasks(1)
    entry = books.one("time", lambda row: row["status"] == "ACTIVE" and row["dateUtc"].endswith("T00:00:00Z"))
    day = entry["dateUtc"][:10]
    assert rehearse("UPDATE Tasks SET RateValue = 10.00 WHERE Id = ?", [key]).requests[0].changes == ()
    same = rehearse("UPDATE Time SET Date = ? WHERE TimeEntryId = ?", [day, entry["timeEntryId"]])
    assert same.requests[0].changes == ()
    other = rehearse("UPDATE Time SET Date = DATE '2024-02-29' WHERE TimeEntryId = ?", [entry["timeEntryId"]])
    assert other.requests[0].changes == (ColumnChange("Date", dt.date.fromisoformat(day), dt.date(2024, 2, 29)),)


@pytest.mark.parametrize(
    ("column", "value"),
    [("Date", "2025-09-26T09:02:11Z"), ("Date", "soon"), ("Duration", "an hour"), ("Duration", 10**400), ("Date", 5)],
)
def test_an_old_value_that_its_column_cannot_hold_is_told_as_it_is(column: str, value: object) -> None:
    """An odd object at Xero is shown, not an error of the dry run."""
    time = catalog.load().table("projects.Time")
    assert typed(time[column], value) == value


def test_each_request_has_the_changes_that_it_carries(books: Any, rehearse: Rehearse) -> None:
    """A project's name goes by PUT and its status by PATCH."""
    project = books.one("projects", lambda row: row["status"] == "INPROGRESS")
    sql = "UPDATE Projects SET Status = 'CLOSED', Name = 'N' WHERE ProjectId = ?"
    run = rehearse(sql, [project["projectId"]])
    assert run.targets == 1
    assert {each.method: [str(change) for change in each.changes] for each in run.requests} == {
        "PUT": [f"Name: '{project['name']}' → 'N'"],
        "PATCH": ["Status: 'INPROGRESS' → 'CLOSED'"],
    }


def test_a_delete_has_no_body_and_no_changes(books: Any, rehearse: Rehearse) -> None:
    """The row is named by its Id."""
    (key,) = books.new_tasks(1)
    (request,) = rehearse("DELETE FROM Tasks WHERE Id = ?", [key]).requests
    assert (request.method, request.body, request.row, request.changes) == ("DELETE", None, key, ())


def test_rows_to_insert_are_named_by_their_place(books: Any, rehearse: Rehearse) -> None:
    """They have no Id yet; the bodies have what rules filled in."""
    project = books.rows("projects")[0]["projectId"]
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'a', 1, 'TIME'), (?, 'b', 2, 'TIME')"
    run = rehearse(sql, [project, project])
    assert [each.row for each in run.requests] == ["row 1", "row 2"]
    assert run.requests[0].body == '{"name":"a","rate":{"value":1,"currency":"USD"},"chargeType":"TIME"}'
    assert all(each.changes == () for each in run.requests)


def test_reads_are_made_as_the_run_makes_them(books: Any, rehearse: Rehearse) -> None:
    """A dry run costs the calls that find the rows, and no more."""
    (key,) = books.new_tasks(1)
    rehearse("UPDATE Tasks SET Name = 'N' WHERE Id = ?", [key])
    assert [each.method for each in books.sim.requests] == ["GET"]


def test_a_dry_run_leaves_no_trace(books: Any, rehearse: Rehearse) -> None:
    """What was not written is not remembered as written: the next update builds on what Xero has."""
    (key,) = books.new_tasks(1)
    rehearse("UPDATE Tasks SET Name = 'N' WHERE Id = ?", [key])
    books.run("UPDATE Tasks SET EstimateMinutes = 5 WHERE Id = ?", [key])
    assert books.task(key.partition("/")[2])["name"] == "Fresh 0"


def test_keys_and_tokens_are_not_told(books: Any, rehearse: Rehearse) -> None:
    """The run makes Idempotency-Keys of its own, and what signs a request in is no part of it."""
    (key,) = books.new_tasks(1)
    (request,) = rehearse("UPDATE Tasks SET Name = 'N' WHERE Id = ?", [key]).requests
    assert set(request.as_dict()) == {"method", "path", "tenant", "row", "body", "changes"}
    assert request.as_dict()["changes"] == [{"column": "Name", "old": "Fresh 0", "new": "N"}]


# -- What speaks against it --------------------------------------------------------------------------------------------


def test_rows_in_which_nothing_changes_are_named(books: Any, rehearse: Rehearse) -> None:
    """They would be sent all the same, each for a call."""
    keys = books.new_tasks(2)
    run = rehearse("UPDATE Tasks SET Name = 'Fresh 0' WHERE Name LIKE 'Fresh %'")
    assert len(run.requests) == 2
    assert run.warnings == (f"nothing changes in 1 row that would be sent: {keys[0]}",)


def test_an_update_of_every_row_warns_of_its_refusal(rehearse: Rehearse) -> None:
    """A dry run shows what a run would do if it were allowed, and that it is not."""
    run = rehearse("UPDATE Projects SET Name = Name || '!'")
    assert run.targets == len(run.requests) == 8
    assert run.warnings == (
        "this UPDATE takes every row of Projects, since no WHERE says which by a column of Projects. "
        "Add one, or say how many rows it may take: SET max_rows_affected = 1000",
    )


def test_too_many_rows_are_a_warning(books: Any, rehearse: Rehearse) -> None:
    """The same sentence that the run is refused with."""
    books.connection.session.variables.max_rows_affected = 2
    books.new_tasks(3)
    assert rehearse("DELETE FROM Tasks WHERE Name LIKE 'Fresh %'").warnings == (
        "the statement would delete 3 rows of Tasks, more than max_rows_affected = 2. "
        "Narrow the WHERE, or allow it: SET max_rows_affected = 3",
    )


def test_too_many_calls_are_a_warning(books: Any, rehearse: Rehearse) -> None:
    """The calls of the dry run itself are those the run makes first."""
    keys = books.new_tasks(2)
    books.connection.session.variables.max_calls = 2
    assert rehearse("UPDATE Tasks SET Name = 'N' WHERE Id IN (?, ?)", keys).warnings == (
        "after 1 call, the statement would send 2 to write, more than max_calls = 2. "
        "Write fewer rows, or allow it: SET max_calls = 3",
    )


#: What the run refuses before its first request, the dry run refuses too. {key} and {invoiced} are Ids.
REFUSED = {
    "an invoiced task": ("UPDATE Tasks SET Name = 'x' WHERE Id = '{invoiced}'", xerosql.IntegrityError, "INVOICED"),
    "a value out of range": (
        "UPDATE Tasks SET EstimateMinutes = -1 WHERE Id = '{key}'",
        xerosql.DataError,
        "EstimateMinutes takes 1 or more",
    ),
    "a rule between columns": (
        "UPDATE Tasks SET ChargeType = 'NON_CHARGEABLE' WHERE Id = '{key}'",
        xerosql.IntegrityError,
        "RateValue must be 0",
    ),
    "a project that is not there": (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) "
        "VALUES ('00000000-0000-4000-8000-000000000001', 'x', 1, 'TIME')",
        xerosql.IntegrityError,
        "there is no project",
    ),
    "a RETURNING that fails": (
        "DELETE FROM Tasks WHERE Id = '{key}' RETURNING Name || strptime('x')",
        xerosql.Error,
        "strptime",
    ),
}


@pytest.mark.parametrize(("sql", "error", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_the_run_refuses_the_dry_run_refuses(
    books: Any, pair: Any, sql: str, error: type[xerosql.Error], sentence: str
) -> None:
    """The same error, and nothing sent."""
    (key,) = books.new_tasks(1)
    invoiced = pair(books.one("tasks", lambda row: row["status"] == "INVOICED"))
    sql = sql.replace("{key}", key).replace("{invoiced}", invoiced)
    with pytest.raises(error, match=sentence):
        rehearsed(books.connection, sql)
    with pytest.raises(error, match=sentence):
        books.run(sql)
    assert books.writes == []
