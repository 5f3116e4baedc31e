"""One organisation of a simulator with a connection to it, and a clock that never waits between two attempts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from threading import Event
from typing import Any

import pytest

import xerosql
from xerosql.api.clock import SystemClock
from xerosql.simulator import Simulator

USD_FIRM = 2


class Books:
    """A connected organisation: its rows as the API has them, its connection, and the log of what was asked."""

    def __init__(self, sim: Simulator, firm: int = USD_FIRM, **options: object) -> None:
        self.sim = sim
        self.tenant = sim.tenants[firm][0]
        self.options: dict[str, object] = {"access_token": "x", "tenant": self.tenant, "calls_per_minute": 1_000_000}
        self.connection = self.connect(**options)

    def connect(self, **options: object) -> xerosql.Connection:
        return xerosql.connect(handler=self.sim.handle, **(self.options | options))

    def run(self, sql: str, parameters: Any = None) -> xerosql.Cursor:
        return self.connection.execute(sql, parameters)

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return self.sim.rows(self.tenant)[kind]

    def all(self, kind: str, accept: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        return [row for row in self.rows(kind) if accept(row)]

    def one(self, kind: str, accept: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        return next(row for row in self.rows(kind) if accept(row))

    def task(self, task_id: str) -> dict[str, Any]:
        return self.one("tasks", lambda row: row["taskId"] == task_id)

    def active_task(self, charge_type: str = "TIME") -> dict[str, Any]:
        return self.one("tasks", lambda row: (row["status"], row["chargeType"]) == ("ACTIVE", charge_type))

    def unused_tasks(self) -> list[dict[str, Any]]:
        """Tasks that Xero would delete: active, with no time on them."""
        busy = {row["taskId"] for row in self.rows("time")}
        return self.all("tasks", lambda row: row["status"] == "ACTIVE" and row["taskId"] not in busy)

    def new_tasks(self, count: int) -> list[str]:
        """The Ids of fresh tasks of one project, made for this test."""
        project = self.rows("projects")[0]["projectId"]
        sql = "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, ?, ?, 'TIME') RETURNING Id"
        ids = [self.run(sql, [project, f"Fresh {place}", 10 + place]).fetchone()[0] for place in range(count)]
        self.sim.reset_counters()
        return ids

    @property
    def writes(self) -> list[Any]:
        """The requests that were to change something, in order."""
        return [each for each in self.sim.requests if each.method != "GET"]

    @property
    def reads(self) -> list[Any]:
        return [each for each in self.sim.requests if each.method == "GET"]


def pair(row: dict[str, Any]) -> str:
    """The composite Id of a task or a time entry."""
    return f"{row['projectId']}/{row.get('timeEntryId') or row['taskId']}"


def body(request: Any) -> Any:
    """A request's JSON with exact numbers."""
    return json.loads(request.body, parse_float=Decimal)


@pytest.fixture(name="pair")
def pair_fixture() -> Callable[[dict[str, Any]], str]:
    return pair


@pytest.fixture(name="body")
def body_fixture() -> Callable[[Any], Any]:
    return body


@pytest.fixture
def sim() -> Simulator:
    return Simulator(limits=False)


@pytest.fixture
def books(sim: Simulator) -> Iterator[Books]:
    books = Books(sim)
    yield books
    books.connection.close()


@pytest.fixture
def make_books() -> type[Books]:
    return Books


class Impatient(SystemClock):
    """The machine's clock, without the pauses between attempts."""

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        pass


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections made from here on retry at once."""
    monkeypatch.setattr("xerosql.api.client.SystemClock", Impatient)
