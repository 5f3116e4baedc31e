"""Bad input: exactly one PEP 249 error each, whose sentence says what to do; nothing of the libraries below leaks."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import xerosql
from xerosql import DataError, InterfaceError, NotSupportedError, ProgrammingError

UUID = "00000000-0000-4000-8000-000000000000"

#: SQL, its parameters, the very class of the error, and words of its sentence.
WRONG: dict[str, tuple[str, Any, type[xerosql.Error], str]] = {
    # Names
    "unknown table": ("SELECT * FROM Taks", None, ProgrammingError, r'no table "Taks" \(line 1, column 15\).*Tasks'),
    "nothing like it": ("SELECT * FROM Zebra", None, ProgrammingError, "information_schema.tables lists all"),
    "unknown schema": (
        "SELECT * FROM project.Tasks",
        None,
        ProgrammingError,
        r'no table "project.Tasks".*projects.Tasks',
    ),
    "unknown database": ("SELECT * FROM other.projects.Tasks", None, ProgrammingError, 'no database "other"'),
    "unknown scratch table": ("SELECT * FROM scratch.nope", None, ProgrammingError, 'no table "scratch.nope"'),
    "unknown column": ("SELECT Nmae FROM Tasks", None, ProgrammingError, r'no column "Nmae".*did you mean Name'),
    "its place": ("SELECT Id,\n  Rate_Value\nFROM Tasks", None, ProgrammingError, r"line 2, column 3.*RateValue"),
    "unknown column of an alias": (
        "SELECT t.Nmae FROM Tasks t",
        None,
        ProgrammingError,
        r'no column "t.(?i:nmae)".*Name',
    ),
    "unknown alias": ("SELECT x.Name FROM Tasks t", None, ProgrammingError, 'no table or alias "x"'),
    "unknown column in WHERE": (
        "SELECT 1 FROM Tasks WHERE Stauts = 'x'",
        None,
        ProgrammingError,
        "did you mean Status",
    ),
    "unknown column in ORDER BY": ("SELECT Name FROM Tasks ORDER BY Nme", None, ProgrammingError, "did you mean Name"),
    "unknown column in GROUP BY": ("SELECT 1 FROM Tasks GROUP BY Stat", None, ProgrammingError, "no column"),
    "unknown column in USING": (
        "SELECT 1 FROM Tasks JOIN Users USING (ProjectId)",
        None,
        ProgrammingError,
        "(?i:ProjectId)",
    ),
    "ambiguous column": ("SELECT Name FROM Tasks, Projects", None, ProgrammingError, "(?i:ambiguous)"),
    "ambiguous column in HAVING": (
        "SELECT ProjectId FROM Tasks t JOIN Projects p USING (ProjectId) GROUP BY ProjectId "
        "HAVING min(t.Name) < max(Name)",
        None,
        ProgrammingError,
        'column "Name" is ambiguous; write t.Name or p.Name',
    ),
    "ambiguous column in a subquery of a table that has it": (
        "SELECT (SELECT count(*) FROM Time e JOIN Tasks k USING (TaskId) WHERE Status = 'ACTIVE') FROM Projects",
        None,
        ProgrammingError,
        'column "Status" is ambiguous; write e.Status or k.Status',
    ),
    "unknown function": ("SELECT frobnicate(Name) FROM Tasks", None, ProgrammingError, "frobnicate"),
    "ungrouped column": ("SELECT Name, count(*) FROM Tasks", None, ProgrammingError, "GROUP BY"),
    "aggregate in WHERE": ("SELECT 1 FROM Tasks WHERE count(*) > 1", None, ProgrammingError, "WHERE"),
    "different widths": ("SELECT 1, 2 UNION SELECT 1", None, ProgrammingError, "column"),
    "natural join": ("SELECT 1 FROM Tasks NATURAL JOIN Projects", None, ProgrammingError, "say USING"),
    # Syntax
    "syntax": ("SELECT Name FROM Tasks WHERE", None, ProgrammingError, "syntax error at line 1, column"),
    "syntax on the third line": ("SELECT Name\nFROM Tasks\nWHERE (Name = ", None, ProgrammingError, "line 3, column"),
    "misspelt keyword": ("SELCT Name FROM Tasks", None, ProgrammingError, "syntax error at line 1"),
    "from missing": ("SELECT Name Tasks WHERE 1 = 1 GROUP", None, ProgrammingError, "syntax error at line 1"),
    "table missing": ("SELECT * FROM", None, ProgrammingError, "syntax error at line 1, column"),
    "quote left open": ("SELECT 'Bob", None, ProgrammingError, "syntax error"),
    "parenthesis left open": ("SELECT (1", None, ProgrammingError, "syntax error at line 1"),
    "comment left open": ("SELECT 1 /* ", None, ProgrammingError, "syntax error"),
    "empty": ("", None, ProgrammingError, "the statement is empty"),
    "only a comment": ("-- nothing", None, ProgrammingError, "the statement is empty"),
    "only a semicolon": (";", None, ProgrammingError, "the statement is empty"),
    "two statements": ("SELECT 1; SELECT 2", None, NotSupportedError, "one statement at a time"),
    "a write behind a read": ("SELECT 1; DELETE FROM Tasks", None, NotSupportedError, "one statement at a time"),
    "no SQL at all": ("hello, is it me?", None, ProgrammingError, "syntax error|not"),
    "nested too deeply": (
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        None,
        ProgrammingError,
        "nested too deeply|syntax",
    ),
    "too many SELECTs": (
        "SELECT " + ", ".join(["(SELECT 1)"] * 1_000),
        None,
        ProgrammingError,
        r"more than 1,000 SELECTs; write rows of constants as VALUES",
    ),
    "a chain without end": (
        "SELECT 1 FROM Users WHERE " + " OR ".join(["Name = 'x'"] * 2_000),
        None,
        ProgrammingError,
        r"nested too deeply, 1,000 levels at most; a long chain of OR is an IN",
    ),
    # Parameters
    "too few": ("SELECT ?, ?", [1], ProgrammingError, "has 2 parameters and was given 1"),
    "too many": ("SELECT ?", [1, 2], ProgrammingError, "has 1 parameter and was given 2"),
    "none given": ("SELECT ?", None, ProgrammingError, "has 1 parameter and was given 0"),
    "none wanted": ("SELECT 1", [1], ProgrammingError, "has 0 parameters and was given 1"),
    "a name missing": ("SELECT :a, :b", {"a": 1}, ProgrammingError, "no value is given for :b"),
    "a mapping for ?": ("SELECT ?", {"a": 1}, ProgrammingError, "take a sequence of values"),
    "a sequence for names": ("SELECT :a", [1], ProgrammingError, "parameters are :a, so they take a mapping"),
    "text for a sequence": ("SELECT ?", "x", ProgrammingError, r"a sequence such as \[value\], not str"),
    "a number for a sequence": ("SELECT ?", 5, ProgrammingError, r"a sequence such as \[value\], not int"),
    "mixed": ("SELECT ?, :a", [1], ProgrammingError, "either \\? or :name"),
    "dollar zero": ("SELECT $0", [1], ProgrammingError, "no parameter; write"),
    "a name for a parameter": ("SELECT Name ? FROM Users", [1], ProgrammingError, r"a value and cannot be a name"),
    "an object that is no value": ("SELECT ?", [object()], ProgrammingError, "(?i:parameter).*object"),
    # Values
    "a broken Id": (
        "SELECT * FROM Tasks WHERE Id = '42'",
        None,
        DataError,
        "'42' is no Id of Tasks, which takes two UUIDs",
    ),
    "half an Id": (f"SELECT * FROM Tasks WHERE Id = '{UUID}'", None, DataError, "two UUIDs with a slash between them"),
    "a broken ProjectId": ("SELECT * FROM Tasks WHERE ProjectId = 'x'", None, DataError, "takes a UUID such as"),
    "one of a list": (
        f"SELECT * FROM Tasks WHERE ProjectId IN ('{UUID}', 'x')",
        None,
        DataError,
        "'x' is no ProjectId",
    ),
    "a broken Id as parameter": ("SELECT * FROM Time WHERE Id = ?", ["x/y"], DataError, "'x/y' is no Id of Time"),
    "a broken Id in DELETE": ("DELETE FROM Tasks WHERE Id = 'x'", None, DataError, "'x' is no Id of Tasks"),
    "a cast that fails": ("SELECT CAST('x' AS integer)", None, DataError, "'x'"),
    "a date that is none": ("SELECT DATE '2026-02-30'", None, DataError, "2026-02-30"),
    "an overflow": ("SELECT 2147483647::integer + 1::integer", None, DataError, "range|[Oo]verflow"),
    "a type that does not fit": ("SELECT * FROM Tasks WHERE RateValue = 'dear'", None, DataError, "dear"),
    "text for a day": ("SELECT * FROM Time WHERE Date > 'soon'", None, DataError, "soon"),
    "a scalar subquery of many rows": ("SELECT (SELECT Name FROM Users)", None, DataError, "(?i:more than one row)"),
    # Statements that are not there
    "DDL on a Xero table": (
        "ALTER TABLE Tasks ADD COLUMN x integer",
        None,
        NotSupportedError,
        "Xero's tables are fixed",
    ),
    "DROP of a Xero table": ("DROP TABLE Tasks", None, NotSupportedError, "CREATE TABLE scratch"),
    "TRUNCATE of a Xero table": ("TRUNCATE TABLE Tasks", None, NotSupportedError, "Xero's tables are fixed"),
    "CREATE outside scratch": (
        "CREATE TABLE projects.x (y integer)",
        None,
        NotSupportedError,
        "CREATE TABLE scratch.x",
    ),
    "CREATE without schema": ("CREATE TABLE x (y integer)", None, NotSupportedError, "CREATE TABLE scratch.x"),
    "an index on a Xero table": ("CREATE INDEX i ON Tasks (Name)", None, NotSupportedError, "Xero's tables are fixed"),
    "a view with parameters": (
        "CREATE VIEW scratch.v AS SELECT * FROM Tasks WHERE ProjectId = ?",
        ["x"],
        ProgrammingError,
        "cannot have parameters",
    ),
    "a materialized view": (
        "CREATE MATERIALIZED VIEW scratch.v AS SELECT * FROM Tasks",
        None,
        NotSupportedError,
        "CREATE TABLE scratch",
    ),
    "a view with a column twice": (
        "CREATE VIEW scratch.v AS SELECT Name, name FROM Tasks",
        None,
        ProgrammingError,
        'column "name" of the view is there twice',
    ),
    "a view of files": ("CREATE VIEW scratch.v AS SELECT * FROM read_csv('x')", None, NotSupportedError, "no files"),
    "USING beside a join in parentheses": (
        "SELECT 1 FROM Projects p JOIN Tasks t USING (ProjectId) "
        "LEFT JOIN (Users u JOIN Time e ON e.UserId = u.UserId) ON e.TaskId = t.TaskId",
        None,
        NotSupportedError,
        "say ON a.ProjectId = b.ProjectId",
    ),
    "EXPLAIN with an odd option": ("EXPLAIN (BUFFERS) SELECT 1", None, NotSupportedError, "no option BUFFERS"),
    "SET": ("SET x = 1", None, ProgrammingError, 'no setting "x"; SHOW ALL'),
    "CALL": ("CALL close_month()", None, ProgrammingError, 'no procedure "close_month"'),
    "MERGE": (
        "MERGE INTO Tasks USING Projects ON false WHEN NOT MATCHED THEN INSERT (Name) VALUES ('x')",
        None,
        NotSupportedError,
        "an UPDATE and an INSERT",
    ),
    "SAVEPOINT": ("SAVEPOINT a", None, NotSupportedError, "no transactions to go back in"),
    "ROLLBACK TO": ("ROLLBACK TO SAVEPOINT a", None, NotSupportedError, "(?i:savepoint)|transactions"),
    "SHOW": ("SHOW TABLES", None, NotSupportedError, "information_schema.tables lists"),
    "DESCRIBE": ("DESCRIBE Tasks", None, NotSupportedError, "information_schema.columns"),
    "COPY": ("COPY Tasks TO 'x.csv'", None, NotSupportedError, "no files"),
    "USE": ("USE projects", None, NotSupportedError, "search_path"),
    "GRANT": ("GRANT SELECT ON Tasks TO bob", None, NotSupportedError, "GRANT is not supported"),
    "LOCK": ("LOCK TABLE Tasks", None, NotSupportedError, "LOCK is not supported"),
    "DECLARE": ("DECLARE c CURSOR FOR SELECT 1", None, NotSupportedError, "DECLARE is not supported"),
    "SELECT INTO": ("SELECT * INTO scratch.x FROM Tasks", None, NotSupportedError, "CREATE TABLE scratch.x AS SELECT"),
    "FOR UPDATE": ("SELECT * FROM Tasks FOR UPDATE", None, NotSupportedError, "(?i:for update|lock)"),
    "a scratch write that reads Xero in SET": (
        "UPDATE scratch.t SET x = (SELECT count(*) FROM Users)",
        None,
        NotSupportedError,
        "copy the rows first",
    ),
}

LEAKS = re.compile(
    r"TokenType|sqlglot|duckdb|msgspec|arro3|pyarrow|<class|Traceback|0x[0-9a-f]{6}"
    r"|(tasks|time|users)\$|LINE 1|Use \"SET"
)


@pytest.fixture(scope="module")
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo") as connection:
        connection.execute("CREATE TABLE scratch.t (x integer)")
        yield connection


@pytest.mark.parametrize(("sql", "parameters", "error", "sentence"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_clear_error(
    connection: xerosql.Connection, sql: str, parameters: Any, error: type[xerosql.Error], sentence: str
) -> None:
    """The statement raises this class with this sentence, leaks no library, and the connection goes on working."""
    with pytest.raises(xerosql.Error) as caught:
        connection.execute(sql, parameters).fetchall()
    assert type(caught.value) is error, repr(caught.value)
    assert re.search(sentence, str(caught.value)), str(caught.value)
    assert not LEAKS.search(str(caught.value)), str(caught.value)
    assert len(caught.value.sqlstate) == 5
    assert connection.execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.parametrize("operation", [None, 5, b"SELECT 1", ["SELECT 1"]])
def test_a_statement_that_is_no_text_is_an_interface_error(connection: xerosql.Connection, operation: Any) -> None:
    """Anything but a str where SQL belongs is InterfaceError naming what was given."""
    with pytest.raises(InterfaceError, match=f"a statement is a str, not {type(operation).__name__}"):
        connection.execute(operation)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity"), 10**40, "\ud800", b"\xff", dt.timedelta(days=1)],
)
def test_odd_parameter_values_raise_nothing_but_pep_249(connection: xerosql.Connection, value: Any) -> None:
    """Values on the edge of what a database knows either work or raise a PEP 249 error."""
    for sql in (
        "SELECT ?",
        "SELECT count(*) FROM Tasks WHERE RateValue = ?",
        "SELECT count(*) FROM Users WHERE Name = ?",
    ):
        try:
            connection.execute(sql, [value]).fetchall()
        except xerosql.Error as error:
            assert not LEAKS.search(str(error)), str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"tenat": "x"}, "no option 'tenat'; did you mean tenant"),
        ({"max_in_flight": 0}, "max_in_flight must be greater than zero"),
        ({"autocommit": "perhaps"}, "autocommit must be true or false"),
        ({"calls_per_minute": "many"}, "calls_per_minute must be a whole number"),
        ({"search_path": 5}, "search_path must be a list of names"),
        ({"base_url": "ftp://x"}, "base_url must be a plain http or https URL"),
    ],
)
def test_wrong_options_are_interface_errors(options: dict[str, Any], sentence: str) -> None:
    """connect() refuses what it does not know or cannot use, naming the option and never its value."""
    with pytest.raises(InterfaceError, match=sentence):
        xerosql.connect("demo", **options)


def test_an_unknown_search_path_is_told() -> None:
    """A search path with an unknown schema is an error that names it, at the latest with the first statement."""
    with pytest.raises((InterfaceError, ProgrammingError), match="projcts"):
        xerosql.connect("demo", search_path=("projcts",)).execute("SELECT * FROM Tasks")


def test_an_unknown_dialect_is_told() -> None:
    """A dialect that nobody speaks is an error that names it."""
    with pytest.raises((InterfaceError, NotSupportedError), match="klingon"):
        xerosql.connect("demo", dialect="klingon").execute("SELECT 1")


def test_an_unknown_profile_is_an_interface_error(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that the configuration file does not have is InterfaceError naming it."""
    monkeypatch.setenv("XEROSQL_CONFIG", str(tmp_path / "config.toml"))
    with pytest.raises(InterfaceError, match="no profile 'office'"):
        xerosql.connect("office")
