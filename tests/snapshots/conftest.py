"""A clock that a test can put forward, and an organisation whose statements may be answered from snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

import xerosql
from tests.aio.conftest import Desk
from xerosql.api.clock import SystemClock
from xerosql.simulator import Simulator


class Shifted(SystemClock):
    """The machine's clock, as much later as a test says."""

    later = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + Shifted.later

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=Shifted.later)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass for all connections."""
    monkeypatch.setattr("xerosql.api.client.SystemClock", Shifted)
    monkeypatch.setattr(Shifted, "later", 0.0)

    def pass_by(seconds: float) -> None:
        Shifted.later += seconds

    return pass_by


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A Xero whose answers can be held back."""
    desk = Desk(Simulator(limits=False))
    yield desk
    desk.open()


class Office:
    """An organisation with people who ask it; all of them share what has been fetched."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sim = desk.sim
        self.tenant = self.sim.tenants[0][0]
        self.open: list[xerosql.Connection] = []

    def connect(self, **options: Any) -> xerosql.Connection:
        given: dict[str, Any] = {"access_token": "x", "tenant": self.tenant, "max_age": "15 minutes"}
        connection = xerosql.connect(handler=self.desk.handle, calls_per_minute=1_000_000, **(given | options))
        self.open.append(connection)
        return connection

    def close(self) -> None:
        for each in self.open:
            each.close()

    @property
    def users(self) -> int:
        """How many there are; Xero lists one of them twice."""
        return len({each["userId"] for each in self.sim.rows(self.tenant)["users"]})

    def estimate_elsewhere(self, task: dict[str, Any], minutes: int) -> None:
        """Somebody at another machine estimates a task."""
        organisations = self.sim._service.world.state.organisations
        organisation = next(each for each in organisations if each.tenant_id == self.tenant)
        project = organisation.projects[task["projectId"]]
        project.tasks[task["taskId"]].estimate_minutes = minutes
        project.version += 1
        organisation.version += 1

    def task(self) -> dict[str, Any]:
        """One that may be changed."""
        tasks = self.sim.rows(self.tenant)["tasks"]
        return next(each for each in tasks if each["status"] == "ACTIVE" and each["chargeType"] == "TIME")


@pytest.fixture
def office(desk: Desk) -> Iterator[Office]:
    office = Office(desk)
    yield office
    office.close()


Ask = Callable[..., list[tuple[Any, ...]]]


def ask(connection: xerosql.Connection, sql: str, *values: object, calls: int | None = None) -> list[tuple[Any, ...]]:
    """The rows of a query, which must take just so many calls if that is said."""
    cursor = connection.execute(sql, values)
    rows = cursor.fetchall()
    assert cursor.stats is not None
    if calls is not None:
        assert cursor.stats.api_calls == calls, f"{sql}: {cursor.stats}"
    return rows
