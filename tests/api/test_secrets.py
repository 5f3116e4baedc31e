"""No secret of a connection shows in a log, error, trace, repr, plan, statistic or table, whatever happens to it."""

from __future__ import annotations

import gc
import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import product, repeat
from typing import Any

import pytest

import xerosql
from xerosql.simulator import ConnectionReset, Simulator, Truncated

WORD = "s3cret"  # every secret of these runs holds it
BASIC = b64encode(f"my-app:{WORD}-client".encode()).decode()
PROXY = b64encode(f"user:{WORD}-proxy".encode()).decode()
SECRETS = (WORD, BASIC, PROXY)
APP: dict[str, Any] = {"client_id": "my-app", "client_secret": f"{WORD}-client"}
REFRESH: dict[str, Any] = {"client_id": "my-app", "refresh_token": f"{WORD}-refresh-0"}
#: Every way to sign in, and the secrets that Xero must have seen of it.
SIGN_INS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a token": ({"access_token": f"{WORD}-token"}, (f"{WORD}-token",)),
    "a token of the environment": ({}, (f"{WORD}-environment",)),
    "a refresh token": (REFRESH, (f"{WORD}-refresh-0", f"{WORD}-access-1")),
    "a custom connection": (APP, (BASIC, f"{WORD}-access-1")),
    "a refresh token of an app with a secret": (REFRESH | APP, (BASIC, f"{WORD}-refresh-0", f"{WORD}-access-1")),
}
STATEMENTS = (
    "SELECT count(*) FROM Projects",
    "SELECT count(*) FROM Users",
    "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES ({project}, 'A task', 1, 'TIME')",
    "UPDATE Tasks SET EstimateMinutes = 5 WHERE ProjectId = {project}",
    "DELETE FROM Tasks WHERE Name = 'A task' AND ProjectId = {project}",
    "EXPLAIN SELECT Name FROM Projects",
    "EXPLAIN SELECT * FROM Tasks",
    "EXPLAIN (ANALYZE, FORMAT JSON) SELECT Name FROM Users",
    "EXPLAIN INSERT INTO Projects (ContactId, Name) VALUES ('00000000-0000-4000-8000-000000000000', 'x')",
    "SELECT * FROM sys.statements",
    "SELECT * FROM sys.limits",
    "SELECT * FROM sys.variables",
    "SELECT * FROM Tenants",
    "SELECT * FROM information_schema.tables",
    "SHOW ALL",
    "CALL GetLimitInfo()",
    "SELECT nothing FROM Users",
    "SELECT getenv('XEROSQL_ACCESS_TOKEN')",
    "SELECT current_setting('secret_directory')",
)


class Xero:
    """A simulator behind a proxy, which hands out tokens and cookies and answers what a test puts before it."""

    def __init__(self) -> None:
        self.sim = Simulator(limits=False)
        self.tenant = self.sim.tenants[0][0]
        self.project = self.sim.rows(self.tenant)["projects"][0]["projectId"]
        self.next: Iterator[bytes] = iter(())
        self.issued = 0
        self.sent: list[str] = []

    def answer(self, method: str, url: str, headers: dict[str, str], body: bytes) -> bytes:
        self.sent += [*headers.values(), body.decode()]
        if "/connect/token" in url:
            self.issued += 1
            tokens = {"access_token": f"{WORD}-access-{self.issued}", "refresh_token": f"{WORD}-refresh-{self.issued}"}
            return raw(200, {}, json.dumps({**tokens, "expires_in": 1800}).encode())
        put_before = next(self.next, None)
        if put_before is not None:
            return put_before
        try:
            return raw(*self.sim.handle(method, url, headers, body))
        except (ConnectionReset, Truncated):
            return b""


