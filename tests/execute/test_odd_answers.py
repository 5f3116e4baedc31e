"""Answers that nobody promised: one InternalError or DataError each, never a wrong row or a bare exception."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql

ENVELOPE = b'{"pagination":{"page":1,"pageSize":500,"pageCount":1,"itemCount":1},"items":[%s]}'
NOT_A_LIST = {
    "HTML": b"<html>proxy</html>",
    "nothing": b"",
    "an array": b"[]",
    "null": b"null",
    "no items": b"{}",
    "items are null": b'{"items":null}',
    "bytes": b"\xff\xfe",
    "cut short": b'{"pagination":{"page":1},"items":[{"taskId":',
    "an id that is a number": ENVELOPE % b'{"taskId":5}',
    "money that is a word": ENVELOPE % b'{"taskId":"x","rate":{"value":"dear"}}',
    "money with six decimals": ENVELOPE % b'{"taskId":"x","rate":{"value":1.123456}}',
    "money beyond bounds": ENVELOPE % b'{"taskId":"x","rate":{"value":1e30}}',
    "minutes beyond bounds": ENVELOPE % b'{"taskId":"x","estimateMinutes":99999999999}',
}


def connect(books: Any, match: str, answer: bytes) -> xerosql.Connection:
    """A connection whose GETs that match are answered with this body and status 200."""

    def handle(method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        status, answer_headers, real = books.sim.handle(method, url, headers, body)
        if method == "GET" and match in url:
            return 200, {**answer_headers, "Content-Length": str(len(answer))}, answer
        return status, answer_headers, real

    return xerosql.connect(handler=handle, **books.options)


@pytest.mark.parametrize("answer", NOT_A_LIST.values(), ids=NOT_A_LIST)
def test_a_list_that_is_none_is_told(books: Any, answer: bytes) -> None:
    """A body that is no list of tasks is InternalError or DataError naming the table or column, not an empty table."""
    with pytest.raises((xerosql.InternalError, xerosql.DataError), match=r"(?i:Tasks|RateValue|EstimateMinutes)"):
        connect(books, "/Tasks", answer).execute("SELECT TaskId, RateValue, EstimateMinutes FROM Tasks").fetchall()


@pytest.mark.parametrize("answer", [b"<html>", b"", b"{}", b'{"taskId":"x"}', b"[]"])
@pytest.mark.parametrize("sql", ["UPDATE Tasks SET EstimateMinutes = 5 WHERE Id = ?", "DELETE FROM Tasks WHERE Id = ?"])
def test_a_write_reads_no_nonsense(books: Any, answer: bytes, sql: str) -> None:
    """Where the row to change cannot be read, the write raises a PEP 249 error, or finds no row, and sends nothing."""
    (key,) = books.new_tasks(1)
    try:
        assert connect(books, "/Tasks/", answer).execute(sql, [key]).rowcount == 0
    except xerosql.Error as error:
        assert type(error) in (xerosql.InternalError, xerosql.DataError)  # noqa: PT017 - either outcome is right
    assert books.writes == []


def test_new_columns_and_values_are_no_trouble(books: Any) -> None:
    """Fields and states that Xero adds later are passed over, or through, without an error."""
    project = books.rows("projects")[0]["projectId"]
    task = b'{"projectId":"%s","taskId":"x","name":"n","status":"PAUSED","colour":{"deep":[1]},"chargeType":"BARTER"}'
    answer = ENVELOPE % (task % project.encode())
    rows = connect(books, "/Tasks", answer).execute(
        "SELECT TaskId, Name, Status, ChargeType, RateValue FROM Tasks WHERE ProjectId = ?", [project]
    )
    assert rows.fetchall() == [("x", "n", "PAUSED", "BARTER", None)]


@pytest.mark.parametrize("answer", [b"<html>", b"", b"[]", b'{"projectId":', b"\xff"])
def test_an_insert_that_cannot_read_its_parent_sends_nothing(books: Any, answer: bytes) -> None:
    """The parent is read for its currency; an answer that is none of it is InternalError, and no row is sent."""
    project = books.rows("projects")[0]["projectId"]
    with pytest.raises(xerosql.Error) as caught:
        connect(books, "/Projects/", answer).execute(
            "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'x', 1, 'TIME')", [project]
        )
    assert isinstance(caught.value, xerosql.InternalError | xerosql.IntegrityError)
    assert books.writes == []
