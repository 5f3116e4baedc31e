"""A statement that stops half-way says what became of each row: written, failed, unknown, not sent."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql
from xerosql.simulator import Fault

pytestmark = pytest.mark.usefixtures("impatient")

INSERT = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')"


@pytest.fixture
def connection(books: Any) -> xerosql.Connection:
    """A connection that does not pause between attempts."""
    connection: xerosql.Connection = books.connect()
    return connection


def rows(books: Any, count: int) -> list[list[str]]:
    project = books.rows("projects")[0]["projectId"]
    return [[project, f"Row {place}"] for place in range(1, count + 1)]


def written_names(books: Any) -> list[str]:
    return [row["name"] for row in books.rows("tasks") if row["name"].startswith("Row ")]


def test_a_refusal_of_the_second_row_tells_the_rest(books: Any, connection: xerosql.Connection) -> None:
    """Xero's 400 on one row stops there: rows before are written, that one failed, those after were not sent."""
    busy = {row["taskId"] for row in books.rows("time")}
    keys = books.new_tasks(3)
    task = books.one("tasks", lambda row: row["status"] == "ACTIVE" and row["taskId"] in busy)
    stuck = f"{task['projectId']}/{task['taskId']}"
    with pytest.raises(xerosql.PartialWriteError) as caught:
        connection.cursor().executemany("DELETE FROM Tasks WHERE Id = ?", [[keys[0]], [stuck], [keys[1]], [keys[2]]])
    error = caught.value
    assert (error.written, error.failed, error.unknown) == ((keys[0],), (stuck,), ())
    assert error.not_sent == (keys[1], keys[2])
    assert isinstance(error.__cause__, xerosql.IntegrityError)
    assert "stopped half-way (1 written, 1 failed, 0 unknown, 2 not sent)" in str(error)
    assert "time logged on it" in str(error)
    assert stuck in str(error)


def test_a_server_that_stays_down_leaves_the_row_unknown(books: Any, connection: xerosql.Connection) -> None:
    """500 on every attempt may or may not have applied the row: its verdict is unknown, all tries had one key."""
    books.sim.add_fault(Fault("500", match="^POST", times=-1, after=1))
    with pytest.raises(xerosql.PartialWriteError, match="1 written, 0 failed, 1 unknown, 1 not sent") as caught:
        connection.cursor().executemany(INSERT, rows(books, 3))
    error = caught.value
    assert (len(error.written), error.unknown, error.not_sent) == (1, ("row 2",), ("row 3",))
    assert isinstance(error.__cause__, xerosql.UnknownOutcomeError)
    assert "Look before you repeat it" in str(error)
    assert len({each.idempotency_key for each in books.writes}) == 2


def test_written_rows_of_an_insert_are_told_by_their_ids(books: Any, connection: xerosql.Connection) -> None:
    """A row that has been created has an Id, and the verdict gives it, so that it can be found."""
    books.sim.add_fault(Fault("500", match="^POST", times=-1, after=2))
    with pytest.raises(xerosql.PartialWriteError) as caught:
        connection.cursor().executemany(INSERT, rows(books, 3))
    created = [row for row in books.rows("tasks") if row["name"].startswith("Row ")]
    assert caught.value.written == tuple(f"{row['projectId']}/{row['taskId']}" for row in created)


@pytest.mark.parametrize("kind", ["reset-after", "truncated"])
def test_an_answer_that_never_comes_is_unknown(books: Any, connection: xerosql.Connection, kind: str) -> None:
    """If Xero applied the row and no attempt brings the answer, the verdict is unknown and the row is there once."""
    books.sim.add_fault(Fault(kind, match="^POST", times=-1, after=1))
    with pytest.raises(xerosql.PartialWriteError) as caught:
        connection.cursor().executemany(INSERT, rows(books, 3))
    assert (caught.value.unknown, caught.value.not_sent) == (("row 2",), ("row 3",))
    assert written_names(books) == ["Row 1", "Row 2"]


def test_a_connection_that_never_sends_is_failed_or_unknown_but_not_there(
    books: Any, connection: xerosql.Connection
) -> None:
    """A reset before anything was applied looks the same from here: the row is not claimed to be written."""
    books.sim.add_fault(Fault("reset-before", match="^POST", times=-1, after=1))
    with pytest.raises(xerosql.PartialWriteError) as caught:
        connection.cursor().executemany(INSERT, rows(books, 2))
    assert (*caught.value.failed, *caught.value.unknown) == ("row 2",)
    assert written_names(books) == ["Row 1"]


def test_a_single_row_raises_the_error_itself(books: Any, connection: xerosql.Connection) -> None:
    """With one row there is no half-way: its own error is raised."""
    books.sim.add_fault(Fault("reset-after", match="^POST", times=-1))
    with pytest.raises(xerosql.UnknownOutcomeError, match="whether Xero applied it is unknown"):
        connection.execute(INSERT, rows(books, 1)[0])


def test_the_first_of_several_rows_failing_tells_what_was_not_sent(books: Any, connection: xerosql.Connection) -> None:
    """Where the first row fails the others are known not to have been sent."""
    books.sim.add_fault(Fault("429-day", match="^POST", retry_after=3600))
    with pytest.raises(xerosql.PartialWriteError) as caught:
        connection.cursor().executemany(INSERT, rows(books, 3))
    error = caught.value
    assert (error.written, error.failed, error.not_sent) == ((), ("row 1",), ("row 2", "row 3"))
    assert isinstance(error.__cause__, xerosql.RateLimitError)
    assert error.__cause__.reset_at is not None
    assert written_names(books) == []


