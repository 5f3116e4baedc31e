"""A scan and the values of this execution to the requests that read it. Pure: nothing is sent from here.

Which path is taken follows from which columns have values: the object's own path when its ids are known, the list of
each known parent, the whole table's list, else the list of every parent, one after the other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from xerosql.catalog.model import DATE, PAIR, TEXT, UUID, AccessPath, Column, Filter, Table
from xerosql.errors import DataError
from xerosql.plan.model import Condition, Scan, Value

Resolve = Callable[[Value], object]
#: Up to this many objects are read by their own paths; more of one parent come cheaper as its list.
SINGLE_READS = 2


@dataclass(frozen=True, slots=True)
class Fetch:
    """One read of the API: a path, the ids for its braces, the query parameters, the organisation to ask."""

    path: AccessPath
    tenant: str
    ids: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """What a scan has to read: `fetches`, and for every parent that `parents` lists, `per_parent` with its id."""

    fetches: tuple[Fetch, ...] = ()
    parents: tuple[Fetch, ...] = ()
    per_parent: tuple[Fetch, ...] = ()
    parent_table: str = ""
    parent_column: str = ""


class Known:
    """What the conditions say in this execution: the values each column can have, and its bounds."""

    def __init__(self, table: Table, conditions: Sequence[Condition], resolve: Resolve) -> None:
        self.table = table
        self.sets: dict[str, list[object]] = {}
        self.bounds: dict[tuple[str, str], object] = {}
        self.impossible = False
        for condition in conditions:
            self.note(condition, table[condition.column], resolve)

    def note(self, condition: Condition, column: Column, resolve: Resolve) -> None:
        values = [resolve(value) for value in condition.values]
        if condition.operator == "in_list" and values[0] is not None:
            if not isinstance(values[0], list):
                return  # no list that we can read: the engine makes of it what it can
            values = values[0]
        values = [value for value in values if value is not None]  # NULL equals nothing
        if not values:
            self.impossible = True
        elif condition.operator == "in" or condition.operator == "in_list":
            self.narrow(column, values, condition.direct)
        else:
            self.bounds[column.name, condition.operator] = values[0]

    def narrow(self, column: Column, values: list[object], direct: bool) -> None:
        usable = list(dict.fromkeys(comparable(column, value, self.table, direct) for value in values))
        if None in usable or column.name not in self.table.pushable:
            return  # of another type, or of no use for a request: the engine compares it
        before = self.sets.get(column.name)
        self.sets[column.name] = usable if before is None else [value for value in before if value in usable]
        self.impossible = self.impossible or not self.sets[column.name]

    def one(self, column: str) -> list[object] | None:
        return self.sets.get(column)


def bind(scan: Scan, resolve: Resolve, default_tenant: Callable[[], str], parent: Table | None) -> Binding:
    """The requests that return every row of the scan that its conditions allow."""
    known = Known(scan.table, scan.conditions, resolve)
    if known.impossible:
        return Binding()
    tenants = [str(value) for value in known.sets.get("TenantId") or [default_tenant()]]
    wanted = identities(scan.table, known)
    if wanted is None and scan.table.parent is not None:
        return through_parents(scan.table, known, tenants, parent)
    fetches = [fetch for tenant in tenants for fetch in direct_fetches(scan.table, known, tenant, wanted)]
    return Binding(fetches=tuple(fetches))


def identities(table: Table, known: Known) -> dict[str, list[str] | None] | None:
    """First id to the second ids wanted of it (None: all), from `Id`, or from its parts; None if the first is open.

    For a table without a parent the one key stands in the place of the second id, under "".
    """
    if table.parent is None:
        key = known.one(table.key[0])
        return {"": None if key is None else [str(value) for value in key]}
    first, second = table.identity
    firsts, seconds, pairs = known.one(first), known.one(second), known.one("Id")
    if pairs is not None:
        found: dict[str, list[str] | None] = {}
        for pair in pairs:
            one, _, other = str(pair).partition("/")
            if (firsts is None or one in firsts) and (seconds is None or other in seconds):
                found[one] = [*(found.get(one) or []), other]
        return found
    if firsts is None:
        return None
    return {str(value): None if seconds is None else [str(each) for each in seconds] for value in firsts}


def direct_fetches(
    table: Table, known: Known, tenant: str, wanted: dict[str, list[str] | None] | None
) -> Iterator[Fetch]:
    for first, seconds in (wanted or {}).items():
        ids = ((table.identity[0], first),) if first else ()
        yield from reads_of(table, known, tenant, ids, seconds)


def reads_of(
    table: Table, known: Known, tenant: str, ids: tuple[tuple[str, str], ...], wanted: list[str] | None
) -> Iterator[Fetch]:
    """The reads for the objects `wanted` (None: all) below the ids that are bound already."""
    own = own_path(table)
    name = own.needs[-1] if own is not None else ""
    batched = any(taken.column == name and taken.kind == "any" for taken in table.list_path.takes)
    if own is not None and wanted is not None and (len(wanted) == 1 or (len(wanted) <= SINGLE_READS and not batched)):
        for each in wanted:
            yield Fetch(own, tenant, (*ids, (name, each)))
    else:
        yield from listed_reads(table, known, tenant, ids, wanted)


def shared(bindings: Sequence[tuple[Table, Binding]]) -> list[Binding]:
    """The same bindings, with one way to list for all scans that go through every parent of one table.

    Lists with different filters would be asked for one by one; the whole list is asked for once and serves all.
    """
    ways: dict[tuple[str, tuple[Fetch, ...]], set[tuple[Fetch, ...]]] = {}
    for table, binding in bindings:
        if binding.parents:
            ways.setdefault((table.full_name, binding.parents), set()).add(binding.per_parent)
    return [
        replace(binding, per_parent=whole_lists(table))
        if len(ways.get((table.full_name, binding.parents), ())) > 1
        else binding
        for table, binding in bindings
    ]


def whole_lists(table: Table) -> tuple[Fetch, ...]:
    return tuple(listed_reads(table, Known(table, (), lambda value: value), "", (), None))


def listed_reads(
    table: Table, known: Known, tenant: str, ids: tuple[tuple[str, str], ...], wanted: list[str] | None
) -> Iterator[Fetch]:
    """Reads of the list, in batches of the wanted ids where the list takes them."""
    own, listing = own_path(table), table.list_path
    name = own.needs[-1] if own is not None else ""
    taken = next((each for each in listing.takes if each.column == name and each.kind == "any"), None)
    rest = tuple(filters(listing, known, {name}))
    if wanted is None or taken is None:
        yield Fetch(listing, tenant, ids, rest)
        return
    for start in range(0, len(wanted), taken.batch):
        chosen = (taken.parameter, ",".join(wanted[start : start + taken.batch]))
        yield Fetch(listing, tenant, ids, (chosen, *rest))


def own_path(table: Table) -> AccessPath | None:
    return next((path for path in table.paths if not path.paged), None)


def through_parents(table: Table, known: Known, tenants: list[str], parent: Table | None) -> Binding:
    """One list per parent of each organisation, since Xero lists these objects only below their parents."""
    if parent is None or table.parent is None:
        raise DataError(f"{table.name} can only be read below its parent")
    path = parent.list_path
    everything = tuple(filters(path, Known(parent, (), lambda value: value), set()))
    seconds = known.one(table.identity[1])
    wanted = None if seconds is None else [str(value) for value in seconds]
    per_parent = listed_reads(table, known, "", (), wanted)  # without its parent no object can be asked for alone
    return Binding(
        parents=tuple(Fetch(path, tenant, (), everything) for tenant in tenants),
        per_parent=tuple(per_parent),
        parent_table=table.parent.table,
        parent_column=table.parent.column,
    )


def filters(path: AccessPath, known: Known, handled: set[str]) -> Iterator[tuple[str, str]]:
    """The query parameters for every filter of the path that the conditions give a value, and those always named."""
    for taken in path.takes:
        if taken.column in handled:
            continue
        value = filter_value(taken, known)
        if value:
            yield taken.parameter, value


def filter_value(taken: Filter, known: Known) -> str:
    column = known.table[taken.column]
    if taken.kind in ("from", "to"):
        return day_bound(taken, known)
    values = known.one(taken.column)
    pushable = values is not None and all(may_push(column, value) for value in values)
    if not pushable or values is None or (taken.kind == "is" and len(values) > 1) or len(values) > taken.batch:
        return ",".join(taken.always)
    return ",".join(str(value) for value in values)


def may_push(column: Column, value: object) -> bool:
    """Values Xero does not list are compared here: it might refuse them, or know more than we do."""
    return not column.values or value in column.values


def day_bound(taken: Filter, known: Known) -> str:
    """The day for an inclusive bound: from a comparison, or from equality with one day or several."""
    bound = known.bounds.get((taken.column, "ge" if taken.kind == "from" else "le"))
    days = [day for day in map(day_of, known.one(taken.column) or [bound]) if day is not None]
    if len(days) < len(known.one(taken.column) or [bound]):
        return ""
    day = min(days) if taken.kind == "from" else max(days)
    return f"{day.isoformat()}{taken.suffix}"


def day_of(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).date() if value.tzinfo else value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value.strip()) if len(value.strip()) == len("2026-03-31") else None
        except ValueError:
            return None
    return None


def comparable(column: Column, value: object, table: Table, direct: bool) -> object:
    """The value as it can be sent, None if only the engine can compare it; DataError for a broken id.

    Two values of a column are equal here just when SQL calls them equal, so conditions can be intersected.
    """
    if isinstance(value, uuid.UUID):
        value = str(value)
    if column.type is UUID or column.type is PAIR:
        if isinstance(value, str) and well_formed(value, 2 if column.type is PAIR else 1):
            return value.lower()
        if direct:
            raise DataError(
                f"{value!r} is no {column.name} of {table.name}, which takes {column.type.takes}", sqlstate="22P02"
            )
        return None
    if column.type is DATE:
        return day_of(value)
    return value if column.type is TEXT and isinstance(value, str) else None


def well_formed(value: str, parts: int) -> bool:
    """Whether `value` is that many UUIDs, joined by slashes, in the form Xero writes them."""
    pieces = value.split("/")
    return len(pieces) == parts and all(is_uuid(piece) for piece in pieces)


def is_uuid(piece: str) -> bool:
    try:
        return str(uuid.UUID(piece)) == piece.lower()
    except ValueError:
        return False
