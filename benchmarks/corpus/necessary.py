"""Which lists an answer depends on: a check of the fewest calls by brute force, in plain DuckDB, without the driver.

Each list of the demo (the projects and the users of an organisation, the tasks and the time of one project) is changed
in several ways, alone, everything else being as it was. Where that changes the answer, no client that has not read the
list can be sure of it; so in lists of one page the fewest calls cannot be fewer than those lists are. They can be more:
no change of one list may show what only two together would, and that nothing is there is known by asking only.

The changes keep to what always holds at Xero: no time on projects and tasks without minutes, a task's time in its own
project.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from tests.differential import truth

from .model import Entry
from .worlds import World

OWN, EVERY = "main", "every"  # the schemas of the connection's organisation and of all of them
#: Tasks and entries to put into other lists: one of each sort, and such as are first or last in any order.
SAMPLES = """
CREATE OR REPLACE TEMP TABLE SomeTasks AS
    SELECT DISTINCT ON (Name, ChargeType, Status) * FROM main.Tasks
    UNION ALL (SELECT * REPLACE (99999 AS TotalAmountValue, 9999 AS RateValue) FROM main.Tasks LIMIT 1);
CREATE OR REPLACE TEMP TABLE SomeTime AS
    SELECT * FROM (SELECT * FROM main.Time ORDER BY TimeEntryId LIMIT 150)
    UNION ALL SELECT DISTINCT ON (Date) * FROM main.Time
    UNION ALL SELECT t.* REPLACE (u.UserId AS UserId, DATE '2026-10-31' AS Date, 480 AS Duration)
        FROM (SELECT * FROM main.Time LIMIT 1) t, main.Users u
    UNION ALL (SELECT * REPLACE (DATE '2030-01-01' AS Date, 59000 AS Duration) FROM main.Time LIMIT 1)
    UNION ALL (SELECT * REPLACE (DATE '2020-01-01' AS Date) FROM main.Time LIMIT 1);
