"""The words that a virtual table is written in.

A table file holds one `Table(...)` made of these words and no code. What a table can be asked for is said by its
*access paths*: a path's URL names in braces the columns that must be bound before it can be asked, and its `takes`
lists the further filters Xero applies, each with how exact it is. `catalog/check.py` reads every declaration
when it is loaded and reports what is missing in sentences.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from xerosql.types import (
    BOOLEAN_TYPE,
    DATE_TYPE,
    INTEGER_TYPE,
    MONEY_TYPE,
    PAIR_TYPE,
    STRING_TYPE,
    TIMESTAMP_TYPE,
    UUID_TYPE,
    SqlType,
)

UUID, PAIR, TEXT, INT = UUID_TYPE, PAIR_TYPE, STRING_TYPE, INTEGER_TYPE
MONEY, DATE, TIMESTAMP, BOOL = MONEY_TYPE, DATE_TYPE, TIMESTAMP_TYPE, BOOLEAN_TYPE
DECIMAL = MONEY  # the same digits, of what is not money


class Exactness(Enum):
    """How Xero's answer to a pushed filter relates to SQL's."""

    EXACT = "exact"  # the rows Xero returns are SQL's rows
    SUPERSET = "superset"  # Xero may return more; the engine checks again
    # A filter that could return fewer rows than SQL is not declared at all.


EXACT, SUPERSET = Exactness.EXACT, Exactness.SUPERSET


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its SQL name and type, where its value stands in Xero's JSON, and what it means.

    `json` is a dotted path below the object ("rate.value"). `write` is the path it is written to when that differs.
    `unit` says what a number counts. A column can be written only if `writable`; `required` ones must be in an INSERT.
    `values`, `max_length`, `minimum` and `maximum` are checked before anything is sent. A `hydrated` column comes only
    with the object's own path, which costs a call for each row: it is fetched where a statement names it, not by `*`.
    """

    name: str
    type: SqlType
    json: str
    description: str
    unit: str = ""
    key: bool = False
    writable: bool = False
    required: bool = False
    nullable: bool = True
    write: str = ""
    values: tuple[str, ...] = ()
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    hydrated: bool = False

    @property
    def write_path(self) -> str:
        return self.write or self.json


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that Xero applies: `parameter` of the query string, from values of `column`.

    `kind` is "is" (one value), "any" (a comma list of at most `batch` values), "from" or "to" (an inclusive bound,
    written with `suffix` behind the day). `always` is sent when the statement binds nothing.
    """

    column: str
    parameter: str
    kind: str
    exactness: Exactness = EXACT
    batch: int = 1
    always: tuple[str, ...] = ()
    suffix: str = ""


def is_one(column: str, parameter: str, exactness: Exactness = EXACT) -> Filter:
    """`column = value` becomes `parameter=value`."""
    return Filter(column, parameter, "is", exactness)


def any_of(column: str, parameter: str, *, batch: int = 40, always: tuple[str, ...] = ()) -> Filter:
    """`column IN (…)` becomes `parameter=a,b,c`, at most `batch` values a call."""
    return Filter(column, parameter, "any", EXACT, batch, always)


def day_from(column: str, parameter: str) -> Filter:
    """`column >= day` becomes an inclusive lower bound at the first instant of that day, UTC."""
    return Filter(column, parameter, "from", SUPERSET, suffix="T00:00:00Z")


def day_to(column: str, parameter: str) -> Filter:
    """`column <= day` becomes an inclusive upper bound at the last instant of that day, UTC."""
    return Filter(column, parameter, "to", SUPERSET, suffix="T23:59:59.9999999Z")


@dataclass(frozen=True)
class AccessPath:
    """One way to read a table: a GET whose braces are columns that need a value first.

    A list has at most `page_size` rows a page, and `typical` rows in all until an organisation's own are known.
    """

    url: str
    takes: tuple[Filter, ...] = ()
    paged: bool = True
    page_size: int = 500
    typical: int = 100

    @cached_property
    def needs(self) -> tuple[str, ...]:
        return braces(self.url)


def list_of(url: str, *takes: Filter, typical: int = 100) -> AccessPath:
    """A paged list: answers `{pagination, items}`. `typical` is a guess at its rows, for estimates."""
    return AccessPath(url, takes, typical=typical)


def one_of(url: str) -> AccessPath:
    """A single object by its ids; 404 means no row."""
    return AccessPath(url, paged=False)


@dataclass(frozen=True)
class Write:
    """A request that changes one row: `columns` are the ones its body carries, all of them each time.

    The write queue calls it `task`, and `about` finishes "this task …". Tasks of the types in `after` go first where
    the two concern the same row: one changes it and the other names it. `keyed_by` is a column whose value no two rows
    share and that the writer chooses, so that a row whose creation nobody has heard of can be looked up.
    """

    method: str
    url: str
    columns: tuple[str, ...] = ()
    task: str = ""
    about: str = ""
    after: tuple[str, ...] = ()
    keyed_by: str = ""

    @cached_property
    def needs(self) -> tuple[str, ...]:
        return braces(self.url)


@dataclass(frozen=True, slots=True)
class Parent:
    """Where the ids that a path needs come from: `table`'s `column` fills ours of the same name, parent by parent.

    A parent whose `empty_when` column is 0 has none of our rows and is not asked.
    """

    table: str
    column: str
    empty_when: str = ""


@dataclass(frozen=True, slots=True)
class SameAsParent:
    """A written `column` must equal the parent's `parent_column`, and is filled from it when omitted."""

    column: str
    parent_column: str


