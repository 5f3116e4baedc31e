"""What a plan is made of. Plans are immutable and hold no parameter values, so one serves every execution of a text.

The `kind` of a plan is the word its statement is known by, as `sys.statements` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

from xerosql.catalog.model import Column, Table, Write
from xerosql.errors import InternalError


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal of the statement as a Python value (int, Decimal, str, bool, date, datetime or None)."""

    value: object


@dataclass(frozen=True, slots=True)
class Parameter:
    """The parameter at `index` (from 0) of the sequence the statement is executed with."""

    index: int


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression without columns, such as `CURRENT_DATE - 30`; the engine evaluates it before the scans start."""

    sql: str


@dataclass(frozen=True, slots=True)
class KeySource:
    """A column of another scan, whose rows must be there before its values are known.

    With `within`, `scan` names a subquery instead, `column` is of its result, and it reads these scans; `most` is the
    number of its rows, if it has a LIMIT.
    """

    scan: str
    column: str
    within: tuple[str, ...] = ()
    most: int | None = None

    @property
    def scans(self) -> tuple[str, ...]:
        """The scans whose rows must be there."""
        return self.within or (self.scan,)


@dataclass(frozen=True, slots=True)
class Subresult:
    """A subquery that tells keys, in the engine's SQL; its $1, $2, … are the parameters at `uses`."""

    sql: str
    uses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    """All values that these columns have together, in the rows that the query can use of their scans."""

    sources: tuple[KeySource, ...]


Value = Constant | Parameter | Computed | Keys


@dataclass(frozen=True, slots=True)
class Condition:
    """Every row the query can use has `column` among `values` ("in"), at least ("ge") or at most ("le") the one value.

    "in_list" is "in" with one value that is itself a list. `direct` is False for what was concluded from an equality
    with another column. `Keys` stand alone in their condition.
    """

    column: str
    operator: str
    values: tuple[Value, ...]
    direct: bool = True


#: Behind the name of a scan: the scan of the list that its objects are found by.
#: The schema of what xerosql itself keeps in the engine, which no statement can name: the sequences that number the
#: rows of identity columns, and what was declared of tables and the engine forgets.
KEPT = "xerosql_kept"
DECLARED = f"{KEPT}.declared"
#: What is kept there besides the names of constraints: a text's length, and what becomes of a table on commit.
LENGTH, ON_COMMIT = "LENGTH", "ON COMMIT"
DELETE_ROWS, DROP_TABLE = "DELETE ROWS", "DROP"
LISTING = "$list"


@dataclass(frozen=True, slots=True)
class RowFilters:
    """Predicates on one scan's columns, in the engine's SQL; their $1, $2, … are the parameters at `uses`."""

    predicates: tuple[str, ...] = ()
    uses: tuple[int, ...] = ()


