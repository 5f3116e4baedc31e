"""Guards of writes: more rows or calls than was meant are refused before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator

RAISE = "UPDATE Time SET Duration = 30 WHERE Status = 'ACTIVE'"


def refused(books: Any, sql: str, parameters: Any = None) -> str:
    """The sentence that a statement is refused with; nothing was written."""
    with pytest.raises(xerosql.BudgetError) as caught:
        books.run(sql, parameters)
    assert type(caught.value) is xerosql.BudgetError
    assert caught.value.sqlstate == "54000"
    assert books.writes == []
    return str(caught.value)


@pytest.fixture
def open_books(make_books: Any, sim: Any) -> Iterator[Any]:
    """Makes books whose connection has these options, and closes them."""
    made: list[Any] = []

    def make(**options: object) -> Any:
        made.append(make_books(sim, **options))
        return made[-1]

    yield make
    for books in made:
        books.connection.close()


# -- How many rows -----------------------------------------------------------------------------------------------------


def test_more_than_a_hundred_rows_are_refused(books: Any) -> None:
    """Unless somebody has said a number, an UPDATE may change a hundred rows; the sentence has what to do."""
    rows = len(books.all("time", lambda row: row["status"] == "ACTIVE"))
    assert rows > 100
    assert refused(books, RAISE) == (
        f"nothing was written: the statement would change {rows} rows of Time, more than max_rows_affected = 100. "
        f"Narrow the WHERE, or allow it: SET max_rows_affected = {rows}"
    )


def test_a_hundred_rows_are_not(books: Any) -> None:
    """The hundredth row is still allowed, the next is not."""
    entries = books.all("time", lambda row: row["status"] == "ACTIVE" and usable(books, row))
    ids = [f"{row['projectId']}/{row['timeEntryId']}" for row in entries[:101]]
    refused(books, f"UPDATE Time SET Duration = 30 WHERE Id IN ({', '.join('?' * 101)})", ids)
    cursor = books.run(f"UPDATE Time SET Duration = 30 WHERE Id IN ({', '.join('?' * 100)})", ids[:100])
    assert cursor.rowcount == len(books.writes) == 100


def usable(books: Any, entry: dict[str, Any]) -> bool:
    return books.task(entry["taskId"])["status"] == "ACTIVE"


def test_a_delete_of_too_many_rows_is_refused(open_books: Any) -> None:
    """DELETE is guarded by the same number."""
    books = open_books(max_rows_affected=2)
    books.new_tasks(3)
    assert refused(books, "DELETE FROM Tasks WHERE Name LIKE 'Fresh %'") == (
        "nothing was written: the statement would delete 3 rows of Tasks, more than max_rows_affected = 2. "
        "Narrow the WHERE, or allow it: SET max_rows_affected = 3"
    )
    assert books.run("DELETE FROM Tasks WHERE Name IN ('Fresh 0', 'Fresh 1')").rowcount == 2


def test_zero_is_a_number_too(open_books: Any) -> None:
    """max_rows_affected = 0 forbids every UPDATE that meets a row, and not one that meets none."""
    books = open_books(max_rows_affected=0)
    books.new_tasks(1)
    assert books.run("UPDATE Tasks SET Name = 'x' WHERE Name = 'Fresh 1000'").rowcount == 0
    assert "would change 1 row of Tasks" in refused(books, "UPDATE Tasks SET Name = 'x' WHERE Name = 'Fresh 0'")


@pytest.mark.parametrize("verb", ["UPDATE Tasks SET EstimateMinutes = 5", "DELETE FROM Tasks"])
def test_the_rows_of_all_sets_of_parameters_count_together(open_books: Any, verb: str) -> None:
    """executemany is one statement: three sets of a row each are three rows, and none is written."""
    books = open_books(max_rows_affected=2)
    keys = books.new_tasks(3)
    with pytest.raises(xerosql.BudgetError, match="3 rows of Tasks, more than max_rows_affected = 2"):
        books.connection.cursor().executemany(f"{verb} WHERE Id = ?", [[key] for key in keys])
    assert books.writes == []
    assert books.connection.cursor().executemany(f"{verb} WHERE Id = ?", [[key] for key in keys[:2]]).rowcount == 2


def test_a_row_that_two_sets_delete_counts_once(open_books: Any) -> None:
    """It is deleted once, so it is one row affected."""
    books = open_books(max_rows_affected=1)
    (key,) = books.new_tasks(1)
    assert books.connection.cursor().executemany("DELETE FROM Tasks WHERE Id = ?", [[key], [key]]).rowcount == 1


def test_an_insert_is_not_limited(open_books: Any) -> None:
    """max_rows_affected is about rows that are there already."""
    books = open_books(max_rows_affected=1)
    project = books.rows("projects")[0]["projectId"]
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')"
    cursor = books.connection.cursor().executemany(sql, [[project, "a"], [project, "b"], [project, "c"]])
    assert cursor.rowcount == len(books.writes) == 3


def test_scratch_tables_are_not_limited(open_books: Any) -> None:
    """What stays on this machine costs nothing and can be rolled back."""
    books = open_books(max_rows_affected=1)
    books.run("CREATE TABLE scratch.t AS SELECT * FROM generate_series(1, 500) AS s(n)")
    assert books.run("UPDATE scratch.t SET n = n + 1").rowcount == 500
    assert books.run("DELETE FROM scratch.t").rowcount == 500


# -- Without a WHERE ---------------------------------------------------------------------------------------------------

#: What selects no rows of Tasks by their columns.
EVERYTHING = {
    "no where": "",
    "true": "WHERE TRUE",
    "one is one": "WHERE 1 = 1",
    "a constant": "WHERE NOT (1 > 2)",
    "nothing, in words": "WHERE FALSE",
    "or true": "WHERE Name = 'x' OR TRUE",
    "or a constant in brackets": "WHERE (((Name = 'x') OR ((2 > 1))))",
    "the organisation alone": "WHERE TenantId = '{tenant}'",
    "another table alone": "WHERE EXISTS (SELECT 1 FROM Users u WHERE u.Name <> '')",
    "a count of another table": "WHERE (SELECT count(*) FROM Users) > 0",
}


@pytest.mark.parametrize("where", EVERYTHING.values(), ids=EVERYTHING)
def test_a_write_that_names_no_rows_is_refused_unread(books: Any, where: str) -> None:
    """UPDATE and DELETE without a condition on the table's columns do not even read, while nobody has said a number."""
    where = where.replace("{tenant}", books.tenant)
    assert refused(books, f"UPDATE Tasks SET EstimateMinutes = 5 {where}") == (
        "nothing was written: this UPDATE takes every row of Tasks, since no WHERE says which by a column of Tasks. "
        "Add one, or say how many rows it may take: SET max_rows_affected = 1000"
    )
    assert refused(books, f"DELETE FROM Tasks {where}").startswith("nothing was written: this DELETE takes every row")
    assert books.reads == []


