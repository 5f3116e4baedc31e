"""What holds for any text: parsers read it or raise one of our errors, and a value is never more than a value."""

from __future__ import annotations

import datetime as dt
import json
import re
import string
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import xerosql
from xerosql.api.limits import TenantLimits
from xerosql.api.refusal import refusal_of, retry_after
from xerosql.api.request import Headers, Response, path_of
from xerosql.catalog.model import DATE, INT, MONEY, PAIR, TIMESTAMP, UUID, Column
from xerosql.execute.decode import UNITS, units
from xerosql.payload.coerce import coerced, wire
from xerosql.plan.explain_options import read_explain
from xerosql.plan.known import day_of, well_formed
from xerosql.simulator import Simulator

FEW = settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
DAY = 24 * 60 * 60
#: Any text, and texts made of what dates, numbers, ids and SQL are made of.
TEXTS = (
    st.text(max_size=60)
    | st.text(string.digits + "-+.:TZ eE", max_size=40)
    | st.text(string.hexdigits + "-/{}%.", max_size=80)
    | st.text("SETRalxcu_0'\"();=,.-/* \n\\$?:%", max_size=60)
)
VALUES = (
    TEXTS
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.booleans()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(dt.UTC))
    | st.times()
    | st.timedeltas()
    | st.binary(max_size=20)
    | st.uuids()
    | st.none()
    | st.lists(st.text(max_size=5), max_size=3)
)


def column(kind: Any) -> Column:
    return Column("It", kind, "it", "A column.")


# -- Values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [DATE, TIMESTAMP, INT, MONEY, UUID, PAIR], ids=lambda kind: kind.sql)
@FEW
@given(value=VALUES)
@example("0000-01-01")
@example("9999-12-31T23:59:59-23:59")
@example("1e999999999")
@example(Decimal("1e-999999"))
@example("9" * 5000)
@example(f"{'0' * 8}-0000-4000-8000-{'0' * 12}/..")
def test_a_value_becomes_its_columns_type_or_is_a_data_error(kind: Any, value: Any) -> None:
    """And what it has become can be written as JSON, and becomes itself again."""
    try:
        fitting = coerced(column(kind), value, "row 1")
    except xerosql.DataError as error:
        assert "It takes" in str(error)  # noqa: PT017 - either outcome is right
        return
    assert coerced(column(kind), fitting, "row 1") == fitting
    assert "\n" not in json.dumps(wire(fitting), default=str)


@FEW
@given(TEXTS)
def test_a_day_that_is_pushed_to_xero_is_a_day(text: str) -> None:
    """A text that is none is compared by the engine and not sent."""
    day = day_of(text)
    assert day is None or day.isoformat() == text.strip() or dt.date.fromisoformat(text.strip()) == day


@FEW
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**13), max_value=10**13))
def test_an_amount_that_has_four_decimals_is_exact(amount: Decimal) -> None:
    """Through the units in which it travels, and through what is written."""
    (whole,) = units(column(MONEY), [amount])
    assert whole is not None
    assert Decimal(whole) / UNITS == amount
    assert Decimal(str(wire(coerced(column(MONEY), amount, "row 1")))) == amount


@FEW
@given(st.decimals() | st.decimals(allow_nan=False, places=5))
def test_an_amount_is_exact_or_an_error_and_never_rounded(amount: Decimal) -> None:
    """Whatever its length, NaN and infinities included."""
    try:
        (whole,) = units(column(MONEY), [amount])
    except xerosql.DataError:
        return
    assert whole is not None
    assert Fraction(whole, 10_000) == Fraction(amount)


# -- Ids -------------------------------------------------------------------------------------------------------------


@FEW
@given(TEXTS)
@example("../../connections")
@example("a\r\nb?c#d%2f\\e;f")
def test_an_id_stays_in_its_segment_of_a_path(text: str) -> None:
    """It comes out of the path as it went in, and adds nothing to it."""
    try:
        path = path_of("/Projects/{ProjectId}/Tasks", ProjectId=text)
    except ValueError:
        assert text in ("", ".", "..") or any("\ud800" <= each <= "\udfff" for each in text)
        return
    first, head, segment, tail = path.split("/")
    assert (first, head, unquote(segment), tail) == ("", "Projects", text, "Tasks")
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]+", segment)
    assert urlsplit(path).path == path


