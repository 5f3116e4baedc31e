"""UPDATE on Xero's tables: which rows it finds, and what it sends so that nothing else changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import xerosql


def test_a_put_resends_the_whole_task(books: Any, pair: Any, body: Any) -> None:
    """Changing the name keeps rate, charge type and estimate: the PUT replaces the object, so all of it is sent."""
    task = books.one("tasks", lambda row: row["status"] == "ACTIVE" and row.get("estimateMinutes"))
    books.run("UPDATE Tasks SET Name = 'Renamed' WHERE Id = ?", [pair(task)])
    assert body(books.writes[0]) == {
        "name": "Renamed",
        "rate": task["rate"],
        "chargeType": task["chargeType"],
        "estimateMinutes": task["estimateMinutes"],
    }
    assert books.task(task["taskId"]) == task | {"name": "Renamed"}


@pytest.mark.parametrize("value", ["0.01", "19.9", "1234567890.12", "120"])
def test_untouched_money_is_resent_exactly(books: Any, value: str) -> None:
    """A rate that the UPDATE does not mention goes back as the very number that Xero sent."""
    project = books.rows("projects")[0]["projectId"]
    columns = "(ProjectId, Name, RateValue, ChargeType)"
    key = books.run(f"INSERT INTO Tasks {columns} VALUES (?, 'A', ?, 'TIME')", [project, Decimal(value)]).lastrowid
    books.run("UPDATE Tasks SET Name = 'B' WHERE Id = ?", [key])
    assert f'"value":{value}'.encode() in books.writes[-1].body


def test_a_task_without_estimate_stays_without(books: Any, body: Any) -> None:
    """A value that is absent is not invented: no estimate in, no estimate out."""
    (key,) = books.new_tasks(1)
    books.run("UPDATE Tasks SET RateValue = 5 WHERE Id = ?", [key])
    assert "estimateMinutes" not in body(books.writes[0])


def test_null_clears_an_optional_value(books: Any, pair: Any, body: Any) -> None:
    """SET EstimateMinutes = NULL takes the estimate away."""
    task = books.one("tasks", lambda row: row["status"] == "ACTIVE" and row.get("estimateMinutes"))
    books.run("UPDATE Tasks SET EstimateMinutes = NULL WHERE Id = ?", [pair(task)])
    assert "estimateMinutes" not in body(books.writes[0])
    assert books.task(task["taskId"]).get("estimateMinutes") is None


def test_a_time_entry_keeps_day_and_description(books: Any, pair: Any, body: Any) -> None:
    """Changing the duration resends dateUtc as Xero wrote it, user, task and description, which a PUT would clear."""
    entry = books.one("time", lambda row: row["status"] == "ACTIVE" and row.get("description") and usable(books, row))
    books.run("UPDATE Time SET Duration = 75 WHERE Id = ?", [pair(entry)])
    sent = body(books.writes[0])
    assert sent.pop("duration") == 75
    assert sent == {name: entry[name] for name in ("userId", "taskId", "dateUtc", "description")}


def usable(books: Any, entry: dict[str, Any]) -> bool:
    return books.task(entry["taskId"])["status"] == "ACTIVE"


def test_any_where_finds_the_rows(books: Any) -> None:
    """UPDATE takes conditions on any column, not only the key, and changes exactly those rows."""
    hit = books.all("tasks", lambda row: row["status"] == "ACTIVE" and row["chargeType"] == "FIXED")
    cursor = books.run("UPDATE Tasks SET EstimateMinutes = 77 WHERE Status = 'ACTIVE' AND ChargeType = 'FIXED'")
    assert cursor.rowcount == len(hit) == len(books.writes) > 1
    changed = {row["taskId"] for row in books.all("tasks", lambda row: row.get("estimateMinutes") == 77)}
    assert changed == {row["taskId"] for row in hit}


def test_new_values_may_use_the_old_ones(books: Any) -> None:
    """SET takes any expression over the row, in exact arithmetic."""
    keys = books.new_tasks(3)
    books.run(
        "UPDATE Tasks SET RateValue = RateValue * 1.1 + 0.05, Name = Name || ' (raised)' WHERE Name LIKE 'Fresh %'"
    )
    rows = [books.task(key.partition("/")[2]) for key in keys]
    assert [row["rate"]["value"] for row in rows] == [Decimal("11.05"), Decimal("12.15"), Decimal("13.25")]
    assert [row["name"] for row in rows] == [f"Fresh {place} (raised)" for place in range(3)]


def test_update_from_joins_another_table(books: Any) -> None:
    """UPDATE … FROM takes values and conditions from a joined Xero table."""
    keys = books.new_tasks(2)
    project = books.rows("projects")[0]
    cursor = books.run(
        "UPDATE Tasks AS t SET Name = left(p.Name || ': ' || t.Name, 100) FROM Projects p "
        "WHERE p.ProjectId = t.ProjectId AND p.ProjectId = ? AND t.Name LIKE 'Fresh%'",
        [project["projectId"]],
    )
    assert cursor.rowcount == 2
    assert books.task(keys[0].partition("/")[2])["name"] == f"{project['name']}: Fresh 0"


def test_update_from_scratch(books: Any) -> None:
    """UPDATE … FROM a scratch table applies a list of new values by key."""
    keys = books.new_tasks(3)
    books.run("CREATE TABLE scratch.rates (id varchar, rate decimal(18,4))")
    books.connection.cursor().executemany(
        "INSERT INTO scratch.rates VALUES (?, ?)", [[keys[0], Decimal("1.25")], [keys[2], Decimal("3.75")]]
    )
    assert books.run("UPDATE Tasks SET RateValue = r.rate FROM scratch.rates r WHERE r.id = Tasks.Id").rowcount == 2
    rates = [books.task(key.partition("/")[2])["rate"]["value"] for key in keys]
    assert rates == [Decimal("1.25"), 11, Decimal("3.75")]


def test_update_with_subqueries(books: Any) -> None:
    """WHERE takes IN and EXISTS, SET a scalar subquery."""
    keys = books.new_tasks(2)
    cursor = books.run(
        "UPDATE Tasks SET RateValue = (SELECT count(*) FROM Users), EstimateMinutes = 60 "
        "WHERE Name IN ('Fresh 1', 'Nobody') AND ProjectId IN (SELECT ProjectId FROM Projects) "
        "AND EXISTS (SELECT 1 FROM Projects p WHERE p.ProjectId = Tasks.ProjectId)"
    )
    assert cursor.rowcount == 1
    people = len({row["userId"] for row in books.rows("users")})
    assert books.task(keys[1].partition("/")[2])["rate"]["value"] == people


def test_a_row_joined_twice_with_equal_values_is_written_once(books: Any) -> None:
    """A join that meets a row several times is fine as long as it means one new value."""
    (key,) = books.new_tasks(1)
    books.run("UPDATE Tasks SET Name = 'Once' FROM generate_series(1, 3) AS s(n) WHERE Tasks.Id = ?", [key])
    assert len(books.writes) == 1


def test_a_row_joined_to_different_values_is_refused(books: Any) -> None:
    """Where a join gives one row several new values, IntegrityError asks for a unique join and nothing is sent."""
    (key,) = books.new_tasks(1)
    with pytest.raises(xerosql.IntegrityError, match="several new values; make the joined rows unique"):
        books.run("UPDATE Tasks SET EstimateMinutes = s.n FROM generate_series(1, 3) AS s(n) WHERE Id = ?", [key])
    assert books.writes == []


def test_executemany_updates_each_set(books: Any) -> None:
    """Each set of parameters finds and changes its rows; the count is of all."""
    keys = books.new_tasks(3)
    cursor = books.connection.cursor()
    cursor.executemany("UPDATE Tasks SET Name = ? WHERE Id = ?", [[f"Many {key[-4:]}", key] for key in keys])
    assert cursor.rowcount == 3
    assert {books.task(key.partition("/")[2])["name"] for key in keys} == {f"Many {key[-4:]}" for key in keys}


def test_executemany_refuses_two_changes_of_one_row(books: Any) -> None:
    """Two sets for one row would both start from what it was before: they are refused, nothing is sent."""
    (key,) = books.new_tasks(1)
    with pytest.raises(xerosql.IntegrityError, match="execute\\(\\) them one after the other"):
        books.connection.cursor().executemany(
            "UPDATE Tasks SET Name = coalesce(?, Name), EstimateMinutes = coalesce(?, EstimateMinutes) WHERE Id = ?",
            [["Renamed", None, key], [None, 45, key]],
        )
    assert books.writes == []


def test_an_update_that_finds_nothing_sends_nothing(books: Any) -> None:
    """No row, no write, rowcount 0."""
    assert books.run("UPDATE Tasks SET Name = 'x' WHERE Name = 'no such task'").rowcount == 0
    assert books.writes == []


def test_update_by_key_costs_one_read_and_one_write(books: Any) -> None:
    """By Id the row is read alone; after the 204 nothing is read again, since the answer may be stale."""
    (key,) = books.new_tasks(1)
    cursor = books.run("UPDATE Tasks SET Name = 'x' WHERE Id = ? RETURNING Name", [key])
    assert cursor.fetchall() == [("x",)]
    assert [each.method for each in books.sim.requests] == ["GET", "PUT"]
    assert cursor.stats.api_calls == 2


def test_update_reaches_another_organisation_by_tenant_id(books: Any) -> None:
    """WHERE TenantId = … updates there; the connection's own organisation is left alone."""
    other = books.sim.tenants[1][0]
    task = next(row for row in books.sim.rows(other)["tasks"] if row["status"] == "ACTIVE")
    cursor = books.run(
        "UPDATE Tasks SET Name = 'Over there' WHERE TenantId = ? AND ProjectId = ? AND TaskId = ?",
        [other, task["projectId"], task["taskId"]],
    )
    assert cursor.rowcount == 1
    assert {each.tenant for each in books.sim.requests} == {other}


def test_an_update_reads_each_object_once_even_twice_in_a_row(make_books: Any) -> None:
    """With reads that lag behind writes, two statements in a row still lose nothing that the first one wrote."""
    from xerosql.simulator import Simulator

    books = make_books(Simulator(limits=False, stale_reads=60.0))
    task = books.one("tasks", lambda row: row["status"] == "ACTIVE" and row.get("estimateMinutes"))
    key = f"{task['projectId']}/{task['taskId']}"
    books.run("UPDATE Tasks SET Name = 'First' WHERE Id = ?", [key])
    books.run("UPDATE Tasks SET EstimateMinutes = 11 WHERE Id = ?", [key])
    now = books.task(task["taskId"])
    assert (now["name"], now["estimateMinutes"]) == ("First", 11)
