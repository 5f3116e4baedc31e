"""The PEP 249 face: globals, exceptions, type objects, description, counts, fetching and closing."""

from __future__ import annotations

import datetime as dt
import pickle
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

import xerosql

EXCEPTIONS = (
    *("Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError", "IntegrityError"),
    *("InternalError", "ProgrammingError", "NotSupportedError"),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo") as connection:
        yield connection


@pytest.fixture
def cursor(connection: xerosql.Connection) -> Iterator[xerosql.Cursor]:
    with connection.cursor() as cursor:
        yield cursor


# -- The module ------------------------------------------------------------------------------------------------------


def test_globals_are_those_of_pep_249() -> None:
    """The module names its level, its style of parameters, and that threads may share connections."""
    assert (xerosql.apilevel, xerosql.paramstyle, xerosql.threadsafety) == ("2.0", "qmark", 2)


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_connections_carry_the_modules_exceptions(connection: xerosql.Connection, name: str) -> None:
    """Code that has only a connection can name every exception, and it is the module's own class."""
    assert getattr(connection, name) is getattr(xerosql, name)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        *((name, "DatabaseError") for name in EXCEPTIONS[4:]),
        ("DatabaseError", "Error"),
        ("InterfaceError", "Error"),
        ("AuthenticationError", "OperationalError"),
        ("RateLimitError", "OperationalError"),
        ("UnknownOutcomeError", "OperationalError"),
        ("PartialWriteError", "OperationalError"),
    ],
)
def test_exceptions_form_the_tree_of_pep_249(name: str, base: str) -> None:
    """Each exception stands directly below the class that PEP 249, or errors.py, draws above it."""
    assert getattr(xerosql, name).__bases__ == (getattr(xerosql, base),)


def test_warning_and_error_stand_apart() -> None:
    """Warning is no Error and the other way round; both are ordinary exceptions."""
    assert xerosql.Warning.__bases__ == (Exception,)
    assert xerosql.Error.__bases__ == (Exception,)


def test_constructors_make_the_standard_librarys_values() -> None:
    """Date, Time, Timestamp and Binary give what Python itself uses."""
    assert xerosql.Date(2026, 3, 31) == dt.date(2026, 3, 31)
    assert xerosql.Time(17, 30, 5) == dt.time(17, 30, 5)
    assert xerosql.Timestamp(2026, 3, 31, 17, 30, 5) == dt.datetime(2026, 3, 31, 17, 30, 5)  # noqa: DTZ001 - PEP 249's have no zone
    assert xerosql.Binary(b"xero") == b"xero"


def test_constructors_from_ticks_use_local_time() -> None:
    """The FromTicks constructors read seconds since the epoch in the machine's zone, as PEP 249 says."""
    ticks = time.mktime((2026, 3, 31, 17, 30, 5, 0, 0, -1))
    assert xerosql.DateFromTicks(ticks) == dt.date(2026, 3, 31)
    assert xerosql.TimeFromTicks(ticks) == dt.time(17, 30, 5)
    assert xerosql.TimestampFromTicks(ticks) == dt.datetime(2026, 3, 31, 17, 30, 5)  # noqa: DTZ001 - PEP 249's have no zone


# -- Description -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "type_object"),
    [
        ("'a'", xerosql.STRING),
        ("NULL", xerosql.STRING),
        ("1", xerosql.NUMBER),
        ("9999999999", xerosql.NUMBER),
        ("1.50", xerosql.NUMBER),
        ("1e0", xerosql.NUMBER),
        ("true", xerosql.NUMBER),
        ("DATE '2026-03-31'", xerosql.DATETIME),
        ("TIMESTAMP '2026-03-31 17:30:00'", xerosql.DATETIME),
        ("TIME '17:30:00'", xerosql.DATETIME),
        ("INTERVAL '1 day'", xerosql.DATETIME),
        ("TIMESTAMPTZ '2026-03-31 17:30:00+00'", xerosql.DATETIME),
        ("'a'::bytea", xerosql.BINARY),
        ("gen_random_uuid()", xerosql.STRING),
    ],
)
def test_type_codes_equal_exactly_one_type_object(cursor: xerosql.Cursor, expression: str, type_object: object) -> None:
    """A column's type code equals the type object of its family and none of the others, both ways round."""
    code = cursor.execute(f"SELECT {expression}").description[0][1]
    families = [xerosql.STRING, xerosql.BINARY, xerosql.NUMBER, xerosql.DATETIME, xerosql.ROWID]
    assert [family for family in families if family == code] == [type_object]
    assert [family for family in families if code == family] == [type_object]
    assert code != xerosql.ROWID


def test_type_objects_differ_from_each_other_and_can_be_keys() -> None:
    """Type objects are values: equal to themselves only, hashable, with a name to show."""
    families = [xerosql.STRING, xerosql.BINARY, xerosql.NUMBER, xerosql.DATETIME, xerosql.ROWID]
    assert len(set(families)) == 5
    assert all((one == other) == (one is other) for one in families for other in families)
    assert repr(xerosql.NUMBER) == "xerosql.NUMBER"


