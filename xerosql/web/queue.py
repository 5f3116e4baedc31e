"""The queue as the pages see it: statements on the schema `queue`, rows as dictionaries by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import current_app

from xerosql import Connection
from xerosql.errors import DataError

Row = dict[str, Any]


class Queue:
    """Runs statements on the connection. Safe for threads."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rights = frozenset(connection.settings.queue_rights or ())

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """The rows of a SELECT. Raises what the statement raises."""
        with self.connection.cursor() as cursor:
            cursor.execute(query, list(values))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def change(self, statement: str, values: Sequence[object] = ()) -> int:
        """How many rows an UPDATE has changed. DataError if that is none, since it was to be one."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, list(values))
            if not cursor.rowcount:
                raise DataError("there is nothing of that name any more", sqlstate="02000")
            return cursor.rowcount

    def type_names(self) -> dict[str, str]:
        """What people call the types of tasks; the types' own names where those may not be seen."""
        if "xero_task_types" not in self.rights:
            return {}
        found = self.rows("SELECT XeroTaskType, DisplayName FROM queue.XeroTaskTypes ORDER BY DisplayName")
        return {row["XeroTaskType"]: row["DisplayName"] for row in found}

    def counts(self) -> dict[str, int]:
        """How many tasks are at each status."""
        query = "SELECT XeroTaskStatus, sum(Tasks) AS n FROM queue.XeroTaskCounts GROUP BY XeroTaskStatus"
        return {row["XeroTaskStatus"]: int(row["n"]) for row in self.rows(query)}

    def tenant_names(self) -> dict[str, str]:
        """What organisations are called, as far as that is known without a call."""
        found = self.rows("SELECT TenantId, Name FROM queue.XeroTenants")
        return {row["TenantId"]: row["Name"] or row["TenantId"] for row in found}


def the_queue() -> Queue:
    """The one that this application shows."""
    return cast("Queue", current_app.extensions["xerosql-queue"])


def places(values: Sequence[object]) -> str:
    """A question mark for each."""
    return ", ".join("?" * len(values))
