"""DELETE on Xero's tables: which rows it finds, and that each is deleted once."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql


def test_delete_takes_any_where(books: Any) -> None:
    """DELETE removes exactly the rows that its condition meets."""
    keys = books.new_tasks(4)
    before = len(books.rows("tasks"))
    cursor = books.run("DELETE FROM Tasks WHERE Name LIKE 'Fresh %' AND RateValue > 11")
    assert cursor.rowcount == 2
    left = {row["taskId"] for row in books.rows("tasks")}
    assert len(left) == before - 2
    assert [key.partition("/")[2] in left for key in keys] == [True, True, False, False]


def test_delete_using_joins_another_table(books: Any) -> None:
    """DELETE … USING finds its rows through another table, Xero's or scratch."""
    keys = books.new_tasks(3)
    books.run("CREATE TABLE scratch.gone AS SELECT ? AS id", [keys[0]])
    cursor = books.run(
        "DELETE FROM Tasks t USING Projects p, scratch.gone g WHERE p.ProjectId = t.ProjectId AND g.id = t.Id"
    )
    assert cursor.rowcount == 1
    assert [each.path.rpartition("/")[2] for each in books.writes] == [keys[0].partition("/")[2]]


def test_delete_with_a_subquery(books: Any) -> None:
    """WHERE takes NOT EXISTS: tasks nobody has logged time on."""
    books.new_tasks(2)
    project = books.rows("projects")[0]["projectId"]
    expected = [row["taskId"] for row in books.unused_tasks() if row["projectId"] == project]
    cursor = books.run(
        "DELETE FROM Tasks WHERE ProjectId = ? AND Status = 'ACTIVE' "
        "AND NOT EXISTS (SELECT 1 FROM Time t WHERE t.TaskId = Tasks.TaskId AND t.ProjectId = Tasks.ProjectId)",
        [project],
    )
    assert cursor.rowcount == len(expected) >= 2
    assert {each.path.rpartition("/")[2] for each in books.writes} == set(expected)


def test_a_row_met_twice_is_deleted_once(books: Any) -> None:
    """A join that meets a row several times, or two parameter sets that both do, delete it once and count it once."""
    first, second = books.new_tasks(2)
    assert books.run("DELETE FROM Tasks USING generate_series(1, 3) AS s(n) WHERE Id = ?", [first]).rowcount == 1
    cursor = books.connection.cursor().executemany("DELETE FROM Tasks WHERE Id = ?", [[second], [second]])
    assert cursor.rowcount == 1
    assert len(books.writes) == 2


def test_delete_returning_tells_what_was_there(books: Any) -> None:
    """RETURNING gives the deleted rows as they were, without another call."""
    (key,) = books.new_tasks(1)
    cursor = books.run("DELETE FROM Tasks WHERE Id = ? RETURNING Id, Name, RateValue * 2 AS double", [key])
    assert cursor.fetchall() == [(key, "Fresh 0", 20)]
    assert [each.method for each in books.sim.requests] == ["GET", "DELETE"]


def test_delete_sends_no_body_and_no_key(books: Any) -> None:
    """Xero takes no Idempotency-Key for a DELETE, so none is sent."""
    (key,) = books.new_tasks(1)
    books.run("DELETE FROM Tasks WHERE Id = ?", [key])
    assert (books.writes[0].body, books.writes[0].idempotency_key, books.writes[0].status) == (b"", None, 204)


def test_time_entries_are_deleted_by_their_own_path(books: Any, pair: Any) -> None:
    """A time entry is deleted below its project, by TimeEntryId."""
    entry = books.one("time", lambda row: row["status"] == "ACTIVE")
    assert books.run("DELETE FROM Time WHERE Id = ?", [pair(entry)]).rowcount == 1
    path = f"/projects.xro/2.0/Projects/{entry['projectId']}/Time/{entry['timeEntryId']}"
    assert books.writes[0].path == path
    assert entry["timeEntryId"] not in {row["timeEntryId"] for row in books.rows("time")}


def test_a_task_with_time_on_it_is_refused_by_xero_in_its_own_words(books: Any) -> None:
    """What only Xero knows comes back as IntegrityError with Xero's sentence, status and correlation id."""
    busy = {row["taskId"] for row in books.rows("time")}
    task = books.one("tasks", lambda row: row["status"] == "ACTIVE" and row["taskId"] in busy)
    with pytest.raises(xerosql.IntegrityError, match="task has time logged on it") as caught:
        books.run("DELETE FROM Tasks WHERE ProjectId = ? AND TaskId = ?", [task["projectId"], task["taskId"]])
    assert caught.value.http_status == 400
    assert caught.value.details
    assert caught.value.correlation_id