def raw(status: int, headers: Any, body: bytes) -> bytes:
    fields = {"Set-Cookie": f"{WORD}=1", **headers, "Content-Length": str(len(body))}
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
def options(xero: Xero, loopback: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a connection needs to reach the simulator through the proxy, apart from a way to sign in."""
    monkeypatch.setattr("xerosql.api.clock.SystemClock.sleep", lambda *_: None)  # between attempts
    return {
        "base_url": f"http://{loopback.url.rpartition(':')[2]}.api.invalid",  # its limits are no other test's
        "calls_per_minute": 1_000_000,
        "identity_url": "http://identity.invalid",
        "proxies": {"http": f"http://user:{WORD}-proxy@{loopback.url.removeprefix('http://')}"},
        "tenant": xero.tenant,
    }


@pytest.fixture
def connection(options: dict[str, Any]) -> Iterator[xerosql.Connection]:
    with xerosql.connect(**options, **REFRESH, client_secret=f"{WORD}-client") as connection:
        yield connection


#: What the simulator would not say: an answer that quotes the request, as the pages of proxies do.
ECHO = f"<pre>Authorization: Bearer {WORD}-token</pre>".encode()
EXPIRED = raw(401, {}, f'{{"Detail": "TokenExpired: {WORD}-token"}}'.encode())
#: What is answered to every request, in the place of what the simulator would say.
LASTING: dict[str, Iterable[bytes]] = {
    "nothing": (),
    "expired tokens only": repeat(EXPIRED),
    "no access to anything": repeat(raw(403, {}, b"{}")),
    "an error that echoes the request": repeat(raw(500, {}, ECHO)),
    "a list that echoes the request": repeat(raw(200, {}, ECHO)),
}
#: What is answered to the first requests of each statement.
PASSING: dict[str, Iterable[bytes]] = {
    "an expired token": [EXPIRED],
    "two expired tokens": [EXPIRED] * 2,
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
CASES = [*product(SIGN_INS, LASTING), *product(["a refresh token of an app with a secret"], PASSING)]


@pytest.mark.parametrize(("sign_in", "trouble"), CASES)
def test_no_secret_shows_anywhere(
    sign_in: str,
    trouble: str,
    xero: Xero,
    options: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything is logged, of the libraries below too, and everything that a program may print is looked through."""
    caplog.set_level(logging.DEBUG)
    (own, used), answers = SIGN_INS[sign_in], (LASTING | PASSING)[trouble]
    environment = "XEROSQL_ACCESS_TOKEN", f"{WORD}-environment"
    if not own:
        monkeypatch.setenv(*environment)
    before = {id(each) for each in gc.get_objects()}
    with xerosql.connect(**options, **own) as connection:
        monkeypatch.setenv(*environment)  # for a statement that reads it; this late it is no sign-in
        shown: list[str] = []
        for sql in STATEMENTS:
            xero.next = iter(answers)
            shown += told_by(connection, sql.format(project=f"'{xero.project}'"))
        shown += [repr(connection.session.client.limits()), caplog.text, *(repr(vars(each)) for each in caplog.records)]
        objects = list(shown_objects(before))
    assert [secret for secret in (*used, PROXY) if not any(secret in sent for sent in xero.sent)] == []
    assert "/projects.xro/2.0/Projects" in caplog.text
    assert len(objects) > 20  # so they have been found
    text = "\n".join([*shown, *objects])
    assert [line for line in text.splitlines() if any(secret in line for secret in SECRETS)] == []


def told_by(connection: xerosql.Connection, sql: str) -> Iterator[str]:
    """The rows or the error, and all that a program holds afterwards."""
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        yield f"{cursor.fetchall() if cursor.description else ''} {cursor.description}"
    except xerosql.Error as error:
        yield from traces(error)
    for each in (cursor, cursor.stats, connection, connection.settings, connection.session.client):
        yield repr(each)


def shown_objects(before: set[int]) -> Iterator[str]:
    """The repr of every object of a class of xerosql's that lives now and did not before."""
    for each in gc.get_objects():
        home = str(type(each).__module__)
        if id(each) not in before and home.startswith("xerosql.") and not home.startswith("xerosql.simulator"):
            yield repr(each)


def traces(error: xerosql.Error) -> Iterator[str]:
    """What a program, a logger or a crash reporter may make of an error: text, trace, attributes all the way down."""
    yield from ("".join(traceback.format_exception(error)), repr(error), repr(error.args), repr(error.details))
    yield from attributes(error, set(), 0)


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
    xero.next = iter([raw(503, {"Xero-Correlation-Id": "c-1"}, b"")])
    connection.execute("SELECT Name FROM Projects").fetchall()
    lines = [(each.levelname, each.getMessage()) for each in caplog.records if each.name == "xerosql.api"]
    assert lines[0][0] == "DEBUG"
    assert lines[0][1].startswith("GET /projects.xro/2.0/Projects: 503 (c-1), ")
    assert lines[1][0] == "INFO"
    assert lines[1][1].startswith("GET /projects.xro/2.0/Projects: 503 (c-1); again in 0.")
    assert lines[2][1].startswith("GET /projects.xro/2.0/Projects: 200 (")
    assert lines[2][1].endswith(" ms")
