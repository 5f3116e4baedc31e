"""The tables of sys, the statements a connection remembers, and CALL GetLimitInfo()."""

from __future__ import annotations

import datetime as dt
import gc
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import xerosql
from xerosql.execute.journal import CANCELLED, DONE, FAILED, LENGTH, SIZE, Journal
from xerosql.execute.stats import Stats
from xerosql.simulator import Fault, ManualClock, Simulator

LIMIT_COLUMNS = (
    "SELECT MinuteRemaining, MinuteLimit, DayRemaining, DayLimit, AppRemaining, InFlight, ResetAt FROM sys.limits"
)


@pytest.fixture
def xero() -> Simulator:
    """A Xero with its limits, whose clock stands still."""
    return Simulator(clock=ManualClock())


@pytest.fixture
def connection(xero: Simulator) -> Iterator[xerosql.Connection]:
    with connected(xero) as connection:
        yield connection


def connected(xero: Simulator, **options: object) -> xerosql.Connection:
    return xerosql.connect(handler=xero.handle, **({"access_token": "x", "tenant": xero.tenants[0][0]} | options))


def rows(connection: xerosql.Connection, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a query that must cost nothing."""
    cursor = connection.execute(sql, parameters)
    found = cursor.fetchall()
    assert cursor.stats is not None
    assert cursor.stats.api_calls == 0
    return found


def log(connection: xerosql.Connection, columns: str, *, skip: str = "sys.statements") -> list[tuple[Any, ...]]:
    """What sys.statements says of the statements that do not ask for it."""
    return rows(
        connection, f"SELECT {columns} FROM sys.statements WHERE Statement NOT LIKE ? ORDER BY Number", f"%{skip}%"
    )


# -- sys.limits --------------------------------------------------------------------------------------------------------


def test_limits_are_empty_until_something_is_asked(xero: Simulator, connection: xerosql.Connection) -> None:
    """Nobody knows what is left before Xero's first answer, and reading the table does not ask."""
    assert rows(connection, "SELECT * FROM sys.limits") == []
    assert rows(connection, "CALL GetLimitInfo()") == []
    assert (xero.calls, xero.identity_calls) == (0, 0)


def test_limits_show_what_xero_said_last(xero: Simulator, connection: xerosql.Connection) -> None:
    """A row for each organisation that was asked, with what is left and how much there was."""
    connection.execute("SELECT * FROM Users").fetchall()
    assert rows(connection, LIMIT_COLUMNS) == [(59, 60, 999, 1000, 9999, 0, None)]
    other = xero.tenants[1][0]
    connection.execute("SELECT * FROM Users WHERE TenantId = ?", [other]).fetchall()
    connection.execute("SELECT * FROM Users WHERE TenantId = ?", [other]).fetchall()
    found = dict(rows(connection, "SELECT TenantId, DayRemaining FROM sys.limits"))
    assert found == {xero.tenants[0][0]: 999, other: 998}
    assert rows(connection, "SELECT DayRemaining FROM sys.limits WHERE TenantId = ?", other) == [(998,)]


def test_limits_name_the_organisations_once_they_are_known(xero: Simulator, connection: xerosql.Connection) -> None:
    """Reading Tenants brings the names; before that they are NULL."""
    connection.execute("SELECT * FROM Users").fetchall()
    assert rows(connection, "SELECT Name FROM sys.limits") == [(None,)]
    connection.execute("SELECT * FROM Tenants").fetchall()
    assert rows(connection, "SELECT Name FROM sys.limits") == [(xero.tenants[0][1],)]


def test_limits_show_a_higher_quota_than_the_free_one(connection: xerosql.Connection) -> None:
    """DayLimit is calls_per_day, unless Xero's own count shows that there are more."""
    generous = Simulator(clock=ManualClock(), day_limit=5000)
    with connected(generous) as rich:
        rich.execute("SELECT * FROM Users").fetchall()
        assert rows(rich, "SELECT DayRemaining, DayLimit FROM sys.limits") == [(4999, 5000)]
    with connected(Simulator(clock=ManualClock()), calls_per_day=2000, calls_per_minute=30) as modest:
        modest.execute("SELECT * FROM Users").fetchall()
        assert rows(modest, "SELECT MinuteRemaining, MinuteLimit, DayRemaining, DayLimit FROM sys.limits") == [
            (29, 30, 999, 2000)
        ]


def test_limits_join_with_other_tables(xero: Simulator, connection: xerosql.Connection) -> None:
    """They are tables like any other, in the catalog too."""
    connection.execute("SELECT * FROM Users").fetchall()
    cursor = connection.execute("SELECT t.Name, l.DayLimit FROM Tenants t JOIN sys.limits l USING (TenantId)")
    assert cursor.fetchall() == [(xero.tenants[0][1], 1000)]
    listed = rows(connection, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'sys' ORDER BY 1")
    assert listed == [("limits",), ("snapshots",), ("statements",), ("variables",), ("workers",)]


def test_a_day_that_is_used_up_shows_until_when(xero: Simulator, connection: xerosql.Connection) -> None:
    """ResetAt is a UTC time; GetLimitInfo has it as seconds from now."""
    xero.add_fault(Fault("429-day", retry_after=3600))
    with pytest.raises(xerosql.RateLimitError):
        connection.execute("SELECT * FROM Users").fetchall()
    ((left, reset_at),) = rows(connection, "SELECT DayRemaining, ResetAt FROM sys.limits")
    ahead = reset_at - dt.datetime.now(dt.UTC).replace(tzinfo=None)
    assert left == 0
    assert dt.timedelta(minutes=30) < ahead <= dt.timedelta(hours=1)
    ((retry_after,),) = [row[4:] for row in rows(connection, "CALL GetLimitInfo()")]
    assert 1800 < retry_after <= 3600


# -- CALL --------------------------------------------------------------------------------------------------------------


def test_get_limit_info_has_the_columns_of_its_model(xero: Simulator, connection: xerosql.Connection) -> None:
    """By CALL and by callproc(), whose rows are fetched as any others."""
    connection.execute("SELECT * FROM Users").fetchall()
    called = connection.execute("CALL GetLimitInfo()")
    cursor = connection.cursor()
    given: tuple[object, ...] = ()
    assert cursor.callproc("getlimitinfo", given) == []
    for each in (called, cursor):
        assert [column[0] for column in each.description or []] == [
            *("TenantId", "AppRemaining", "MinuteRemaining", "DayRemaining", "RetryAfter")
        ]
        assert each.fetchone() == (xero.tenants[0][0], 9999, 59, 999, None)
        assert each.fetchone() is None


@pytest.mark.parametrize(
    ("name", "parameters", "sentence"),
    [
        ("GetLimitInf", [], "did you mean GetLimitInfo"),
        ('x"; DROP TABLE scratch.t; --', [], "there is no procedure"),
        ("", [], "there is no procedure|CALL is written"),
        ("GetLimitInfo", [1], "takes no arguments"),
    ],
)
def test_a_procedure_that_cannot_be_called_is_one_clear_error(
    connection: xerosql.Connection, name: str, parameters: list[object], sentence: str
) -> None:
    """ProgrammingError, whatever the name is."""
    with pytest.raises(xerosql.ProgrammingError, match=sentence) as caught:
        connection.cursor().callproc(name, parameters)
    assert caught.value.sqlstate == "42883"


def test_a_procedures_name_must_be_text(connection: xerosql.Connection) -> None:
    """Anything else is InterfaceError, as with a statement."""
    with pytest.raises(xerosql.InterfaceError, match="a procedure's name is a str, not int"):
        connection.cursor().callproc(5)  # type: ignore[arg-type]  # that is what is tested


@pytest.mark.parametrize("sql", ["CALL GetLimitInfo()", "SHOW ALL", "SHOW max_calls"])
def test_executemany_is_not_for_rows(connection: xerosql.Connection, sql: str) -> None:
    """As for a SELECT."""
    with pytest.raises(xerosql.NotSupportedError, match="executemany"):
        connection.cursor().executemany(sql, [[], []])


# -- sys.statements ----------------------------------------------------------------------------------------------------


def test_statements_tell_what_each_has_cost(connection: xerosql.Connection) -> None:
    """Its text, its kind, its calls and rows; the values of parameters are not kept."""
    began = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    cursor = connection.execute("SELECT Name FROM Users WHERE Name <> ? LIMIT 2", ["a-secret"])
    cursor.fetchall()
    connection.execute("CREATE TABLE scratch.t (x integer)")
    connection.cursor().executemany("INSERT INTO scratch.t VALUES (?)", [[1], [2]])
    connection.execute("SET max_calls = 200")
    assert cursor.stats is not None
    users = cursor.stats.rows_fetched
    assert users > 2
    assert log(connection, "Number, Statement, Kind, Status, Calls, ExpectedCalls, RowsFetched, RowsReturned") == [
        (1, "SELECT Name FROM Users WHERE Name <> ? LIMIT 2", "SELECT", "done", 1, 1, users, 2),
        (2, "CREATE TABLE scratch.t (x integer)", "CREATE", "done", 0, 0, 0, 0),
        (3, "INSERT INTO scratch.t VALUES (?)", "INSERT", "done", 0, 0, 0, 0),
        (4, "SET max_calls = 200", "SET", "done", 0, None, 0, 0),
    ]
    for started, seconds, error in log(connection, "StartedAt, Seconds, Error"):
        assert began <= started <= dt.datetime.now(dt.UTC).replace(tzinfo=None)
        assert isinstance(seconds, Decimal)
        assert 0 <= seconds < 60
        assert error is None
    assert "a-secret" not in str(rows(connection, "SELECT * FROM sys.statements"))


def test_expected_calls_stand_beside_those_that_were_made(books: Any) -> None:
    """A statement that its budget refuses shows what it would have taken; a write, what finding its rows would."""
    projects = len(books.rows("projects"))
    (task,) = books.new_tasks(1)
    books.run("SET max_calls = 2")
    with pytest.raises(xerosql.BudgetError, match="max_calls = 2"):
        books.run("SELECT Name FROM Tasks")
    books.run("SET max_calls = DEFAULT")
    books.run("SELECT Name FROM Tasks").fetchall()
    books.run("UPDATE Tasks SET Name = 'Renamed' WHERE Id = ?", [task])
    books.run("EXPLAIN SELECT Name FROM Tasks").fetchall()
    columns = "Kind, Status, Calls, ExpectedCalls"
    refused, _, read, write, explained = log(books.connection, columns)[-5:]
    assert refused[:3] == ("SELECT", "failed", 0)
    assert refused[3] > 2
    assert read == ("SELECT", "done", projects + 1, read[3])
    assert read[3] >= projects
    assert write == ("UPDATE", "done", 2, 1)
    assert explained == ("EXPLAIN", "done", 0, None)


def test_a_statement_sees_itself_running(connection: xerosql.Connection) -> None:
    """The one that asks is the last of the list, and is done once its rows are fetched."""
    sql = "SELECT Number, Statement, Status FROM sys.statements"
    assert rows(connection, sql) == [(1, sql, "running")]
    assert rows(connection, sql) == [(1, sql, "done"), (2, sql, "running")]


def test_a_failed_statement_keeps_its_error(connection: xerosql.Connection) -> None:
    """With the SQLSTATE, whether it could not be planned, could not be run, or failed while rows were fetched."""
    for sql in ("SELECT Nane FROM Tasks", "SET max_calls = -1", "SELECT 1 / 0"):
        with pytest.raises(xerosql.Error):
            connection.execute(sql).fetchall()
    unplanned, unset, halted = log(connection, "Kind, Status, Error")
    assert unplanned[:2] == (None, "failed")
    assert unplanned[2].startswith("there is no column")
    assert unplanned[2].endswith("did you mean Name? (SQLSTATE 42703)")
    assert unset[:2] == ("SET", "failed")
    assert unset[2].endswith("not -1 (SQLSTATE 22023)")
    assert halted == ("SELECT", "failed", "division by zero (SQLSTATE 22012)")


@pytest.mark.usefixtures("impatient")
def test_a_fetch_that_fails_fails_the_statement(xero: Simulator) -> None:
    """Xero fails after the first rows were handed out; they are counted."""
    with connected(xero) as connection:
        cursor = connection.execute("SELECT Name FROM Tasks")
        cursor.fetchone()
        xero.add_fault(Fault("truncated", match="Tasks", times=-1))
        with pytest.raises(xerosql.Error):
            cursor.fetchall()
        ((status, returned, error),) = log(connection, "Status, RowsReturned, Error")
    assert (status, returned) == ("failed", 1)
    assert error.endswith("(SQLSTATE 08000)")


def test_a_result_that_is_left_is_done(connection: xerosql.Connection) -> None:
    """Closed early, forgotten, or replaced by the cursor's next statement: none of them goes on running."""
    closed = connection.execute("SELECT Name FROM Users")
    assert log(connection, "Status") == [("running",)]
    closed.fetchone()
    closed.close()
    forgotten = connection.execute("SELECT Name FROM Users")
    forgotten.fetchone()
    del forgotten
    gc.collect()
    replaced = connection.execute("SELECT Name FROM Users")
    replaced.execute("SELECT 1")
    assert log(connection, "Status, RowsReturned") == [("done", 1), ("done", 1), ("done", 0), ("running", 0)]


def test_a_cancelled_statement_is_cancelled(connection: xerosql.Connection) -> None:
    """From the moment of cancel(), whether or not anybody fetches again; it has no error."""
    left = connection.execute("SELECT Name FROM Users")
    left.cancel()
    asked = connection.execute("SELECT Name FROM Users")
    asked.cancel()
    with pytest.raises(xerosql.OperationalError):
        asked.fetchone()
    over = connection.execute("SELECT Name FROM Users")
    over.fetchall()
    over.cancel()
    assert log(connection, "Status, Error") == [("cancelled", None), ("cancelled", None), ("done", None)]


def test_a_write_is_done_when_it_has_been_carried_out(books: Any) -> None:
    """Rows of its RETURNING may be left to fetch, and no cancel() takes the write back."""
    (task,) = books.new_tasks(1)
    cursor = books.run("UPDATE Tasks SET Name = 'Renamed' WHERE Id = ? RETURNING Name", [task])
    cursor.cancel()
    kind, status, calls = log(books.connection, "Kind, Status, Calls")[-1]
    assert (kind, status) == ("UPDATE", "done")
    assert calls >= 2


def test_the_text_of_a_statement_is_cut_where_it_is_very_long(connection: xerosql.Connection) -> None:
    """A log must not hold megabytes."""
    sql = f"SELECT '{'x' * 20_000}'"
    connection.execute(sql).fetchall()
    assert log(connection, "Statement", skip="FROM sys.statements") == [(sql[:LENGTH],)]


def test_threads_share_the_log(connection: xerosql.Connection) -> None:
    """Statements of all threads are in it, each once, while others read it."""
    connection.execute("SELECT 1").fetchall()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                connection.execute("SELECT 2").fetchall()
                connection.execute("SET max_calls = 5")
                rows(connection, "SELECT count(*), max(Seconds) FROM sys.statements")
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must show it
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    sql = "SELECT count(*), count(DISTINCT Number), min(Number), max(Number) FROM sys.statements"
    assert rows(connection, sql) == [(242, 242, 1, 242)]


def test_the_log_keeps_the_last_thousand() -> None:
    """The oldest go first, and numbers go on."""
    journal = Journal()
    for _ in range(SIZE + 5):
        journal.begin("SELECT 1", Stats()).end()
    numbers = [entry.number for entry in journal.entries()]
    assert numbers == list(range(6, SIZE + 6))


def test_the_first_end_of_a_statement_counts() -> None:
    """What comes later, such as the closing of its cursor, changes nothing."""
    entry = Journal().begin("SELECT 1", Stats())
    entry.fail(xerosql.DataError("too long", sqlstate="22001"))
    seconds = entry.stats.seconds
    entry.end()
    entry.end(CANCELLED)
    assert (entry.status, entry.error, entry.stats.seconds) == (FAILED, "too long (SQLSTATE 22001)", seconds)


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (xerosql.OperationalError("the statement was cancelled", sqlstate="57014"), CANCELLED, None),
        (KeyboardInterrupt(), CANCELLED, None),
        (ValueError("with who knows what in it"), FAILED, "ValueError"),
    ],
)
def test_an_error_that_leaves_the_block_ends_the_entry(error: BaseException, status: str, sentence: str | None) -> None:
    """Cancelling and Ctrl-C are no failures; of a foreign error only the name is kept."""
    entry = Journal().begin("SELECT 1", Stats())
    with pytest.raises(type(error)), entry:
        raise error
    assert (entry.status, entry.error) == (status, sentence)
    assert entry.status != DONE


# -- All three ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["limits", "snapshots", "statements", "variables"])
@pytest.mark.parametrize(
    "sql", ["INSERT INTO sys.{} SELECT * FROM sys.{}", "DELETE FROM sys.{} WHERE true", "DROP TABLE sys.{}"]
)
def test_the_tables_of_sys_are_only_read(connection: xerosql.Connection, sql: str, table: str) -> None:
    """Settings are changed by SET, and what happened has happened."""
    with pytest.raises(xerosql.NotSupportedError, match=r"can only be read|cannot change"):
        connection.execute(sql.format(table, table))


def test_rows_of_sys_can_be_kept(connection: xerosql.Connection) -> None:
    """CREATE TABLE … AS takes a picture of them."""
    connection.execute("CREATE TABLE scratch.seen AS SELECT Name, Value FROM sys.variables")
    assert rows(connection, "SELECT count(*) FROM scratch.seen") == [(4,)]
