"""A Xero that answers one path with whatever a test says, and everything else as it should."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator

Answer = tuple[int, Mapping[str, str], bytes]


@cache
def simulator() -> Simulator:
    """One for all of these tests, none of which minds what another has written."""
    return Simulator(limits=False)


class Hostile:
    """One organisation. `connect` makes a connection for which `match` in a GET's URL (or in the method) is answered
    with `body`; `asked` lists what was asked, as method and path."""

    def __init__(self) -> None:
        self.sim = simulator()
        self.tenant = self.sim.tenants[2][0]
        rows = self.sim.rows(self.tenant)
        self.project = rows["projects"][0]["projectId"]
        self.task = rows["tasks"][0]
        self.asked: list[tuple[str, str]] = []

    def connect(
        self,
        body: bytes,
        match: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        **options: Any,
    ) -> xerosql.Connection:
        def handle(how: str, url: str, given: Any, sent: bytes = b"") -> Answer:
            self.asked.append((how, url))
            if how == method and match in url:
                return status, headers or {}, body
            answer: Answer = self.sim.handle(how, url, given, sent)
            return answer

        usual = {"access_token": "s3cret", "tenant": self.tenant, "calls_per_minute": 1_000_000}
        return xerosql.connect(handler=handle, **(usual | options))


@pytest.fixture
def hostile() -> Hostile:
    return Hostile()


class Impatient:
    """Counts the waits that were asked for and waits for none of them."""

    def __init__(self) -> None:
        self.slept: list[float] = []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Impatient:
    """Connections made from here on wait for nothing; what they would have waited is noted."""
    from xerosql.api.clock import SystemClock

    noted = Impatient()

    class Clock(SystemClock):
        def sleep(self, seconds: float, cancelled: Any = None) -> None:
            noted.slept.append(seconds)

    monkeypatch.setattr("xerosql.api.client.SystemClock", Clock)
    return noted


@pytest.fixture
def refused() -> Callable[..., xerosql.Error]:
    """The one error of a statement: of this very class, with a sentence, and without a secret or a library's words."""

    def check(connection: xerosql.Connection, kind: type[xerosql.Error], sql: str, values: Any = None) -> xerosql.Error:
        with connection, pytest.raises(xerosql.Error) as caught:
            connection.execute(sql, values).fetchall()
        error = caught.value
        assert type(error) is kind, repr(error)
        assert 10 < len(str(error)) < 6000, str(error)
        assert "s3cret" not in str(error)
        assert "<class" not in str(error)
        assert all(each.isprintable() for each in str(error)), repr(str(error))
        return error

    return check
