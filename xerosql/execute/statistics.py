"""How long the lists of organisations are, learnt from the answers that statements got anyway.

Every page of a list says how many rows the list has (`pagination.itemCount`). The numbers are kept for the process, per
organisation, with the moment they were learnt; they decide between ways that are all right, and make the estimates of
EXPLAIN, so old ones cost calls at worst.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from xerosql.catalog.model import AccessPath
from xerosql.plan.access import Fetch, Ids, Query, always
from xerosql.plan.estimate import Below
from xerosql.plan.order import Signature

#: Statements whose actual calls are remembered, and lists whose lengths are, or that are remembered as a statement's.
STATEMENTS, LISTS = 1_000, 100_000

ListKey = tuple[str, str, Ids, Query]


@dataclass(frozen=True, slots=True)
class Actual:
    """What one scan of a statement really took, or would have if nothing had been there already.

    `fetches` has the pages of each fetch; None where nobody counted them.
    """

    calls: int
    rows: int
    fetches: Mapping[Fetch, int] | None = None


@dataclass
class Learnt:
    """The lists below all parents of one organisation."""

    rows: dict[Ids, int] = field(default_factory=dict)
    empty: int = 0  # parents that were not asked, being known to have none

    def below(self, size: int) -> Below:
        if not self.rows:
            return Below(empty=self.empty)
        counts = self.rows.values()
        return Below(len(counts), sum(counts) / len(counts), max(1, math.ceil(max(counts) / size)), self.empty)


class Learned:
    """The statistics of every organisation that one Xero was asked about. Threads share it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._lists: OrderedDict[ListKey, tuple[int, float]] = OrderedDict()
        self._below: dict[tuple[str, str], Learnt] = {}
        self._cached: dict[tuple[str, str], Below] = {}
        self._statements: OrderedDict[tuple[Hashable, Signature], Mapping[str, Actual]] = OrderedDict()
        self._ways: dict[Hashable, Signature] = {}  # of each statement, the last one
        self._fetches = 0  # of all statements

    # -- Learning ------------------------------------------------------------------------------------------------------

    def learn(self, fetch: Fetch, rows: int) -> None:
        """A list has so many rows."""
        key = list_key(fetch)
        with self._lock:
            self._lists[key] = rows, self._clock()
            self._lists.move_to_end(key)
            while len(self._lists) > LISTS:
                self._lists.popitem(last=False)
            if fetch.ids and fetch.query == always(fetch.path):
                place = fetch.tenant, fetch.path.url
                self._below.setdefault(place, Learnt()).rows[fetch.ids] = rows
                self._cached.pop(place, None)

    def learn_empty(self, path: AccessPath, tenant: str, parents: int) -> None:
        """So many parents have no rows in the lists below them, and say so themselves."""
        place = tenant, path.url
        with self._lock:
            self._below.setdefault(place, Learnt()).empty = parents
            self._cached.pop(place, None)

    def learn_statement(self, statement: Hashable, way: Signature, actual: Mapping[str, Actual]) -> None:
        """What each scan of a statement really took that was read in this way."""
        key = statement, way
        with self._lock:
            self._fetches += fetches_of(actual) - fetches_of(self._statements.pop(key, {}))
            self._statements[key] = actual
            self._ways[statement] = way
            while len(self._statements) > 1 and (len(self._statements) > STATEMENTS or self._fetches > LISTS):
                (old, its_way), dropped = self._statements.popitem(last=False)
                self._fetches -= fetches_of(dropped)
                if self._ways.get(old) == its_way:
                    del self._ways[old]

    def forget(self, tenant: str) -> None:
        """Something was written to the organisation: what statements took is not what they would take now."""
        with self._lock:
            self._statements.clear()
            self._ways.clear()
            self._fetches = 0

    # -- Telling -------------------------------------------------------------------------------------------------------

    def rows(self, fetch: Fetch) -> int | None:
        found = self._lists.get(list_key(fetch))
        return None if found is None else found[0]

    def age(self, fetch: Fetch) -> float | None:
        """Seconds since the length of the list was learnt."""
        found = self._lists.get(list_key(fetch))
        return None if found is None else self._clock() - found[1]

    def below(self, path: AccessPath, tenant: str) -> Below:
        place = tenant, path.url
        with self._lock:
            if place not in self._cached:
                self._cached[place] = self._below.get(place, Learnt()).below(path.page_size)
            return self._cached[place]

    def taken(self, statement: Hashable, way: Signature) -> Mapping[str, Actual]:
        """What each scan of a statement took when it was last read in this way; nothing if it never was."""
        return self._statements.get((statement, way), {})

    def last_way(self, statement: Hashable) -> Signature | None:
        """In which way a statement was read the last time."""
        return self._ways.get(statement)


def fetches_of(actual: Mapping[str, Actual]) -> int:
    """How many fetches are remembered of a statement."""
    return sum(len(each.fetches or ()) for each in actual.values())


def list_key(fetch: Fetch) -> ListKey:
    return fetch.tenant, fetch.path.url, fetch.ids, fetch.query


_PROCESS_WIDE: dict[str, Learned] = {}
_SIMULATED: WeakKeyDictionary[Any, Learned] = WeakKeyDictionary()
_LOCK = Lock()


def statistics_for(handler: Callable[..., object] | None, base_url: str) -> Learned:
    """The statistics of the Xero that is asked: one set for each address, each in-process stand-in its own."""
    with _LOCK:
        if handler is None:
            return _PROCESS_WIDE.setdefault(base_url, Learned())
        return _SIMULATED.setdefault(getattr(handler, "__self__", handler), Learned())
