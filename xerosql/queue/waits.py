"""What comes before what: the open tasks that a new one has to wait for.

Two tasks on the same row go in the order in which they were added. A task of a type that goes first goes first where
one of the two writes the row that the other names. Tasks that merely name the same row, such as two of a project,
have nothing to do with each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.plan.known import is_provisional
from xerosql.queue.database import in_batches
from xerosql.queue.model import INSERT, OPEN, ORDER, REFERENCE, NewTask, TaskType, TaskTypes, task_of
from xerosql.queue.tables import SUBJECTS, TASKS


@dataclass(frozen=True, slots=True)
class Earlier:
    """An open task that was added before, and a row that it writes (`own`) or names."""

    id: int
    type: str
    tenant: str
    subject: str
    own: bool


def own_subject(kind: TaskType, own_id: str) -> str:
    """The row that a task writes, as a subject."""
    return f"{kind.own_id}={own_id}"


def named_subjects(task: NewTask) -> set[str]:
    """The other rows that a task names in its columns."""
    ids = {column: value for column, value in task.parameters.items() if isinstance(value, str)}
    found = {f"{column}={value}" for column, value in ids.items() if column.endswith("Id") and column != "TenantId"}
    return found - {own_subject(task.type, task.own_id)}


def subject_rows(task: NewTask) -> Iterator[dict[str, object]]:
    """The rows of the table of subjects for a task."""
    mine = {"task_id": task.id, "tenant_id": task.tenant}
    yield {**mine, "subject": own_subject(task.type, task.own_id), "own": True}
    for subject in sorted(named_subjects(task)):
        yield {**mine, "subject": subject, "own": False}


def references(task: NewTask) -> list[str]:
    """The provisional ids that a task names, besides that of the row which it creates."""
    found = list(task.type.to_come(task.parameters).values())
    return [*found, *([task.own_id] if is_provisional(task.own_id) and task.type.operation != INSERT else [])]


def open_tasks(connection: Connection, types: TaskTypes, tasks: Sequence[NewTask]) -> Iterator[Earlier]:
    """The open tasks that write rows which the new ones write or name, and those that name rows which they write."""
    own = {own_subject(task.type, task.own_id) for task in tasks if task.type.operation != INSERT}
    named = {subject for task in tasks for subject in named_subjects(task)}
    wanted = [(sorted(own | named), SUBJECTS.c.own), (sorted(own), ~SUBJECTS.c.own)]
    for subjects, which in wanted:
        for some in in_batches(subjects):
            query = (
                sa.select(TASKS.c.id, TASKS.c.type, SUBJECTS.c.tenant_id, SUBJECTS.c.subject, SUBJECTS.c.own)
                .join_from(SUBJECTS, TASKS, SUBJECTS.c.task_id == TASKS.c.id)
                .where(SUBJECTS.c.subject.in_(some), which, TASKS.c.status.in_(OPEN))
                .order_by(TASKS.c.id)
            )
            for row in connection.execute(query):
                if row.type in types:
                    yield Earlier(*row)


class Waits:
    """Works out, task by task in the order in which they are added, which others each has to wait for."""

    def __init__(self, more: Mapping[str, frozenset[str]], known: Iterator[Earlier]) -> None:
        self.more = more
        self.writing: dict[tuple[str, str], list[Earlier]] = defaultdict(list)
        self.naming: dict[tuple[str, str, str], list[Earlier]] = defaultdict(list)
        for earlier in known:
            self.note(earlier)

    def note(self, earlier: Earlier) -> None:
        if earlier.own:
            self.writing[earlier.tenant, earlier.subject].append(earlier)
        else:
            self.naming[earlier.tenant, earlier.subject, earlier.type].append(earlier)

    def add(self, task: NewTask) -> list[dict[str, object]]:
        """The dependencies of a task; those that are added later see it."""
        needs = {task_of(value): REFERENCE for value in references(task)}
        for earlier in self.before(task):
            needs.setdefault(earlier.id, ORDER)
        for row in subject_rows(task):
            self.note(Earlier(task.id, task.type.name, task.tenant, str(row["subject"]), bool(row["own"])))
        return [{"task_id": task.id, "needs_id": each, "kind": kind} for each, kind in needs.items()]

    def before(self, task: NewTask) -> Iterator[Earlier]:
        own = own_subject(task.type, task.own_id)
        after = {*task.type.write.after, *self.more.get(task.type.name, ())}
        yield from self.writing.get((task.tenant, own), ())
        for subject in named_subjects(task):
            for earlier in self.writing.get((task.tenant, subject), ()):
                if earlier.type in after:
                    yield earlier
        for kind in after:
            yield from self.naming.get((task.tenant, own, kind), ())
