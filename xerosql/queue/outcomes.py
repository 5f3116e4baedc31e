"""What a worker writes down about a task: that its request is about to leave, and what became of it.

Releases are fenced: only the latest claim may say that a task failed or waits. Evidence is not: that Xero did create a
row is kept whoever says it and however late, and where two rows turn out to exist, that is kept too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.api.request import Request
from xerosql.queue.dependents import settle
from xerosql.queue.events import Event, Happened, note
from xerosql.queue.model import FINISHED, READY, Code, Status, Task, TaskType, own_part, provisional
from xerosql.queue.tables import SUBJECTS, TASKS
from xerosql.queue.tenants import blame, forgive
from xerosql.queue.twins import taken
from xerosql.queue.waits import own_subject


class FencedError(Exception):
    """Another worker has this task by now, or a person has stopped it: nothing may be sent for it."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What is kept of a request before it leaves. `look_alikes` are the equal rows that are there already."""

    request: Request
    token: str
    clock: str
    look_alikes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What a task is at after an attempt, and why. `look_at` is when it may be taken again, None for at once.

    `counted` is whether the attempt is one of those that the type allows. `applied` is False only where no request of
    the task can have been applied, None where nobody knows. `restart` counts the quiet after a request from now on; it
    says where the steady clock stands.
    """

    status: Status
    what: Happened
    code: Code | None = None
    message: str | None = None
    look_at: datetime | None = None
    counted: bool = True
    applied: bool | None = False
    http_status: int | None = None
    correlation_id: str | None = None
    restart: str | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """What Xero answered to a write that worked: the row's id and, of a new row, the object as it sent it."""

    result_id: str | None
    http_status: int | None = None
    correlation_id: str | None = None
    result: str | None = None
    what: Happened = Happened.COMPLETED


def held(number: object, claim: object) -> sa.ColumnElement[bool]:
    """The task of that number, as long as no later claim has been made on it."""
    return sa.and_(TASKS.c.id == number, TASKS.c.claim == claim, TASKS.c.status.in_((Status.RUNNING, Status.UNCERTAIN)))


# Statements that every task needs are made once: that takes longer than running them.
_NOW, _CLOCK = sa.bindparam("now", type_=sa.DateTime), sa.bindparam("clock", type_=sa.Text)

_HELD = held(sa.bindparam("number"), sa.bindparam("claimed"))
_MARK = (
    TASKS.update()
    .where(_HELD, ~TASKS.c.cancel_requested, TASKS.c.lease_until > _NOW)
    .values(
        {
            **{name: sa.bindparam(name) for name in ("idempotency_key", "method", "path", "body", "token")},
            "sent_at": _NOW,
            "updated_at": _NOW,
            "sent_clock": _CLOCK,
            "first_sent_at": sa.func.coalesce(TASKS.c.first_sent_at, _NOW),
            "first_clock": sa.func.coalesce(TASKS.c.first_clock, _CLOCK),
            "look_alikes": sa.func.coalesce(sa.bindparam("alike", type_=sa.Text), TASKS.c.look_alikes),
        }
    )
)
_KNOWN = sa.select(TASKS.c.status, TASKS.c.claim, TASKS.c.result_id, TASKS.c.sent_at).where(
    TASKS.c.id == sa.bindparam("number")
)
_CHANGE = TASKS.update().where(TASKS.c.id == sa.bindparam("number"))


def mark_sent(connection: Connection, task: Task, sending: Sending, now: datetime, who: str) -> None:
    """Keep the request, for its bytes are about to leave. Raises FencedError if they must not."""
    request = sending.request
    changed = {
        "number": task.id,
        "claimed": task.claim,
        "now": now,
        "clock": sending.clock,
        "idempotency_key": request.idempotency_key,
        "method": request.method,
        "path": request.path,
        "body": request.body,
        "token": sending.token,
        "alike": None if sending.look_alikes is None else " ".join(sending.look_alikes),
    }
    if not connection.execute(_MARK, changed).rowcount:
        raise FencedError(f"task {task.id}")
    body = hashlib.sha256(request.body or b"").hexdigest()
    event = Event(
        task.id, task.tenant, Happened.SENT, task.status, task.status, key=request.idempotency_key, body_hash=body
    )
    note(connection, [event], now, who)


# -- It worked ---------------------------------------------------------------------------------------------------------


