"""Bodies that no Xero would send: one PEP 249 error each, or the rows that they do say, never a wrong row."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import xerosql
from xerosql import DataError, InternalError

TASKS = "SELECT TaskId, Name, RateValue, EstimateMinutes FROM Tasks WHERE ProjectId = ?"
COUNT = "SELECT count(*) FROM Tasks WHERE ProjectId = ?"
DEEP = 100_000
LONG = b"9" * 10_000


def page(items: bytes, pagination: bytes = b'{"pageCount":1}') -> bytes:
    return b'{"pagination":' + pagination + b',"items":' + items + b"}"


def task(fields: bytes) -> bytes:
    return page(b'[{"taskId":"a",' + fields + b"}]")


def rate(number: bytes) -> bytes:
    return task(b'"rate":{"value":' + number + b"}")


#: A list of tasks, and the very class of the error.
BODIES: dict[str, tuple[bytes, type[xerosql.Error]]] = {
    "HTML": (b"<!DOCTYPE html><title>Sign in to the hotel</title>", InternalError),
    "plain text": (b"upstream connect error", InternalError),
    "XML": (b'<?xml version="1.0"?><Tasks/>', InternalError),
    "a word": (b"null", InternalError),
    "a string": (b'"items"', InternalError),
    "a number": (b"12", InternalError),
    "a list": (b"[]", InternalError),
    "nothing": (b"", InternalError),
    "white space": (b" \r\n\t ", InternalError),
    "two documents": (b'{"items":[]}{"items":[]}', InternalError),
    "a byte order mark": (b'\xef\xbb\xbf{"items":[]}', InternalError),
    "UTF-16": ('{"items":[]}'.encode("utf-16"), InternalError),
    "still packed": (b"\x1f\x8b\x08\x00", InternalError),
    "cut in the items": (b'{"items":[{"taskId":"a"},', InternalError),
    "cut in a string": (b'{"items":[{"taskId":"a', InternalError),
    "cut in an escape": (b'{"items":[{"taskId":"\\u00', InternalError),
    "cut in a number": (b'{"items":[{"estimateMinutes":1', InternalError),
    "single quotes": (b"{'items':[]}", InternalError),
    "a trailing comma": (b'{"items":[],}', InternalError),
    "a comment": (b'{"items":[]/* none */}', InternalError),
    "no items": (b"{}", InternalError),
    "items of null": (page(b"null"), InternalError),
    "items of text": (page(b'"[]"'), InternalError),
    "items of an object": (page(b'{"0":{}}'), InternalError),
    "items of numbers": (page(b"[1]"), InternalError),
    "items of lists": (page(b"[[]]"), InternalError),
    "items of nulls": (page(b"[null]"), InternalError),
    "pagination of text": (page(b"[]", b'"1"'), InternalError),
    "pagination of a list": (page(b"[]", b"[1]"), InternalError),
    "pagination of null": (page(b"[]", b"null"), InternalError),
    "pages without end": (page(b"[]", b'{"pageCount":999999999999}'), InternalError),
    "pages beyond 64 bits": (page(b"[]", b'{"pageCount":99999999999999999999999999}'), InternalError),
    "just too many pages": (page(b"[]", b'{"pageCount":100001}'), InternalError),
    "fewer than no pages": (page(b"[]", b'{"pageCount":-1}'), InternalError),
    "half a page": (page(b"[]", b'{"pageCount":1.5}'), InternalError),
    "pages as text": (page(b"[]", b'{"pageCount":"2"}'), InternalError),
    "pages as a switch": (page(b"[]", b'{"pageCount":true}'), InternalError),
    "pages of null": (page(b"[]", b'{"pageCount":null}'), InternalError),
    "pages of 10,000 digits": (page(b"[]", b'{"pageCount":' + LONG + b"}"), InternalError),
    "pages of 1e400": (page(b"[]", b'{"pageCount":1e400}'), InternalError),
    "fewer than no rows": (page(b"[]", b'{"itemCount":-1}'), InternalError),
    "rows as text": (page(b"[]", b'{"itemCount":"1"}'), InternalError),
    "half a row": (page(b"[]", b'{"itemCount":0.5}'), InternalError),
    "rows beyond bounds": (page(b"[]", b'{"itemCount":999999999999999999}'), InternalError),
    "100,000 brackets for an object": (page(b"[" * DEEP + b"]" * DEEP), InternalError),
    "100,000 brackets in a field": (task(b'"new":' + b"[" * DEEP + b"]" * DEEP), InternalError),
    "100,000 brackets beside": (b'{"x":' + b"[" * DEEP + b"]" * DEEP + b',"items":[]}', InternalError),
    "100,000 braces": (b'{"items":' * DEEP + b"1" + b"}" * DEEP, InternalError),
    "100,000 brackets left open": (b"[" * DEEP, InternalError),
    "a NUL in a string": (task(b'"name":"x\x00y"'), InternalError),
    "a NUL between": (b'{"items":\x00[]}', InternalError),
    "a line end in a string": (task(b'"name":"x\ny"'), InternalError),
    "invalid UTF-8": (task(b'"name":"\xff"'), InternalError),
    "overlong UTF-8": (task(b'"name":"\xc0\xaf"'), InternalError),
    "half of UTF-8": (task(b'"name":"\xe2\x82"'), InternalError),
    "a surrogate in UTF-8": (task(b'"name":"\xed\xa0\x80"'), InternalError),
    "half a surrogate pair": (task(b'"name":"\\ud800"'), InternalError),
    "a broken escape": (task(b'"name":"\\x41"'), InternalError),
    "a name that is a number": (task(b'"name":1'), InternalError),
    "a name that is a list": (task(b'"name":["x"]'), InternalError),
    "a name that is an object": (task(b'"name":{"x":1}'), InternalError),
    "a name that is true": (task(b'"name":true'), InternalError),
    "a rate that is a number": (task(b'"rate":5'), InternalError),
    "a rate that is a list": (task(b'"rate":[5]'), InternalError),
    "money that is true": (rate(b"true"), InternalError),
    "money that is a list": (rate(b"[1]"), InternalError),
    "money that is a word": (rate(b'"dear"'), InternalError),
    "money with a comma": (rate(b'"1,5"'), InternalError),
    "money of 10,000 digits": (rate(LONG), DataError),
    "money of 10,000 decimals": (rate(b"1." + LONG), DataError),
    "money with decimals that 28 digits would hide": (rate(b"1.9999" + b"0" * 40 + b"1"), DataError),
    "money of 1e400": (rate(b"1e400"), DataError),
    "money of 1e999999999": (rate(b"1e999999999"), DataError),
    "money with an exponent beyond everything": (rate(b"1e99999999999999999999"), InternalError),
    "money of 1e-400": (rate(b"1e-400"), DataError),
    "money of NaN": (rate(b"NaN"), InternalError),
    "money of NaN as text": (rate(b'"NaN"'), DataError),
    "money of a signalling NaN": (rate(b'"sNaN"'), DataError),
    "money of Infinity": (rate(b"-Infinity"), InternalError),
    "money of Infinity as text": (rate(b'"Infinity"'), DataError),
    "money of a hexadecimal": (rate(b"0x10"), InternalError),
    "money with a leading zero": (rate(b"01"), InternalError),
    "money of a lone minus": (rate(b"-"), InternalError),
    "minutes of 10,000 digits": (task(b'"estimateMinutes":' + LONG), InternalError),
    "minutes of 1e400": (task(b'"estimateMinutes":1e400'), InternalError),
    "minutes with a half": (task(b'"estimateMinutes":1.5'), InternalError),
    "minutes as text": (task(b'"estimateMinutes":"5"'), InternalError),
    "minutes beyond 64 bits": (task(b'"estimateMinutes":99999999999999999999'), DataError),
}

#: Envelopes whose count of the rows is denied by the rest of the answer, or is no count.
COUNTS = {
    "none": b'{"pageCount":1}',
    "null": b'{"pageCount":1,"itemCount":null}',
    "negative": b'{"pageCount":1,"itemCount":-5}',
    "a fraction": b'{"pageCount":1,"itemCount":1.5}',
    "text": b'{"pageCount":1,"itemCount":"7"}',
    "a switch": b'{"pageCount":1,"itemCount":true}',
    "fewer than there are": b'{"pageCount":1,"itemCount":0}',
    "more than the pages hold": b'{"pageCount":1,"itemCount":12345}',
    "more than anybody has": b'{"pageCount":999999999999999999,"itemCount":999999999999999999}',
    "beyond 64 bits": b'{"pageCount":1,"itemCount":99999999999999999999999999}',
}


@pytest.mark.parametrize(("body", "kind"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_list_of_tasks_is_one_clear_error(
    hostile: Any, refused: Callable[..., Any], body: bytes, kind: type[xerosql.Error]
) -> None:
    """InternalError where it is not what Xero documents, DataError where a value does not fit; and one call is made."""
    connection = hostile.connect(body, f"{hostile.project}/Tasks")
    refused(connection, kind, TASKS, [hostile.project])
    assert len([path for _, path in hostile.asked if "/Tasks" in path]) == 1


@pytest.mark.parametrize("pagination", COUNTS.values(), ids=COUNTS)
def test_a_count_that_cannot_be_is_not_believed(hostile: Any, refused: Callable[..., Any], pagination: bytes) -> None:
    """`count(*)` is answered from `itemCount`, and only where the rest of the answer allows it."""
    body = page(b'[{"taskId":"a"}]', pagination)
    refused(hostile.connect(body, f"{hostile.project}/Tasks"), InternalError, COUNT, [hostile.project])


def test_a_count_that_its_pages_confirm_is_the_answer(hostile: Any) -> None:
    """As many pages as rows were asked for, or whatever size Xero chose instead."""
    for pagination, items in ((b'{"pageCount":7,"itemCount":7}', b"[{}]"), (b'{"itemCount":3}', b"[{},{},{}]")):
        connection = hostile.connect(page(items, pagination), f"{hostile.project}/Tasks")
        ((count,),) = connection.execute(COUNT, [hostile.project]).fetchall()
        assert count == (7 if b"7" in pagination else 3)


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        (b'"taskId":"b","name":"1","name":"2"', ("b", "2", None)),  # of a field that is there twice the last counts
        (b'"name":"x\\u0000y"', ("a", "x\0y", None)),
        (b'"name":"\\u202e\\u001b[31m"', ("a", "\u202e\x1b[31m", None)),
        (b'"rate":{"value":-0.0}', ("a", None, Decimal(0))),
        (b'"rate":{"value":1.50000000000000000000000000000000000000000}', ("a", None, Decimal("1.5"))),
        (b'"rate":{"value":15e-1}', ("a", None, Decimal("1.5"))),
        (b'"rate":{"value":99999999999999.9999}', ("a", None, Decimal("99999999999999.9999"))),
        (b'"rate":{"value":null},"colour":{"deep":[{}]}', ("a", None, None)),
    ],
)
def test_odd_but_readable_rows_are_read_as_they_are(hostile: Any, fields: bytes, row: tuple[object, ...]) -> None:
    """Nothing of them is lost, rounded or taken for something else."""
    body = page(b'[{"projectId":"' + hostile.project.encode() + b'","taskId":"a",' + fields + b"}]")
    connection = hostile.connect(body, f"{hostile.project}/Tasks")
    found = connection.execute("SELECT TaskId, Name, RateValue FROM Tasks WHERE ProjectId = ?", [hostile.project])
    assert found.fetchall() == [row]


def test_money_does_not_depend_on_the_programs_own_decimal_context(hostile: Any) -> None:
    """A program that calculates with six digits reads and writes all of an amount."""
    import decimal

    body = page(b'[{"projectId":"' + hostile.project.encode() + b'","rate":{"value":1234567.8901}}]')
    with decimal.localcontext(decimal.Context(prec=6)):
        connection = hostile.connect(body, f"{hostile.project}/Tasks")
        sql = "SELECT RateValue FROM Tasks WHERE ProjectId = ?"
        assert connection.execute(sql, [hostile.project]).fetchall() == [(Decimal("1234567.8901"),)]
        plain = hostile.connect(b"", "nowhere")
        plain.execute(
            "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'exact', 1234567.8901, 'TIME')",
            [hostile.project],
        )
        made = plain.execute("SELECT RateValue FROM Tasks WHERE ProjectId = ? AND Name = 'exact'", [hostile.project])
        assert made.fetchall() == [(Decimal("1234567.8901"),)]


UNREADABLE_OBJECTS = {
    "deep": b'{"taskId":"%s","x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "NaN": b'{"taskId":"%s","x":NaN}',
    "a number that Python does not read": b'{"taskId":"%s","x":' + LONG + b"}",
    "an id that is none": b'{"taskId":"../../%s"}',
    "no id": b"{}",
    "a list": b"[]",
    "nothing": b"",
}


@pytest.mark.parametrize("text", UNREADABLE_OBJECTS.values(), ids=UNREADABLE_OBJECTS)
@pytest.mark.parametrize("sql", ["UPDATE Tasks SET Name = 'n' WHERE Id = ?", "DELETE FROM Tasks WHERE Id = ?"])
def test_nothing_is_written_over_an_object_that_cannot_be_read(hostile: Any, text: bytes, sql: str) -> None:
    """A PUT would send it back whole; so the write is InternalError, or finds no such row, and sends nothing."""
    project, task_id = hostile.task["projectId"], hostile.task["taskId"]
    body = text.replace(b"%s", task_id.encode())
    connection = hostile.connect(body, f"/Tasks/{task_id}")
    try:
        assert connection.execute(sql, [f"{project}/{task_id}"]).rowcount == 0
    except xerosql.Error as error:
        assert type(error) is InternalError, repr(error)  # noqa: PT017 - either outcome is right
    assert {method for method, _ in hostile.asked} == {"GET"}


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"null", b"[" * DEEP, b'{"taskId":NaN}', b'"x"', b"\xff"])
def test_a_row_whose_creation_is_answered_with_nonsense_is_told_as_unknown(hostile: Any, body: bytes) -> None:
    """It was very likely created, so UnknownOutcomeError says to look before it is repeated."""
    connection = hostile.connect(body, "/Tasks", 201, method="POST")
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'n', 1, 'TIME')"
    with pytest.raises(xerosql.UnknownOutcomeError, match="look for it before you repeat it"):
        connection.execute(sql, [hostile.project])
