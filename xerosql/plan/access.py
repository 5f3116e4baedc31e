"""A scan and the values of this execution to the requests that read it. Pure: nothing is sent from here.

Which path is taken follows from which columns have values: the object's own path when its ids are known, the list of
each known parent, the whole table's list, else the list of every parent, one after the other. Where several would do,
the one with the fewest expected calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from xerosql.catalog.model import AccessPath, Column, Exactness, Filter, Table
from xerosql.errors import DataError
from xerosql.plan.known import Known, day_of
from xerosql.plan.model import Condition, Scan

Query = tuple[tuple[str, str], ...]
Ids = tuple[tuple[str, str], ...]
#: Of a list below a parent nobody knows how long it is; so many objects are read alone rather than that list.
SINGLE_READS = 2


@dataclass(frozen=True, slots=True)
class Fetch:
    """One read of the API: a path, the ids for its braces, the query parameters, the organisation to ask.

    Of a list, `page_size` rows are asked for at a time. With `counted` only their number is wanted: each is a row of
    these values. `enough` is how many pages are read of it at most if they are full.
    """

    path: AccessPath
    tenant: str
    ids: Ids = ()
    query: Query = ()
    page_size: int = 0
    counted: tuple[tuple[str, object], ...] | None = None
    enough: int | None = None

    @property
    def whole(self) -> Fetch:
        """The read of the whole list that this one is a part of."""
        return replace(self, query=always(self.path), page_size=self.path.page_size, counted=None, enough=None)

    @property
    def unlimited(self) -> Fetch:
        """The read to the end of the same list."""
        return replace(self, enough=None)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a scan has to read: `fetches`, and for every parent that `parents` lists, `per_parent` with its id.

    `exact` are the conditions that Xero's answer satisfies by itself. There are no more than `most` rows: so many ids
    are wanted, and each is of one object.
    """

    fetches: tuple[Fetch, ...] = ()
    parents: tuple[Fetch, ...] = ()
    per_parent: tuple[Fetch, ...] = ()
    exact: frozenset[Condition] = frozenset()
    most: int | None = None


@dataclass(frozen=True)
class Choices:
    """What decides between paths that all would do.

    `pages` tells how many pages a whole list is expected to have. A `wide` scan reads whole lists only, since another
    scan of the statement reads, or can use, the same ones. `read` tells whether a whole list has been read already. No
    other scan reads the lists of one that is `alone`. `limit` is how many of its rows are enough, if that is known.
    What is read may be `kept` for other statements: a page has as many rows as it can then, at the same price.
    """

    pages: Callable[[Fetch], float] = lambda fetch: 1.0
    read: Callable[[Fetch], bool] = lambda fetch: False
    wide: bool = False
    alone: bool = True
    limit: int | None = None
    kept: bool = False


def bind(
    scan: Scan, known: Known, default_tenant: Callable[[], str], parent: Table | None, choices: Choices | None = None
) -> Binding:
    """The requests that return every row of the scan that its conditions allow."""
    if known.impossible or (choices and choices.limit == 0):
        return Binding()
    reader = Reader(scan, known, choices or Choices())
    tenants = [str(value) for value in known.sets.get("TenantId") or [default_tenant()]]
    if identities(scan.table, known, tenants[0]) is None and scan.table.parent is not None:
        return reader.through_parents(tenants, parent)
    return reader.binding(fetch for tenant in tenants for fetch in reader.direct(tenant))


