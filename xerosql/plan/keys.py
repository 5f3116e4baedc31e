"""The query for the keys of a scan: the values of a column in those of its rows that the statement can use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xerosql.catalog import LOCAL
from xerosql.catalog.model import PAIR, UUID, Column
from xerosql.plan.model import Condition, Keys, Scan, Value
from xerosql.plan.relations import relation_sql

OPERATORS = {"ge": ">=", "le": "<="}
#: What a value must be for the engine to compare it with a column of that type as it is.
COMPARABLE: dict[type, tuple[type, ...]] = {int: (int,), Decimal: (int, Decimal), str: (str,), bool: (bool,)}


@dataclass(frozen=True)
class KeyQuery:
    """Column and organisation of every useful row, once each. `plain` is the same over all rows, useful or not."""

    sql: str
    values: tuple[object, ...]
    plain: str


def key_query(
    scan: Scan,
    column: str,
    unless_zero: str,
    parameters: Sequence[object],
    resolve: Callable[[Value], object],
    keys: Callable[[Keys], Iterable[object] | None],
) -> KeyQuery:
    """The query for the values of `column`, leaving out rows whose `unless_zero` column is 0."""
    values: list[object] = [parameters[index] for index in scan.filters.uses]
    predicates = [f'"{column}" IS NOT NULL', *scan.filters.predicates]
    if unless_zero:
        predicates.append(f'("{unless_zero}" IS NULL OR "{unless_zero}" <> 0)')
    for condition in scan.conditions:
        if condition.column in scan.fetched:
            predicates += said(condition, scan, values, resolve, keys)
    tenant = "tenantid" if "tenantid" in scan.table.by_name else "NULL"
    selected = f'SELECT DISTINCT "{column}", {tenant} FROM {source(scan)} AS "{scan.alias}"'
    return KeyQuery(f"{selected} WHERE {' AND '.join(predicates)}", tuple(values), selected)


def source(scan: Scan) -> str:
    if scan.table.source == LOCAL:
        return f'"{scan.table.schema}"."{scan.table.name}"'
    return relation_sql(scan.name, scan.table, scan.columns)


def said(
    condition: Condition,
    scan: Scan,
    values: list[object],
    resolve: Callable[[Value], object],
    keys: Callable[[Keys], Iterable[object] | None],
) -> list[str]:
    """A condition as a predicate, its values put behind the others; nothing where it cannot be compared as it is."""
    given = condition.values[0]
    if isinstance(given, Keys):
        found = keys(given)
        wanted = None if found is None else list(found)
    else:
        wanted = [resolve(each) for each in condition.values]
        wanted = wanted[0] if condition.operator == "in_list" and isinstance(wanted[0], list) else wanted
    column = scan.table[condition.column]
    if not wanted or scan.table.source == LOCAL or not all(is_comparable(each, column) for each in wanted):
        return []
    given_values = [spelled(each, column) for each in wanted]
    values.append(given_values[0] if condition.operator in OPERATORS else given_values)
    if condition.operator in OPERATORS:
        return [f'"{condition.column}" {OPERATORS[condition.operator]} ${len(values)}']
    return [f'"{condition.column}" IN (SELECT unnest(${len(values)}))']


def is_comparable(value: object, column: Column) -> bool:
    python = column.type.python
    if python in (dt.date, dt.datetime):
        return type(value) is python
    return isinstance(value, COMPARABLE.get(python, ())) and (python is bool or not isinstance(value, bool))


def spelled(value: object, column: Column) -> object:
    return value.lower() if isinstance(value, str) and column.type in (UUID, PAIR) else value
