"""The order in which the scans of a statement are read: the one with the fewest expected calls.

Reading one table first tells which rows of the next are wanted. The theory is query planning with binding patterns;
statements have few tables, so up to seven every order is weighed (orders that read the same tables first are weighed
once), beyond that the cheapest next table is taken each time.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from xerosql.catalog.model import Table
from xerosql.plan.access import Fetch
from xerosql.plan.estimate import Estimator, Guess, Way, total
from xerosql.plan.known import Known
from xerosql.plan.model import ReadPlan, Scan

EXHAUSTIVE = 7
#: A LIMIT beyond this many rows is streamed, not held.
MOST_GROWN = 10_000

#: The scans in their order: the name of each, whether it is wide, and its requests.
Signature = tuple[tuple[str, bool, int], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One scan in its place. A `wide` one reads whole lists, an `alone` one shares its lists with no other."""

    scan: Scan
    guess: Guess
    wide: bool = False
    alone: bool = True


@dataclass(frozen=True)
class Strategy:
    """The steps of a statement in order, and what they come to."""

    steps: tuple[Step, ...]

    @property
    def calls(self) -> int:
        """API calls that the statement is expected to make."""
        return math.ceil(sum(step.guess.calls for step in self.steps) - 1e-9)

    @property
    def most(self) -> int | None:
        """Calls that it does not exceed while the organisation is as it was; None if that is not known."""
        found = total([step.guess.most for step in self.steps])
        return None if found is None else max(math.ceil(found), self.calls)

    @property
    def rows(self) -> int:
        """Rows that Xero should return."""
        return math.ceil(sum(step.guess.rows for step in self.steps))

    def limited(self, place: int, rows: int) -> Strategy:
        """The same where the scan at `place` is read part by part until there are so many rows, and those behind it."""
        grown = self.steps[place].guess
        lists = max(1.0, grown.parents)
        useful_each = grown.useful / lists
        read = min(lists, math.ceil(rows / useful_each)) if useful_each else lists
        share = read / lists
        steps = [
            step
            if at < place
            else replace(step, guess=step.guess.part(share, listing=grown.calls - lists if at == place else 0))
            for at, step in enumerate(self.steps)
        ]
        return Strategy(tuple(steps))

    def corrected(self, taken: Mapping[str, tuple[int, int]]) -> Strategy:
        """The same steps with the calls and rows that each has really taken before, where that is known."""
        steps = [
            replace(step, guess=step.guess.corrected(*taken[step.scan.name])) if step.scan.name in taken else step
            for step in self.steps
        ]
        return Strategy(tuple(steps))

    @property
    def summary(self) -> str:
        """The calls in a line: "49 calls: 1 for Projects, 48 for Tasks"."""
        paid = [step for step in self.steps if step.guess.calls and step.scan.table.source == "xero"]
        parts = [f"{math.ceil(step.guess.calls - 1e-9):,} for {step.scan.table.name}" for step in paid]
        return f"{self.calls:,} call{'s' * (self.calls != 1)}" + (f": {', '.join(parts)}" if len(parts) > 1 else "")

    @property
    def signature(self) -> Signature:
        """What tells strategies of one statement apart."""
        return tuple((step.scan.name, step.wide, step.guess.requests) for step in self.steps)


@dataclass
class Partial:
    """The cheapest way found to read some of the scans first."""

    calls: float = 0.0
    paid_early: float = (
        0.0  # the running totals added up: of equal orders the one that reads cheap tables first is best
    )
    order: tuple[Scan, ...] = ()
    guesses: dict[str, Guess] = field(default_factory=dict)
    whole_lists: set[tuple[str, str]] = field(default_factory=set)  # table and organisation
    covered: frozenset[str] = frozenset()  # the scans of tables whose whole list another one has read
    told: int = 0  # how often a scan's filters have chosen keys for one behind it

    @property
    def rank(self) -> tuple[float, int, float]:
        return round(self.calls, 6), -self.told, round(self.paid_early, 6)


