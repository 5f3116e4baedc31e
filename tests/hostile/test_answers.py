"""Ids, dates, headers, redirects, error pages and lists of organisations, as nobody but an attacker would send them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

import xerosql
from xerosql import AuthenticationError, DataError, InternalError, OperationalError, RateLimitError

#: What could leave its place in a path, a query, a header or a line of a log.
IDS = [
    "../../connections",
    "..",
    ".",
    "a/b",
    "a\\b",
    "%2e%2e%2fconnections",
    "%252e%252e",
    "a?page=2",
    "a#b",
    "a&states=CLOSED",
    "a;b",
    "a b",
    "a\r\nX-Evil: 1",
    "a\nb",
    "a\0b",
    "a'b",
    'a"b',
    "' OR 1=1 --",
    '"); DROP TABLE t; --',
    "@evil.example",
    "//evil.example/x",
    "https://evil.example/",
    "{projectId}",
    "{0.__class__}",
    "",
    " ",
    "x" * 100_000,
    "\u2028",
    "ａ",
    "\U0001f600",
    "00000000-0000-4000-8000-00000000000",
    "00000000-0000-4000-8000-0000000000000/..",
    "{00000000-0000-4000-8000-000000000000}",
    "urn:uuid:00000000-0000-4000-8000-000000000000",
]
#: All that a read of tasks may ask for.
ALLOWED = re.compile(r"/(connections|projects\.xro/2\.0/Projects(/[0-9a-f-]{36}/Tasks)?)")


def projects(*ids: str) -> bytes:
    items = [{"projectId": each, "name": "n", "status": "INPROGRESS", "minutesLogged": 1} for each in ids]
    return json.dumps({"pagination": {"pageCount": 1, "itemCount": len(ids)}, "items": items}).encode()


@pytest.mark.parametrize("wicked", IDS, ids=lambda wicked: ascii(wicked)[:40])
def test_an_id_from_an_answer_cannot_lead_the_next_request_elsewhere(hostile: Any, wicked: str) -> None:
    """Only UUIDs become parts of paths: the read is InternalError, or has no rows, and nothing else was asked."""
    for sql in (
        "SELECT * FROM Tasks",
        "SELECT t.Name FROM Projects p JOIN Tasks t USING (ProjectId)",
        "SELECT Name FROM Tasks WHERE ProjectId IN (SELECT ProjectId FROM Projects WHERE Name = 'n')",
        "DELETE FROM Tasks WHERE ProjectId IN (SELECT ProjectId FROM Projects WHERE Name = 'n')",
    ):
        connection = hostile.connect(projects(wicked), "/Projects?")
        try:
            assert connection.execute(sql).rowcount in (-1, 0)
            connection.close()
        except xerosql.Error as error:
            assert (type(error), "is no id" in str(error)) == (InternalError, True)  # noqa: PT017 - either is right
    assert {method for method, _ in hostile.asked} == {"GET"}
    assert all(ALLOWED.fullmatch(urlsplit(url).path) for _, url in hostile.asked)


@pytest.mark.parametrize("wicked", IDS, ids=lambda wicked: ascii(wicked)[:40])
def test_an_id_of_a_row_cannot_lead_its_write_elsewhere(hostile: Any, wicked: str) -> None:
    """Nor does the id in the object count when it is not the one that was asked for."""
    project = hostile.project
    row = {"projectId": project, "taskId": wicked, "name": "n", "status": "ACTIVE"}
    body = json.dumps({"pagination": {"pageCount": 1}, "items": [row]}).encode()
    for sql in (
        "DELETE FROM Tasks WHERE ProjectId = ? AND Name = 'n'",
        "UPDATE Tasks SET Name = 'm' WHERE ProjectId = ?",
    ):
        with pytest.raises(InternalError, match="is no id"):
            hostile.connect(body, f"{project}/Tasks?").execute(sql, [project])
    assert {method for method, _ in hostile.asked} == {"GET"}


DATES = ["", "soon", "0000-00-00", "2026-02-30", "2026-13-01T00:00:00Z", "1e9", "T", "\0"]


@pytest.mark.parametrize("date", DATES)
def test_a_date_that_is_none_is_a_data_error(hostile: Any, refused: Callable[..., Any], date: str) -> None:
    """It is neither NULL nor another day."""
    entry = {"projectId": hostile.project, "timeEntryId": "x", "dateUtc": date, "dateEnteredUtc": date}
    body = json.dumps({"pagination": {"pageCount": 1}, "items": [entry]}).encode()
    sql = "SELECT Date, DateEntered FROM Time WHERE ProjectId = ?"
    connection = hostile.connect(body, f"{hostile.project}/Time")
    refused(connection, DataError, sql, [hostile.project])


@pytest.mark.parametrize("date", ["99999-01-01", "10000-01-01"])
def test_a_year_that_pythons_dates_do_not_reach_comes_as_text(hostile: Any, date: str) -> None:
    """The engine knows such days, so the row is right; what cannot be a `date` is not made one."""
    entry = {"projectId": hostile.project, "timeEntryId": "x", "dateUtc": date}
    body = json.dumps({"pagination": {"pageCount": 1}, "items": [entry]}).encode()
    connection = hostile.connect(body, f"{hostile.project}/Time")
    found = connection.execute("SELECT Date FROM Time WHERE ProjectId = ?", [hostile.project])
    assert found.fetchall() == [(date,)]


# -- Statuses and headers --------------------------------------------------------------------------------------------

NAMES = "SELECT Name FROM Users"
ELSEWHERE = {"Location": "http://evil.example/", "Set-Cookie": "a=b; Path=/"}


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_leads_nowhere(hostile: Any, refused: Callable[..., Any], status: int) -> None:
    """The one request stays the only one; `tests/api/test_transport.py` has the same over the network."""
    connection = hostile.connect(b"", "/ProjectsUsers", status, ELSEWHERE)
    assert str(status) in str(refused(connection, InternalError, NAMES))
    assert len([url for _, url in hostile.asked if "evil" in url or "ProjectsUsers" in url]) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, DataError),
        (401, AuthenticationError),
        (402, InternalError),
        (403, AuthenticationError),
        (406, InternalError),
        (413, DataError),
        (418, InternalError),
        (451, InternalError),
        (500, OperationalError),
        (501, OperationalError),
        (503, OperationalError),
        (599, OperationalError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"<html>s3cret of the proxy</html>" * 1000,
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b'{"Detail":{"s3cret":1},"Type":[1],"Elements":5,"modelState":7}',
        b'{"Elements":[{"ValidationErrors":[{"Message":"a\\r\\nFAKE LOG LINE \\u001b[2J\\u0000b"}]}]}',
        b'{"modelState":{"model.a\\nb":["x\\u2028y"],"":[null],"z":{"deep":1}}}',
    ],
    ids=["HTML", "deep", "no text", "wrong types", "control characters", "control characters in names"],
)
def test_an_error_page_is_an_error_in_one_line(
    hostile: Any, refused: Callable[..., Any], impatient: Any, status: int, kind: type[xerosql.Error], body: bytes
) -> None:
    """The class follows from the status; of the body only Xero's sentences are quoted, and they cannot end a line."""
    refused(hostile.connect(body, "/ProjectsUsers", status, {"Content-Type": "text/html"}), kind, NAMES)


