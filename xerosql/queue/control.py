"""What people do with tasks: retry, cancel, skip, mend, put off, say what happened. All of a statement, or nothing.

Each is decided on the task as it is in the transaction that changes it, so nobody acts on what was true a second ago.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.errors import Error, IntegrityError
from xerosql.queue.actions import CANCELLED, GIVEN_UP, RETRIED, TOLD, may_have_been_created, takes_parameters
from xerosql.queue.claims import read_task
from xerosql.queue.database import in_batches
from xerosql.queue.dependents import reopen, settle
from xerosql.queue.edit import edit
from xerosql.queue.events import Event, Happened, note
from xerosql.queue.model import (
    FINISHED,
    INSERT,
    OPEN,
    READY,
    REFERENCE,
    Status,
    TaskType,
    TaskTypes,
)
from xerosql.queue.outcomes import NOT_APPLIED, name_row
from xerosql.queue.tables import DEPENDENCIES, TASKS

#: Tasks that a message names.
NAMED = 10
ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a task: new values by the names of XeroTasks' columns."""

    task: int
    values: Mapping[str, object]

    @property
    def status(self) -> Status | None:
        found = self.values.get("XeroTaskStatus")
        return None if found is None else Status(str(found))


class Objection(Exception):  # noqa: N818 - it is a reason, gathered with others into one error
    """Why a wish cannot be granted, as a sentence that follows "task 41"."""


