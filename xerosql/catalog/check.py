"""Reads every table declaration and says, all at once and in sentences, what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from xerosql.catalog.model import INT, MONEY, FrozenWhen, SameAsParent, Table, ZeroWhen
from xerosql.errors import InternalError

PASCAL_CASE = re.compile(r"[A-Z][A-Za-z0-9]*")


def check(tables: Sequence[Table]) -> None:
    """Raise InternalError naming every fault of every declaration, or return."""
    names = {table.full_name for table in tables}
    tasks = {write.task for table in tables for write in table.writes}
    faults = [
        f"{table.full_name}: {fault}"
        for table in tables
        for fault in (*faults_of(table, names), *task_faults(table, tasks))
    ]
    if faults:
        raise InternalError("The catalog is not well declared:\n  " + "\n  ".join(faults))


def faults_of(table: Table, names: set[str]) -> Iterator[str]:
    yield from column_faults(table)
    yield from path_faults(table, names)
    yield from write_faults(table)
    yield from rule_faults(table)


def column_faults(table: Table) -> Iterator[str]:
    if not table.description:
        yield "has no description"
    if not table.key:
        yield "no column is marked as key"
    seen = set()
    for column in table.columns:
        if column.name.lower() in seen:
            yield f"column {column.name} is declared twice"
        seen.add(column.name.lower())
        if not PASCAL_CASE.fullmatch(column.name):
            yield f"column {column.name} is not PascalCase"
        if not column.description:
            yield f"column {column.name} has no description"
        if column.type in (INT, MONEY) and not column.unit:
            yield f"column {column.name} is a number without a unit"
    if table.source == "xero" and table.columns[-1].name != "TenantId":
        yield "the last column is not TenantId"


def path_faults(table: Table, names: set[str]) -> Iterator[str]:
    known = {column.name for column in table.columns}
    for path in table.paths:
        used = {*path.needs, *(taken.column for taken in path.takes)}
        for name in sorted(used - known):
            yield f"path {path.url} names {name}, which is no column"
        if path.paged and path.needs and not (table.parent and path.needs == (table.parent.column,)):
            yield f"path {path.url} needs {', '.join(path.needs)}, which no parent gives"
    if any(column.hydrated for column in table.columns) and all(path.paged for path in table.paths):
        yield "has a hydrated column and no path of one object"
    if table.source == "xero" and not any(path.paged for path in table.paths):
        yield "no path lists the table"
    if table.parent and table.parent.table not in names:
        yield f"its parent {table.parent.table} is no table"
    for name in sorted({each for pair in table.settles for each in pair} - known):
        yield f"settles names {name}, which is no column"


def write_faults(table: Table) -> Iterator[str]:
    known = {column.name: column for column in table.columns}
    for write in table.writes:
        for name in (*write.columns, *write.needs, *((write.keyed_by,) if write.keyed_by else ())):
            if name not in known:
                yield f"{write.method} {write.url} names {name}, which is no column"
    if table.source == "xero" and table.insert and table.insert.url not in {p.url for p in table.paths if p.paged}:
        yield f"{table.insert.url}, where rows are inserted, is no list to find them in"
    for name in table.settable:
        if name in known and not known[name].writable:
            yield f"column {name} is in an update but not writable"
    for column in table.columns:
        if column.writable and column.name not in table.settable:
            yield f"column {column.name} is writable but in no update"
        if column.required and column.name not in table.insertable:
            yield f"column {column.name} is required but not in the insert"


def task_faults(table: Table, tasks: set[str]) -> Iterator[str]:
    """What the write queue needs to know of the requests that change a Xero table."""
    for write in table.writes if table.source == "xero" else ():
        if not write.task or not write.about:
            yield f"{write.method} {write.url} has no task or says nothing about it"
        for name in sorted(set(write.after) - tasks):
            yield f"task {write.task} comes after {name}, which is no task"
        key = table.by_name.get(write.keyed_by.lower())
        if key is not None and not (write is table.insert and key.name in write.columns and key.required):
            yield f"task {write.task} is keyed by {key.name}, which not every new row is sent with"


def rule_faults(table: Table) -> Iterator[str]:
    known = {column.name for column in table.columns}
    for rule in table.rules:
        match rule:
            case SameAsParent(column=name):
                if table.parent is None:
                    yield f"rule SameAsParent({name}) stands in a table without a parent"
                named = {name}
            case ZeroWhen(column=name, other=other):
                named = {name, other}
            case FrozenWhen(column=name):
                named = {name}
        for missing in sorted(named - known):
            yield f"a rule names {missing}, which is no column"
