"""The queue's tables as rows for statements, the web page and the command line: plain values, times without a zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from xerosql.queue.actions import actions_on, given_up_parents
from xerosql.queue.model import READY, Status, TaskTypes
from xerosql.queue.tables import DEPENDENCIES, EVENTS, MAX_ATTEMPTS, TASK_TYPES, TASKS, TENANTS, WORKERS

#: Values that rows must have, by attribute.
Wanted = Mapping[str, Sequence[object]]


#: Columns of the table of tasks that are read in any case, and those from which others are worked out.
ALWAYS = ("id", "type", "status")
MADE_OF = {"waiting_for": ("open_dependencies", "not_before"), "actions": ("result_id", "first_sent_at")}


class Rows:
    """Reads rows within one transaction. `columns` are the attributes that are needed; dear ones are left out else."""

    def __init__(self, connection: Connection, types: TaskTypes, now: datetime) -> None:
        self.connection = connection
        self.types = types
        self.now = now

    def of(self, table: str, wanted: Wanted, columns: Collection[str]) -> list[SimpleNamespace]:
        """The rows of a table of the schema queue, or of sys.workers, by its full name."""
        readers: dict[str, Callable[[], list[SimpleNamespace]]] = {
            "queue.XeroTasks": lambda: self.tasks(wanted, columns),
            "queue.XeroTaskTypes": self.task_types,
            "queue.XeroTaskEvents": lambda: self.plain(EVENTS, wanted),
            "queue.XeroTaskDependencies": lambda: self.plain(DEPENDENCIES, wanted),
            "queue.XeroTaskCounts": self.counts,
            "queue.XeroTenants": lambda: self.plain(TENANTS, {}),
            "sys.workers": self.workers,
        }
        return readers[table]()

    def plain(self, table: sa.Table, wanted: Wanted) -> list[SimpleNamespace]:
        query = narrowed(sa.select(table), table, wanted).order_by(*table.primary_key.columns)
        return [SimpleNamespace(**shown(row._mapping)) for row in self.connection.execute(query)]  # noqa: SLF001 - its public name

    # -- Tasks ---------------------------------------------------------------------------------------------------------

    def tasks(self, wanted: Wanted, columns: Collection[str]) -> list[SimpleNamespace]:
        asked = set(columns)
        read = {*ALWAYS, *asked, *(name for column in asked for name in MADE_OF.get(column, ()))}
        query = narrowed(
            sa.select(
                *(column for column in TASKS.c if column.name in read),
                TENANTS.c.dealer_code,
                TENANTS.c.paused_until,
                TENANTS.c.reason,
                TASK_TYPES.c.enabled,
            )
            .join_from(TASKS, TENANTS, TASKS.c.tenant_id == TENANTS.c.tenant_id)
            .join(TASK_TYPES, TASKS.c.type == TASK_TYPES.c.type),
            TASKS,
            wanted,
        ).order_by(TASKS.c.id)
        found = list(self.connection.execute(query))
        made = self.makers(asked, [row.id for row in found] if "id" in wanted else None)
        return [self.task(row, made) for row in found]

    def task(self, row: Any, made: Mapping[str, Callable[[Any], object]]) -> SimpleNamespace:
        values = shown(row._mapping)  # noqa: SLF001 - its public name
        return SimpleNamespace(**values | {name: make(row) for name, make in made.items()})

    def makers(self, asked: set[str], ids: Sequence[int] | None) -> dict[str, Callable[[Any], object]]:
        """What works out the columns that are asked for and stand in no table, from a row of the table of tasks."""
        needs = self.needs(ids) if {"blocked_by", "depends_on"} & asked else {}
        log = self.log(ids) if "activity_log" in asked else {}
        orphans = given_up_parents(self.connection, ids) if "actions" in asked else set()

        def listed(row: Any, *, open_only: bool) -> str | None:
            numbers = [str(number) for number, over in needs.get(row.id, ()) if not (open_only and over)]
            return ",".join(numbers) or None

        def actions(row: Any) -> str | None:
            return ",".join(actions_on(row, self.types[row.type], orphan=row.id in orphans)) or None

        made: dict[str, Callable[[Any], object]] = {
            "table_name": lambda row: self.types[row.type].table.full_name,
            "operation": lambda row: self.types[row.type].operation,
            "waiting_for": self.waiting_for,
            "depends_on": lambda row: listed(row, open_only=False),
            "blocked_by": lambda row: listed(row, open_only=True),
            "activity_log": lambda row: "\n".join(log.get(row.id, ())) or None,
            "actions": actions,
        }
        return {name: make for name, make in made.items() if name in asked}

    def waiting_for(self, row: Any) -> str | None:
        """Why a task that could be sent is not; None if nothing keeps it, or it needs a person."""
        if row.status == Status.UNCERTAIN and row.not_before is not None:
            return "recovery"
        if row.status not in READY:
            return None
        if row.open_dependencies:
            return "dependency"
        if row.paused_until is not None and row.paused_until > self.now:
            return str(row.reason)
        if not row.enabled:
            return "paused"
        return "delay" if row.not_before is not None and row.not_before > self.now else None

    def needs(self, ids: Sequence[int] | None) -> dict[int, list[tuple[int, bool]]]:
        query = sa.select(DEPENDENCIES.c.task_id, DEPENDENCIES.c.needs_id, DEPENDENCIES.c.satisfied)
        query = query.order_by(DEPENDENCIES.c.task_id, DEPENDENCIES.c.needs_id)
        if ids is not None:
            query = query.where(DEPENDENCIES.c.task_id.in_(ids))
        found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for task, needed, satisfied in self.connection.execute(query):
            found[task].append((needed, satisfied))
        return found

    def log(self, ids: Sequence[int] | None) -> dict[int, list[str]]:
        query = sa.select(EVENTS).order_by(EVENTS.c.id)
        if ids is not None:
            query = query.where(EVENTS.c.task_id.in_(ids))
        found: dict[int, list[str]] = defaultdict(list)
        for row in self.connection.execute(query):
            found[row.task_id].append(line_of(row))
        return found

    def counts(self) -> list[SimpleNamespace]:
        per = (TASKS.c.type, TASKS.c.status, TASKS.c.tenant_id)
        query = sa.select(*per, sa.func.count().label("tasks")).group_by(*per).order_by(*per)
        return [SimpleNamespace(**row._mapping) for row in self.connection.execute(query)]  # noqa: SLF001 - its public name

    # -- Types and workers ---------------------------------------------------------------------------------------------

    def task_types(self) -> list[SimpleNamespace]:
        """The types as the queue has them; those that it has never seen as they come with xerosql."""
        stored = {row.type: row for row in self.connection.execute(sa.select(TASK_TYPES))}
        return [self.task_type(name, stored.get(name)) for name in self.types]

    def task_type(self, name: str, row: Any) -> SimpleNamespace:
        kind = self.types[name]
        more = row.more_dependencies.split() if row is not None else []
        return SimpleNamespace(
            type=name,
            display_name=row.display_name if row is not None else kind.display_name,
            description=row.description if row is not None else kind.description,
            dependencies=",".join([*kind.write.after, *more]) or None,
            table_name=kind.table.full_name,
            operation=kind.operation,
            replay_class=kind.replay.value,
            max_attempts=row.max_attempts if row is not None else MAX_ATTEMPTS,
            delay_minutes=row.delay_minutes if row is not None else 0,
            enabled=row.enabled if row is not None else True,
        )

    def workers(self) -> list[SimpleNamespace]:
        held = (
            sa.select(TASKS.c.worker, sa.func.count().label("holding"))
            .where(TASKS.c.lease_until > self.now)
            .group_by(TASKS.c.worker)
            .subquery()
        )
        query = (
            sa.select(WORKERS, sa.func.coalesce(held.c.holding, 0).label("holding"))
            .outerjoin_from(WORKERS, held, WORKERS.c.worker == held.c.worker)
            .order_by(WORKERS.c.started_at)
        )
        return [SimpleNamespace(**shown(row._mapping)) for row in self.connection.execute(query)]  # noqa: SLF001 - its public name


def narrowed(query: sa.Select[Any], table: sa.Table, wanted: Wanted) -> sa.Select[Any]:
    for name, values in wanted.items():
        if name in table.c and len(values) <= 500:
            query = query.where(table.c[name].in_(list(values)))
    return query


def shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The values by name, times as text in ISO 8601, the bytes of a body as the text that they are."""
    return {str(name): as_text(value) for name, value in row.items()}


def as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return bytes(value).decode() if isinstance(value, bytes | memoryview) else value


def line_of(event: Any) -> str:
    """An event as a line of a log."""
    moved = f"{event.from_status or '–'} → {event.to_status or '–'}" if event.from_status != event.to_status else ""
    details = [moved, f"HTTP {event.http_status}" if event.http_status else "", event.code or "", event.message or ""]
    told = ", ".join(each for each in details if each)
    return f"{event.at:%Y-%m-%d %H:%M:%S} {event.event} by {event.who}{f': {told}' if told else ''}"