@dataclass(frozen=True)
class Control:
    """Carries out the wishes of one statement, in one change of the queue."""

    connection: Connection
    types: TaskTypes
    now: datetime
    who: str

    def carry_out(self, wishes: Sequence[Wish]) -> int:
        """Grant all the wishes; how many tasks were changed. IntegrityError, with a reason for each, if one cannot be.

        Nothing was changed then.
        """
        objections = []
        for wish in wishes:
            try:
                self.grant(wish)
            except Objection as objection:
                objections.append(f"task {wish.task} {objection}")
        if objections:
            raise refused(objections)
        return len(wishes)

    def grant(self, wish: Wish) -> None:
        row = self.connection.execute(sa.select(TASKS).where(TASKS.c.id == wish.task)).one_or_none()
        if row is None:
            raise Objection("does not exist any more")
        kind = self.types[row.type]
        if wish.values.get("Parameters") is not None:
            self.edit(wish, row, kind)
        match wish.status:
            case Status.PENDING:
                self.retry(wish, row, kind)
            case Status.CANCELLED:
                self.cancel(row)
            case Status.SKIPPED:
                self.give_up(row, Status.SKIPPED, GIVEN_UP, Happened.SKIPPED)
            case Status.COMPLETED:
                self.tell(wish, row, kind)
            case None:
                self.refuse_leftovers(wish, ("Resolution", "ResultId"))
            case other:
                raise Objection(f"cannot be set to {other}: that comes by itself")
        self.reschedule(wish, row)

    # -- The verbs -----------------------------------------------------------------------------------------------------

    def retry(self, wish: Wish, row: Any, kind: TaskType) -> None:
        """Send it again, as a new request with a new key."""
        self.refuse_leftovers(wish, ("ResultId",))
        before, absent = Status(row.status), wish.values.get("Resolution") == ABSENT
        if before not in (*RETRIED, Status.UNCERTAIN):
            raise Objection(f"is {before} and cannot be retried")
        if row.result_id:
            raise Objection(f"has created {row.result_id} already: set it to Completed with that ResultId")
        if may_have_been_created(row, kind) and not absent:
            raise Objection(
                "may have been applied: look whether Xero has its row, then set Resolution = 'absent' too if it has "
                "not, or XeroTaskStatus = 'Completed' with its ResultId if it has"
            )
        self.refuse_without_parents(row)
        fresh = {"attempts": 0, "unreached": 0, "crashes": 0, "revision": row.revision + 1}
        fresh |= {"not_before": None, "completed_at": None}
        clean = {"error_code": None, "error_message": None, "http_status": None, "correlation_id": None}
        resolution = ABSENT if absent else None
        new = NOT_APPLIED if kind.operation == INSERT else {}  # a deletion may have worked the first time
        self.move(row, Status.PENDING, Happened.RETRIED, {**new, **fresh, **clean, "resolution": resolution})
        reopen(self.connection, row.id, self.now, self.who)

    def refuse_without_parents(self, row: Any) -> None:
        """A row that names another's cannot be sent while that is given up."""
        query = (
            sa.select(DEPENDENCIES.c.needs_id, TASKS.c.status)
            .outerjoin_from(DEPENDENCIES, TASKS, DEPENDENCIES.c.needs_id == TASKS.c.id)
            .where(DEPENDENCIES.c.task_id == row.id, DEPENDENCIES.c.kind == REFERENCE, ~DEPENDENCIES.c.satisfied)
        )
        for needed, status in self.connection.execute(query):
            if status is None:
                raise Objection(f"needs the row of task {needed}, which was deleted")
            if status in FINISHED:
                raise Objection(f"needs the row of task {needed}, which is {status}: retry that first")

    def cancel(self, row: Any) -> None:
        """Never send it. One that is under way is stopped if its request has not left yet."""
        if row.status == Status.RUNNING:
            asked = TASKS.update().where(TASKS.c.id == row.id).values(cancel_requested=True, updated_at=self.now)
            self.connection.execute(asked)
            event = Event(row.id, row.tenant_id, Happened.CANCELLED, Status.RUNNING, Status.RUNNING)
            note(self.connection, [event], self.now, self.who)
            return
        self.give_up(row, Status.CANCELLED, CANCELLED, Happened.CANCELLED)

    def give_up(self, row: Any, after: Status, allowed: tuple[Status, ...], what: Happened) -> None:
        if row.status not in allowed:
            raise Objection(f"is {row.status} and cannot be {after.lower()}")
        self.move(row, after, what, {"completed_at": self.now, "not_before": None})
        settle(self.connection, row.id, after, self.now, self.who)

    def tell(self, wish: Wish, row: Any, kind: TaskType) -> None:
        """It did happen: here is its row."""
        self.refuse_leftovers(wish, ("Resolution",))
        found = wish.values.get("ResultId")
        if row.status not in TOLD:
            raise Objection(f"is {row.status} and cannot be completed by hand")
        if kind.operation == INSERT and not found:
            raise Objection("creates a row: set ResultId too, to the Id that it has at Xero")
        if kind.operation != INSERT and found:
            raise Objection("creates no row, so it takes no ResultId")
        other = self.taken_by(row, str(found)) if found else None
        if other is not None:
            raise Objection(f"cannot have {found}: that is the row of task {other}")
        clean = {"error_code": None, "error_message": None, "not_before": None, "result_id": found}
        self.move(row, Status.COMPLETED, Happened.RESOLVED, {**clean, "completed_at": self.now})
        task = read_task(self.connection, row.id)
        if found and task is not None:
            name_row(self.connection, task, kind, str(found))
        settle(self.connection, row.id, Status.COMPLETED, self.now, self.who)

    def taken_by(self, row: Any, result_id: str) -> int | None:
        query = sa.select(TASKS.c.id).where(
            TASKS.c.tenant_id == row.tenant_id, TASKS.c.result_id == result_id, TASKS.c.id != row.id
        )
        found: int | None = self.connection.execute(query.limit(1)).scalar_one_or_none()
        return found

    def reschedule(self, wish: Wish, row: Any) -> None:
        """Put it off, or before others."""
        values: dict[str, Any] = {}
        if "Priority" in wish.values:
            values["priority"] = wish.values["Priority"] or 0
        if "DelayDate" in wish.values:
            values["not_before"] = wish.values["DelayDate"]
        if not values:
            return
        if row.status not in READY and wish.status != Status.PENDING:
            raise Objection(f"is {row.status}, so neither Priority nor DelayDate matters")
        self.change(row, values)
        status = Status(wish.status or row.status)
        note(self.connection, [self.event(row, Happened.RESCHEDULED, status, status)], self.now, self.who)

    def edit(self, wish: Wish, row: Any, kind: TaskType) -> None:
        """Other values to send, for a task of which nothing can have been applied."""
        if not takes_parameters(row):
            raise Objection(f"is {row.status}, so its Parameters cannot be changed any more")
        try:
            edit(self.connection, self.types, row, kind, str(wish.values["Parameters"]))
        except Error as error:
            raise Objection(f"takes no such Parameters: {error.message}") from error
        self.change(row, {"revision": row.revision + 1})
        status = Status(row.status)
        note(self.connection, [self.event(row, Happened.EDITED, status, status)], self.now, self.who)

    # -- Writing -------------------------------------------------------------------------------------------------------

    def refuse_leftovers(self, wish: Wish, names: tuple[str, ...]) -> None:
        """What is set without what gives it a meaning."""
        means = {"Resolution": "XeroTaskStatus = 'Pending'", "ResultId": "XeroTaskStatus = 'Completed'"}
        for name in names:
            if wish.values.get(name) is not None:
                raise Objection(f"takes {name} only together with {means[name]}")

    def move(self, row: Any, after: Status, what: Happened, values: Mapping[str, Any]) -> None:
        """To another status. Whoever may hold the task holds it no more."""
        free = {"worker": None, "lease_until": None, "claim": row.claim + 1, "cancel_requested": False}
        self.change(row, {"status": after, **free, **values})
        note(self.connection, [self.event(row, what, Status(row.status), after)], self.now, self.who)

    def change(self, row: Any, values: Mapping[str, Any]) -> None:
        self.connection.execute(TASKS.update().where(TASKS.c.id == row.id).values({**values, "updated_at": self.now}))

    def event(self, row: Any, what: Happened, before: Status, after: Status) -> Event:
        return Event(row.id, row.tenant_id, what, before, after)


