"""Who is at which task: claims with a lease, and what is done about those whose worker is not heard of any more.

A claim is a number that only grows. Everything that a worker writes about a task names the claim that it has, so one
that was believed dead can do no harm when it wakes up.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from xerosql.api.request import Request
from xerosql.queue.dependents import settle
from xerosql.queue.events import Event, Happened, note
from xerosql.queue.model import READY, Code, Status, Task
from xerosql.queue.tables import TASK_TYPES, TASKS, TENANTS

#: Longer than any request takes: its time-outs, the wait for a minute's quota, and a margin.
LEASE = timedelta(minutes=5)
#: A task whose workers die so often before anything is sent is not given to another.
MOST_CRASHES = 3
#: Far enough in the future to mean "until somebody says otherwise".
FOR_EVER = datetime(9999, 12, 31)  # noqa: DTZ001 - as all times here: UTC, without a zone


def claim(connection: Connection, worker: str, tenants: Collection[str], in_flight: int, now: datetime) -> Task | None:
    """Take the next task that can be sent or cleared up; None if there is none now.

    At most `in_flight` tasks of an organisation are taken at a time, by all workers together.
    """
    reap(connection, now)
    open_tenants = those_with_room(connection, tenants, in_flight, now)
    if not open_tenants:
        return None
    number = next_ready(connection, open_tenants, now) or next_unclear(connection, open_tenants, now)
    if number is None:
        return None
    mine = TASKS.c.id == number
    taken = {"claim": TASKS.c.claim + 1, "worker": worker, "lease_until": now + LEASE, "updated_at": now}
    uncertain = TASKS.c.status == Status.UNCERTAIN
    taken["status"] = sa.case((uncertain, Status.UNCERTAIN.value), else_=Status.RUNNING.value)
    taken["started_at"] = sa.case((uncertain, TASKS.c.started_at), else_=sa.literal(now, sa.DateTime))
    taken["sent_at"] = sa.case((uncertain, TASKS.c.sent_at), else_=sa.null())
    connection.execute(TASKS.update().where(mine).values(taken))
    return read_task(connection, number)


def those_with_room(connection: Connection, tenants: Collection[str], in_flight: int, now: datetime) -> list[str]:
    """The organisations that are not paused and have fewer tasks under way than they may."""
    held = (TASKS.c.status == Status.RUNNING) | ((TASKS.c.status == Status.UNCERTAIN) & (TASKS.c.lease_until > now))
    counts = sa.select(TASKS.c.tenant_id, sa.func.count()).where(held).group_by(TASKS.c.tenant_id)
    running: dict[str, int] = {row[0]: row[1] for row in connection.execute(counts)}
    paused = set(connection.execute(sa.select(TENANTS.c.tenant_id).where(TENANTS.c.paused_until > now)).scalars())
    return [each for each in tenants if each not in paused and running.get(each, 0) < in_flight]


def next_ready(connection: Connection, tenants: list[str], now: datetime) -> int | None:
    found: int | None = connection.execute(ready(tenants, now).limit(1)).scalar_one_or_none()
    return found


def ready(tenants: Collection[str], now: datetime) -> sa.Select[Any]:
    """The tasks of these organisations that can be sent now, in the order in which they are taken."""
    enabled = sa.select(TASK_TYPES.c.type).where(TASK_TYPES.c.enabled)
    return (
        sa.select(TASKS.c.id)
        .where(
            TASKS.c.status.in_(READY),
            TASKS.c.open_dependencies == 0,
            TASKS.c.tenant_id.in_(tenants),
            sa.or_(TASKS.c.not_before.is_(None), TASKS.c.not_before <= now),
            TASKS.c.type.in_(enabled),
        )
        .order_by(TASKS.c.priority.desc(), TASKS.c.id)
    )


def next_unclear(connection: Connection, tenants: list[str], now: datetime) -> int | None:
    """A task whose outcome somebody has to find out, and that it is time to look after."""
    query = (
        sa.select(TASKS.c.id)
        .where(
            TASKS.c.status == Status.UNCERTAIN,
            TASKS.c.tenant_id.in_(tenants),
            TASKS.c.not_before <= now,
            sa.or_(TASKS.c.lease_until.is_(None), TASKS.c.lease_until <= now),
        )
        .order_by(TASKS.c.not_before, TASKS.c.id)
        .limit(1)
    )
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def extend(connection: Connection, worker: str, now: datetime) -> None:
    """The worker lives: what it holds, it goes on holding."""
    held = (TASKS.c.worker == worker) & (TASKS.c.lease_until > now)
    connection.execute(TASKS.update().where(held).values(lease_until=now + LEASE))


# -- Tasks whose worker is gone ----------------------------------------------------------------------------------------


def reap(connection: Connection, now: datetime) -> None:
    """Take away the tasks whose lease has ended: nothing was sent, or nobody knows what became of it."""
    query = sa.select(
        TASKS.c.id, TASKS.c.tenant_id, TASKS.c.sent_at, TASKS.c.crashes, TASKS.c.cancel_requested, TASKS.c.worker
    ).where(TASKS.c.status == Status.RUNNING, TASKS.c.lease_until <= now)
    for row in connection.execute(query).all():
        after, changed, event = fate(row, now)
        fenced = {"claim": TASKS.c.claim + 1, "worker": None, "lease_until": None, "updated_at": now, "status": after}
        connection.execute(TASKS.update().where(TASKS.c.id == row.id).values(fenced | changed))
        note(connection, [event], now, row.worker or "")
        settle(connection, row.id, after, now, row.worker or "")


def fate(row: Any, now: datetime) -> tuple[Status, dict[str, object], Event]:
    """What a task is at whose worker has died, with what else changes in it."""
    if row.sent_at is not None:
        after, changed = Status.UNCERTAIN, unclear("its worker died before the answer was kept", now)
        return after, changed, Event(row.id, row.tenant_id, Happened.LOST, Status.RUNNING, after, code=Code.UNKNOWN)
    if row.cancel_requested:
        after, changed = Status.CANCELLED, {"completed_at": now, "cancel_requested": False}
    elif row.crashes + 1 >= MOST_CRASHES:
        message = f"{MOST_CRASHES} workers died of it before anything was sent"
        after, changed = Status.FAILED, {"error_code": Code.WORKER, "error_message": message}
    else:
        after, changed = Status.PENDING, {}
    code = Code.WORKER if after == Status.FAILED else None
    event = Event(row.id, row.tenant_id, Happened.LOST, Status.RUNNING, after, code=code)
    return after, changed | {"crashes": row.crashes + 1}, event


def unclear(because: str, look_at: datetime | None) -> dict[str, object]:
    """What changes in a task whose outcome is not known; `look_at` is when to try to find out, None for never."""
    return {
        "status": Status.UNCERTAIN,
        "error_code": Code.UNKNOWN,
        "error_message": because,
        "not_before": look_at,
    }


# -- Reading -----------------------------------------------------------------------------------------------------------


def read_task(connection: Connection, number: int) -> Task | None:
    """The task of that number as it is now; None if there is none."""
    query = (
        sa.select(TASKS, TASK_TYPES.c.max_attempts)
        .join_from(TASKS, TASK_TYPES, TASKS.c.type == TASK_TYPES.c.type)
        .where(TASKS.c.id == number)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else task_from(row)


def task_from(row: Row[Any]) -> Task:
    request = (
        Request(row.method, row.path, body=row.body, tenant=row.tenant_id, idempotency_key=row.idempotency_key)
        if row.method
        else None
    )
    return Task(
        id=row.id,
        type=row.type,
        tenant=row.tenant_id,
        status=Status(row.status),
        parameters=row.parameters,
        own_id=row.own_id,
        revision=row.revision,
        attempts=row.attempts,
        claim=row.claim,
        max_attempts=row.max_attempts,
        key=row.idempotency_key,
        request=request,
        token=row.token,
        sent_at=row.sent_at,
        first_sent_at=row.first_sent_at,
        first_clock=row.first_clock,
        sent_clock=row.sent_clock,
        look_alikes=None if row.look_alikes is None else tuple(row.look_alikes.split()),
        resolution=row.resolution,
        result_id=row.result_id,
    )