def complete(connection: Connection, task: Task, kind: TaskType, created: Created, now: datetime, who: str) -> Status:
    """Keep that Xero has applied the task's request, and return what the task is at then."""
    row = connection.execute(_KNOWN, {"number": task.id}).one_or_none()
    if row is None:
        return Status.COMPLETED
    before = Status(row.status)
    if created.result_id and taken(connection, task, [created.result_id]):
        return of_a_twin(connection, task, kind, created, before, now, who)
    if row.result_id and created.result_id and row.result_id != created.result_id:
        return conflict(connection, task, row, created, now, who)
    if before == Status.COMPLETED:
        return before
    late = row.claim != task.claim
    after = after_evidence(before, waits=late and row.sent_at is not None)
    changed: dict[str, object] = {"updated_at": now}
    if created.result_id:
        changed |= {"result_id": created.result_id}
        changed |= {"result": created.result} if created.result else {}
    if after == Status.COMPLETED:
        changed |= {**FINISHED_CLEAN, "status": after, "completed_at": now, "claim": row.claim + int(late)}
        changed |= {"http_status": created.http_status, "correlation_id": created.correlation_id}
    connection.execute(_CHANGE, {"number": task.id, **changed})
    what = Happened.LATE if late else created.what
    note(connection, [event_of(task, what, before, after, created)], now, who)
    if after == Status.COMPLETED:
        if created.result_id:
            name_row(connection, task, kind, created.result_id)
        settle(connection, task.id, after, now, who)
        forgive(connection, task.tenant)
    return after


#: What is of no use, or wrong, in a task that is completed.
FINISHED_CLEAN: dict[str, object] = {
    "worker": None,
    "lease_until": None,
    "not_before": None,
    "error_code": None,
    "error_message": None,
    "cancel_requested": False,
    "body": None,
    "token": None,
}


def after_evidence(before: Status, *, waits: bool) -> Status:
    """What a task is at once it is known that a request of it was applied; `waits` if another one may be on its way."""
    if before in FINISHED:
        return before  # a person has decided; the id is there to be seen
    if waits and before == Status.RUNNING:
        return before  # the answer to that one will tell
    return Status.COMPLETED


def conflict(connection: Connection, task: Task, row: Any, created: Created, now: datetime, who: str) -> Status:
    message = f"Xero has two rows of this task: {row.result_id} and {created.result_id}; keep one and delete the other"
    changed: dict[str, Any] = {
        "status": Status.UNCERTAIN,
        "error_code": Code.DUPLICATE,
        "error_message": message,
        "not_before": None,
    }
    changed |= {"claim": TASKS.c.claim + 1, "worker": None, "lease_until": None, "completed_at": None}
    connection.execute(TASKS.update().where(TASKS.c.id == task.id).values(changed | {"updated_at": now}))
    event = Event(
        task.id,
        task.tenant,
        Happened.CONFLICT,
        Status(row.status),
        Status.UNCERTAIN,
        created.http_status,
        created.correlation_id,
        code=Code.DUPLICATE,
        message=message,
    )
    note(connection, [event], now, who)
    return Status.UNCERTAIN


def of_a_twin(
    connection: Connection, task: Task, kind: TaskType, created: Created, before: Status, now: datetime, who: str
) -> Status:
    """Xero's answer names a row that another task was given because it looks the same.

    That one keeps it, for others may name the row by now. This one goes on looking for the other's row.
    """
    message = f"row {created.result_id}, which another task has taken for its own"
    ending = Ending(
        Status.UNCERTAIN,
        Happened.UNKNOWN,
        Code.UNKNOWN,
        message,
        look_at=now + AFTER_A_TWIN,
        counted=False,
        applied=None,
        http_status=created.http_status,
        correlation_id=created.correlation_id,
    )
    released = release(connection, task, kind, ending, now, who)
    if released is None:
        note(connection, [event_of(task, Happened.LATE, before, before, replace(created, result_id=None))], now, who)
    return released or before


#: Until a task looks again whose row another one has: by then its Idempotency-Key, which tells of that row, has ended.
AFTER_A_TWIN = timedelta(minutes=5)


def event_of(task: Task, what: Happened, before: Status, after: Status, created: Created) -> Event:
    message = f"row {created.result_id}" if created.result_id else None
    return Event(
        task.id,
        task.tenant,
        what,
        before,
        after,
        created.http_status,
        created.correlation_id,
        task.key,
        message=message,
    )