def test_description_tells_names_types_precision_and_scale(cursor: xerosql.Cursor) -> None:
    """Description has seven items a column: name as written, type, and digits for numbers; the rest is None."""
    cursor.execute("SELECT name, RateValue, TotalMinutes AS mins, ratevalue * 2 FROM tasks LIMIT 1")
    assert cursor.description[0] == ("name", "VARCHAR", None, None, None, None, None)
    assert cursor.description[1] == ("RateValue", "DECIMAL", None, None, 18, 4, None)
    assert cursor.description[2] == ("mins", "INTEGER", None, None, 10, 0, None)
    assert (cursor.description[3][1], cursor.description[3][5]) == ("DECIMAL", 4)
    assert {len(column) for column in cursor.description} == {7}


def test_description_of_a_star_has_the_catalogs_spelling(cursor: xerosql.Cursor) -> None:
    """SELECT * shows the catalog's column names, however the table was spelled."""
    names = [column[0] for column in cursor.execute("select * from TENANTS").description]
    assert names == ["TenantId", "Name", "Type", "IsActive"]


def test_description_is_there_for_a_result_without_rows(cursor: xerosql.Cursor) -> None:
    """A SELECT that finds nothing still describes its columns."""
    assert cursor.execute("SELECT Name, Duration FROM Time JOIN Users USING (UserId) WHERE 1 = 0").fetchall() == []
    assert [column[0] for column in cursor.description] == ["Name", "Duration"]


def test_description_is_none_without_a_result(cursor: xerosql.Cursor) -> None:
    """Before the first statement and after one without rows there is nothing to describe."""
    assert cursor.description is None
    cursor.execute("CREATE TABLE scratch.described AS SELECT 1 AS x")
    assert cursor.description is None
    cursor.execute("DROP TABLE scratch.described")


# -- Counts ----------------------------------------------------------------------------------------------------------


def test_rowcount_is_minus_one_until_a_select_is_read(cursor: xerosql.Cursor) -> None:
    """How many rows a SELECT has is known once the last one is fetched, and not by reading ahead."""
    assert cursor.rowcount == -1
    cursor.execute("SELECT * FROM generate_series(1, 3)")
    assert cursor.rowcount == -1
    cursor.fetchmany(2)
    assert cursor.rowcount == -1
    cursor.fetchall()
    assert cursor.rowcount == 3


def test_rowcount_counts_changed_scratch_rows(cursor: xerosql.Cursor) -> None:
    """INSERT, UPDATE and DELETE tell how many rows they changed; DDL tells -1."""
    assert cursor.execute("CREATE TABLE scratch.counted (x integer)").rowcount == -1
    assert cursor.execute("INSERT INTO scratch.counted VALUES (1), (2), (3)").rowcount == 3
    assert cursor.execute("UPDATE scratch.counted SET x = 9 WHERE x > 1").rowcount == 2
    assert cursor.executemany("DELETE FROM scratch.counted WHERE x = ?", [[9], [1], [5]]).rowcount == 3
    cursor.execute("DROP TABLE scratch.counted")


def test_executemany_with_no_parameters_changes_nothing(cursor: xerosql.Cursor) -> None:
    """An empty list of parameter sets is a statement that was run no time."""
    cursor.execute("CREATE TABLE scratch.untouched (x integer)")
    assert cursor.executemany("INSERT INTO scratch.untouched VALUES (?)", []).rowcount == 0
    assert cursor.execute("SELECT count(*) FROM scratch.untouched").fetchone() == (0,)
    cursor.execute("DROP TABLE scratch.untouched")


def test_executemany_refuses_a_select(cursor: xerosql.Cursor) -> None:
    """Results of several SELECTs have no place to go, so NotSupportedError says to run it for each set."""
    with pytest.raises(xerosql.NotSupportedError, match="run a SELECT once for each set"):
        cursor.executemany("SELECT ?", [[1], [2]])


def test_lastrowid_is_none_unless_rows_were_created(cursor: xerosql.Cursor) -> None:
    """A SELECT leaves no row id behind."""
    assert cursor.lastrowid is None
    assert cursor.execute("SELECT 1").lastrowid is None


# -- Fetching --------------------------------------------------------------------------------------------------------


def test_fetchmany_takes_arraysize_rows_by_default(cursor: xerosql.Cursor) -> None:
    """Arraysize starts at 1, can be set, and a size in the call beats it."""
    cursor.execute("SELECT * FROM generate_series(1, 10)")
    assert cursor.arraysize == 1
    assert len(cursor.fetchmany()) == 1
    cursor.arraysize = 4
    assert len(cursor.fetchmany()) == 4
    assert len(cursor.fetchmany(2)) == 2
    assert len(cursor.fetchmany(99)) == 3
    assert cursor.fetchmany() == []
    assert cursor.fetchone() is None


def test_a_cursor_iterates_over_its_rows(cursor: xerosql.Cursor) -> None:
    """A for loop gives every row once, and goes on where fetchone stopped."""
    cursor.execute("SELECT n FROM generate_series(1, 3000) AS t(n)")
    assert cursor.fetchone() == (1,)
    assert sum(row[0] for row in cursor) == 3000 * 3001 // 2 - 1
    assert list(cursor) == []


