"""What a write would send, without sending it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import InvalidOperation

from xerosql.api import Request
from xerosql.catalog.model import Column, Table
from xerosql.execute.cancel import Cancellation
from xerosql.execute.guard import too_dear, too_many, unfiltered
from xerosql.execute.prepared import UPDATE, Change, Prepared
from xerosql.execute.send import shortened
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.execute.write import WritePlan, Writer
from xerosql.payload.coerce import READERS
from xerosql.payload.objects import value_at


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column that an UPDATE gives another value than it has, with both as Python values."""

    column: str
    old: object
    new: object

    def __str__(self) -> str:
        return f"{self.column}: {shown(self.old)} → {shown(self.new)}"


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request that would be sent: path with query, exact body (None without one), and what it changes in which row.

    `row` is the row's Id, or "row 3" where an INSERT's row has none yet. `changes` are an UPDATE's alone.
    """

    method: str
    path: str
    body: str | None
    tenant: str
    row: str
    changes: tuple[ColumnChange, ...] = ()

    def as_dict(self) -> Mapping[str, object]:
        """The same as JSON has it; values that JSON has no word for stay Python's."""
        found: dict[str, object] = {"method": self.method, "path": self.path, "tenant": self.tenant, "row": self.row}
        if self.body is not None:
            found["body"] = self.body
        changes = [{"column": each.column, "old": each.old, "new": each.new} for each in self.changes]
        return {**found, **({"changes": changes} if changes else {})}


@dataclass(frozen=True, slots=True)
class DryRun:
    """How many rows a write has, the requests for them in order, and what speaks against running it."""

    targets: int
    requests: tuple[PlannedRequest, ...]
    warnings: tuple[str, ...] = ()


def dry_run(
    session: Session,
    plan: WritePlan,
    many: Sequence[Sequence[object]],
    stats: Stats,
    cancelled: Cancellation,
) -> DryRun:
    """What the plan would send with each set of parameters in `many`; nothing is written.

    The rows to change, and the parents of rows to insert, are read as for the run itself. Raises what the run would
    raise before its first request, except that budgets for writes become warnings.
    """
    prepared = Writer(session, stats, cancelled).prepare(plan, many)
    requests = tuple(planned for change in prepared.changes for planned in planned_requests(prepared, change))
    warnings = (
        unfiltered(plan, session.variables),
        too_many(prepared, session.variables),
        too_dear(prepared, session, stats.api_calls),
        unchanged(prepared),
    )
    return DryRun(len(prepared.changes), requests, tuple(each for each in warnings if each))


def planned_requests(prepared: Prepared, change: Change) -> Iterator[PlannedRequest]:
    """The requests of one row. Their Idempotency-Keys are left out, since the run itself makes new ones."""
    for place, request in enumerate(change.requests):
        columns = change.sets[place] if prepared.kind == UPDATE else ()
        yield PlannedRequest(
            request.method,
            request.target,
            body_text(request),
            request.tenant,
            change.label,
            tuple(column_changes(prepared.table, change, columns)),
        )


def body_text(request: Request) -> str | None:
    return None if request.body is None else request.body.decode()


def column_changes(table: Table, change: Change, columns: Sequence[str]) -> Iterator[ColumnChange]:
    """Those of the columns whose value is another afterwards."""
    for column in (table[name] for name in columns):
        old = typed(column, value_at(change.before or {}, column.json))
        new = typed(column, value_at(change.after, column.json))
        if old != new:
            yield ColumnChange(column.name, old, new)


def typed(column: Column, value: object) -> object:
    """A value of Xero's JSON as the column's Python type; one that is of another type stays as it came."""
    try:
        return None if value is None else READERS[column.type](value)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        return value


def unchanged(prepared: Prepared) -> str:
    """An UPDATE of rows that have all their new values already; they are sent all the same."""
    rows = [
        change.label
        for change in prepared.changes
        if prepared.kind == UPDATE
        and not any(True for columns in change.sets for _ in column_changes(prepared.table, change, columns))
    ]
    if not rows:
        return ""
    count = f"{len(rows)} row{'s' * (len(rows) != 1)}"
    return f"nothing changes in {count} that would be sent: {shortened(rows)}"


def shown(value: object) -> str:
    """A value as SQL has it, as far as a reader needs to tell text from numbers."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    return f"'{value}'" if isinstance(value, str) else str(value)