@dataclass(frozen=True)
class Scan:
    """One reference to a table: the relation `name` the query reads, its columns, and what rows must be.

    `alias` is what the statement calls it. `filters` are what the statement says of its rows alone; rows that fail are
    of no use, so their values are no keys for other scans. `needed` are the columns whose values matter even if Xero
    has applied all `listings` exactly: where there are none but those that the request says, rows need only be counted.
    """

    name: str
    table: Table
    columns: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    alias: str = ""
    filters: RowFilters = field(default_factory=RowFilters)
    needed: frozenset[str] = frozenset(("*",))
    listings: tuple[Condition, ...] = ()

    @cached_property
    def fetched(self) -> frozenset[str]:
        """The columns of the relation, in lower case."""
        return frozenset(name.lower() for name in self.columns)

    @cached_property
    def keys(self) -> tuple[tuple[str, Keys], ...]:
        """The columns whose values other scans tell, with the columns of those."""
        return tuple((each.column, one) for each in self.conditions for one in each.values if isinstance(one, Keys))

    @cached_property
    def hydrated(self) -> tuple[str, ...]:
        """The columns that come only with each object's own path."""
        return tuple(name for name in self.columns if self.table[name].hydrated)

    @cached_property
    def listing(self) -> Scan:
        """The scan of the list that tells which objects to read for the hydrated columns."""
        wanted = {*self.columns, *self.table.key, "TenantId"} - {*self.hydrated}
        columns = tuple(column.name for column in self.table.columns if column.name in wanted)
        return replace(self, name=self.name + LISTING, columns=columns)

    @cached_property
    def travelling(self) -> tuple[Column, ...]:
        """The columns to decode: those asked for, with the parts of an `Id` instead of the `Id`."""
        names = [part for name in self.columns for part in (self.table.identity if name == "Id" else (name,))]
        return tuple(self.table[name] for name in dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Limit:
    """The outermost LIMIT and OFFSET of a query, and why it is or is not pushed.

    `pushed` where as many rows of the only scan are enough: with every listing applied exactly, Xero may be asked for
    no more. `growing` are the scans of which any part gives a part of the result, so that the parts can be read one by
    one until there are enough rows. `why` says it in a sentence.
    """

    rows: Value | None
    offset: Value | None
    pushed: bool
    growing: frozenset[str]
    why: str


@dataclass(frozen=True, slots=True)
class Predicate:
    """One condition of a query as a person reads it, the scans it speaks of, and what it says as conditions."""

    text: str
    scans: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()


#: A table's column: schema, table, column, in any case.
PlainColumn = tuple[str, str, str]


@dataclass(frozen=True)
class ReadPlan:
    """A query for the engine over its scans. `names` are the output columns as the user wrote them."""

    sql: str
    scans: tuple[Scan, ...]
    parameters: tuple[str | int, ...]
    uses: tuple[int, ...] = ()  # which of the parameters `sql` has, as its $1, $2, …
    names: tuple[str, ...] = ()
    uses_scratch: bool = False
    may_rescan: bool = False  # the engine may read a relation twice, as with WITH
    may_stop_early: bool = False  # a LIMIT may be reached before a scan is read whole
    limit: Limit | None = None
    predicates: tuple[Predicate, ...] = ()  # only for EXPLAIN
    subresults: Mapping[str, Subresult] = field(default_factory=dict)  # by the name that a KeySource gives them
    parameter_types: Mapping[int, str] = field(default_factory=dict)  # by index, where the query tells a type
    plain: tuple[PlainColumn | None, ...] = ()  # which table's column each output is, if it is nothing else
    parameter_places: Mapping[int, int] = field(default_factory=dict)  # by index, which column, from -1 backwards
    kind: ClassVar[str] = "SELECT"

    @cached_property
    def by_name(self) -> dict[str, Scan]:
        return {scan.name: scan for scan in self.scans}

    @cached_property
    def asks(self) -> bool:
        """Whether it reads what Xero has to be asked for."""
        return any(scan.table.source == "xero" for scan in self.scans)

    @cached_property
    def feeding(self) -> frozenset[str]:
        """The scans whose rows tell others what to ask for."""
        sources = [source for scan in self.scans for _, keys in scan.keys for source in keys.sources]
        return frozenset(name for source in sources for name in source.scans)


@dataclass(frozen=True)
class InsertPlan:
    """Rows for a Xero table: given as `rows`, or as the result of `source`. `write` is the request for each."""

    table: Table
    write: Write
    columns: tuple[str, ...]
    parameters: tuple[str | int, ...]
    rows: tuple[tuple[Value, ...], ...] = ()
    source: ReadPlan | None = None
    returning: ReadPlan | None = None
    kind: ClassVar[str] = "INSERT"


@dataclass(frozen=True)
class UpdatePlan:
    """`targets` yields for each row to change its TenantId, its key, and the new values of `columns` in order.

    It is `unfiltered` where no condition on the table says which rows.
    """

    table: Table
    columns: tuple[str, ...]
    targets: ReadPlan
    returning: ReadPlan | None = None
    unfiltered: bool = False
    kind: ClassVar[str] = "UPDATE"

    @property
    def parameters(self) -> tuple[str | int, ...]:
        return self.targets.parameters


@dataclass(frozen=True)
class DeletePlan:
    """`targets` yields the TenantId and the key of each row to delete; `write` is the request for each.

    It is `unfiltered` where no condition on the table says which rows.
    """

    table: Table
    write: Write
    targets: ReadPlan
    returning: ReadPlan | None = None
    unfiltered: bool = False
    kind: ClassVar[str] = "DELETE"

    @property
    def parameters(self) -> tuple[str | int, ...]:
        return self.targets.parameters


@dataclass(frozen=True)
class ScratchPlan:
    """A statement on a local schema, run by the engine; it may read Xero tables through `query.scans`.

    `before` and `after` are statements of our own around it. A `temporary` one changes temporary tables and nothing
    else; one that `clears` makes a table that loses its rows, or itself, on commit.
    """

    kind: str
    query: ReadPlan
    changes_schema: bool
    counts_rows: bool
    has_rows: bool
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    temporary: bool = False
    clears: bool = False

    @property
    def parameters(self) -> tuple[str | int, ...]:
        return self.query.parameters


@dataclass(frozen=True, slots=True)
class TransactionPlan:
    """BEGIN, COMMIT or ROLLBACK as a statement."""

    action: str
    parameters: tuple[str | int, ...] = ()

    @property
    def kind(self) -> str:
        return self.action.upper()


@dataclass(frozen=True, slots=True)
class SetPlan:
    """SET: the setting `name` (lower case) takes `values`, which are one unless it is a list."""

    name: str
    values: tuple[Value, ...]
    parameters: tuple[str | int, ...] = ()
    kind: ClassVar[str] = "SET"


@dataclass(frozen=True, slots=True)
class ResetPlan:
    """RESET, or SET … = DEFAULT: the setting, all of them if None, is again what the connection began with."""

    name: str | None
    parameters: tuple[str | int, ...] = ()
    kind: ClassVar[str] = "RESET"


@dataclass(frozen=True, slots=True)
class ShowPlan:
    """SHOW: `query` reads the setting's value, or all of them with what they mean if `name` is None."""

    name: str | None
    query: ReadPlan
    parameters: tuple[str | int, ...] = ()
    kind: ClassVar[str] = "SHOW"


@dataclass(frozen=True, slots=True)
class CallPlan:
    """CALL: `query` yields the rows of the procedure."""

    procedure: str
    query: ReadPlan
    parameters: tuple[str | int, ...] = ()
    kind: ClassVar[str] = "CALL"


@dataclass(frozen=True, slots=True)
class ExplainPlan:
    """EXPLAIN of the statement that `plan` is of, as "text" or "json"; `analyze` runs it."""

    plan: Plan
    analyze: bool = False
    format: str = "text"
    kind: ClassVar[str] = "EXPLAIN"

    @property
    def parameters(self) -> tuple[str | int, ...]:
        return self.plan.parameters


Plan = (
    ReadPlan
    | InsertPlan
    | UpdatePlan
    | DeletePlan
    | ScratchPlan
    | TransactionPlan
    | ExplainPlan
    | SetPlan
    | ResetPlan
    | ShowPlan
    | CallPlan
)


def value_of(value: Value, parameters: Sequence[object], computed: dict[str, object]) -> object:
    """The Python value that `value`, which is no `Keys`, stands for in this execution."""
    match value:
        case Constant(value=constant):
            return constant
        case Parameter(index=index):
            return parameters[index]
        case Computed(sql=sql):
            return computed[sql]
        case Keys():
            raise InternalError("keys have no value before their scans have been read")