def test_a_parameter_is_no_condition(books: Any) -> None:
    """WHERE ? = 1 names no column either, whatever the value."""
    assert "takes every row of Tasks" in refused(books, "DELETE FROM Tasks WHERE ? = 1", [0])


@pytest.mark.parametrize("where", ["", "WHERE n.n = 1", "WHERE n = 1"])
def test_a_condition_on_the_joined_table_alone_names_no_rows(books: Any, where: str) -> None:
    """UPDATE … FROM changes every row unless WHERE ties it to the other table."""
    books.run("CREATE TABLE scratch.numbers AS SELECT 1 AS n")
    refused(books, f"UPDATE Tasks AS t SET EstimateMinutes = 5 FROM scratch.numbers n {where}")
    refused(books, f"DELETE FROM Tasks AS t USING scratch.numbers n {where}")
    assert books.reads == []


#: Conditions that do choose rows, however they name the column.
CHOSEN = (
    "WHERE Name = 'Fresh 0'",
    "WHERE (1 = 1 AND Tasks.Name = 'Fresh 0')",
    "WHERE projects.Tasks.Name = 'Fresh 0' AND TRUE",
    "WHERE \"NAME\" = 'Fresh 0' OR Name = 'Fresh 1000'",
    "WHERE EXISTS (SELECT 1 FROM (SELECT 'Fresh 0' AS n) q WHERE q.n = Tasks.Name)",
    "WHERE left(Name, 7) || '!' = 'Fresh 0!'",
)


