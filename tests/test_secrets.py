"""No secret of a connection shows in a log, message, trace, repr, plan or table, whether things go well or not."""

from __future__ import annotations

import gc
import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator

#: Every secret that a connection can hold; each has the marker in it.
MARK = "s3cret"
SIGN_INS: dict[str, dict[str, Any]] = {
    "a token": {"access_token": f"{MARK}-token"},
    "a refresh token": {"refresh_token": f"{MARK}-refresh", "client_id": "app"},
    "an app with a secret": {"client_id": "app", "client_secret": f"{MARK}-app"},
}
STATEMENTS = (
    "SELECT count(*) FROM Users",
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
#: What the API answers a GET with; None: what it should.
TROUBLE: dict[str, tuple[int, bytes] | None] = {
    "none": None,
    "not authorised": (401, b'{"Detail":"TokenExpired: s3cret-token"}'),
    "refused": (403, b"{}"),
    "a page that echoes the request": (500, b"<pre>Authorization: Bearer s3cret-token</pre>"),
    "a list that is none": (200, b"<pre>Authorization: Bearer s3cret-token</pre>"),
}


class Xero:
    """An identity server and an API in one handler, which fails as it is told to."""

    def __init__(self, trouble: tuple[int, bytes] | None) -> None:
        self.sim = Simulator(limits=False)
        self.trouble = trouble

    def __call__(self, method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        if "/connect/token" in url:
            grant = {"access_token": f"{MARK}-granted", "refresh_token": f"{MARK}-next", "expires_in": 1800}
            return 200, {"Set-Cookie": f"{MARK}=1"}, json.dumps(grant).encode()
        if self.trouble is not None and "projects.xro" in url:
            return self.trouble[0], {"Set-Cookie": f"{MARK}=1"}, self.trouble[1]
        return self.sim.handle(method, url, headers, body)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def told_by(connection: xerosql.Connection, sql: str) -> str:
    """The rows and names of the columns, or the error with its whole chain as a crash would print it."""
    try:
        cursor = connection.execute(sql)
        return f"{cursor.fetchall()} {cursor.description} {cursor!r} {cursor.stats!r}"
    except xerosql.Error as error:
        return f"{error!r} {error.details} {''.join(traceback.format_exception(error))}"


def shown_objects(before: set[int]) -> Iterator[str]:
    """The repr of every object of a class of xerosql's that lives now and did not before."""
    for each in gc.get_objects():
        home = str(type(each).__module__)
        if id(each) not in before and home.startswith("xerosql.") and not home.startswith("xerosql.simulator"):
            yield repr(each)


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
@pytest.mark.parametrize("options", SIGN_INS.values(), ids=SIGN_INS)
def test_no_secret_shows_anywhere(
    options: dict[str, Any],
    trouble: tuple[int, bytes] | None,
    everything_logged: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is logged, raised, traced, explained, listed or printed of a connection that uses it."""
    monkeypatch.setattr("xerosql.api.clock.SystemClock.sleep", lambda *_: None)
    monkeypatch.setenv("XEROSQL_ACCESS_TOKEN", f"{MARK}-environment")
    xero, before = Xero(trouble), {id(each) for each in gc.get_objects()}
    given = {"proxies": {"https": f"http://user:{MARK}-proxy@127.0.0.1:1"}, "calls_per_minute": 10**6, **options}
    with xerosql.connect(handler=xero, tenant=xero.sim.tenants[0][0], **given) as connection:
        told = [told_by(connection, sql) for sql in STATEMENTS]
        shown = [repr(connection), repr(connection.settings), *shown_objects(before)]
    answered = [text for text in told if MARK in text.replace("SELECT getenv('XEROSQL_ACCESS_TOKEN')", "")]
    assert answered == []
    assert len(shown) > 20  # so the objects have been found
    assert [text for text in shown if MARK in text] == []
    assert MARK not in everything_logged.text
