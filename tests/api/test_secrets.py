"""No secret of a run shows up in its logs, errors, traces, reprs or statistics."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

import xerosql
from xerosql.api.clock import SystemClock
from xerosql.simulator import ConnectionReset, Simulator, Truncated

WORD = "s3cret"  # every secret of these runs holds it
BASIC = b64encode(f"my-app:{WORD}-client".encode()).decode()
PROXY = b64encode(f"user:{WORD}-proxy".encode()).decode()
SECRETS = (WORD, BASIC, PROXY)
INSERT = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, 1, 'TIME')"


class Xero:
    """A simulator behind a proxy, which hands out tokens and answers what a test puts before it."""

    def __init__(self) -> None:
        self.sim = Simulator(limits=False)
        self.tenant = self.sim.tenants[0][0]
        self.project = self.sim.rows(self.tenant)["projects"][0]["projectId"]
        self.next: list[bytes] = []
        self.issued = 0
        self.sent: list[str] = []

    def answer(self, method: str, url: str, headers: dict[str, str], body: bytes) -> bytes:
        self.sent += [*headers.values(), body.decode()]
        if "/connect/token" in url:
            self.issued += 1
            tokens = {"access_token": f"{WORD}-access-{self.issued}", "refresh_token": f"{WORD}-refresh-{self.issued}"}
            return raw(200, {}, json.dumps({**tokens, "expires_in": 1800}).encode())
        if self.next:
            return self.next.pop(0)
        try:
            return raw(*self.sim.handle(method, url, headers, body))
        except (ConnectionReset, Truncated):
            return b""


class Impatient(SystemClock):
    """The machine's clock, without the pauses between attempts."""

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        pass


def raw(status: int, headers: Any, body: bytes) -> bytes:
    fields = {**headers, "Content-Length": str(len(body))}
    return (
        f"HTTP/1.1 {status} X\r\n".encode()
        + "".join(f"{n}: {v}\r\n" for n, v in fields.items()).encode()
        + b"\r\n"
        + body
    )


@pytest.fixture
def xero(loopback: Any) -> Xero:
    xero = Xero()
    loopback.answer = xero.answer
    return xero