def identities(table: Table, known: Known, tenant: str) -> dict[str, list[str] | None] | None:
    """First id to the second ids wanted of it (None: all), from `Id`, or from its parts; None if the first is open.

    For a table without a parent the one key stands in the place of the second id, under "".
    """
    if table.parent is None:
        key = known.one(table.key[0], tenant)
        return {"": None if key is None else [str(value) for value in key]}
    first, second = table.identity
    firsts, seconds, pairs = (known.one(each, tenant) for each in (first, second, "Id"))
    if pairs is not None:
        allowed = (None if firsts is None else set(firsts), None if seconds is None else set(seconds))
        found: dict[str, list[str] | None] = {}
        for pair in pairs:
            one, _, other = str(pair).partition("/")
            if (allowed[0] is None or one in allowed[0]) and (allowed[1] is None or other in allowed[1]):
                found[one] = [*(found.get(one) or []), other]
        return found
    if firsts is None:
        return None
    return {str(value): None if seconds is None else [str(each) for each in seconds] for value in firsts}


@dataclass
class Reader:
    """Makes the reads of one scan."""

    scan: Scan
    known: Known
    choices: Choices
    exact: set[Condition] = field(default_factory=set)
    by_ids: bool = False  # whether lists are asked for the wanted objects alone

    @property
    def table(self) -> Table:
        return self.scan.table

    def binding(self, fetches: Iterable[Fetch], parents: Sequence[Fetch] = (), per: Sequence[Fetch] = ()) -> Binding:
        made = tuple(fetches)
        sizes = [self.sized(fetch) for fetch in made], [self.sized(fetch) for fetch in per]
        return Binding(tuple(sizes[0]), tuple(parents), tuple(sizes[1]), frozenset(self.exact))

    def direct(self, tenant: str) -> Iterator[Fetch]:
        for first, seconds in (identities(self.table, self.known, tenant) or {}).items():
            ids = ((self.table.identity[0], first),) if first else ()
            yield from self.reads_of(tenant, ids, seconds)

    def reads_of(self, tenant: str, ids: Ids, wanted: list[str] | None) -> Iterator[Fetch]:
        """The reads for the objects `wanted` (None: all) below the ids that are bound already."""
        if wanted is not None and not wanted:
            return
        own = own_path(self.table)
        whole = Fetch(self.table.list_path, tenant, ids).whole
        alone = own is not None and wanted is not None and not self.choices.wide and not self.choices.read(whole)
        if own is None or wanted is None or not alone or not self.are_read_alone(wanted, whole):
            yield from self.listed_reads(tenant, ids, wanted)
            return
        for each in wanted:
            yield Fetch(own, tenant, (*ids, (own.needs[-1], each)))

    def are_read_alone(self, wanted: list[str], whole: Fetch) -> bool:
        """Whether the objects' own paths cost no more calls than their list, and few enough to be sure of it."""
        if len(wanted) == 1:
            return True
        batched = self.batched is not None
        return not batched and len(wanted) <= SINGLE_READS and len(wanted) <= self.choices.pages(whole)

    @property
    def batched(self) -> Filter | None:
        """The filter of the list that takes ids of single objects."""
        own, listing = own_path(self.table), self.table.list_path
        name = own.needs[-1] if own is not None else ""
        return next((each for each in listing.takes if each.column == name and each.kind == "any"), None)

    def listed_reads(self, tenant: str, ids: Ids, wanted: list[str] | None) -> Iterator[Fetch]:
        """Reads of the list, in batches of the wanted ids where the list takes them and that costs no more calls."""
        listing = self.table.list_path
        whole, taken = Fetch(listing, tenant, ids).whole, self.batched
        if self.choices.wide or self.choices.read(whole):
            yield whole
            return
        rest = self.filters(listing, {taken.column} if taken else set())
        if wanted is None or taken is None or math.ceil(len(wanted) / taken.batch) > self.choices.pages(whole):
            yield Fetch(listing, tenant, ids, rest)
            return
        self.note_exact(taken.column)
        self.by_ids = True
        ids_in_order = sorted(wanted)  # the engine gives keys in any order, and the same request is asked once
        for start in range(0, len(wanted), taken.batch):
            chosen = (taken.parameter, ",".join(ids_in_order[start : start + taken.batch]))
            yield Fetch(listing, tenant, ids, (chosen, *rest))

    def through_parents(self, tenants: list[str], parent: Table | None) -> Binding:
        """One list per parent of each organisation, since Xero lists these objects only below their parents."""
        if parent is None or self.table.parent is None:
            raise DataError(f"{self.table.name} can only be read below its parent")
        seconds = self.known.one(self.table.identity[1])
        wanted = None if seconds is None else [str(value) for value in seconds]
        per_parent = list(self.listed_reads("", (), wanted))  # without its parent no object can be asked for alone
        found = self.binding((), [Fetch(parent.list_path, tenant).whole for tenant in tenants], per_parent)
        return replace(found, most=len(wanted)) if wanted is not None and self.by_ids else found

    def filters(self, path: AccessPath, handled: set[str]) -> Query:
        """The query parameters for each filter of the path that the conditions give a value, and those always named."""
        return tuple(
            (taken.parameter, value)
            for taken in path.takes
            if taken.column not in handled and (value := self.filter_value(taken))
        )

    def filter_value(self, taken: Filter) -> str:
        column = self.table[taken.column]
        if taken.kind in ("from", "to"):
            return day_bound(taken, self.known)
        values = self.known.one(taken.column)
        pushable = values is not None and all(may_push(column, value) for value in values)
        if not pushable or values is None or (taken.kind == "is" and len(values) > 1) or len(values) > taken.batch:
            return ",".join(taken.always)
        if taken.exactness is Exactness.EXACT:
            self.note_exact(taken.column)
        return ",".join(str(value) for value in values)

    def note_exact(self, column: str) -> None:
        self.exact.update(self.known.said.get(column, ()))

    # -- Fewer rows ----------------------------------------------------------------------------------------------------

    def sized(self, fetch: Fetch) -> Fetch:
        """The fetch with as few rows a page as are sure to be enough: one where they are only counted."""
        if not fetch.path.paged or self.choices.read(fetch):
            return fetch
        most, limit = fetch.path.page_size, self.choices.limit
        if not self.choices.alone or self.table.unique or not self.applies_everything(fetch):
            return replace(fetch, page_size=most)
        counted = self.counted(fetch)
        if counted is not None:
            return replace(fetch, page_size=1, counted=counted)
        if not limit:
            return replace(fetch, page_size=most)
        size = most if self.choices.kept else min(limit, most)
        limited = replace(fetch, page_size=size, enough=math.ceil(limit / size))
        return limited.unlimited if self.choices.read(limited.unlimited) else limited

    def applies_everything(self, fetch: Fetch) -> bool:
        """Whether every list of values that the statement gives is one that Xero's answer keeps to exactly."""
        told = {name for name in fetch.path.needs if name in self.known.sets}
        settled = {each for name in told for each in self.known.said.get(name, ())}
        tenants = set(self.known.said.get("TenantId", ()))
        return set(self.scan.listings) <= self.exact | settled | tenants

    def counted(self, fetch: Fetch) -> tuple[tuple[str, object], ...] | None:
        """The values that every counted row has, if nothing else is wanted of the rows of this list."""
        values: dict[str, object] = {}
        for name in self.scan.columns:
            known = self.known.sets.get(name)
            if name == "TenantId" or name in fetch.path.needs:
                continue  # told by the request itself
            if known is None or (name.lower() in self.scan.needed and not (len(known) == 1 and self.is_exact(name))):
                return None
            values[name] = known[0]
        return tuple(values.items())

    def is_exact(self, name: str) -> bool:
        said = self.known.said.get(name, ())
        return bool(said) and set(said) <= self.exact


def always(path: AccessPath) -> Query:
    """The parameters that a list is asked with even when nothing is known."""
    return tuple((taken.parameter, ",".join(taken.always)) for taken in path.takes if taken.always)


def own_path(table: Table) -> AccessPath | None:
    return next((path for path in table.paths if not path.paged), None)


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