@FEW
@given(TEXTS | st.uuids().map(str) | st.uuids().map(lambda each: f"{{{each}}}") | st.uuids().map(lambda each: each.hex))
def test_only_the_canonical_form_of_an_id_is_one(text: str) -> None:
    """36 characters of hexadecimal digits and dashes; no other spelling that UUID libraries accept."""
    assert well_formed(text, 1) == bool(re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text))


# -- Headers ---------------------------------------------------------------------------------------------------------


@FEW
@given(TEXTS | st.datetimes().map(lambda each: each.strftime("%a, %d %b %Y %H:%M:%S GMT")) | st.integers().map(str))
@example("9" * 5000)
@example("Fri, 31 Dec 9999 23:59:59 -9999")
@example("Mon, 01 Jan 0001 00:00:00 +2359")
def test_a_retry_after_is_a_time_of_at_most_a_day_or_nothing(text: str) -> None:
    """Seconds, never negative, whatever the header says."""
    seconds = retry_after(text, NOW)
    assert seconds is None or 0 <= seconds <= DAY


@FEW
@given(st.integers(0, 10**9))
def test_a_retry_after_says_the_same_in_both_of_its_forms(seconds: int) -> None:
    """As a count and as a date."""
    date = NOW + dt.timedelta(seconds=seconds)
    assert retry_after(str(seconds), NOW) == retry_after(f"{date:%a, %d %b %Y %H:%M:%S} GMT", NOW) == min(seconds, DAY)


