"""`xerosql queue types` and `xerosql queue tenants`: lists, and changes of one row of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from xerosql import Connection, DataError
from xerosql.cli.connecting import opened
from xerosql.cli.formats import names_of
from xerosql.cli.outcome import Misuse
from xerosql.cli.table import show

TYPES = (
    "SELECT XeroTaskType, DisplayName, Description, Dependencies, MaxAttempts, DelayMinutes, Enabled "
    "FROM queue.XeroTaskTypes ORDER BY XeroTaskType"
)
TENANTS = (
    "SELECT TenantId, Name, DealerCode, PausedUntil, Reason, DayLimitRemaining, FailedInARow "
    "FROM queue.XeroTenants ORDER BY Name, TenantId"
)
FOR_EVER = "9999-12-31"


@dataclass(frozen=True)
class Types:
    """The command on the types of tasks."""

    profile: str | None

    def run(self, name: str | None, wanted: Mapping[str, object]) -> None:
        changes = {column: value for column, value in wanted.items() if value is not None}
        with opened(self.profile) as connection:
            if changes and name is None:
                raise Misuse("name the type to change, such as CreateTask")
            if changes:
                update(connection, "XeroTaskTypes", "XeroTaskType", str(name), changes)
            listed(connection, TYPES)


@dataclass(frozen=True)
class Tenants:
    """The command on the organisations."""

    profile: str | None

    def run(
        self, organisation: str | None, *, dealer: str | None, pause: bool, until: str | None, resume: bool
    ) -> None:
        if pause and resume:
            raise Misuse("either --pause or --resume")
        if until and not pause:
            raise Misuse("--until says how long to --pause")
        changes: dict[str, object] = {} if dealer is None else {"DealerCode": dealer or None}
        if pause or resume:
            changes["PausedUntil"] = (until or FOR_EVER) if pause else None
        with opened(self.profile) as connection:
            if changes and organisation is None:
                raise Misuse("name the organisation to change, by id, name or dealer code")
            if changes:
                update(connection, "XeroTenants", "TenantId", the_one(connection, str(organisation)), changes)
            listed(connection, TENANTS)


def the_one(connection: Connection, named: str) -> str:
    """The id of the organisation that is meant. DataError if that is none or several."""
    query = "SELECT TenantId FROM queue.XeroTenants WHERE TenantId = lower(?) OR Name = ? OR DealerCode = ?"
    found = [str(row[0]) for row in connection.execute(query, [named] * 3)]
    if len(found) != 1:
        several = "several organisations are" if found else "no organisation of the queue is"
        raise DataError(f"{several} called {named}; xerosql queue tenants lists them", sqlstate="22023")
    return found[0]


def update(connection: Connection, table: str, key: str, value: str, changes: Mapping[str, object]) -> None:
    settings = ", ".join(f"{column} = ?" for column in changes)
    changed = connection.execute(f"UPDATE queue.{table} SET {settings} WHERE {key} = ?", [*changes.values(), value])
    if not changed.rowcount:
        raise DataError(f"there is no {value}; without a name the command lists them", sqlstate="02000")


def listed(connection: Connection, query: str) -> None:
    cursor = connection.execute(query)
    show(names_of(cursor), cursor.fetchall(), sys.stdout)
