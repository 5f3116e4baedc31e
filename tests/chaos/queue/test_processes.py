"""Real processes over a simulator behind a port: kill -9 at each step of the protocol, and two at a time."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.chaos.clock import ClientClock, SimulatorClock
from tests.chaos.queue.test_schedules import COUNT, SEED
from tests.chaos.queue.worker import SPEED
from xerosql.queue.model import NewTask, Status, provisional
from xerosql.queue.store import Queue
from xerosql.simulator import Simulator

ROOT = Path(__file__).parents[3]
STEPS = ("claimed", "built", "marked", "answered", "recorded")
STORES = ("sqlite_url", "postgresql_url")
LONG = COUNT > 100
#: Each step on both stores; the worst two on one of them in a short run.
KILLS = [(step, store) for step in STEPS for store in STORES] if LONG else list(zip(STEPS[2:4], STORES, strict=True))


class Firm:
    """An organisation behind a port, with a queue of tasks that name each other's rows, and two that are alike."""

    def __init__(self, queue_url: str, seed: int) -> None:
        clock = SimulatorClock(SPEED)
        self.sim = Simulator(seed=seed, projects=1, tasks_per_project=1, limits=False, stale_lists=20.0, clock=clock)
        self.tenant = self.sim.tenants[0][0]
        self.queue_url = queue_url
        self.queue = Queue(queue_url, who="chaos", clock=ClientClock(SPEED))
        self.server = self.sim.serve()
        self.publish()

    def publish(self) -> None:
        rows, first = self.sim.rows(self.tenant), self.queue.reserve(6)
        project, task = provisional(first), provisional(first + 1)
        piece = {"ProjectId": project, "Name": "chaos a", "RateValue": Decimal(10), "ChargeType": "TIME"}
        work = {"UserId": rows["users"][0]["userId"], "Date": date(2026, 10, 30), "Duration": 60}
        drafts: list[tuple[str, str | None, dict[str, object]]] = [
            ("CreateProject", None, {"Name": "chaos p", "ContactId": rows["contacts"][0]["contactId"]}),
            ("CreateTask", None, piece),
            ("CreateTask", None, piece),
            ("UpdateTask", task, {"ProjectId": project, "TaskId": task, "EstimateMinutes": 30}),
            ("UpdateTask", task, {"ProjectId": project, "TaskId": task, "EstimateMinutes": 60}),
            ("CreateTimeEntry", None, {"ProjectId": project, "TaskId": task, "Description": "chaos w", **work}),
        ]
        self.queue.publish(
            [
                NewTask(first + n, self.queue.types[kind], self.tenant, values, own or provisional(first + n))
                for n, (kind, own, values) in enumerate(drafts)
            ]
        )

    def start(self, *trap: str) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "tests.chaos.queue.worker",
            self.server.url,
            self.tenant,
            self.queue_url,
            *trap,
        ]
        return subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - our own interpreter

    def check(self) -> None:
        """Every task is completed, and each of its documents is there once."""
        assert self.queue.counts() == {Status.COMPLETED: 6}
        rows = self.sim.rows(self.tenant)
        names = Counter(row["name"] for kind in ("projects", "tasks") for row in rows[kind] if "chaos" in row["name"])
        assert names == {"chaos p": 1, "chaos a": 2}
        assert sorted(row.get("estimateMinutes", 0) for row in rows["tasks"] if row["name"] == "chaos a") == [0, 60]
        assert [row["duration"] for row in rows["time"] if row.get("description") == "chaos w"] == [60]

    def close(self) -> None:
        self.server.close()
        self.queue.close()


@pytest.fixture
def firm(request: pytest.FixtureRequest, store: str) -> Iterator[Firm]:
    firm = Firm(request.getfixturevalue(store), SEED)
    yield firm
    firm.close()


@pytest.mark.parametrize(("step", "store"), KILLS)
def test_a_worker_that_is_killed_is_followed_by_one_that_ends_the_work(firm: Firm, step: str) -> None:
    """At most one document a task, whatever the step: nothing was sent yet, or nobody has heard the answer."""
    assert firm.start(step, str(1 + SEED % 3)).wait(60) == -9
    assert firm.start().wait(60) == 0
    firm.check()


@pytest.mark.parametrize("store", STORES if LONG else STORES[:1])
def test_two_workers_share_the_work_though_one_is_killed(firm: Firm) -> None:
    """The other ends it, once the first's lease is over."""
    both = [firm.start("answered", str(2 + SEED % 2)), firm.start()]
    assert [each.wait(60) for each in both] in ([-9, 0], [0, 0])  # the other may have been faster
    assert firm.start().wait(60) == 0
    firm.check()
