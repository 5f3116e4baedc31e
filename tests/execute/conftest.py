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


@pytest.fixture(scope="module")
def shared() -> Any:
    """One organisation for all of these, since none of them may change it."""
    sim = Simulator(limits=False)
    tenant = sim.tenants[2][0]
    connection = xerosql.connect(handler=sim.handle, access_token="x", tenant=tenant, calls_per_minute=1_000_000)
    return sim, tenant, connection


@pytest.fixture(scope="module")
def words(shared: Any) -> dict[str, str]:
    """What the braces in the statements stand for."""
    sim, tenant, _ = shared
    rows = sim.rows(tenant)
    task = next(row for row in rows["tasks"] if row["status"] == "ACTIVE" and row["chargeType"] == "TIME")
    gift = next(row for row in rows["tasks"] if row["chargeType"] == "NON_CHARGEABLE")
    invoiced = next(row for row in rows["tasks"] if row["status"] == "INVOICED")
    entry = next(row for row in rows["time"] if row["status"] == "ACTIVE")
    invoiced_entry = next(row for row in rows["time"] if row["status"] == "INVOICED")
    return {
        "project": task["projectId"],
        "task": task["taskId"],
        "key": f"{task['projectId']}/{task['taskId']}",
        "gift": f"{gift['projectId']}/{gift['taskId']}",
        "invoiced": f"{invoiced['projectId']}/{invoiced['taskId']}",
        "entry": f"{entry['projectId']}/{entry['timeEntryId']}",
        "invoiced_entry": f"{invoiced_entry['projectId']}/{invoiced_entry['timeEntryId']}",
        "user": rows["users"][0]["userId"],
        "contact": rows["contacts"][0]["contactId"],
    }


@pytest.fixture
def refusal(shared: Any, words: dict[str, str]) -> Callable[[str, type[xerosql.Error], str], None]:
    """Runs a statement that must be refused: with this class and sentence, and nothing but reads sent."""
    sim, _, connection = shared

    def check(sql: str, error: type[xerosql.Error], sentence: str) -> None:
        sim.reset_counters()
        for name, value in words.items():
            sql, sentence = sql.replace(f"{{{name}}}", value), sentence.replace(f"{{{name}}}", value)
        with pytest.raises(xerosql.Error, match=sentence) as caught:
            connection.execute(sql)
        assert type(caught.value) is error
        assert {each.method for each in sim.requests} <= {"GET"}

    return check