def test_rownumber_is_the_index_of_the_next_row(cursor: xerosql.Cursor) -> None:
    """Rownumber counts from 0 and moves with each fetch."""
    assert cursor.rownumber is None
    cursor.execute("SELECT * FROM generate_series(1, 5)")
    assert cursor.rownumber == 0
    cursor.fetchmany(2)
    assert cursor.rownumber == 2


@pytest.mark.parametrize("fetch", ["fetchone", "fetchmany", "fetchall", "fetch_arrow_table", "__next__"])
@pytest.mark.parametrize("before", [None, "CREATE OR REPLACE TABLE scratch.rowless (x integer)"])
def test_fetching_without_a_result_is_an_interface_error(
    cursor: xerosql.Cursor, fetch: str, before: str | None
) -> None:
    """Fetching before a SELECT, or after a statement without rows, says to execute one first."""
    if before:
        cursor.execute(before)
    with pytest.raises(xerosql.InterfaceError, match="execute a SELECT"):
        next(iter(cursor)) if fetch == "__next__" else getattr(cursor, fetch)()


def test_values_arrive_as_python_values(cursor: xerosql.Cursor) -> None:
    """Money is Decimal, dates and times are datetime's, NULL is None."""
    row = cursor.execute(
        "SELECT 1.10, DATE '2026-03-31', TIMESTAMP '2026-03-31 17:30:00', NULL, 'a', true, 7"
    ).fetchone()
    assert row[:2] == (Decimal("1.10"), dt.date(2026, 3, 31))
    assert row[2].isoformat() == "2026-03-31T17:30:00"
    assert row[3:] == (None, "a", True, 7)


# -- Closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_cursor_refuses_everything_but_closing(connection: xerosql.Connection) -> None:
    """After close() each use is an InterfaceError that says so; closing again does nothing."""
    cursor = connection.cursor()
    cursor.execute("SELECT 1")
    cursor.close()
    cursor.close()
    for use in (lambda: cursor.execute("SELECT 1"), lambda: cursor.executemany("SELECT 1", []), cursor.fetchone):
        with pytest.raises(xerosql.InterfaceError, match="the cursor is closed"):
            use()
    with pytest.raises(xerosql.InterfaceError, match="closed"):
        list(cursor)


def test_a_closed_connection_refuses_everything_but_closing() -> None:
    """After close() the connection and its cursors raise InterfaceError; closing again does nothing."""
    connection = xerosql.connect("demo")
    cursor = connection.execute("SELECT 1")
    connection.close()
    connection.close()
    uses = (connection.cursor, connection.commit, connection.rollback, cursor.fetchone, connection.__enter__)
    for use in (*uses, lambda: connection.execute("SELECT 1"), lambda: cursor.execute("SELECT 1")):
        with pytest.raises(xerosql.InterfaceError, match="the connection is closed"):
            use()
    assert "closed" in repr(connection)


def test_with_closes_cursor_and_connection() -> None:
    """Leaving the with block closes what it was opened with, after an exception too."""
    with xerosql.connect("demo") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    with pytest.raises(xerosql.InterfaceError):
        cursor.fetchone()
    with pytest.raises(ZeroDivisionError), xerosql.connect("demo") as connection:
        raise ZeroDivisionError
    with pytest.raises(xerosql.InterfaceError):
        connection.cursor()


def test_optional_methods_are_there_and_say_what_is_not(cursor: xerosql.Cursor) -> None:
    """Nextset raises NotSupportedError; the size hints are taken and ignored."""
    with pytest.raises(xerosql.NotSupportedError, match="one result"):
        cursor.nextset()
    cursor.setinputsizes([25])
    cursor.setoutputsize(1000, 0)
    assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_a_connection_cannot_be_pickled(connection: xerosql.Connection) -> None:
    """A connection holds tokens and an engine; InterfaceError says to connect again in the other process."""
    with pytest.raises(xerosql.InterfaceError, match="connect\\(\\) again"):
        pickle.dumps(connection)


def test_rows_read_ahead_are_not_lost() -> None:
    """Who stops in the middle of a loop gets the next row with the next fetch, one by one or as Arrow."""
    with xerosql.connect("demo") as connection:
        whole = connection.execute("SELECT Name FROM Projects ORDER BY ProjectId").fetchall()
        cursor = connection.execute("SELECT Name FROM Projects ORDER BY ProjectId")
        assert next(iter(cursor)) == whole[0]
        assert cursor.rownumber == 1
        assert cursor.fetchone() == whole[1]
        assert cursor.fetchmany(3) == whole[2:5]
        assert [next(iter(cursor)), *cursor.fetchall()] == whole[5:]
        assert cursor.rowcount == cursor.rownumber == len(whole)
        cursor.execute("SELECT Name FROM Projects ORDER BY ProjectId")
        for _ in cursor:
            break
        assert cursor.fetch_arrow_table().num_rows == len(whole) - 1