@dataclass(frozen=True, slots=True)
class ZeroWhen:
    """`column` must be 0 where `other` is `value`, and is filled with 0 when omitted."""

    column: str
    other: str
    value: str


@dataclass(frozen=True, slots=True)
class FrozenWhen:
    """A row whose `column` is one of `values` can be neither updated nor deleted; `because` finishes the sentence."""

    column: str
    values: tuple[str, ...]
    because: str


Rule = SameAsParent | ZeroWhen | FrozenWhen


@dataclass(frozen=True, repr=False, eq=False)
class Table:
    """A virtual table.

    `identity` is the composite "Id" column's parts, joined by a slash. `source` is where rows come from: "xero" (the
    access paths), "connections" (the organisations the token reaches), "catalog" (xerosql's own description),
    "session" (what the connection knows of itself), "queue" (the write queue's database) or "local" (the engine).
    `unique` lists the columns by which repeated rows are dropped, for endpoints that return some twice. `settles` pairs
    a column with another that it settles everywhere at Xero: rows of equal TaskId have equal ProjectId, in any table.
    `customer` is the column that says for whom a row is. `narrowed_by` are columns of a table of the queue whose values
    are looked for in its database; `insert_instead` and `delete_instead` say what to do in the place of what it cannot.
    """

    schema: str
    name: str
    item: str
    description: str
    columns: tuple[Column, ...]
    paths: tuple[AccessPath, ...] = ()
    parent: Parent | None = None
    identity: tuple[str, ...] = ()
    insert: Write | None = None
    updates: tuple[Write, ...] = ()
    delete: Write | None = None
    insert_instead: str = ""
    delete_instead: str = ""
    narrowed_by: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    unique: tuple[str, ...] = ()
    settles: tuple[tuple[str, str], ...] = ()
    customer: str = ""
    source: str = "xero"
    xero_page: str = ""
    kind: str = field(default="BASE TABLE")

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name.lower(): column for column in self.columns}

    @cached_property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    def __repr__(self) -> str:
        return f"<Table {self.full_name}>"

    def __getitem__(self, name: str) -> Column:
        return self.by_name[name.lower()]

    @cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)

    @cached_property
    def own_id(self) -> str:
        """The column of the id that Xero gives a row, which other tables name it by."""
        return (self.identity or self.key)[-1]

    @cached_property
    def writes(self) -> tuple[Write, ...]:
        """Every request that changes a row."""
        return tuple(write for write in (self.insert, *self.updates, self.delete) if write)

    @cached_property
    def settable(self) -> frozenset[str]:
        """The columns an UPDATE may SET."""
        return frozenset(name for write in self.updates for name in write.columns)

    @cached_property
    def insertable(self) -> frozenset[str]:
        """The columns an INSERT may give a value, those in its URL included."""
        return frozenset((*self.insert.columns, *self.insert.needs, "TenantId")) if self.insert else frozenset()

    @cached_property
    def pushable(self) -> frozenset[str]:
        """The columns whose values can shape a request."""
        used = {name for path in self.paths for name in (*path.needs, *(taken.column for taken in path.takes))}
        return frozenset((*used, *self.narrowed_by, *(("Id",) if self.identity else ()), "TenantId"))

    def is_read_only(self, column: Column) -> bool:
        """Whether no statement can give the column a value. The composite Id and TenantId choose rows, so they can."""
        if not (self.insert or self.updates):
            return True
        chosen = self.source == "xero" and (column.name == "TenantId" or column.type is PAIR)
        return not (chosen or column.name in self.settable or column.name in self.insertable)

    @property
    def list_path(self) -> AccessPath:
        """The paged path that can read the whole table, parent by parent if need be."""
        return next(path for path in self.paths if path.paged)


def braces(url: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in string.Formatter().parse(url) if name)


#: Every Xero table ends with it: filter on it to ask another organisation, IN (…) to ask several.
TENANT_ID = Column(
    "TenantId",
    UUID,
    "",
    "The organisation a row belongs to. Filter on it to ask another connected organisation instead of the "
    "connection's own, or several at once with IN.",
    nullable=False,
)


def amount(name: str, json: str, description: str) -> tuple[Column, Column]:
    """An amount of money as two columns, `XxxValue` and `XxxCurrency`."""
    return (
        Column(f"{name}Value", MONEY, f"{json}.value", description, unit=f"{name}Currency"),
        Column(f"{name}Currency", TEXT, f"{json}.currency", f"Currency of {name}Value.", unit="ISO 4217 code"),
    )