def strategy_for(plan: ReadPlan, estimator: Estimator, order: Sequence[str] = ()) -> Strategy:
    """The cheapest order of the plan's scans, or the `order` given by their names."""
    grouping = Grouping(plan.scans, estimator)
    search = Search(plan.scans, estimator, grouping)
    best = search.given(order) if order else search.cheapest()
    return Strategy(
        tuple(
            Step(scan, best.guesses[scan.name], scan.name in grouping.wide | best.covered, grouping.is_alone(scan))
            for scan in best.order
        )
    )


def growing_step(strategy: Strategy, plan: ReadPlan, limit: int | None) -> int | None:
    """The place of the scan to read part by part until a LIMIT is reached: the one that leaves most of it unread."""
    if plan.limit is None or limit is None or limit > MOST_GROWN or plan.uses_scratch:
        return None
    costs = [step.guess.calls for step in strategy.steps]
    candidates = [
        (sum(costs[:place]) + sum(costs[place + 1 :]) / max(1.0, costs[place]), place)
        for place, step in enumerate(strategy.steps)
        if step.scan.name in plan.limit.growing and step.scan.table.source == "xero"
    ]
    return min(candidates)[1] if candidates else None


# -- Scans that can share their lists ----------------------------------------------------------------------------------


@dataclass
class Grouping:
    """Which scans of one table should read whole lists because another scan uses the same ones."""

    scans: Sequence[Scan]
    estimator: Estimator

    def __post_init__(self) -> None:
        self.groups: dict[str, list[Scan]] = defaultdict(list)
        for scan in self.scans:
            if scan.table.source == "xero":
                self.groups[scan.table.full_name].append(scan)
        self.listed_as_parent = {
            scan.table.parent.table
            for scan in self.scans
            if scan.table.parent and scan.table.source == "xero" and self.lists_parents(scan)
        }
        self.wide = {scan.name for name in self.groups for scan in self.groups[name] if self.is_wide(name)}

    def is_alone(self, scan: Scan) -> bool:
        name = scan.table.full_name
        return len(self.groups.get(name, ())) <= 1 and name not in self.listed_as_parent

    def lists_parents(self, scan: Scan) -> bool:
        """Whether the parents of a scan must be listed: nobody names them, and no other scan can tell them."""
        known, parent = self.estimator.known[scan.name], scan.table.parent
        columns = {"id", parent.column.lower()} if parent else {"id"}
        told = {name.lower() for name in known.sets} | {column for column, _ in scan.keys}
        return not known.impossible and not told & columns

    def is_wide(self, name: str) -> bool:
        scans = self.groups[name]
        readers = len(scans) + (name in self.listed_as_parent)
        if readers < 2 or (len({self.asks(scan) for scan in scans}) == 1 and name not in self.listed_as_parent):
            return False
        if name in self.listed_as_parent or self.fits_a_page(scans[0]):
            return True
        return scans[0].table.parent is None and any(self.reads_everything(scan) for scan in scans)

    def asks(self, scan: Scan) -> object:
        """What a scan would ask its list for, apart from the ids that keys will tell."""
        known = self.estimator.known[scan.name]
        used = {name: tuple(map(str, values)) for name, values in known.sets.items()}
        keyed = frozenset(column for column, _ in scan.keys if column in known.table.by_name)
        return tuple(sorted(used.items())), tuple(sorted(map(str, known.bounds.items()))), keyed

    def fits_a_page(self, scan: Scan) -> bool:
        table, size = scan.table, scan.table.list_path.page_size
        for tenant in self.estimator.tenants(scan):
            below = self.estimator.statistics.below(table.list_path, tenant)
            if table.parent is not None and below.longest > 1:
                return False
            if table.parent is None and self.estimator.rows_of(Fetch(table.list_path, tenant).whole) > size:
                return False
        return True

    def reads_everything(self, scan: Scan) -> bool:
        known: Known = self.estimator.known[scan.name]
        return not set(known.sets) - {"TenantId"} and not scan.keys


