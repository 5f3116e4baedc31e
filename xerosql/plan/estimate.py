"""What reading a scan is expected to cost: calls and rows, from what earlier answers told of an organisation.

Each page of a list says how many rows the list has in all (`pagination.itemCount`), so the statistics are free. Without
them the catalog's typical numbers stand in. `most` is a number of calls that is not exceeded while the organisation is
as it was; None where that is not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from xerosql.catalog.model import AccessPath, Table
from xerosql.plan.access import Choices, Fetch, Reader, identities, own_path
from xerosql.plan.known import Known
from xerosql.plan.model import Keys, Scan

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

    `parents` is the number of lists below parents that are read.
    """

    calls: float
    most: float | None
    rows: float
    useful: float = 0.0
    parents: float = 0.0

    def part(self, share: float, listing: float) -> Guess:
        """The guess for a share of the lists below parents, which take `listing` calls to know."""
        listing = max(0.0, listing) if self.parents else 0.0
        calls = math.ceil(listing + (self.calls - listing) * share) if self.parents else self.calls
        return Guess(calls, self.most, self.rows * share, self.useful * share, self.parents * share)

    def corrected(self, calls: int, rows: int) -> Guess:
        """The guess with what was really taken the last time."""
        most = None if self.most is None else max(self.most, calls)
        return Guess(calls, most, rows, self.useful, self.parents)


NOTHING = Guess(0, 0, 0)


