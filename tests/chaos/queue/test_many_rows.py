"""More rows than an organisation takes in a day: those that are left are sent on the next one, and the next."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Condition, Event

import pytest

import xerosql
from tests.chaos.queue.test_schedules import COUNT
from xerosql.api import Client
from xerosql.api.clock import Clock
from xerosql.config import Settings
from xerosql.queue.model import Status
from xerosql.queue.sender import Sender
from xerosql.queue.store import Queue
from xerosql.queue.worker import Report, Worker
from xerosql.simulator import Simulator

START = datetime(2026, 11, 1, tzinfo=UTC)
#: Rows, calls a day, and projects to put the rows into. The real size takes some minutes.
ROWS, DAY, PROJECTS = (10_000, 1_000, 20) if COUNT > 100 else (300, 100, 3)
INSERT = "INSERT INTO Tasks (ProjectId, Name, RateValue, RateCurrency, ChargeType) VALUES (?, ?, 10, 'NZD', 'TIME')"


class Days:
    """A clock for one thread: time passes by sleeping, and a little with each call."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        self.passed += max(0.0, seconds)

    def wait(self, condition: Condition, seconds: float | None) -> None:
        self.passed += max(1.0, seconds or 0.0)

    @property
    def day(self) -> int:
        return int(self.passed // 86_400)


class XeroDays:
    """The same time, as the simulator asks for it."""

    def __init__(self, days: Days) -> None:
        self.days = days

    def now(self) -> float:
        return START.timestamp() + self.days.passed

    def sleep(self, seconds: float) -> None:
        self.days.sleep(seconds)


def worker_over(sim: Simulator, url: str, clock: Clock) -> Worker:
    settings = Settings(access_token="x", tenant=sim.tenants[0][0])
    client = Client(settings, handler=sim.handle, clock=clock)
    return Worker(Sender(Queue(url, clock=clock), client, xerosql.catalog.load(), "worker"), threads=1)


def test_more_rows_than_a_day_takes_are_sent_on_the_days_after(sqlite_url: str) -> None:
    """The commit warns; every day sends what it takes; nothing is lost, refused, or counted as an attempt."""
    clock = Days()
    sim = Simulator(projects=PROJECTS, tasks_per_project=1, day_limit=DAY, latency=0.1, clock=XeroDays(clock))
    tenant = sim.tenants[0][0]
    projects = [row["projectId"] for row in sim.rows(tenant)["projects"]]
    options = {"handler": sim.handle, "access_token": "x", "tenant": tenant, "calls_per_day": DAY}
    with xerosql.connect(**options, write_mode="queued", queue_url=sqlite_url) as connection:
        rows = [[projects[n % PROJECTS], f"row {n}"] for n in range(ROWS)]
        connection.cursor().executemany(INSERT, rows)
        with pytest.warns(
            UserWarning, match=rf"{ROWS:,} tasks were added; {ROWS:,} now wait .* about [0-9,]+ more calls"
        ):
            connection.commit()
    worker = worker_over(sim, sqlite_url, clock)
    sent = Counter[int]()
    while (report := run(worker)).open != {Status.COMPLETED: ROWS}:
        due = worker.queue.next_due(worker.tenants)
        assert due is not None
        assert set(report.open) == {Status.PENDING, Status.COMPLETED}
        sent[clock.day] += 1
        clock.sleep(due + 1.0)
    worker.queue.close()
    names = Counter(row["name"] for row in sim.rows(tenant)["tasks"])
    assert [names[name] for _, name in rows] == [1] * ROWS
    refused = [each for each in sim.requests if each.status == 429]
    assert len(refused) <= len(sent)  # the first call of a quota that has ended may find that out
    assert ROWS / DAY - 1 <= clock.day <= 2 * ROWS / DAY


def run(worker: Worker) -> Report:
    """What can be sent now, as a worker that is started by a timer does it."""
    again = Worker(worker.sender, threads=1)
    report = again.run(drain=True)
    worker.tenants = again.tenants
    return report