@pytest.fixture
def connection(xero: Xero, loopback: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[xerosql.Connection]:
    monkeypatch.setattr("xerosql.api.client.SystemClock", Impatient)
    options = {
        "base_url": f"http://{loopback.url.rpartition(':')[2]}.api.invalid",  # its limits are no other test's
        "calls_per_minute": 1_000_000,
        "identity_url": "http://identity.invalid",
        "proxies": {"http": f"http://user:{WORD}-proxy@{loopback.url.removeprefix('http://')}"},
        "client_id": "my-app",
        "client_secret": f"{WORD}-client",
        "refresh_token": f"{WORD}-refresh-0",
        "tenant": xero.tenant,
    }
    with xerosql.connect(**options) as connection:
        yield connection


def expired() -> bytes:
    return raw(401, {}, b'{"Detail": "TokenExpired: yesterday"}')


#: What is answered to a statement, in the place of what the simulator would say.
TROUBLES: dict[str, list[bytes]] = {
    "nothing": [],
    "an expired token": [expired()],
    "two expired tokens": [expired(), expired()],
    "a missing scope": [raw(401, {}, b'{"Detail": "AuthorizationUnsuccessful"}')],
    "no access": [raw(403, {}, b"{}")],
    "a refusal": [raw(400, {}, b'{"modelState": {"model.Name": ["too short"]}}')],
    "the day": [raw(429, {"X-Rate-Limit-Problem": "day", "Retry-After": "9"}, b"")],
    "server trouble": [raw(503, {}, b"")] * 5,
    "hanging up": [b""] * 5,
    "a cut body": [raw(200, {"Connection": "close"}, b"{}")[:-1]] * 5,
    "nonsense": [b"nonsense Connection: close\r\n\r\n"] * 5,
    "a redirect": [raw(302, {"Location": "http://elsewhere.invalid/"}, b"")],
    "no JSON": [raw(200, {}, b"<html>")],
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_no_secret_shows_whatever_happens(
    trouble: str, xero: Xero, connection: xerosql.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """Everything is logged, of the libraries below too, and everything that a program may print is looked through."""
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    for sql, values in [
        ("SELECT count(*) FROM Projects", []),
        (INSERT, [xero.project, "A task"]),
        ("UPDATE Tasks SET EstimateMinutes = 5 WHERE ProjectId = ?", [xero.project]),
        ("DELETE FROM Tasks WHERE Name = 'A task' AND ProjectId = ?", [xero.project]),
        ("EXPLAIN SELECT Name FROM Projects", []),
        ("SELECT nonsense FROM Projects", []),
    ]:
        xero.next = list(TROUBLES[trouble])
        cursor = connection.cursor()
        try:
            cursor.execute(sql, values)
            shown += [str(row) for row in cursor.fetchall()] if cursor.description else []
        except xerosql.Error as error:
            shown += traces(error)
        shown += [
            repr(each) for each in (cursor, cursor.stats, connection, connection.settings, connection.session.client)
        ]
    shown += [repr(connection.session.client.limits()), caplog.text, *(repr(vars(each)) for each in caplog.records)]
    assert [secret for secret in SECRETS if not any(secret in sent for sent in xero.sent)] == []  # they were in use
    assert "/projects.xro/2.0/Projects" in caplog.text
    text = "\n".join(shown)
    assert [line for line in text.splitlines() if any(secret in line for secret in SECRETS)] == []


def traces(error: BaseException) -> list[str]:
    """What a program, a logger or a crash reporter may make of an error: text, trace, attributes all the way down."""
    found = ["".join(traceback.format_exception(error)), repr(error), repr(error.args)]
    return [*found, *attributes(error, set(), 0)]


def attributes(value: object, seen: set[int], depth: int) -> Iterator[str]:
    if id(value) in seen or depth > 4:
        return
    seen.add(id(value))
    yield repr(value)
    inner: list[object] = []
    if isinstance(value, BaseException):
        inner = [value.__cause__, value.__context__, *value.args, *vars(value).values()]
    elif isinstance(value, (list, tuple, set)):
        inner = list(value)
    elif isinstance(value, dict):
        inner = list(value.values())
    elif type(value).__module__.startswith(("xerosql", "requests")):
        inner = list(getattr(value, "__dict__", {}).values())
    for each in inner:
        yield from attributes(each, seen, depth + 1)


def test_settings_cannot_be_sent_to_another_process_by_mistake(connection: xerosql.Connection) -> None:
    """A connection is not pickled, which would write its secrets down."""
    with pytest.raises(xerosql.InterfaceError):
        pickle.dumps(connection)


def test_every_request_is_a_line_with_its_time_and_every_retry_another(
    xero: Xero, connection: xerosql.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """DEBUG for what is sent, INFO for what is sent again; with the name that Xero gave the exchange."""
    caplog.set_level(logging.DEBUG, logger="xerosql")
    xero.next = [raw(503, {"Xero-Correlation-Id": "c-1"}, b"")]
    connection.execute("SELECT Name FROM Projects").fetchall()
    lines = [(each.levelname, each.getMessage()) for each in caplog.records if each.name == "xerosql.api"]
    assert lines[0][0] == "DEBUG"
    assert lines[0][1].startswith("GET /projects.xro/2.0/Projects: 503 (c-1), ")
    assert lines[1][0] == "INFO"
    assert lines[1][1].startswith("GET /projects.xro/2.0/Projects: 503 (c-1); again in 0.")
    assert lines[2][1].startswith("GET /projects.xro/2.0/Projects: 200 (")
    assert lines[2][1].endswith(" ms")
