"""A write statement made ready: every request it will send, before any is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xerosql.api import Request
from xerosql.catalog.model import Table
from xerosql.payload.objects import Object, value_at

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"


@dataclass(frozen=True, slots=True)
class Change:
    """One row to write.

    `label` is its Id, or its place in the statement ("row 3") where Xero has yet to give one. `requests` do it, in
    order, and `sets` has for each of them the columns that it gives new values. `after` is the object as it will be,
    as far as what is sent tells; of a row to delete, as it was. `before` is the object that an UPDATE is built on.
    `values` are those that an INSERT or UPDATE gives, by column; `customer` is for whom the row is, if that is known.
    """

    label: str
    tenant: str
    requests: tuple[Request, ...]
    after: Object
    before: Object | None = None
    sets: tuple[tuple[str, ...], ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """All rows of one INSERT, UPDATE or DELETE (`kind`), of every set of its parameters, checked and complete."""

    table: Table
    kind: str
    changes: tuple[Change, ...]

    @property
    def creates(self) -> bool:
        """Whether Xero gives the rows their ids."""
        return self.kind == INSERT

    @property
    def calls(self) -> int:
        """How many requests it takes to write them."""
        return sum(len(change.requests) for change in self.changes)


def key_of_object(table: Table, source: Object) -> str:
    """The Id of a row by its object."""
    parts = table.identity or table.key
    return "/".join(str(value_at(source, table[name].json)) for name in parts)