@pytest.mark.parametrize("where", CHOSEN)
def test_a_condition_on_a_column_is_enough(books: Any, where: str) -> None:
    """Any condition on the table's own columns says which rows are meant, wherever it stands."""
    books.new_tasks(2)
    assert books.run(f"UPDATE Tasks SET EstimateMinutes = 5 {where}").rowcount == 1


@pytest.mark.parametrize("where", ["", "WHERE TRUE"])
def test_a_number_said_on_purpose_allows_every_row(open_books: Any, where: str) -> None:
    """With max_rows_affected said, no WHERE is needed; the number still holds."""
    sql = f"UPDATE Projects SET Name = Name || '!' {where}"
    assert "would change 8 rows of Projects" in refused(open_books(max_rows_affected=7), sql)
    books = open_books(max_rows_affected=8)
    assert books.run(sql).rowcount == len(books.writes) == 8


def test_the_number_holds_from_when_it_is_said(books: Any) -> None:
    """The connection's variable, which SET changes, is read by every statement anew."""
    refused(books, "UPDATE Projects SET Name = Name || '!'")
    books.connection.session.variables.max_rows_affected = 8
    assert books.run("UPDATE Projects SET Name = Name || '!'").rowcount == 8


# -- Budgets of calls --------------------------------------------------------------------------------------------------


def test_writes_beyond_max_calls_are_refused_before_the_first(open_books: Any) -> None:
    """The calls made to find the rows and the requests to write them are one sum."""
    books = open_books(max_calls=5)
    project = books.rows("projects")[0]["projectId"]
    books.new_tasks(5)
    sql = "UPDATE Tasks SET EstimateMinutes = 5 WHERE ProjectId = ? AND Name LIKE 'Fresh %'"
    assert refused(books, sql, [project]) == (
        "nothing was written: after 1 call, the statement would send 5 to write, more than max_calls = 5. "
        "Write fewer rows, or allow it: SET max_calls = 6"
    )
    assert len(books.reads) == 1
    assert books.run(f"{sql} AND Name <> 'Fresh 0'", [project]).rowcount == 4


def test_an_insert_has_a_budget_of_calls_too(open_books: Any) -> None:
    """A row costs a call, and so does finding the projects they go to."""
    books = open_books(max_calls=3)
    project = books.rows("projects")[0]["projectId"]
    row = "(?, 'x', 1, 'TIME')"
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES "
    assert "after 1 call, the statement would send 3 to write" in refused(
        books, sql + ", ".join([row] * 3), [project] * 3
    )
    assert books.run(sql + ", ".join([row] * 2), [project] * 2).rowcount == 2


def test_a_row_of_two_requests_counts_as_two(open_books: Any) -> None:
    """A project's name goes by PUT and its status by PATCH."""
    books = open_books(max_calls=2)
    project = books.rows("projects")[0]["projectId"]
    sql = "UPDATE Projects SET Name = 'x', Status = 'CLOSED' WHERE ProjectId = ?"
    assert "after 1 call, the statement would send 2 to write" in refused(books, sql, [project])


def test_writes_leave_the_days_reserve(make_books: Any) -> None:
    """Calls that have been made are off the day's quota already, so they are not held against the writes twice."""
    sim = Simulator(limits=True, day_limit=20)
    books = make_books(sim, calls_per_day=20, day_reserve=0.5)
    project = books.rows("projects")[0]["projectId"]
    row = "(?, 'x', 1, 'TIME')"
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES "
    assert refused(books, sql + ", ".join([row] * 10), [project] * 10) == (
        "nothing was written: after 1 call, the statement would send 10 to write, more than the 9 that "
        "day_reserve = 0.5 leaves of today's quota. Write fewer rows, or lower day_reserve"
    )
    assert books.run(sql + ", ".join([row] * 8), [project] * 8).rowcount == 8
    books.connection.close()
