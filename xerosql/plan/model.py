"""What a plan is made of. Plans are immutable and hold no parameter values, so one serves every execution of a text.

The `kind` of a plan is the word its statement is known by, as `sys.statements` shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from xerosql.catalog.model import Column, Table, Write


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


Value = Constant | Parameter | Computed


@dataclass(frozen=True, slots=True)
class Condition:
    """Every row the query can use has `column` among `values` ("in"), at least ("ge") or at most ("le") the one value.

    "in_list" is "in" with one value that is itself a list. `direct` is False for what was concluded from an equality
    with another column.
    """

    column: str
    operator: str
    values: tuple[Value, ...]
    direct: bool = True


@dataclass(frozen=True)
class Scan:
    """One reference to a virtual table: the relation `name` the query reads, its columns, and what rows must be."""

    name: str
    table: Table
    columns: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()

    @cached_property
    def travelling(self) -> tuple[Column, ...]:
        """The columns to decode: those asked for, with the parts of an `Id` instead of the `Id`."""
        names = [part for name in self.columns for part in (self.table.identity if name == "Id" else (name,))]
        return tuple(self.table[name] for name in dict.fromkeys(names))


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
    kind: ClassVar[str] = "SELECT"


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
    """`targets` yields for each row to change its TenantId, its key, and the new values of `columns` in order."""

    table: Table
    columns: tuple[str, ...]
    targets: ReadPlan
    returning: ReadPlan | None = None
    kind: ClassVar[str] = "UPDATE"

    @property
    def parameters(self) -> tuple[str | int, ...]:
        return self.targets.parameters


@dataclass(frozen=True)
class DeletePlan:
    """`targets` yields the TenantId and the key of each row to delete; `write` is the request for each."""

    table: Table
    write: Write
    targets: ReadPlan
    returning: ReadPlan | None = None
    kind: ClassVar[str] = "DELETE"

    @property
    def parameters(self) -> tuple[str | int, ...]:
        return self.targets.parameters


@dataclass(frozen=True)
class ScratchPlan:
    """A statement on the local schema, run by the engine; it may read Xero tables through `query.scans`."""

    kind: str
    query: ReadPlan
    changes_schema: bool
    counts_rows: bool
    has_rows: bool

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


Plan = (
    ReadPlan
    | InsertPlan
    | UpdatePlan
    | DeletePlan
    | ScratchPlan
    | TransactionPlan
    | SetPlan
    | ResetPlan
    | ShowPlan
    | CallPlan
)


def value_of(value: Value, parameters: Sequence[object], computed: dict[str, object]) -> object:
    """The Python value that `value` stands for in this execution."""
    match value:
        case Constant(value=constant):
            return constant
        case Parameter(index=index):
            return parameters[index]
        case Computed(sql=sql):
            return computed[sql]
