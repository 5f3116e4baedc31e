"""What reading a scan is expected to cost: calls and rows, from what earlier answers told of an organisation.

Each page of a list says how many rows the list has in all (`pagination.itemCount`), so the statistics are free. Without
them the catalog's typical numbers stand in. `most` is a number of calls that is not exceeded while the organisation is
as it was; None where that is not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from xerosql.catalog.model import AccessPath, Table
from xerosql.plan.access import Choices, Fetch, Reader, identities
from xerosql.plan.known import Known
from xerosql.plan.model import Keys, KeySource, Scan

#: The share of rows that pass a condition nobody knows anything about.
SELECTIVITY = 1 / 3
#: Different values in a column of other tables' ids, if there are that many rows.
FEW = 10


class Statistics(Protocol):
    """What is known of the lists of organisations."""

    def rows(self, fetch: Fetch) -> int | None:
        """The rows of this very list."""

    def below(self, path: AccessPath, tenant: str) -> Below:
        """What is known of the lists below all parents."""


class Reusable(Protocol):
    """What has been fetched for other statements, and can be used for this one."""

    def age(self, fetch: Fetch) -> float | None:
        """How many seconds old it is; None if it is to be asked for."""

    def below(self, path: AccessPath, tenant: str) -> int:
        """How many whole lists below parents there are."""


class NothingReusable:
    """All is to be asked for."""

    def age(self, fetch: Fetch) -> float | None:
        return None

    def below(self, path: AccessPath, tenant: str) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Below:
    """Of the lists below parents: how many are known, their rows on average, the pages of the longest."""

    known: int = 0
    average: float | None = None
    longest: int = 1
    empty: int = 0


@dataclass(frozen=True, slots=True)
class Guess:
    """What one scan should cost. `rows` come back, `useful` of them pass what the statement says of them.

    `parents` is the number of lists below parents that are read, `requests` that of the requests for what the statement
    names, which tells different ways to ask for it apart.
    """

    calls: float
    most: float | None
    rows: float
    useful: float = 0.0
    parents: float = 0.0
    requests: int = 0

    def part(self, share: float, listing: float) -> Guess:
        """The guess for a share of the lists below parents, which take `listing` calls to know."""
        listing = max(0.0, listing) if self.parents else 0.0
        calls = math.ceil(listing + (self.calls - listing) * share) if self.parents else self.calls
        part = self.rows * share, self.useful * share, self.parents * share
        return Guess(calls, self.most, *part, requests=self.requests)

    def corrected(self, calls: int, rows: int) -> Guess:
        """The guess with what was really taken the last time."""
        most = None if self.most is None else max(self.most, calls)
        return Guess(calls, most, rows, self.useful, self.parents, self.requests)


NOTHING = Guess(0, 0, 0)


@dataclass(frozen=True)
class Way:
    """How a scan would be read in its place: whole lists only (`wide`), sharing them with no other scan (`alone`).

    `whole_lists` have been read by then, by table and organisation; `keyed` columns have so many keys from other scans.
    """

    wide: bool = False
    alone: bool = True
    whole_lists: frozenset[tuple[str, str]] = frozenset()
    keyed: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Estimator:
    """Estimates one statement's scans, given what its conditions say in this execution.

    `limit` rows of the only scan are enough, where that is known; what is read may be `kept` for other statements.
    """

    statistics: Statistics
    known: Mapping[str, Known]
    tables: Mapping[str, Table]
    tenant: Callable[[], str]
    reusable: Reusable = field(default_factory=NothingReusable)
    limit: int | None = None
    kept: bool = False

    def is_held(self, fetch: Fetch) -> bool:
        """Whether a fetch is answered without a call."""
        return self.reusable.age(fetch) is not None

    # -- Lists ---------------------------------------------------------------------------------------------------------

    def rows_of(self, fetch: Fetch) -> float:
        found = self.statistics.rows(fetch)
        if found is not None:
            return found
        average = self.statistics.below(fetch.path, fetch.tenant).average if fetch.path.needs else None
        whole = self.statistics.rows(fetch.whole)
        if whole is not None:
            return whole
        return fetch.path.typical if average is None else average

    def pages(self, fetch: Fetch) -> float:
        """Expected pages of a list that are to be asked for."""
        if self.is_held(fetch):
            return 0.0
        found = pages(self.rows_of(fetch), fetch.path.page_size)
        return found if fetch.enough is None else min(found, fetch.enough)

    def most_pages(self, fetch: Fetch) -> float | None:
        """Pages that the list does not exceed."""
        rows = self.statistics.rows(fetch)
        if rows is None:
            rows = self.statistics.rows(fetch.whole)
        return None if rows is None else pages(rows, fetch.path.page_size)

    def tenants(self, scan: Scan) -> list[str]:
        return [str(each) for each in self.known[scan.name].sets.get("TenantId") or [self.tenant()]]

    # -- Scans ---------------------------------------------------------------------------------------------------------

    def guess(self, scan: Scan, done: Mapping[str, Guess], way: Way) -> Guess:
        """The cost of a scan after those in `done`, whose keys it may use."""
        known = self.known[scan.name]
        if scan.table.source != "xero" or known.impossible:
            held = FEW if scan.table.source != "xero" else 0
            asked = 1 if scan.table.source == "connections" else 0
            return Guess(asked, asked, held, held)
        way = replace(way, keyed=self.keyed(scan, done))
        read = self.of_list if scan.table.parent is None else self.of_children
        parts = [read(scan, tenant, way) for tenant in self.tenants(scan)]
        rows = sum(each.rows for each in parts)
        useful = rows * self.selectivity(scan)
        calls = sum(each.calls for each in parts) + (useful if scan.hydrated else 0)
        most = None if scan.hydrated else total([each.most for each in parts])
        parents, requests = sum(each.parents for each in parts), sum(each.requests for each in parts)
        return Guess(calls, most, rows, useful, parents, requests)

    def keyed(self, scan: Scan, done: Mapping[str, Guess]) -> dict[str, float]:
        """For each column whose keys are known by then, how many there should be."""
        found: dict[str, float] = {}
        for column, keys in scan.keys:
            if all(name in done for source in keys.sources for name in source.scans):
                number = self.number_of_keys(keys, done)
                found[column] = min(found.get(column, number), number)
        return found

    def number_of_keys(self, keys: Keys, done: Mapping[str, Guess]) -> float:
        return sum(self.number_of(source, done) for source in keys.sources)

    def number_of(self, source: KeySource, done: Mapping[str, Guess]) -> float:
        if not source.within:
            return self.distinct(source.scan, source.column, done[source.scan])
        useful = done[source.within[0]].useful * SELECTIVITY
        return useful if source.most is None else min(useful, source.most)

    def distinct(self, scan: str, column: str, guess: Guess) -> float:
        table = self.tables[scan]
        if column in {name.lower() for name in (*table.key, *table.identity[1:])}:
            return guess.useful
        if table.parent is not None and column == table.parent.column.lower():
            return min(guess.useful, max(guess.parents, 1.0 if guess.useful else 0.0))
        return min(guess.useful, FEW)

    def selectivity(self, scan: Scan) -> float:
        return SELECTIVITY ** max(0, len(scan.filters.predicates) - len(scan.listings))

    def of_list(self, scan: Scan, tenant: str, way: Way) -> Guess:
        """A table with a list of its own, such as Projects."""
        table = scan.table
        whole = Fetch(table.list_path, tenant).whole
        wanted = self.known[scan.name].one(table.key[0], tenant)
        told = [] if wanted is None else [float(len(wanted))]
        number = min([*told, *keys_for(table.key[0], way.keyed)], default=None)
        rows = self.rows_of(whole) if number is None else min(number, self.rows_of(whole))
        if (table.full_name, tenant) in way.whole_lists:
            return Guess(0, 0, rows)
        if way.wide:
            return Guess(self.pages(whole), self.most_pages(whole), self.rows_of(whole))
        if number is None:
            return self.of_filtered(scan, tenant, way)
        return self.of_wanted(scan, number, wanted is not None, whole)

    def of_filtered(self, scan: Scan, tenant: str, way: Way) -> Guess:
        """A list with the filters that the statement gives, and a key if there is one alone."""
        path, reader = scan.table.list_path, self.reader(scan, way)
        fetch = Fetch(path, tenant, (), reader.filters(path, set()), path.page_size)
        found, keyed = self.statistics.rows(fetch), self.filtered_by_keys(scan, way)
        rows = self.rows_of(fetch.whole) if found is None else found
        if keyed or (found is None and fetch != fetch.whole):
            rows *= SELECTIVITY
        sized = reader.sized(fetch)
        calls = 1.0 if sized.counted is not None else pages(rows, path.page_size)
        if sized.enough is not None:
            calls, rows = min(calls, sized.enough), min(rows, sized.enough * sized.page_size)
        if self.is_held(fetch.whole) or self.is_held(sized):
            calls = 0.0
        return Guess(calls, self.most_pages(fetch), rows)

    def filtered_by_keys(self, scan: Scan, way: Way) -> bool:
        """Whether another scan should tell the one value that a filter takes."""
        ones = {taken.column.lower() for taken in scan.table.list_path.takes if taken.kind == "is"}
        return any(column in ones and count <= 1 for column, count in way.keyed.items())

    def of_wanted(self, scan: Scan, number: float, exact: bool, whole: Fetch) -> Guess:
        """Objects by their ids: one by one, in batches, or from the whole list, whichever is least."""
        taken, most_of_all = self.reader(scan, Way()).batched, self.most_pages(whole)
        each = number if taken is None else math.ceil(number / taken.batch)
        calls = min(each, self.pages(whole)) if number > 1 or self.is_held(whole) else math.ceil(number)
        most = None if most_of_all is None and not exact else min_known(each if exact else None, most_of_all)
        return Guess(calls, most, number, requests=math.ceil(calls) if exact else 0)

    def of_children(self, scan: Scan, tenant: str, way: Way) -> Guess:
        """A table that is listed below its parents, such as Tasks."""
        table = scan.table
        path, parent = table.list_path, table.parent
        if parent is None:
            return NOTHING
        told = identities(table, self.known[scan.name], tenant)
        counts = keys_for(parent.column, way.keyed) + keys_for("Id", way.keyed)
        if told is not None:
            return self.of_told(scan, tenant, told, way, counts)
        below = self.statistics.below(path, tenant)
        parents = Fetch(self.parent_table(table).list_path, tenant).whole
        all_parents = self.rows_of(parents)
        rows = path.typical if below.average is None else below.average
        each = self.calls_each(scan, tenant, rows, way)
        most_each = below.longest if below.known and below.known >= all_parents - below.empty else None
        most = product(self.statistics.rows(parents), most_each)
        held = self.reusable.below(path, tenant)
        if counts:
            number = min([*counts, all_parents])
            new = number * (1 - min(1.0, held / all_parents)) if all_parents else number
            return Guess(new * each, most, number * rows, parents=number)
        listing = 0 if (self.parent_table(table).full_name, tenant) in way.whole_lists else self.pages(parents)
        asked = max(0.0, all_parents - (below.empty if parent.empty_when else 0))
        most = None if most is None else most + self.pages(parents)
        return Guess(listing + max(0.0, asked - held) * each, most, asked * rows, parents=asked)

    def calls_each(self, scan: Scan, tenant: str, rows: float, way: Way) -> float:
        """Calls for one list of so many rows: one, if they are only counted."""
        path, reader = scan.table.list_path, self.reader(scan, way)
        fetch = Fetch(path, tenant, (), reader.filters(path, set()), path.page_size)
        return 1.0 if reader.sized(fetch).counted is not None else pages(rows, path.page_size)

    def of_told(
        self, scan: Scan, tenant: str, told: Mapping[str, list[str] | None], way: Way, counts: Sequence[float]
    ) -> Guess:
        """Parents that the statement names, and objects below them."""
        reader, first = self.reader(scan, way), scan.table.identity[0]
        fetches = [
            reader.sized(fetch)
            for parent, wanted in told.items()
            for fetch in reader.reads_of(tenant, ((first, parent),), wanted)
        ]
        alone = [not each.path.paged or each.counted is not None or reader.by_ids for each in fetches]
        calls = [
            0.0 if self.is_held(each) else 1.0 if one else self.pages(each)
            for each, one in zip(fetches, alone, strict=True)
        ]
        most = [1.0 if one else self.most_pages(each) for each, one in zip(fetches, alone, strict=True)]
        whole = {parent: Fetch(scan.table.list_path, tenant, ((first, parent),)).whole for parent in told}
        rows = sum(self.rows_of(whole[parent]) if wanted is None else len(wanted) for parent, wanted in told.items())
        share = min([1.0, *(count / len(told) for count in counts if told)])
        parents = len(told) * share
        return Guess(sum(calls) * share, total(most), rows * share, parents=parents, requests=len(fetches))

    def reader(self, scan: Scan, way: Way) -> Reader:
        """What makes the requests, with the values that are known beforehand."""
        choices = Choices(self.pages, self.is_held, way.wide, way.alone, self.limit, self.kept)
        return Reader(scan, self.known[scan.name], choices)

    def parent_table(self, table: Table) -> Table:
        return self.tables[table.parent.table] if table.parent else table


def pages(rows: float, size: int) -> float:
    """Pages of a list; an empty list is one page."""
    return max(1, math.ceil(rows / size))


def keys_for(column: str, keyed: Mapping[str, float]) -> list[float]:
    return [count for name, count in keyed.items() if name == column.lower()]


def total(parts: Sequence[float | None]) -> float | None:
    known = [each for each in parts if each is not None]
    return sum(known) if len(known) == len(parts) else None


def product(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one * other


def min_known(one: float | None, other: float | None) -> float | None:
    known = [each for each in (one, other) if each is not None]
    return min(known) if known else None