"""
NEW_ID = "CAST(uuid() AS TEXT)"
#: An organisation's projects once more, under other ids, with their tasks and time.
DOUBLED = {"Projects": ("ProjectId",), "Tasks": ("ProjectId", "TaskId", "Id"), "Time": ("ProjectId", "TaskId", "Id")}


@dataclass(frozen=True)
class List:
    """One list of an organisation: of a project where it is below one."""

    table: str
    tenant: str
    project: str = ""


def necessary(entry: Entry, world: World) -> int | None:
    """How many lists the answer depends on; None where a LIMIT leaves open which rows it has."""
    if "LIMIT" in entry.sql and "ORDER BY" not in entry.sql:
        return None
    world.truth.execute(SAMPLES)
    asked = Asked(entry, world)
    return sum(any(map(asked.changes, changed(each, world))) for each in lists(asked.sql, world)) + asked.tenants()


def lists(sql: str, world: World) -> Iterator[List]:
    """Those that the query may have to read: of the tables that it names, and the projects that lists are below.

    Only the second schema has other organisations' rows.
    """
    tenants = [tenant for tenant, _ in world.simulator.tenants] if EVERY in sql else [world.tenant]
    for tenant in tenants:
        yield List("Projects", tenant)
        yield from (List(table, tenant) for table in ("Users",) if table in sql)
        rows = f"SELECT ProjectId, MinutesLogged FROM {EVERY}.Projects WHERE TenantId = '{tenant}'"
        for project, minutes in world.truth.execute(rows).fetchall():
            yield from (List(table, tenant, project) for table in ("Tasks",) if table in sql)
            yield from (List(table, tenant, project) for table in ("Time",) if table in sql and minutes)


class Asked:
    """A query with its answer as things are."""

    def __init__(self, entry: Entry, world: World) -> None:
        self.database = world.truth
        self.sql = truth.plain(world.filled(entry.plain or entry.sql))
        self.parameters = world.parameters(entry)
        self.answer = self.asked()

    def asked(self) -> list[str]:
        try:
            return sorted(map(repr, truth.answer(self.database, self.sql, self.parameters)))
        except duckdb.Error as error:  # such as a scalar subquery of two rows
            return [str(error)]

    def changes(self, statements: Sequence[str]) -> bool:
        """Whether the answer is another one once these have run; they are undone."""
        self.database.execute("BEGIN")
        try:
            for statement in statements:
                self.database.execute(statement)
            return self.asked() != self.answer
        finally:
            self.database.execute("ROLLBACK")

    def tenants(self) -> bool:
        others = ("Name = Name || '!'", "IsActive = NOT IsActive, Type = 'PRACTICE'")
        return any(self.changes([f"UPDATE Tenants SET {each}"]) for each in others)


def changed(one: List, world: World) -> Iterator[list[str]]:
    """The ways to change a list, each as statements, for the schemas that have its rows."""
    schemas = (OWN, EVERY) if one.tenant == world.tenant else (EVERY,)
    columns = {name: [column for column, _, _ in each] for name, each in truth.COLUMNS.items()}
    ways = {"Projects": projects, "Users": users, "Tasks": tasks, "Time": time}[one.table]
    for way in zip(*(ways(schema, one, columns) for schema in schemas), strict=True):
        yield [statement for statements in way for statement in statements]


Columns = Mapping[str, Sequence[str]]


def projects(schema: str, one: List, columns: Columns) -> Iterator[list[str]]:
    """Other names, other sums, no projects, and as many again."""
    sums = "MinutesLogged = MinutesLogged * 3 + 1, TotalInvoicedValue = TotalInvoicedValue + 1"
    for change in ("Name = Name || '!'", sums):
        yield [f"UPDATE {schema}.Projects SET {change} WHERE TenantId = '{one.tenant}'"]
    yield [f"DELETE FROM {schema}.Projects WHERE TenantId = '{one.tenant}'"]
    yield [
        copied(schema, table, f"{schema}.{table} s WHERE s.TenantId = '{one.tenant}'", columns, other_ids(ids))
        for table, ids in DOUBLED.items()
    ]


def users(schema: str, one: List, columns: Columns) -> Iterator[list[str]]:
    """Other names, no users, and as many again."""
    of_tenant = f"WHERE TenantId = '{one.tenant}'"
    yield [f"UPDATE {schema}.Users SET Name = Name || '!', Email = 'x' || Email {of_tenant}"]
    yield [f"DELETE FROM {schema}.Users {of_tenant}"]
    yield [copied(schema, "Users", f"{schema}.Users s {of_tenant}", columns, other_ids(("UserId",)))]


def tasks(schema: str, one: List, columns: Columns) -> Iterator[list[str]]:
    """No tasks, tasks of every sort, and tasks of every sort in the place of those that have time."""
    yield [f"DELETE FROM {schema}.Tasks WHERE ProjectId = '{one.project}'"]
    yield [copied(schema, "Tasks", "SomeTasks s", columns, owned(one) | {"TaskId": NEW_ID, "Id": NEW_ID})]
    kept = f"(SELECT TaskId, Id FROM {schema}.Tasks WHERE ProjectId = '{one.project}' AND TotalMinutes > 0) k"
    same = {"TaskId": "k.TaskId", "Id": "k.Id"}
    yield [copied(schema, "Tasks", f"SomeTasks s, {kept}", columns, owned(one) | same)]


def time(schema: str, one: List, columns: Columns) -> Iterator[list[str]]:
    """No time, and time of every sort on each task that has minutes."""
    yield [f"DELETE FROM {schema}.Time WHERE ProjectId = '{one.project}'"]
    worked = f"(SELECT TaskId FROM {schema}.Tasks WHERE ProjectId = '{one.project}' AND TotalMinutes > 0) k"
    ids = {"TaskId": "k.TaskId", "TimeEntryId": NEW_ID, "Id": NEW_ID}
    yield [copied(schema, "Time", f"SomeTime s, {worked}", columns, owned(one) | ids)]


def owned(one: List) -> dict[str, str]:
    return {"ProjectId": f"'{one.project}'", "TenantId": f"'{one.tenant}'"}


def other_ids(ids: Sequence[str]) -> dict[str, str]:
    return {each: f"md5(s.{each})" for each in ids}


def copied(schema: str, table: str, source: str, columns: Columns, instead: Mapping[str, str]) -> str:
    """The rows `s` of the source as rows of the table, with other values in some columns."""
    selected = ", ".join(f"{instead[name]} AS {name}" if name in instead else f"s.{name}" for name in columns[table])
    return f"INSERT INTO {schema}.{table} SELECT {selected} FROM {source}"
