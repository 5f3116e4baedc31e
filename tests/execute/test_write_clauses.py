"""Every clause of a write is obeyed or refused; none is dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql
from xerosql import NotSupportedError, ProgrammingError

#: Clauses that would change which rows are written if they were left out. Each must be refused before any write.
DROPPED = {
    "delete limit": "DELETE FROM Tasks WHERE Name LIKE 'Fresh %' LIMIT 1",
    "delete order limit": "DELETE FROM Tasks WHERE Name LIKE 'Fresh %' ORDER BY Name LIMIT 1",
    "delete of two tables": "DELETE FROM Tasks, Projects WHERE Tasks.Name LIKE 'Fresh %'",
    "delete naming its tables": "DELETE Tasks FROM Tasks WHERE Name LIKE 'Fresh %'",
    "update limit": "UPDATE Tasks SET EstimateMinutes = 7 WHERE Name LIKE 'Fresh %' LIMIT 1",
    "update order limit": "UPDATE Tasks SET EstimateMinutes = 7 WHERE Name LIKE 'Fresh %' ORDER BY Name LIMIT 1",
    "update of two tables": "UPDATE Tasks, Projects SET EstimateMinutes = 7 WHERE Tasks.Name LIKE 'Fresh %'",
    "update nothing": "UPDATE Tasks SET WHERE Name LIKE 'Fresh %'",
    "update nothing at all": "UPDATE Tasks SET",
    "update only": "UPDATE ONLY Tasks SET EstimateMinutes = 7 WHERE CURRENT OF cursor",
    "insert ignore": "INSERT IGNORE INTO Tasks (Name) VALUES ('Fresh 9')",
    "insert or replace": (
        "INSERT OR REPLACE INTO Tasks (ProjectId, Name, RateValue, ChargeType) "
        "SELECT ProjectId, 'Fresh 9', 1, 'TIME' FROM Projects"
    ),
    "insert overwrite": "INSERT OVERWRITE Tasks SELECT * FROM Tasks",
    "insert partition": "INSERT INTO Tasks PARTITION (Name = 'x') SELECT 1",
    "insert conflict": (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) "
        "SELECT ProjectId, 'Fresh 9', 1, 'TIME' FROM Projects ON CONFLICT (Id) DO UPDATE SET Name = 'x'"
    ),
    "sample of the target": "DELETE FROM Tasks TABLESAMPLE (1 ROWS) WHERE Name LIKE 'Fresh %'",
    "a write inside a CTE": "WITH gone AS (DELETE FROM Tasks WHERE Name LIKE 'Fresh %' RETURNING Id) SELECT 1",
}


@pytest.mark.parametrize("sql", DROPPED.values(), ids=DROPPED)
def test_a_clause_that_cannot_be_obeyed_is_refused(books: Any, sql: str) -> None:
    """The statement is NotSupportedError or ProgrammingError, and nothing is written."""
    books.new_tasks(2)
    with pytest.raises(xerosql.Error) as caught:
        books.run(sql)
    assert type(caught.value) in (NotSupportedError, ProgrammingError), repr(caught.value)
    assert books.writes == []


@pytest.mark.parametrize("dialect", ["mysql", "sqlite", "tsql", "bigquery", "spark", "duckdb"])
def test_a_limit_is_refused_in_every_dialect(books: Any, dialect: str) -> None:
    """A dialect that writes LIMIT or TOP in a DELETE or an UPDATE does not get all rows written either."""
    books.new_tasks(2)
    connection = books.connect(dialect=dialect)
    top = "TOP (1) " if dialect == "tsql" else ""
    limit = "" if dialect == "tsql" else " LIMIT 1"
    for sql in (
        f"DELETE {top}FROM Tasks WHERE Name LIKE 'Fresh %'{limit}",
        f"UPDATE {top}Tasks SET EstimateMinutes = 7 WHERE Name LIKE 'Fresh %'{limit}",
    ):
        with pytest.raises((NotSupportedError, ProgrammingError)):
            connection.execute(sql)
    assert books.writes == []


WITH = {
    "before an insert": (
        "WITH q AS (SELECT ProjectId FROM Projects ORDER BY ProjectId LIMIT 1) "
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) SELECT ProjectId, 'By CTE', 1, 'TIME' FROM q"
    ),
    "inside an insert": (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) "
        "WITH q AS (SELECT ProjectId FROM Projects ORDER BY ProjectId LIMIT 1) "
        "SELECT ProjectId, 'By CTE', 1, 'TIME' FROM q"
    ),
    "before an update": "WITH q AS (SELECT 'Fresh 0' AS n) UPDATE Tasks SET Name = 'By CTE' FROM q WHERE Name = q.n",
    "before a delete": "WITH q AS (SELECT 'Fresh 0' AS n) DELETE FROM Tasks USING q WHERE Name = q.n",
    "in a subquery of an update": (
        "UPDATE Tasks SET Name = 'By CTE' WHERE Name IN (WITH q AS (SELECT 'Fresh 0' AS n) SELECT n FROM q)"
    ),
}


@pytest.mark.parametrize("sql", WITH.values(), ids=WITH)
def test_with_goes_before_and_inside_writes(books: Any, sql: str) -> None:
    """A CTE can feed any write, wherever SQL lets it stand."""
    books.new_tasks(2)
    assert books.run(sql).rowcount == 1
    assert len(books.writes) == 1


def test_with_goes_before_scratch_writes(books: Any) -> None:
    """The same holds for scratch tables."""
    books.run("CREATE TABLE scratch.t (x integer)")
    assert books.run("WITH q AS (SELECT 1 AS x) INSERT INTO scratch.t SELECT x FROM q").rowcount == 1
    assert books.run("WITH q AS (SELECT 1 AS x) UPDATE scratch.t SET x = 2 FROM q WHERE t.x = q.x").rowcount == 1
    assert books.run("WITH q AS (SELECT 2 AS x) DELETE FROM scratch.t USING q WHERE t.x = q.x").rowcount == 1


def test_default_is_as_if_left_out(books: Any, body: Any) -> None:
    """DEFAULT in an INSERT is the same as not naming the column."""
    project = books.rows("projects")[0]["projectId"]
    books.run(
        "INSERT INTO Tasks (ProjectId, Name, RateValue, RateCurrency, ChargeType, EstimateMinutes) "
        "VALUES (?, 'x', 1, DEFAULT, 'TIME', DEFAULT)",
        [project],
    )
    assert body(books.writes[0]) == {"name": "x", "rate": {"value": 1, "currency": "USD"}, "chargeType": "TIME"}


def test_set_default_is_cleared_or_refused_in_words(books: Any) -> None:
    """SET x = DEFAULT clears the value, or is refused by the word DEFAULT, not as a column of that name."""
    (key,) = books.new_tasks(1)
    try:
        books.run("UPDATE Tasks SET EstimateMinutes = DEFAULT WHERE Id = ?", [key])
    except xerosql.Error as error:
        assert "DEFAULT" in str(error)  # noqa: PT017 - either outcome is right
        assert books.writes == []


def test_the_currency_set_to_null_stays_the_projects(books: Any) -> None:
    """SET RateCurrency = NULL keeps the project's currency, as an INSERT does, or is refused before it is sent."""
    (key,) = books.new_tasks(1)
    try:
        books.run("UPDATE Tasks SET RateCurrency = NULL WHERE Id = ?", [key])
    except xerosql.Error:
        assert books.writes == []
    assert books.task(key.partition("/")[2])["rate"]["currency"] == "USD"


def test_prefixes_and_aliases_name_the_target(books: Any) -> None:
    """The target may be named by schema, table or alias, on either side of SET and in WHERE."""
    (key,) = books.new_tasks(1)
    for sql in (
        "UPDATE projects.Tasks SET Name = 'a' WHERE projects.Tasks.Id = ?",
        "UPDATE Tasks SET Tasks.Name = 'b' WHERE Tasks.Id = ?",
        "UPDATE Tasks t SET t.Name = 'c' WHERE t.Id = ?",
        'UPDATE "TASKS" AS "T" SET "NAME" = \'d\' WHERE "t"."iD" = ?',
    ):
        assert books.run(sql, [key]).rowcount == 1
    assert books.task(key.partition("/")[2])["name"] == "d"
