"""RETURNING: rows of what was written, from what was sent and answered, never from another read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import xerosql

INSERT = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, ?, ?) RETURNING "


@pytest.fixture
def project(books: Any) -> str:
    found: str = books.rows("projects")[0]["projectId"]
    return found


def test_star_returns_the_tables_columns(books: Any, project: str) -> None:
    """RETURNING * of an INSERT has every column in order, as Xero's answer has them."""
    cursor = books.run(INSERT + "*", [project, "Star", 5, "TIME"])
    names = [column[0] for column in cursor.description]
    row = dict(zip(names, cursor.fetchone(), strict=True))
    assert names == [column[0] for column in books.run("SELECT * FROM Tasks LIMIT 0").description]
    assert (row["Name"], row["RateValue"], row["RateCurrency"]) == ("Star", Decimal("5.0000"), "USD")
    assert (row["Status"], row["TotalMinutes"], row["TenantId"]) == ("ACTIVE", 0, books.tenant)
    assert row["Id"] == f"{project}/{row['TaskId']}"


def test_expressions_are_worked_out(books: Any, project: str) -> None:
    """RETURNING takes expressions, functions, aliases and parameters, exact as in a SELECT."""
    cursor = books.run(
        INSERT + "upper(name) AS loud, RateValue / 3, RateValue * ?, 'x' || ChargeType, CASE WHEN Name = ? THEN 1 END",
        [project, "Say", Decimal("10.50"), "FIXED", 2, "Say"],
    )
    assert cursor.description[0][0] == "loud"
    assert cursor.fetchall() == [("SAY", Decimal("3.5"), 21, "xFIXED", 1)]


def test_returning_has_a_row_for_each_written_row(books: Any, project: str) -> None:
    """Several rows come back in the order they were given; rowcount is theirs before any fetch."""
    cursor = books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'b', 1, 'TIME'), (?, 'a', 2, 'TIME') "
        "RETURNING Name",
        [project, project],
    )
    assert cursor.rowcount == 2
    assert cursor.fetchall() == [("b",), ("a",)]
    assert cursor.rowcount == 2


def test_executemany_returns_every_sets_rows(books: Any, project: str) -> None:
    """RETURNING of executemany has the rows of all sets of parameters."""
    cursor = books.connection.cursor()
    cursor.executemany(INSERT + "Name", [[project, name, 1, "TIME"] for name in "xyz"])
    assert cursor.fetchall() == [("x",), ("y",), ("z",)]


def test_executemany_refuses_parameters_in_returning(books: Any, project: str) -> None:
    """A parameter in RETURNING would differ from row to row, so it is refused before anything is sent."""
    cursor = books.connection.cursor()
    with pytest.raises(xerosql.NotSupportedError, match=r"RETURNING in executemany\(\) cannot have parameters"):
        cursor.executemany(INSERT + "Name || ?", [[project, "x", 1, "TIME", "1"], [project, "y", 1, "TIME", "2"]])
    assert books.writes == []


def test_update_returns_new_values_beside_the_old(books: Any) -> None:
    """An UPDATE returns set columns as sent and the others as they were read; the 204 is not asked about."""
    (key,) = books.new_tasks(1)
    cursor = books.run("UPDATE Tasks SET RateValue = 7.5 WHERE Id = ? RETURNING Id, Name, RateValue, ChargeType", [key])
    assert cursor.fetchall() == [(key, "Fresh 0", Decimal("7.5000"), "TIME")]
    assert [each.method for each in books.sim.requests] == ["GET", "PUT"]


def test_returning_names_the_table_or_its_alias(books: Any) -> None:
    """Columns in RETURNING may be prefixed with what the statement calls its table."""
    first, second = books.new_tasks(2)
    assert books.run("UPDATE Tasks SET Name = 'A' WHERE Id = ? RETURNING Tasks.Name", [first]).fetchall() == [("A",)]
    cursor = books.run("UPDATE Tasks AS t SET Name = 'B' WHERE t.Id = ? RETURNING t.*, t.Name AS again", [second])
    assert cursor.fetchone()[-1] == "B"


def test_returning_may_aggregate_nothing_but_rows(books: Any) -> None:
    """A statement that writes no row returns none, with its columns described."""
    cursor = books.run("UPDATE Tasks SET Name = 'x' WHERE Name = 'no such task' RETURNING Id, Name")
    assert [column[0] for column in cursor.description] == ["Id", "Name"]
    assert (cursor.fetchall(), cursor.rowcount) == ([], 0)


def test_without_returning_there_are_no_rows(books: Any) -> None:
    """A write without RETURNING has no result to fetch."""
    (key,) = books.new_tasks(1)
    cursor = books.run("UPDATE Tasks SET Name = 'x' WHERE Id = ?", [key])
    assert cursor.description is None
    with pytest.raises(xerosql.InterfaceError, match="RETURNING"):
        cursor.fetchone()


@pytest.mark.parametrize(
    ("returning", "sentence"),
    [
        ("Nmae", 'no column "(?i:nmae)".*did you mean Name'),
        ("p.Name", 'no table or alias "p"'),
        ("getenv('HOME')", "getenv"),
    ],
)
def test_a_wrong_returning_is_found_before_anything_is_sent(
    books: Any, project: str, returning: str, sentence: str
) -> None:
    """A mistake in RETURNING keeps the write from being sent."""
    with pytest.raises((xerosql.ProgrammingError, xerosql.NotSupportedError), match=sentence):
        books.run(INSERT + returning, [project, "x", 1, "TIME"])
    assert books.sim.requests == []


def test_returning_that_the_engine_refuses_is_found_before_anything_is_sent(books: Any, project: str) -> None:
    """A function that does not exist, or a type that does not fit, keeps the write from being sent too."""
    for returning in ("no_such_function(Name)", "Name + DATE '2026-01-01'"):
        with pytest.raises(xerosql.Error):
            books.run(INSERT + returning, [project, "x", 1, "TIME"])
    assert books.writes == []


def test_a_returning_that_fails_at_run_time_says_that_rows_were_written(books: Any, project: str) -> None:
    """What cannot be known before, a cast of what Xero answers, fails with a verdict: the row was written."""
    with pytest.raises(xerosql.Error, match="written") as caught:
        books.run(INSERT + "CAST(Name AS INTEGER)", [project, "not a number", 1, "TIME"]).fetchall()
    assert getattr(caught.value, "written", ()) != ()


def test_time_returns_its_entry(books: Any) -> None:
    """A time entry comes back with its Id, its day and Xero's status."""
    task, user = books.active_task(), books.rows("users")[0]["userId"]
    cursor = books.run(
        "INSERT INTO Time (ProjectId, TaskId, UserId, Date, Duration) VALUES (?, ?, ?, '2026-03-31', 30) "
        "RETURNING Id, Date, Duration, Description, Status",
        [task["projectId"], task["taskId"], user],
    )
    key, day, *rest = cursor.fetchone()
    assert key == cursor.lastrowid
    assert day.isoformat() == "2026-03-31"
    assert rest == [30, None, "ACTIVE"]
