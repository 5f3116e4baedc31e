"""An office with a queue: a simulated Xero, a connection that queues its writes, and the page of that queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import xerosql
from tests.signin.chromium import installed
from tests.web.browser import Browser
from xerosql.simulator import Simulator

TOKEN = "a token of twenty letters"


class Office:
    """What a test breaks and mends: Xero itself, and the queue."""

    def __init__(self, simulator: Simulator, url: str) -> None:
        self.simulator = simulator
        self.options: dict[str, Any] = {
            "handler": simulator.handle,
            "access_token": "any",
            "tenant": simulator.tenants[0][0],
            "calls_per_minute": 1_000_000,
            "queue_url": url,
        }
        self.connection = self.connect(write_mode="queued", autocommit=True)

    def connect(self, **options: Any) -> xerosql.Connection:
        return xerosql.connect(**self.options, **options)

    @property
    def organisation(self) -> Any:
        """What the simulated Xero remembers of the organisation, to change as its people would."""
        return self.simulator._service.world.state.organisations[0]

    def one(self, sql: str, *values: object) -> Any:
        """The first row, or its only value."""
        row = self.connection.execute(sql, list(values)).fetchone()
        return row[0] if row is not None and len(row) == 1 else row

    def add(self, sql: str, *values: object) -> int:
        """Queue a write of one row; the number of its task."""
        self.connection.execute(sql, list(values))
        return int(self.one("SELECT max(XeroTaskId) FROM queue.XeroTasks"))

    def add_project(self, name: str = "New") -> str:
        """Queue a project; its provisional id."""
        contact = self.one("SELECT ContactId FROM Projects ORDER BY ContactId LIMIT 1")
        return f"queue:{self.add('INSERT INTO Projects (ContactId, Name) VALUES (?, ?)', contact, name)}"

    def add_wrong(self, project: str, name: str = "Wrong") -> int:
        """Queue a task that Xero will refuse for its currency."""
        columns = "ProjectId, Name, ChargeType, RateValue, RateCurrency"
        return self.add(f"INSERT INTO Tasks ({columns}) VALUES (?, ?, 'TIME', 12.50, 'USD')", project, name)

    def status(self, task: int) -> str:
        return str(self.one("SELECT XeroTaskStatus FROM queue.XeroTasks WHERE XeroTaskId = ?", task))

    def work(self) -> None:
        self.connection.run_queue()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """One with nothing in its queue."""
    office = Office(Simulator(limits=False), f"sqlite:///{tmp_path / 'queue.sqlite'}")
    yield office
    office.connection.close()


@pytest.fixture(scope="session")
def started() -> Iterator[Browser]:
    """A headless Chromium, which takes a second to start."""
    if installed() is None:
        pytest.skip("no Chromium on this machine; make browser installs it where it can")
    with Browser() as browser:
        yield browser


@pytest.fixture
def browser(started: Browser) -> Browser:
    """One that knows no page yet."""
    started.forget()
    return started