_OF_ROW = TASKS.update().where(
    TASKS.c.tenant_id == sa.bindparam("tenant"), TASKS.c.own_id == sa.bindparam("provisional")
)
_OF_SUBJECT = SUBJECTS.update().where(
    SUBJECTS.c.tenant_id == sa.bindparam("tenant"), SUBJECTS.c.subject == sa.bindparam("provisional")
)


def name_row(connection: Connection, task: Task, kind: TaskType, result_id: str) -> None:
    """The row has an id now: what is about it is found by that, whichever of its two names it was added with."""
    own, old = own_part(result_id), provisional(task.id)
    if task.own_id != old:
        return
    theirs = {"tenant": task.tenant}
    connection.execute(_OF_ROW, {**theirs, "provisional": old, "own_id": own})
    named = {"provisional": own_subject(kind, old), "subject": own_subject(kind, own)}
    connection.execute(_OF_SUBJECT, {**theirs, **named})


# -- It did not, or nobody knows ---------------------------------------------------------------------------------------


def release(
    connection: Connection, task: Task, kind: TaskType, ending: Ending, now: datetime, who: str
) -> Status | None:
    """Let the task go, to be tried again, looked into, or mended. None if another claim has it by now."""
    known = sa.select(TASKS.c.status, TASKS.c.worker, TASKS.c.result_id, TASKS.c.attempts, TASKS.c.cancel_requested)
    row = connection.execute(known.where(held(task.id, task.claim))).one_or_none()
    if row is None:
        return None
    if row.worker is None:  # it is let go already: the commit of this very ending was kept, though it seemed to fail
        return Status(row.status)
    if row.result_id:  # an earlier claim's answer has come meanwhile
        return complete(connection, task, kind, Created(row.result_id, what=Happened.LATE), now, who)
    ending = called_off(ending) if row.cancel_requested else ending
    ending = exhausted(ending, row.attempts + int(ending.counted), task.max_attempts)
    changed: dict[str, object] = {
        "status": ending.status,
        "updated_at": now,
        "worker": None,
        "lease_until": None,
        "not_before": ending.look_at,
        "attempts": TASKS.c.attempts + (1 if ending.counted else 0),
        "unreached": TASKS.c.unreached + 1 if ending.code == Code.CONNECTION else 0,
        "error_code": ending.code,
        "error_message": ending.message,
        "http_status": ending.http_status,
        "correlation_id": ending.correlation_id,
    }
    if ending.applied is False:
        changed |= NOT_APPLIED
    if ending.restart:
        changed |= {"sent_at": now, "sent_clock": ending.restart}
    if ending.status in FINISHED:
        changed |= {"completed_at": now, "cancel_requested": False}
    if ending.status not in (Status.UNCERTAIN, *FINISHED):
        changed["cancel_requested"] = False
    connection.execute(TASKS.update().where(held(task.id, task.claim)).values(changed))
    event = Event(
        task.id,
        task.tenant,
        ending.what,
        task.status,
        ending.status,
        ending.http_status,
        ending.correlation_id,
        task.key,
        code=ending.code,
        message=ending.message,
    )
    note(connection, [event], now, who)
    settle(connection, task.id, ending.status, now, who)
    if ending.status == Status.FAILED:
        blame(connection, task.tenant, ending.code)
    return ending.status


#: A request that Xero has not applied need not be remembered.
NOT_APPLIED: dict[str, object] = {
    "sent_at": None,
    "first_sent_at": None,
    "first_clock": None,
    "sent_clock": None,
    "look_alikes": None,
    "idempotency_key": None,
    "token": None,
}


def called_off(ending: Ending) -> Ending:
    """What somebody wants cancelled is not sent again."""
    if ending.status not in READY:
        return ending
    return replace(ending, status=Status.CANCELLED, what=Happened.CANCELLED, look_at=None)


#: Why a request would have to be sent anew that was sent before, where the ending itself does not say.
SENT_IN_VAIN = {Happened.ABSENT: "Xero never created the row", Happened.REPLAYED: "no answer ever came"}


def exhausted(ending: Ending, attempts: int, most: int) -> Ending:
    """The same, or a failure once the type's attempts are used up. No network is nothing that a task could mend."""
    vain = SENT_IN_VAIN.get(ending.what) if ending.status == Status.PENDING else None
    trouble = ending.status == Status.ERROR and ending.code != Code.CONNECTION
    if attempts < most or not (vain or trouble):
        return ending
    message = f"given up after {attempts} attempts: {vain or ending.message}"
    code = ending.code or Code.SERVER
    return replace(ending, status=Status.FAILED, what=Happened.FAILED, code=code, message=message, look_at=None)