@pytest.mark.parametrize(
    "value",
    [
        "315360000",
        "9" * 400,
        "9" * 5000,
        "1e400",
        "inf",
        "nan",
        "-5",
        "",
        "soon",
        "\u0663",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Wed, 21 Oct 2015 07:28:00 +9999",
        "Wed, 21 Oct 2015 07:28:00 -99999999999",
    ],
    ids=lambda value: ascii(value)[:30],
)
@pytest.mark.parametrize("problem", ["day", "minute", "", "\u0663", "x" * 1000])
def test_a_retry_after_of_years_is_not_waited_for(hostile: Any, impatient: Any, value: str, problem: str) -> None:
    """At most two minutes are, several times; more is RateLimitError, with a reset that is a day away at most."""
    import datetime as dt

    headers = {"Retry-After": value, "X-Rate-Limit-Problem": problem}
    connection = hostile.connect(b"", "/ProjectsUsers", 429, headers, max_wait=1)
    with pytest.raises(RateLimitError) as caught:
        connection.execute(NAMES).fetchall()
    reset = caught.value.reset_at
    assert reset is None or reset <= dt.datetime.now(dt.UTC) + dt.timedelta(days=1, minutes=5)
    assert all(seconds <= 120 for seconds in impatient.slept)


@pytest.mark.parametrize("name", ["X-MinLimit-Remaining", "X-DayLimit-Remaining", "X-AppMinLimit-Remaining"])
@pytest.mark.parametrize("value", ["9" * 5000, "-1", "1.5", "x", "", "\u0663", "nan", "0x1", "1_000"])
def test_a_limit_that_is_no_number_is_passed_over(hostile: Any, name: str, value: str) -> None:
    """Neither the statement nor the table of the limits minds."""
    body = b'{"pagination":{"pageCount":1},"items":[{"name":"Ann"}]}'
    connection = hostile.connect(body, "/ProjectsUsers", 200, {name: value})
    assert connection.execute(NAMES).fetchall() == [("Ann",)]
    assert len(connection.execute("SELECT * FROM sys.limits").fetchall()) == 1