@FEW
@given(st.sampled_from([200, 429, 503]), TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_headers_about_limits_are_numbers_or_nothing(
    status: int, retry: str, problem: str, minute: str, day: str, app: str
) -> None:
    """No header raises, and what is left of a quota is never negative nor more than there is."""
    fields = {
        "Retry-After": retry,
        "X-Rate-Limit-Problem": problem,
        "X-MinLimit-Remaining": minute,
        "X-DayLimit-Remaining": day,
        "X-AppMinLimit-Remaining": app,
    }
    limits = TenantLimits()
    started = limits.start(0.0)
    limits.learn(Headers(fields), started, 1.0)
    refusal = refusal_of(Response(status, Headers(fields)), NOW)
    if refusal is not None:
        limits.refused(refusal, 1.0)
    limits.end(started, 1.0)
    now = limits.snapshot("t", 1.0, NOW)
    assert 0 <= now.minute_remaining <= 60
    assert now.day_remaining is None or now.day_remaining >= 0
    assert now.reset_at is None or now.reset_at <= NOW + dt.timedelta(days=1)
    assert limits.wait(2.0) <= DAY


# -- Statements ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo") as connection:
        yield connection


@FEW
@given(st.sampled_from(["", "EXPLAIN ", "EXPLAIN (", "explain/**/analyze ", "--x\nEXPLAIN (FORMAT "]), TEXTS)
def test_explain_is_read_or_refused(beginning: str, text: str) -> None:
    """Whatever follows the word; what is to be explained is the end of the statement."""
    try:
        explained = read_explain(beginning + text)
    except (xerosql.ProgrammingError, xerosql.NotSupportedError):
        return
    assert explained is None or (explained.statement.strip() and (beginning + text).endswith(explained.statement))


@FEW
@given(
    st.sampled_from(["SET ", "SET max_calls = ", "SET day_reserve TO ", "SET max_age = ", "RESET ", "SHOW ", "CALL "]),
    TEXTS,
)
def test_a_command_changes_a_setting_to_what_it_takes_or_nothing(
    demo: xerosql.Connection, beginning: str, text: str
) -> None:
    """Any text behind SET, RESET, SHOW and CALL works or is one PEP 249 error."""
    try:
        demo.execute(beginning + text)
    except xerosql.Error:
        pass
    finally:
        reserve, age, calls, rows = (row[1] for row in demo.execute("SHOW ALL"))
        demo.execute("RESET ALL")
    assert 0 <= float(reserve) <= 1
    assert 0 <= float(age) <= 30 * 24 * 3600
    assert all(value is None or 0 <= int(value) < 2**31 for value in (calls, rows))


@FEW
@given(st.sampled_from(["", "SELECT ", "SELECT * FROM ", "SELECT * FROM Users WHERE ", "WITH ", "EXPLAIN "]), TEXTS)
def test_any_text_is_a_statement_or_one_error(demo: xerosql.Connection, beginning: str, text: str) -> None:
    """Nothing but PEP 249 errors come of it."""
    try:
        demo.execute(beginning + text)
    except xerosql.InternalError:
        raise  # would be a bug of ours
    except xerosql.Error:
        return


# -- Parameters ------------------------------------------------------------------------------------------------------

ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PATHS = re.compile(rf"/projects\.xro/2\.0/(Projects(/{ID}(/(Tasks|Time)(/{ID})?)?)?|ProjectsUsers)")
#: Statements by what they read, with their one parameter.
READS = (
    "SELECT count(*) FROM Users WHERE Name = ?",
    "SELECT Name FROM Projects WHERE Status = ?",
    "SELECT Name FROM Projects WHERE ContactId = ?",
    "SELECT Name FROM Projects WHERE ProjectId = ?",
    "SELECT Name FROM Projects WHERE Name LIKE ?",
    "SELECT Name FROM Tasks WHERE Id = ?",
    "SELECT Name FROM Tasks WHERE ProjectId = '{project}' AND Status = ?",
    "SELECT Name FROM Tasks WHERE ProjectId = '{project}' AND TaskId = ?",
    "SELECT Description FROM Time WHERE ProjectId = '{project}' AND Date >= ?",
    "SELECT Description FROM Time WHERE ProjectId = '{project}' AND UserId = ?",
)


class Books:
    """An organisation, what has been asked of it, and a statement's requests."""

    def __init__(self) -> None:
        self.sim = Simulator(limits=False)
        self.tenant = self.sim.tenants[2][0]
        self.project = self.sim.rows(self.tenant)["projects"][0]["projectId"]
        self.asked: list[tuple[str, str, bytes]] = []
        self.connection = xerosql.connect(
            handler=self.handle, access_token="x", tenant=self.tenant, calls_per_minute=10**6
        )

    def handle(self, method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        assert headers.get("Xero-Tenant-Id", self.tenant) == self.tenant
        self.asked.append((method, url, body))
        return self.sim.handle(method, url, headers, body)

    def requests(self, sql: str, value: object) -> list[tuple[str, str, bytes]]:
        self.asked.clear()
        try:
            self.connection.execute(sql.replace("{project}", self.project), [value]).fetchall()
        except xerosql.InternalError:
            raise
        except xerosql.Error:
            pass
        return list(self.asked)


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    books = Books()
    yield books
    books.connection.close()


@pytest.mark.parametrize("sql", READS, ids=lambda sql: sql[7:50])
@FEW
@given(value=VALUES)
@example("x&states=CLOSED")
@example("INPROGRESS,CLOSED")
@example("' OR 1=1 --")
@example("x\r\nX-Evil: 1")
def test_no_parameter_changes_the_requests_but_as_a_bound_value(books: Books, sql: str, value: object) -> None:
    """At most one call, a GET of a path that the table has, whose query has only values of ours or the parameter."""
    requests = books.requests(sql, value)
    assert len(requests) <= 1
    for method, url, body in requests:
        parts = urlsplit(url)
        assert (method, body, parts.fragment) == ("GET", b"", "")
        assert PATHS.fullmatch(parts.path)
        for name, given_value in parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True):
            assert name in {
                "page",
                "pageSize",
                "states",
                "contactID",
                "projectIds",
                "userId",
                "dateAfterUtc",
                "ids",
            } | {
                "dateBeforeUtc",
                "chargeType",
                "taskIds",
                "taskId",
            }
            bound = given_value.lower() == str(value).lower() or given_value.startswith(str(value).strip()[:10])
            assert bound or re.fullmatch(r"\d+|[A-Z]+(,[A-Z]+)*|\d{4}-\d\d-\d\d\S*", given_value), url


@FEW
@given(name=st.text(min_size=1, max_size=80).filter(str.strip))
@example('x","status":"INVOICED","x":"')
@example("x\0\r\n\u2028\\")
def test_a_written_value_is_one_value_of_the_body(books: Books, name: str) -> None:
    """However it is spelt, the body has the fields it always has, and the name is the one that was given."""
    sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES ('{project}', ?, 1, 'TIME')"
    posts = [(url, body) for method, url, body in books.requests(sql, name) if method == "POST"]
    assert len(posts) <= 1
    for url, body in posts:
        assert urlsplit(url).path == f"/projects.xro/2.0/Projects/{books.project}/Tasks"
        document = json.loads(body)
        assert document["name"] == name
        assert set(document) <= {"name", "rate", "chargeType", "estimateMinutes"}