def test_the_days_quota_running_out_in_between(books: Any, connection: xerosql.Connection) -> None:
    """The day's quota ends a statement at once: what was sent is written, the rest was not sent, no waiting."""
    books.sim.add_fault(Fault("429-day", match="^POST", after=2, retry_after=3600))
    with pytest.raises(xerosql.PartialWriteError, match="day's quota"):
        connection.cursor().executemany(INSERT, rows(books, 4))
    assert written_names(books) == ["Row 1", "Row 2"]
    assert len(books.writes) == 3


def test_updates_are_told_by_their_ids(books: Any, connection: xerosql.Connection) -> None:
    """The verdict of an UPDATE names the rows by Id."""
    keys = books.new_tasks(3)
    books.sim.add_fault(Fault("500", match="^PUT", times=-1, after=1))
    with pytest.raises(xerosql.PartialWriteError) as caught:
        connection.execute("UPDATE Tasks SET EstimateMinutes = 5 WHERE Name LIKE 'Fresh %'")
    error = caught.value
    assert len(error.written) == len(error.unknown) == len(error.not_sent) == 1
    assert {*error.written, *error.unknown, *error.not_sent} == set(keys)


def test_rowcount_of_a_half_written_statement_is_not_claimed(books: Any, connection: xerosql.Connection) -> None:
    """After a PartialWriteError the cursor claims no count; the error has it."""
    books.sim.add_fault(Fault("500", match="^POST", times=-1, after=1))
    cursor = connection.cursor()
    with pytest.raises(xerosql.PartialWriteError):
        cursor.executemany(INSERT, rows(books, 3))
    assert cursor.rowcount == -1
    assert cursor.lastrowid is None


def test_a_read_that_fails_before_writing_sends_nothing(books: Any, connection: xerosql.Connection) -> None:
    """If the rows to change cannot all be read, none is changed, and the read's own error is raised."""
    books.new_tasks(2)
    books.sim.add_fault(Fault("500", match="^GET .*Tasks", times=-1, after=3))
    with pytest.raises(xerosql.OperationalError) as caught:
        connection.execute("UPDATE Tasks SET EstimateMinutes = 5 WHERE Status = 'ACTIVE'")
    assert type(caught.value) is xerosql.OperationalError
    assert books.writes == []


def test_cancelling_between_two_rows_stops_there(books: Any) -> None:
    """Cancel during a write lets the request under way end, sends no further one, and tells what became of the rows."""
    cursors: list[xerosql.Cursor] = []

    def handle(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        answer = books.sim.handle(method, url, headers, body)
        if method == "POST" and b"Row 2" in body:
            cursors[0].cancel()
        return answer

    connection = xerosql.connect(handler=handle, **books.options)
    cursors.append(connection.cursor())
    with pytest.raises(xerosql.PartialWriteError, match="2 written, 0 failed, 0 unknown, 2 not sent") as caught:
        cursors[0].executemany(INSERT, rows(books, 4))
    assert written_names(books) == ["Row 1", "Row 2"]
    assert len(caught.value.written) == 2
    assert caught.value.not_sent == ("row 3", "row 4")
    assert "cancelled" in str(caught.value)


@pytest.mark.parametrize("nonsense", [b"<html>proxy</html>", b"[]", b"null", b"5"])
def test_an_error_in_between_that_is_not_xeros_tells_the_verdicts_too(books: Any, nonsense: bytes) -> None:
    """An answer that cannot be read, after the row was created, is not passed off as a failure."""
    sent = []

    def handle(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        status, answer_headers, answer = books.sim.handle(method, url, headers, body)
        if method == "POST":
            sent.append(url)
            answer = nonsense if len(sent) == 2 else answer
            answer_headers["Content-Length"] = str(len(answer))
        return status, answer_headers, answer

    connection = xerosql.connect(handler=handle, **books.options)
    with pytest.raises(xerosql.Error) as caught:
        connection.cursor().executemany(INSERT, rows(books, 3))
    assert isinstance(caught.value, xerosql.PartialWriteError), repr(caught.value)
    assert len(caught.value.written) + len(caught.value.unknown) == 2


def test_the_error_tells_the_table_the_row_and_what_xero_said(books: Any, connection: xerosql.Connection) -> None:
    """As attributes, so that a program need not read the message; the row counts from 1."""
    books.sim.add_fault(Fault("500", match="^POST", times=-1, after=1))
    with pytest.raises(xerosql.PartialWriteError) as caught:
        connection.cursor().executemany(INSERT, rows(books, 3))
    error = caught.value
    assert (error.table, error.row, error.http_status, error.retryable) == ("projects.Tasks", 2, 500, False)
    assert error.correlation_id
    assert (error.__cause__.row, error.__cause__.correlation_id) == (2, error.correlation_id)


def test_a_value_that_does_not_fit_tells_its_row(books: Any, connection: xerosql.Connection) -> None:
    """Before anything is sent."""
    with pytest.raises(xerosql.DataError) as caught:
        connection.cursor().executemany(INSERT, [*rows(books, 2), [rows(books, 1)[0][0], "x" * 101]])
    assert (caught.value.table, caught.value.row) == ("projects.Tasks", 3)


def test_a_read_that_fails_tells_its_table(books: Any, connection: xerosql.Connection) -> None:
    """Of several, the one whose list it was."""
    books.sim.add_fault(Fault("503", match="ProjectsUsers", times=-1))
    with pytest.raises(xerosql.OperationalError) as caught:
        connection.execute("SELECT count(*) FROM Projects, Users").fetchall()
    assert (caught.value.table, caught.value.row, caught.value.retryable) == ("projects.Users", None, True)