@dataclass
class Estimator:
    """Estimates one statement's scans, given what its conditions say in this execution."""

    statistics: Statistics
    known: Mapping[str, Known]
    tables: Mapping[str, Table]
    tenant: Callable[[], str]

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
        """Expected pages of a list."""
        return pages(self.rows_of(fetch), fetch.path.page_size)

    def most_pages(self, fetch: Fetch) -> float | None:
        """Pages that the list does not exceed."""
        rows = self.statistics.rows(fetch)
        if rows is None:
            rows = self.statistics.rows(fetch.whole)
        return None if rows is None else pages(rows, fetch.path.page_size)

    def tenants(self, scan: Scan) -> list[str]:
        return [str(each) for each in self.known[scan.name].sets.get("TenantId") or [self.tenant()]]

    # -- Scans ---------------------------------------------------------------------------------------------------------

    def guess(self, scan: Scan, done: Mapping[str, Guess], wide: bool, whole_lists: set[tuple[str, str]]) -> Guess:
        """The cost of a scan after those in `done`, whose keys it may use; `whole_lists` have been read by then."""
        known = self.known[scan.name]
        if scan.table.source != "xero" or known.impossible:
            held = FEW if scan.table.source != "xero" else 0
            asked = 1 if scan.table.source == "connections" else 0
            return Guess(asked, asked, held, held)
        keyed = self.keyed(scan, done)
        parts = [self.of_tenant(scan, known, tenant, keyed, wide, whole_lists) for tenant in self.tenants(scan)]
        rows = sum(each.rows for each in parts)
        useful = rows * self.selectivity(scan)
        calls = sum(each.calls for each in parts) + (useful if scan.hydrated else 0)
        most = None if scan.hydrated else total([each.most for each in parts])
        return Guess(calls, most, rows, useful, sum(each.parents for each in parts))

    def keyed(self, scan: Scan, done: Mapping[str, Guess]) -> dict[str, float]:
        """For each column whose keys are known by then, how many there should be."""
        known = [(column, keys) for column, keys in scan.keys if all(each.scan in done for each in keys.sources)]
        return {column: self.number_of_keys(keys, done) for column, keys in known}

    def number_of_keys(self, keys: Keys, done: Mapping[str, Guess]) -> float:
        return sum(self.distinct(source.scan, source.column, done[source.scan]) for source in keys.sources)

    def distinct(self, scan: str, column: str, guess: Guess) -> float:
        table = self.tables[scan]
        if column in {name.lower() for name in (*table.key, *table.identity[1:])}:
            return guess.useful
        if table.parent is not None and column == table.parent.column.lower():
            return min(guess.useful, max(guess.parents, 1.0 if guess.useful else 0.0))
        return min(guess.useful, FEW)

    def selectivity(self, scan: Scan) -> float:
        return SELECTIVITY ** max(0, len(scan.filters.predicates) - len(scan.listings))

    def of_tenant(
        self,
        scan: Scan,
        known: Known,
        tenant: str,
        keyed: Mapping[str, float],
        wide: bool,
        whole_lists: set[tuple[str, str]],
    ) -> Guess:
        if scan.table.parent is None:
            return self.of_list(scan, known, tenant, keyed, wide, whole_lists)
        return self.of_children(scan, known, tenant, keyed, wide, whole_lists)

    def of_list(
        self,
        scan: Scan,
        known: Known,
        tenant: str,
        keyed: Mapping[str, float],
        wide: bool,
        whole_lists: set[tuple[str, str]],
    ) -> Guess:
        """A table with a list of its own, such as Projects."""
        table = scan.table
        whole = Fetch(table.list_path, tenant).whole
        pages_of_all, most_of_all = self.pages(whole), self.most_pages(whole)
        wanted = known.one(table.key[0], tenant)
        told = [] if wanted is None else [float(len(wanted))]
        number = min([*told, *keys_for(table.key[0], keyed)], default=None)
        rows = self.rows_of(whole) if number is None else min(number, self.rows_of(whole))
        if (table.full_name, tenant) in whole_lists:
            return Guess(0, 0, rows)
        if wide or (number is None and not self.reader(scan).filters(table.list_path, set())):
            return Guess(pages_of_all, most_of_all, self.rows_of(whole))
        if number is None:
            return self.of_filtered(scan, tenant)
        return self.of_wanted(scan, number, wanted is not None, pages_of_all, most_of_all)

    def of_filtered(self, scan: Scan, tenant: str) -> Guess:
        path = scan.table.list_path
        fetch = Fetch(path, tenant, (), self.reader(scan).filters(path, set()), path.page_size)
        found = self.statistics.rows(fetch)
        rows = found if found is not None else self.rows_of(fetch.whole) * (1 if fetch == fetch.whole else SELECTIVITY)
        return Guess(pages(rows, path.page_size), self.most_pages(fetch), rows)

    def of_wanted(
        self, scan: Scan, number: float, exact: bool, pages_of_all: float, most_of_all: float | None
    ) -> Guess:
        """Objects by their ids: one by one, in batches, or from the whole list, whichever is least."""
        taken = self.reader(scan).batched
        each = number if taken is None else math.ceil(number / taken.batch)
        calls = min(each, pages_of_all) if number > 1 else math.ceil(number)
        most = None if most_of_all is None and not exact else min_known(each if exact else None, most_of_all)
        return Guess(calls, most, number)

    def of_children(
        self,
        scan: Scan,
        known: Known,
        tenant: str,
        keyed: Mapping[str, float],
        wide: bool,
        whole_lists: set[tuple[str, str]],
    ) -> Guess:
        """A table that is listed below its parents, such as Tasks."""
        table = scan.table
        path, parent = table.list_path, table.parent
        if parent is None:
            return NOTHING
        told = identities(table, known, tenant)
        counts = keys_for(parent.column, keyed) + keys_for("Id", keyed)
        below = self.statistics.below(path, tenant)
        if told is not None:
            return self.of_told(scan, tenant, told, wide, counts)
        parents = Fetch(self.parent_table(table).list_path, tenant).whole
        all_parents = self.rows_of(parents)
        each = pages(path.typical if below.average is None else below.average, path.page_size)
        per_list = path.typical if below.average is None else below.average
        most_each = below.longest if below.known and below.known >= all_parents - below.empty else None
        most_parents = self.statistics.rows(parents)
        if counts:
            number = min(*counts, all_parents) if len(counts) > 1 else min(counts[0], all_parents)
            most = product(most_parents, most_each)
            return Guess(number * each, most, number * per_list, parents=number)
        listing = 0 if (self.parent_table(table).full_name, tenant) in whole_lists else self.pages(parents)
        asked = max(0.0, all_parents - (below.empty if parent.empty_when else 0))
        most = product(most_parents, most_each)
        most = None if most is None else most + self.pages(parents)
        return Guess(listing + asked * each, most, asked * per_list, parents=asked)

    def of_told(
        self, scan: Scan, tenant: str, told: Mapping[str, Sequence[str] | None], wide: bool, counts: Sequence[float]
    ) -> Guess:
        """Parents that the statement names, and objects below them."""
        table = scan.table
        calls, most, rows = 0.0, 0.0, 0.0
        unknown = False
        for first, seconds in told.items():
            whole = Fetch(table.list_path, tenant, ((table.identity[0], first),)).whole
            alone = not wide and seconds is not None and len(seconds) == 1 and own_path(table) is not None
            calls += 1 if alone else self.pages(whole)
            bound = 1.0 if alone else self.most_pages(whole)
            unknown, most = unknown or bound is None, most + (bound or 0)
            rows += len(seconds) if seconds is not None else self.rows_of(whole)
        share = min([1.0, *(count / len(told) for count in counts if told)])
        return Guess(calls * share, None if unknown else most, rows * share, parents=len(told) * share)

    def reader(self, scan: Scan) -> Reader:
        return Reader(scan, self.known[scan.name], Choices())

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
