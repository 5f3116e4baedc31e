"""The queue as the rest of xerosql sees it: each method is one transaction, kept whole or not at all."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql import catalog
from xerosql.api.clock import Clock
from xerosql.catalog.model import Table
from xerosql.errors import Error, OperationalError
from xerosql.queue import claims, outcomes, twins
from xerosql.queue.build import CreatedRow
from xerosql.queue.control import Control, Wish, purge
from xerosql.queue.database import Database
from xerosql.queue.machine import is_alive, machine
from xerosql.queue.model import OPEN, READY, UPDATE, NewTask, Reason, Status, Task, TaskType, TaskTypes
from xerosql.queue.outcomes import Created, Ending, Sending
from xerosql.queue.publish import added_before, name_tenants, publish, remember_types, reserve, tasks_about
from xerosql.queue.rows import Rows, Wanted
from xerosql.queue.settings import change_tenant, change_type
from xerosql.queue.tables import EVENTS, TASKS, TENANTS, WORKERS
from xerosql.queue.tenants import note_day, pause, resume
from xerosql.queue.twins import Twin
from xerosql.queue.verdict import Verdict

#: A worker that has not been heard of for so long is not shown any more.
SILENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Update:
    """An update that has been applied: what it wrote, and when by either clock."""

    task: int
    type: str
    parameters: str
    completed_at: datetime
    sent_clock: str | None


class Queue:
    """The queue at `url`. Safe for threads; any number of processes may use one at a time.

    `who` is the person or program that the audit names for what is done through this object.
    """

    def __init__(self, url: str, *, who: str | None = None, clock: Clock | None = None) -> None:
        self.database = Database(url, clock)
        self.types = TaskTypes(catalog.load())
        self.who = who or this_user()

    def close(self) -> None:
        """Close the database connections."""
        self.database.close()

    @contextmanager
    def changing(self) -> Iterator[tuple[Connection, datetime]]:
        """One change of the queue, with the time at which it is made."""
        with self.database.write() as connection:
            yield connection, self.database.now(connection)

    def now(self) -> datetime:
        """The time by which the queue goes, UTC, without a zone."""
        if self.database.has_own_time:
            with self.database.read() as connection:
                return self.database.now(connection)
        return self.database.local_now()

    # -- Adding tasks --------------------------------------------------------------------------------------------------

    def reserve(self, count: int) -> int:
        """The first of `count` numbers for tasks to come. Those that are never used are left out."""
        with self.changing() as (connection, _):
            return reserve(connection, count)

    def publish(self, tasks: Sequence[NewTask]) -> None:
        """Add all the tasks, or none of them if one names a row that will never be there (IntegrityError).

        A commit that was kept although it seemed to fail has worked. The same tasks may be given again.
        """
        if not tasks:
            return
        try:
            with self.changing() as (connection, now):
                publish(connection, self.types, tasks, now, self.who)
        except OperationalError:
            if not self.has_added(tasks):
                raise

    def has_added(self, tasks: Sequence[NewTask]) -> bool:
        """Whether the queue certainly has all these tasks, or had them once."""
        ids = [task.id for task in tasks]
        try:
            with self.database.read() as connection:
                return len(added_before(connection, ids)) == len(ids)
        except Error:
            return False

    def about(self, table: Table, tasks: Collection[int]) -> list[NewTask]:
        """The tasks on rows of a table that these tasks create, or whose parents they create, in their order.

        A row that has been created by now is told of as if it had not, under its provisional id.
        """
        with self.database.read() as connection:
            return list(tasks_about(connection, self.types, table, tasks))

    # -- Working on them -----------------------------------------------------------------------------------------------

    def claim(self, worker: str, tenants: Collection[str], in_flight: int) -> Task | None:
        """Take the next task of these organisations, None if none can be sent now; `in_flight` at most for each."""
        with self.changing() as (connection, now):
            return claims.claim(connection, worker, tenants, in_flight, now)

    def mark_sent(self, task: Task, sending: Sending, who: str) -> None:
        """Keep the request that is about to leave. Raises FencedError if it must not."""
        with self.changing() as (connection, now):
            outcomes.mark_sent(connection, task, sending, now, who)

    def record(
        self, task: Task, kind: TaskType, verdict: Verdict, who: str, day_remaining: int | None = None
    ) -> Status | None:
        """Write down what an attempt came to; what the task is at then, None if another claim has it by now."""
        with self.changing() as (connection, now):
            status: Status | None = task.status
            if verdict.created is not None:
                status = outcomes.complete(connection, task, kind, verdict.created, now, who)
            elif verdict.ending is not None:
                status = outcomes.release(connection, task, kind, verdict.ending, now, who)
            if verdict.pause is not None:
                pause(connection, task.tenant, verdict.pause.reason, verdict.pause.until)
            if day_remaining is not None:
                note_day(connection, task.tenant, day_remaining)
            return status

    def adopt(
        self, task: Task, kind: TaskType, created: Created, who: str, known: Sequence[Twin] = ()
    ) -> Status | None:
        """Take a row for the task's own; None if it is another's by now, or may be a twin's that was not `known`."""
        with self.changing() as (connection, now):
            found = [created.result_id] if created.result_id else []
            if not set(twins.twins(connection, task, kind)) <= set(known) or twins.taken(connection, task, found):
                return None
            return outcomes.complete(connection, task, kind, created, now, who)

    def twins(self, task: Task, kind: TaskType) -> list[Twin]:
        """The tasks that may have created a row which looks like that of this one."""
        with self.database.read() as connection:
            return twins.twins(connection, task, kind)

    def taken(self, task: Task, rows: Collection[str]) -> set[str]:
        """Those of the rows that other tasks have created."""
        with self.database.read() as connection:
            return twins.taken(connection, task, rows)

    def stand_down(self, task: Task, kind: TaskType, ending: Ending, who: str) -> None:
        """Let a task go that may not be sent: somebody has cancelled it, or another worker has it."""
        with self.changing() as (connection, now):
            wanted = sa.select(TASKS.c.cancel_requested).where(outcomes.held(task.id, task.claim))
            if connection.execute(wanted).scalar_one_or_none():
                outcomes.release(connection, task, kind, ending, now, who)

    def created(self, tasks: Iterable[int]) -> dict[int, CreatedRow]:
        """The rows that these tasks have created, by task."""
        query = sa.select(TASKS.c.id, TASKS.c.result_id, TASKS.c.result).where(
            TASKS.c.id.in_(list(tasks)), TASKS.c.status == Status.COMPLETED, TASKS.c.result_id.is_not(None)
        )
        with self.database.read() as connection:
            return {row[0]: CreatedRow(row[1], row[2]) for row in connection.execute(query)}

    def updates(self, task: Task) -> list[Update]:
        """The updates of the task's row that Xero has applied, in the order in which they were."""
        completed = (EVENTS.c.task_id == TASKS.c.id) & (EVENTS.c.to_status == Status.COMPLETED)
        when = sa.select(sa.func.max(EVENTS.c.id)).where(completed).scalar_subquery()
        query = (
            sa.select(TASKS.c.id, TASKS.c.type, TASKS.c.parameters, TASKS.c.completed_at, TASKS.c.sent_clock)
            .where(
                TASKS.c.tenant_id == task.tenant,
                TASKS.c.own_id == task.own_id,
                TASKS.c.id != task.id,
                TASKS.c.status == Status.COMPLETED,
                TASKS.c.type.in_([name for name, each in self.types.items() if each.operation == UPDATE]),
            )
            .order_by(when)
        )
        with self.database.read() as connection:
            return [Update(*row) for row in connection.execute(query)]

    def next_due(self, tenants: Collection[str]) -> float | None:
        """Seconds until a task of these organisations may be ready by itself; None if none will be."""
        with self.database.read() as connection:
            now = self.database.now(connection)
            moments = list(due_moments(connection, list(tenants), now))
        return min((max(0.0, (each - now).total_seconds()) for each in moments), default=None)

    # -- Workers -------------------------------------------------------------------------------------------------------

    def enter(self, worker: str, tenants: Mapping[str, str]) -> None:
        """A worker begins: it is listed, and pauses that were for a missing sign-in end for whom it can reach."""
        with self.changing() as (connection, now):
            row = {"worker": worker, "host": socket.gethostname(), "process": os.getpid(), "machine": machine()}
            connection.execute(WORKERS.insert().values(row | {"started_at": now, "heartbeat_at": now}))
            remember_types(connection, self.types)
            name_tenants(connection, tenants)
            resume(connection, list(tenants), Reason.AUTHORISATION)
            bury(connection, now)

    def heartbeat(self, worker: str, completed: int, failed: int, *, tasks: Collection[int], stopping: bool) -> None:
        """The worker lives, and goes on holding the tasks it is at; those of this machine that died let theirs go."""
        with self.changing() as (connection, now):
            values = {"heartbeat_at": now, "completed": completed, "failed": failed, "stopping": stopping}
            connection.execute(WORKERS.update().where(WORKERS.c.worker == worker).values(values))
            claims.extend(connection, worker, tasks, now)
            bury(connection, now)

    def leave(self, worker: str) -> None:
        """A worker ends."""
        with self.changing() as (connection, _):
            connection.execute(WORKERS.delete().where(WORKERS.c.worker == worker))

    # -- People --------------------------------------------------------------------------------------------------------

    def control(self, wishes: Sequence[Wish]) -> int:
        """Do with tasks what somebody wants; how many were changed. All of it or nothing (IntegrityError)."""
        with self.changing() as (connection, now):
            return Control(connection, self.types, now, self.who).carry_out(wishes)

    def purge(self, tasks: Sequence[int]) -> int:
        """Delete finished tasks; how many are gone. IntegrityError, with nothing deleted, if one is not finished."""
        with self.changing() as (connection, now):
            return purge(connection, tasks, now, self.who)

    def change_types(self, changes: Mapping[str, Mapping[str, object]]) -> int:
        """Give types of tasks other values. DataError, with nothing changed, for dependencies that cannot be."""
        with self.changing() as (connection, _):
            remember_types(connection, self.types)
            for name, values in changes.items():
                change_type(connection, self.types, name, values)
        return len(changes)

    def change_tenants(self, changes: Mapping[str, Mapping[str, object]]) -> int:
        """Name the dealers of organisations, pause them, or let them go on."""
        with self.changing() as (connection, _):
            for tenant, values in changes.items():
                change_tenant(connection, tenant, values)
        return len(changes)

    def rows(self, table: str, wanted: Wanted, columns: Collection[str]) -> list[SimpleNamespace]:
        """Rows of a table of the schema queue; of those columns that cost something only the named ones are filled."""
        with self.database.read() as connection:
            return Rows(connection, self.types, self.database.now(connection)).of(table, wanted, columns)

    def task(self, number: int) -> Task | None:
        """A task as it is now."""
        with self.database.read() as connection:
            return claims.read_task(connection, number)

    def ready(self, limit: int) -> list[Task]:
        """The tasks that any worker could send now, first those that would be taken first."""
        with self.database.read() as connection:
            now = self.database.now(connection)
            resting = sa.or_(TENANTS.c.paused_until.is_(None), TENANTS.c.paused_until <= now)
            tenants = list(connection.execute(sa.select(TENANTS.c.tenant_id).where(resting)).scalars())
            return claims.upcoming(connection, tenants, now, limit)

    # -- Counting ------------------------------------------------------------------------------------------------------

    def waiting(self, tenant: str) -> int:
        """The tasks of an organisation that are still to be sent."""
        query = sa.select(sa.func.count()).where(
            TASKS.c.tenant_id == tenant, TASKS.c.status.in_([Status.PENDING, Status.ERROR, Status.RUNNING])
        )
        with self.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def counts(self) -> dict[Status, int]:
        """The tasks at each status."""
        query = sa.select(TASKS.c.status, sa.func.count()).group_by(TASKS.c.status)
        with self.database.read() as connection:
            return {Status(row[0]): row[1] for row in connection.execute(query)}


