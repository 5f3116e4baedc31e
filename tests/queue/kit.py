"""What the tests of the queue are made of: time that passes when asked to, tasks, and a look at what is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Condition, Event, Lock
from typing import Any

import sqlalchemy as sa

from xerosql.queue.model import INSERT, NewTask, Status, Task, provisional
from xerosql.queue.outcomes import Created, Ending, Sending
from xerosql.queue.store import Queue
from xerosql.queue.tables import DEPENDENCIES, EVENTS, SUBJECTS, TASK_TYPES, TASKS, TENANTS, WORKERS
from xerosql.queue.verdict import Pause, Verdict

START = datetime(2026, 3, 31, 12, 0)  # noqa: DTZ001 - as all times of the queue: UTC, without a zone
TENANT = "00000000-0000-4000-8000-0000000000aa"
OTHER = "00000000-0000-4000-8000-0000000000bb"
CONTACT = "00000000-0000-4000-8000-00000000c0c0"


class Clock:
    """Time that passes only when asked for. Safe for threads."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.jumped = 0.0
        self.slept: list[float] = []
        self._lock = Lock()

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def now(self) -> datetime:
        return START.replace(tzinfo=UTC) + timedelta(seconds=self.passed + self.jumped)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self.passed += seconds

    def sleep(self, seconds: float, cancelled: Event | None = None) -> None:
        self.slept.append(seconds)
        if cancelled is None or not cancelled.is_set():
            self.advance(seconds)

    def wait(self, condition: Condition, seconds: float | None) -> None:
        condition.wait(0.01)


def uid(number: int) -> str:
    """An id that looks like Xero's."""
    return f"{number:08x}-0000-4000-8000-000000000000"


class Books:
    """A queue with a hand for making tasks and an eye for what is stored."""

    def __init__(self, queue: Queue, clock: Clock) -> None:
        self.queue = queue
        self.clock = clock

    # -- Making tasks --------------------------------------------------------------------------------------------------

    def make(
        self, kind: str, own: str | None = None, tenant: str = TENANT, customer: str | None = None, **values: object
    ) -> NewTask:
        """A task that is not published yet; of an INSERT, the row has the provisional id `queue:<id>`."""
        number = self.queue.reserve(1)
        found = self.queue.types[kind]
        own = provisional(number) if found.operation == INSERT else own or str(values.get(found.own_id))
        if found.operation != INSERT:
            values = {found.own_id: own, **values}
        return NewTask(number, found, tenant, values, own, customer)

    def project(self, name: str = "Roof", customer: str | None = CONTACT, **more: Any) -> NewTask:
        return self.make("CreateProject", customer=customer, ContactId=CONTACT, Name=name, **more)

    def task(self, project: NewTask | str, name: str = "Tiles", **more: Any) -> NewTask:
        parent = project if isinstance(project, str) else project.own_id
        return self.make("CreateTask", ProjectId=parent, Name=name, RateValue=10, ChargeType="TIME", **more)

    def close_project(self, project: NewTask | str, **more: Any) -> NewTask:
        own = project if isinstance(project, str) else project.own_id
        return self.make("SetProjectStatus", own, Status="CLOSED", **more)

    def add(self, *tasks: NewTask) -> list[int]:
        self.queue.publish(tasks)
        return [task.id for task in tasks]

    # -- Working on them -----------------------------------------------------------------------------------------------

    def claim(self, worker: str = "w1", tenants: tuple[str, ...] = (TENANT,), in_flight: int = 5) -> Task | None:
        return self.queue.claim(worker, tenants, in_flight)

    def claimed(self, worker: str = "w1") -> Task:
        """The next task, which must be there."""
        found = self.claim(worker)
        assert found is not None
        return found

    def mark(self, task: Task, sending: Sending) -> None:
        self.queue.mark_sent(task, sending, "w1")

    def complete(self, task: Task, row: str | None = None, **more: Any) -> Status | None:
        return self.record(task, Verdict(created=Created(row, **more)))

    def end(self, task: Task, ending: Ending, pause: Pause | None = None) -> Status | None:
        return self.record(task, Verdict(ending=ending, pause=pause))

    def record(self, task: Task, verdict: Verdict) -> Status | None:
        return self.queue.record(task, self.queue.types[task.type], verdict, "w1")

    # -- Looking -------------------------------------------------------------------------------------------------------

    def query(self, query: sa.Select[Any]) -> list[Mapping[str, Any]]:
        with self.queue.database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def row(self, number: int) -> Mapping[str, Any]:
        [found] = self.query(sa.select(TASKS).where(TASKS.c.id == number))
        return found

    def rows(self) -> list[Mapping[str, Any]]:
        return self.query(sa.select(TASKS).order_by(TASKS.c.id))

    def status(self, number: int) -> str:
        return str(self.row(number)["status"])

    def needs(self) -> set[tuple[int, int, str]]:
        """Every dependency: the task, what it needs, and why."""
        return {(row["task_id"], row["needs_id"], row["kind"]) for row in self.query(sa.select(DEPENDENCIES))}

    def subjects(self, number: int) -> set[str]:
        return {row["subject"] for row in self.query(sa.select(SUBJECTS).where(SUBJECTS.c.task_id == number))}

    def events(self, number: int) -> list[tuple[str, str | None, str | None]]:
        """What happened to a task, with what it was at before and after."""
        query = sa.select(EVENTS).where(EVENTS.c.task_id == number).order_by(EVENTS.c.id)
        return [(row["event"], row["from_status"], row["to_status"]) for row in self.query(query)]

    def tenant(self, tenant: str = TENANT) -> Mapping[str, Any]:
        [found] = self.query(sa.select(TENANTS).where(TENANTS.c.tenant_id == tenant))
        return found

    def workers(self) -> list[Mapping[str, Any]]:
        return self.query(sa.select(WORKERS).order_by(WORKERS.c.worker))

    # -- Changing what a person would ----------------------------------------------------------------------------------

    def set(self, number: int, **values: object) -> None:
        with self.queue.changing() as (connection, _):
            connection.execute(TASKS.update().where(TASKS.c.id == number).values(values))

    def set_type(self, kind: str, **values: object) -> None:
        with self.queue.changing() as (connection, _):
            connection.execute(TASK_TYPES.update().where(TASK_TYPES.c.type == kind).values(values))

    def change(self, do: Callable[[sa.Connection, datetime], Any]) -> Any:
        """What `do` makes of the open change."""
        with self.queue.changing() as (connection, now):
            return do(connection, now)
