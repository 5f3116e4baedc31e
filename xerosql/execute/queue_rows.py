"""The tables of the schema queue in statements: who may see and change them, and their rows. It takes no call."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from xerosql.catalog.model import Table
from xerosql.errors import ProgrammingError
from xerosql.execute.session import Session
from xerosql.plan.known import Known
from xerosql.plan.model import Scan

TYPES = "queue.XeroTaskTypes"


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights that a table takes: to be seen, and to be changed."""

    see: str
    change: str


def rights_on(table: Table) -> Rights:
    """The types of tasks are one thing, the tasks with all that is about them another."""
    if table.full_name == TYPES:
        return Rights("xero_task_types", "xero_task_types_edit")
    return Rights("xero_tasks", "xero_tasks_control")


def require(session: Session, right: str, table: Table) -> None:
    """ProgrammingError (42501) unless this connection has the right."""
    if right not in (session.settings.queue_rights or ()):
        raise ProgrammingError(
            f"permission denied for {table.name}: this connection does not have the right {right} (queue_rights)",
            sqlstate="42501",
        )


def queue_rows(session: Session, scan: Scan, known: Known) -> list[SimpleNamespace]:
    """The rows that a scan can use, as they are now."""
    table = scan.table
    require(session, rights_on(table).see, table)
    if known.impossible:
        return []
    wanted = {table[name].json: known.sets[name] for name in table.narrowed_by if name in known.sets}
    return session.queue.rows(table.full_name, wanted, [table[name].json for name in scan.columns])
