"""Rows to be written against the table's declaration: complete, in range, and within the rules between columns."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from xerosql.catalog.model import FrozenWhen, SameAsParent, Table, ZeroWhen
from xerosql.errors import DataError, IntegrityError

Row = dict[str, object]


def complete(table: Table, row: Row, label: str, parent: Mapping[str, object] | None) -> Row:
    """The row with what rules can fill in; DataError or IntegrityError for what is missing or contradicts a rule."""
    filled = dict(row)
    for rule in table.rules:
        if isinstance(rule, ZeroWhen):
            apply_zero(rule, filled, label)
        elif isinstance(rule, SameAsParent) and parent is not None:
            apply_same(rule, filled, label, parent)
    for column in table.columns:
        if column.required and not given(filled.get(column.name)):
            raise DataError(f"{column.name} must have a value ({label})", sqlstate="23502")
    return filled


def settled(table: Table, new: Row, before: Mapping[str, object], label: str) -> Row:
    """The new values of an update of a row that was `before`, with what rules can fill in; errors as for `complete`."""
    same = [rule for rule in table.rules if isinstance(rule, SameAsParent)]
    for rule in same:
        if rule.column in new and new[rule.column] is None:
            new = {**new, rule.column: before.get(rule.column)}  # NULL asks for the parent's, which it has already
    parent = {rule.parent_column: before.get(rule.column) for rule in same}
    complete(table, {**before, **new}, label, parent if None not in parent.values() else None)
    return new


def given(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def apply_zero(rule: ZeroWhen, row: Row, label: str) -> None:
    if row.get(rule.other) != rule.value:
        return
    value = row.get(rule.column)
    if value is None:
        row[rule.column] = Decimal(0)
    elif value != 0:
        raise IntegrityError(
            f"{rule.column} must be 0 where {rule.other} is {rule.value}, not {value} ({label})", sqlstate="23514"
        )


def apply_same(rule: SameAsParent, row: Row, label: str, parent: Mapping[str, object]) -> None:
    expected = parent[rule.parent_column]
    if row.get(rule.column) is None:
        row[rule.column] = expected
    elif row[rule.column] != expected:
        raise IntegrityError(
            f"{rule.column} must be {expected}, the {rule.parent_column} of the project, "
            f"not {row[rule.column]} ({label})",
            sqlstate="23514",
        )


def refuse_nulls(table: Table, new: Row, label: str) -> None:
    """IntegrityError for a value that a row must keep."""
    for name, value in new.items():
        if table[name].required and not given(value):
            raise IntegrityError(f"{name} cannot be set to NULL or nothing ({table.item} {label})", sqlstate="23502")


def refuse_frozen(table: Table, row: Mapping[str, object], label: str, verb: str) -> None:
    """IntegrityError for a row that Xero would not change."""
    for rule in table.rules:
        if isinstance(rule, FrozenWhen) and row.get(rule.column) in rule.values:
            raise IntegrityError(
                f"{table.item} {label} is {row[rule.column]} and cannot be {verb}: {rule.because}", sqlstate="55000"
            )