def refused(objections: Sequence[str]) -> IntegrityError:
    more = f"; and {len(objections) - NAMED} more" if len(objections) > NAMED else ""
    return IntegrityError(f"nothing was changed: {'; '.join(objections[:NAMED])}{more}", sqlstate="55000")


# -- Deleting what is over ---------------------------------------------------------------------------------------------


def purge(connection: Connection, tasks: Sequence[int], now: datetime, who: str) -> int:
    """Delete finished tasks; those to which an open task still refers are kept. How many are gone.

    The events stay. Raises IntegrityError, with nothing deleted, if one of the tasks is not finished.
    """
    objections, gone = [], []
    for some in in_batches(tasks):
        query = sa.select(TASKS.c.id, TASKS.c.tenant_id, TASKS.c.status).where(TASKS.c.id.in_(some))
        for number, tenant, status in connection.execute(query.order_by(TASKS.c.id)):
            if status in FINISHED:
                gone.append((number, tenant, status))
            else:
                objections.append(
                    f"task {number} is {status}; only Completed, Cancelled and Skipped ones can be deleted"
                )
    if objections:
        raise refused(objections)
    needed = needed_ones(connection, [number for number, _, _ in gone])
    gone = [each for each in gone if each[0] not in needed]
    for some_rows in in_batches(gone):
        connection.execute(TASKS.delete().where(TASKS.c.id.in_([number for number, _, _ in some_rows])))
    note(
        connection,
        [Event(number, tenant, Happened.PURGED, Status(status), None) for number, tenant, status in gone],
        now,
        who,
    )
    return len(gone)


def needed_ones(connection: Connection, tasks: Sequence[int]) -> set[int]:
    """Those of the tasks whose rows open tasks name."""
    found: set[int] = set()
    for some in in_batches(tasks):
        query = (
            sa.select(DEPENDENCIES.c.needs_id)
            .join_from(DEPENDENCIES, TASKS, DEPENDENCIES.c.task_id == TASKS.c.id)
            .where(DEPENDENCIES.c.needs_id.in_(some), DEPENDENCIES.c.kind == REFERENCE, TASKS.c.status.in_(OPEN))
        )
        found |= set(connection.execute(query).scalars())
    return found