def test_odd_headers_reach_no_message_and_no_log(hostile: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Cookies, and correlation ids that end a line."""
    odd = {"Xero-Correlation-Id": "a\r\nFAKE", "Set-Cookie": "s3cret=1", "X-\u0663": "s3cret", "Server": "\x1b[2J"}
    with caplog.at_level(logging.DEBUG), pytest.raises(DataError) as caught:
        hostile.connect(b"", "/ProjectsUsers", 400, odd).execute(NAMES).fetchall()
    told = f"{caught.value} {caplog.text}"
    assert "s3cret" not in told
    assert "FAKE" not in told
    assert "\x1b" not in told


# -- Organisations ---------------------------------------------------------------------------------------------------


def connections(*entries: Any) -> bytes:
    return json.dumps(entries).encode()


MANY = connections(*({"id": "c", "tenantId": f"t{number}", "tenantName": "n" * 50} for number in range(100_000)))
TENANTS = {
    "100,000 of them": (MANY, AuthenticationError),
    "none": (b"[]", AuthenticationError),
    "HTML": (b"<html>", InternalError),
    "an object": (b'{"id":1}', InternalError),
    "null": (b"null", InternalError),
    "deep": (b"[" * 100_000, InternalError),
    "numbers": (b"[1, 2]", InternalError),
    "without an id": (connections({"tenantName": "x"}), InternalError),
    "invalid UTF-8": (b'[{"tenantId":"\xff"}]', InternalError),
    "nothing": (b"", InternalError),
}


@pytest.mark.parametrize(("body", "kind"), TENANTS.values(), ids=TENANTS)
def test_a_list_of_organisations_that_makes_no_sense_is_one_error(
    hostile: Any, refused: Callable[..., Any], body: bytes, kind: type[xerosql.Error]
) -> None:
    """When the organisation is to be found by its name; a long list is not told in full."""
    refused(hostile.connect(body, "/connections", tenant="Home"), kind, NAMES)


@pytest.mark.parametrize("wicked", ["t\r\nX-Evil: 1", "t\x1b[2J", "\u0663", "x" * 100_000, "a\nb"])
def test_a_tenant_id_from_an_answer_is_no_way_into_the_headers(
    hostile: Any, refused: Callable[..., Any], wicked: str
) -> None:
    """It becomes Xero-Tenant-Id, so one that is no id is refused before anything is sent with it."""
    body = connections({"id": "c", "tenantId": wicked, "tenantName": "Home"})
    refused(hostile.connect(body, "/connections", tenant="Home"), InternalError, NAMES)
    assert [urlsplit(url).path for _, url in hostile.asked] == ["/connections"]
