"""What `information_schema` tells of a table or view, whether the catalog describes it or the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column. `type` is its SQL spelling, `default` the SQL of its default, None without one.

    What only Xero's columns have stands behind: see the columns of the same names in `information_schema.columns`.
    """

    name: str
    type: str
    nullable: bool = True
    precision: int | None = None
    scale: int | None = None
    comment: str | None = None
    default: str | None = None
    generated: bool = False
    identity: bool = False
    max_length: int | None = None
    key: bool = False
    insertable: bool = True
    read_only: bool = False
    required: bool = False
    unit: str | None = None
    pushed: str | None = None
    calls: int = 0


PRIMARY_KEY, UNIQUE, FOREIGN_KEY, CHECK = "PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a table: its kind as SQL spells it, and the columns it is on.

    A foreign key `refers` to the columns `referred` of the table with that schema and name, a CHECK has its `clause`.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    refers: tuple[str, str] = ("", "")
    referred: tuple[str, ...] = ()
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """An index over columns or expressions, in their order."""

    name: str
    unique: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view with all that is known of it. `definition` is a view's SELECT."""

    schema: str
    name: str
    kind: str
    insertable: bool
    comment: str | None
    columns: tuple[ColumnFacts, ...]
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    definition: str | None = None

    def constraint_on(self, columns: Sequence[str]) -> Constraint | None:
        """The primary key or UNIQUE on exactly these columns."""
        wanted = {column.lower() for column in columns}
        for each in self.constraints:
            if each.kind in (PRIMARY_KEY, UNIQUE) and {column.lower() for column in each.columns} == wanted:
                return each
        return None


@dataclass(frozen=True, slots=True)
class Local:
    """The local schemas as one client has them now: scratch, and its temporary tables."""

    relations: tuple[Relation, ...] = ()
    sequences: tuple[str, ...] = ()