def due_moments(connection: Connection, tenants: list[str], now: datetime) -> Iterator[datetime]:
    """When something may change by itself: a delay or a pause ends, a lease runs out."""
    mine = TASKS.c.tenant_id.in_(tenants)
    waits = mine & (TASKS.c.status.in_((*READY, Status.UNCERTAIN))) & (TASKS.c.open_dependencies == 0)
    ends = (
        sa.select(sa.func.min(TASKS.c.not_before)).where(waits, TASKS.c.not_before > now),
        sa.select(sa.func.min(TASKS.c.lease_until)).where(mine, TASKS.c.status.in_(OPEN), TASKS.c.lease_until > now),
        sa.select(sa.func.min(TENANTS.c.paused_until)).where(
            TENANTS.c.paused_until > now,
            TENANTS.c.paused_until < claims.FOR_EVER,
            TENANTS.c.tenant_id.in_(sa.select(TASKS.c.tenant_id).where(waits)),
            TENANTS.c.tenant_id.in_(tenants),
        ),
    )
    for query in ends:
        found = connection.execute(query).scalar_one_or_none()
        if found is not None:
            yield found


def bury(connection: Connection, now: datetime) -> None:
    """Workers of this machine whose process is gone hold nothing any more; the silent are not listed."""
    if machine():
        here = sa.select(WORKERS.c.worker, WORKERS.c.process).where(WORKERS.c.machine == machine())
        for worker, process in connection.execute(here).all():
            if not is_alive(process):
                held = (TASKS.c.worker == worker) & (TASKS.c.lease_until > now)
                connection.execute(TASKS.update().where(held).values(lease_until=now))
                connection.execute(WORKERS.delete().where(WORKERS.c.worker == worker))
    connection.execute(WORKERS.delete().where(WORKERS.c.heartbeat_at < now - SILENT))


def this_user() -> str:
    """The name of who runs this program."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
