"""The words of the write queue: what a task can be at, why it waits, how it may be repeated, and the task itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from xerosql.api.request import Request
from xerosql.catalog import Catalog
from xerosql.catalog.model import PAIR, UUID, Table, Write
from xerosql.errors import InternalError
from xerosql.plan.known import PROVISIONAL, is_provisional

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"


class Status(StrEnum):
    """What a task is at."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    ERROR = "Error"  # trouble on the way; tried again by itself
    FAILED = "Failed"  # refused; needs a person
    UNCERTAIN = "Uncertain"  # sent, and nobody knows yet whether Xero applied it
    CANCELLED = "Cancelled"
    SKIPPED = "Skipped"


OPEN = (Status.PENDING, Status.RUNNING, Status.ERROR, Status.FAILED, Status.UNCERTAIN)
FINISHED = (Status.COMPLETED, Status.CANCELLED, Status.SKIPPED)
#: A task that has never been on its way, or is known not to have been applied.
READY = (Status.PENDING, Status.ERROR)


class Replay(StrEnum):
    """What may follow when a request was sent and its answer never came."""

    NATURAL = "natural"  # it sets values of a row with an id: send it again
    DELETE = "delete"  # send it again; 404 then means that the first one worked
    KEYED = "keyed"  # a creation with a value of its own: look whether a row has it
    BLIND = "blind"  # a creation that nothing tells from others: compare with what was there before


class Code(StrEnum):
    """Why a task is not completed; docs/queue.md says what to do about each."""

    VALIDATION = "XERO_VALIDATION"
    FORBIDDEN = "XERO_FORBIDDEN"
    NOT_FOUND = "XERO_NOT_FOUND"
    CONFLICT = "XERO_CONFLICT"
    UNEXPECTED = "XERO_UNEXPECTED"
    SERVER = "XERO_SERVER"
    UNKNOWN = "XERO_OUTCOME_UNKNOWN"
    DUPLICATE = "XERO_DUPLICATE"
    CONNECTION = "CONNECTION"
    INVALID = "INVALID"
    DEPENDENCY = "DEPENDENCY"
    WORKER = "WORKER_DIED"


class Reason(StrEnum):
    """Why nothing is sent to an organisation for a while."""

    RATE_LIMIT = "rate limit"
    AUTHORISATION = "authorisation"
    OFFLINE = "offline"
    ATTENTION = "needs attention"
    PAUSED = "paused"


REFERENCE, ORDER = "reference", "order"


@dataclass(frozen=True)
class TaskType:
    """The template of a kind of task: which request of which table it makes, and what comes before it."""

    name: str
    table: Table
    write: Write
    operation: str

    @property
    def display_name(self) -> str:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name).split(" ")
        return " ".join([words[0], *(word.lower() for word in words[1:])])

    @property
    def description(self) -> str:
        return f"This task {self.write.about}."

    @property
    def replay(self) -> Replay:
        if self.operation == INSERT:
            return Replay.KEYED if self.write.keyed_by else Replay.BLIND
        return Replay.DELETE if self.operation == DELETE else Replay.NATURAL

    @property
    def own_id(self) -> str:
        """The column of the id that names the row."""
        return self.table.own_id

    def to_come(self, values: Mapping[str, object]) -> dict[str, str]:
        """Those values that name a row which is yet to be created, by column. A text never does, whatever it says."""
        return {
            name: str(value)
            for name, value in values.items()
            if is_provisional(value) and self.table[name].type in (UUID, PAIR)
        }


class TaskTypes(Mapping[str, TaskType]):
    """Every type of task by name, as the catalog's tables declare them."""

    def __init__(self, catalog: Catalog) -> None:
        self._types = {each.name: each for table in catalog if table.source == "xero" for each in types_of(table)}

    def __getitem__(self, name: str) -> TaskType:
        return self._types[name]

    def __iter__(self) -> Any:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def of(self, table: Table, write: Write) -> TaskType:
        """The type of the tasks that make this request."""
        for each in self._types.values():
            if each.table is table and each.write is write:
                return each
        raise InternalError(f"no task makes {write.method} {write.url}")


def types_of(table: Table) -> list[TaskType]:
    found = [TaskType(write.task, table, write, UPDATE) for write in table.updates]
    if table.insert:
        found.insert(0, TaskType(table.insert.task, table, table.insert, INSERT))
    if table.delete:
        found.append(TaskType(table.delete.task, table, table.delete, DELETE))
    return found


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be published.

    `parameters` has the values of the row's columns by name: those of its URL, and those to write. `own_id` is the id
    of the row that it writes, `queue:<id>` for one that it creates.
    """

    id: int
    type: TaskType
    tenant: str
    parameters: Mapping[str, object]
    own_id: str
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it is in the store. `claim` counts the workers that have taken it: writes of an older one are refused.

    `sent_at` is when the claim's request left, None if it has not; `first_sent_at` when the first one did whose outcome
    is not known. Times are UTC without a zone.
    """

    id: int
    type: str
    tenant: str
    status: Status
    parameters: str
    own_id: str
    revision: int
    attempts: int
    claim: int
    max_attempts: int
    key: str | None = None
    request: Request | None = field(default=None, repr=False)
    token: str | None = None
    sent_at: datetime | None = None
    first_sent_at: datetime | None = None
    first_clock: str | None = None
    sent_clock: str | None = None
    look_alikes: tuple[str, ...] | None = None
    unreached: int = 0
    resolution: str | None = None
    result_id: str | None = None


def provisional(task: int) -> str:
    return f"queue:{task}"


def task_of(value: str) -> int:
    """The number of the task that creates the row of a provisional id."""
    found = PROVISIONAL.fullmatch(value)
    if found is None:
        raise InternalError(f"{value!r} is no provisional id")
    return int(found[1])


def own_part(result_id: str) -> str:
    """The row's own id in "parent/own", or the whole."""
    return result_id.rpartition("/")[2]
