"""Who is at which task: claims with a lease, and what is done about those whose worker is not heard of any more.

A claim is a number that only grows. Everything that a worker writes about a task names the claim that it has, so one
that was believed dead can do no harm when it wakes up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from xerosql.api.request import Request
from xerosql.queue.dependents import settle
from xerosql.queue.events import Event, Happened, note
from xerosql.queue.model import Code, Status, Task
from xerosql.queue.tables import READY_TASKS, TASK_TYPES, TASKS, TENANTS

#: Longer than any request takes: its time-outs, the wait for a minute's quota, and a margin.
LEASE = timedelta(minutes=5)
#: A task whose workers die so often before anything is sent is not given to another.
MOST_CRASHES = 3
#: Far enough in the future to mean "until somebody says otherwise".
FOR_EVER = datetime(9999, 12, 31)  # noqa: DTZ001 - as all times here: UTC, without a zone


# Statements that every task needs are made once: that takes longer than running them.
_NOW = sa.bindparam("now", type_=sa.DateTime)
_TENANTS: sa.BindParameter[Any] = sa.bindparam("tenants", expanding=True)
_WHOLE = sa.select(TASKS, TASK_TYPES.c.max_attempts).join_from(TASKS, TASK_TYPES, TASKS.c.type == TASK_TYPES.c.type)
_BY_NUMBER = _WHOLE.where(TASKS.c.id == sa.bindparam("number"))
_PAUSED = sa.select(TENANTS.c.tenant_id).where(TENANTS.c.paused_until > _NOW)
_HELD = sa.or_(
    TASKS.c.status == Status.RUNNING, sa.and_(TASKS.c.status == Status.UNCERTAIN, TASKS.c.lease_until > _NOW)
)
_UNDER_WAY = sa.select(TASKS.c.tenant_id, sa.func.count()).where(_HELD).group_by(TASKS.c.tenant_id)
_OTHERS = TASKS.alias()
#: Another task is at the same row: a person has retried one of the two out of order.
_ROW_IN_WORK = sa.exists().where(
    _OTHERS.c.tenant_id == TASKS.c.tenant_id,
    _OTHERS.c.own_id == TASKS.c.own_id,
    _OTHERS.c.status == Status.RUNNING,
)
_READY = _WHOLE.where(
    READY_TASKS,
    TASKS.c.tenant_id.in_(_TENANTS),
    sa.or_(TASKS.c.not_before.is_(None), TASKS.c.not_before <= _NOW),
    TASK_TYPES.c.enabled,
    ~_ROW_IN_WORK,
).order_by(TASKS.c.priority.desc(), TASKS.c.id)
_NEXT_READY = _READY.limit(1)
#: A task whose outcome somebody has to find out, and that it is time to look after.
_NEXT_UNCLEAR = (
    _WHOLE.where(
        TASKS.c.status == Status.UNCERTAIN,
        TASKS.c.tenant_id.in_(_TENANTS),
        TASKS.c.not_before <= _NOW,
        sa.or_(TASKS.c.lease_until.is_(None), TASKS.c.lease_until <= _NOW),
    )
    .order_by(TASKS.c.not_before, TASKS.c.id)
    .limit(1)
)
_LAPSED = sa.select(
    TASKS.c.id, TASKS.c.tenant_id, TASKS.c.sent_at, TASKS.c.crashes, TASKS.c.cancel_requested, TASKS.c.worker
).where(TASKS.c.status == Status.RUNNING, TASKS.c.lease_until <= _NOW)
_CHANGE = TASKS.update().where(TASKS.c.id == sa.bindparam("number"))


def claim(connection: Connection, worker: str, tenants: Collection[str], in_flight: int, now: datetime) -> Task | None:
    """Take the next task that can be sent or cleared up; None if there is none now.

    At most `in_flight` tasks of an organisation are taken at a time, by all workers together.
    """
    reap(connection, now)
    found = next_one(connection, those_with_room(connection, tenants, in_flight, now), now)
    if found is None:
        return None
    taken = {"claim": found.claim + 1, "worker": worker, "lease_until": now + LEASE, "updated_at": now}
    task = replace(task_from(found), claim=found.claim + 1)
    if task.status != Status.UNCERTAIN:
        taken |= {"status": Status.RUNNING, "started_at": now, "sent_at": None}
        task = replace(task, status=Status.RUNNING, sent_at=None)
    connection.execute(_CHANGE, {"number": task.id, **taken})
    return task


def those_with_room(connection: Connection, tenants: Collection[str], in_flight: int, now: datetime) -> list[str]:
    """The organisations that are not paused and have fewer tasks under way than they may."""
    running: dict[str, int] = {row[0]: row[1] for row in connection.execute(_UNDER_WAY, {"now": now})}
    paused = set(connection.execute(_PAUSED, {"now": now}).scalars())
    return [each for each in tenants if each not in paused and running.get(each, 0) < in_flight]


def next_one(connection: Connection, tenants: list[str], now: datetime) -> Row[Any] | None:
    """The task to be taken next: one that is ready, else one whose outcome is to be found out."""
    if not tenants:
        return None
    for query in (_NEXT_READY, _NEXT_UNCLEAR):
        found = connection.execute(query, {"tenants": tenants, "now": now}).one_or_none()
        if found is not None:
            return found
    return None


def upcoming(connection: Connection, tenants: list[str], now: datetime, limit: int) -> list[Task]:
    """The tasks that would be taken first of those that are ready."""
    if not tenants:
        return []
    found = connection.execute(_READY.limit(limit), {"tenants": tenants, "now": now})
    return [task_from(row) for row in found]


def extend(connection: Connection, worker: str, tasks: Collection[int], now: datetime) -> None:
    """The worker lives: those of its tasks that it is at, it goes on holding.

    It may have others without knowing it, of a claim that was kept although it seemed to fail, or whose end could not
    be written down; they are taken away from it in time.
    """
    held = (TASKS.c.worker == worker) & (TASKS.c.lease_until > now) & TASKS.c.id.in_(list(tasks))
    connection.execute(TASKS.update().where(held).values(lease_until=now + LEASE))


# -- Tasks whose worker is gone ----------------------------------------------------------------------------------------


def reap(connection: Connection, now: datetime) -> None:
    """Take away the tasks whose lease has ended: nothing was sent, or nobody knows what became of it."""
    for row in connection.execute(_LAPSED, {"now": now}).all():
        after, changed, event = fate(row, now)
        fenced = {"claim": TASKS.c.claim + 1, "worker": None, "lease_until": None, "updated_at": now, "status": after}
        connection.execute(TASKS.update().where(TASKS.c.id == row.id).values(fenced | changed))
        note(connection, [event], now, row.worker or "")
        settle(connection, row.id, after, now, row.worker or "")


def fate(row: Any, now: datetime) -> tuple[Status, dict[str, object], Event]:
    """What a task is at whose worker has died, with what else changes in it."""
    if row.sent_at is not None:
        after, changed = Status.UNCERTAIN, unclear("its worker died before the answer was kept", now)
        changed["attempts"] = TASKS.c.attempts + 1
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
    row = connection.execute(_BY_NUMBER, {"number": number}).one_or_none()
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
        unreached=row.unreached,
        resolution=row.resolution,
        result_id=row.result_id,
    )