# -- The order ---------------------------------------------------------------------------------------------------------


@dataclass
class Search:
    scans: Sequence[Scan]
    estimator: Estimator
    grouping: Grouping

    def __post_init__(self) -> None:
        self.filtered = {scan.name: len(scan.filters.predicates) > len(scan.listings) for scan in self.scans}

    def cheapest(self) -> Partial:
        """The best order that is looked for."""
        return self.exhaustive() if len(self.scans) <= EXHAUSTIVE else self.greedy()

    def exhaustive(self) -> Partial:
        """The best of all orders, by the best way to every set of scans that can come first."""
        best: dict[frozenset[str], Partial] = {frozenset(): Partial()}
        for _ in self.scans:
            longer: dict[frozenset[str], Partial] = {}
            for done, partial in best.items():
                for scan in self.scans:
                    if scan.name not in done:
                        extended = self.extended(partial, scan)
                        key = done | {scan.name}
                        if key not in longer or extended.rank < longer[key].rank:
                            longer[key] = extended
            best = longer
        return next(iter(best.values()))

    def greedy(self) -> Partial:
        """The cheapest next scan each time."""
        partial = Partial()
        for _ in self.scans:
            left = [scan for scan in self.scans if scan.name not in partial.guesses]
            partial = min((self.extended(partial, scan) for scan in left), key=lambda each: each.rank)
        return partial

    def given(self, order: Sequence[str]) -> Partial:
        """The scans in this order."""
        by_name = {scan.name: scan for scan in self.scans}
        return reduce(lambda partial, name: self.extended(partial, by_name[name]), order, Partial())

    def extended(self, partial: Partial, scan: Scan) -> Partial:
        way = Way(scan.name in self.grouping.wide, self.grouping.is_alone(scan), frozenset(partial.whole_lists))
        guess = self.estimator.guess(scan, partial.guesses, way)
        calls = partial.calls + guess.calls
        return Partial(
            calls,
            partial.paid_early + calls,
            (*partial.order, scan),
            {**partial.guesses, scan.name: guess},
            partial.whole_lists | self.lists_read(scan, partial),
            partial.covered | self.covered(scan, partial),
            partial.told + self.tellers(scan, partial),
        )

    def covered(self, scan: Scan, partial: Partial) -> set[str]:
        """The scan itself, if the whole list of its table has been read for every organisation that it asks."""
        name, tenants = scan.table.full_name, self.estimator.tenants(scan) if scan.table.source == "xero" else []
        return {scan.name} if tenants and all((name, each) in partial.whole_lists for each in tenants) else set()

    def tellers(self, scan: Scan, partial: Partial) -> int:
        """How many of the scans before it are filtered here and give this one keys."""
        sources = {name for _, keys in scan.keys for source in keys.sources for name in source.scans}
        return sum(name in partial.guesses and self.filtered[name] for name in sources)

    def lists_read(self, scan: Scan, partial: Partial) -> set[tuple[str, str]]:
        """The tables whose whole list has been read once the scan has, each with the organisation."""
        return {(name, tenant) for name in self.tables_read(scan, partial) for tenant in self.estimator.tenants(scan)}

    def tables_read(self, scan: Scan, partial: Partial) -> set[str]:
        table: Table = scan.table
        if table.source != "xero" or self.estimator.known[scan.name].impossible:
            return set()
        read = partial.guesses
        bound = {column for column, keys in scan.keys if all(set(each.scans) <= set(read) for each in keys.sources)}
        named = {name.lower() for name in self.estimator.known[scan.name].sets}
        if table.parent is None:
            whole = scan.name in self.grouping.wide or not ((bound | named) - {"tenantid"})
            return {table.full_name} if whole else set()
        return set() if (bound | named) & {"id", table.parent.column.lower()} else {table.parent.table}
