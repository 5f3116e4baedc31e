"""EXPLAIN: what each step of a statement will ask of Xero, why, and what it should cost, as data, rows or JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xerosql.plan.model import Predicate, ReadPlan
from xerosql.plan.order import Strategy
from xerosql.plan.verdicts import Forecast, Verdict, access_paths, own_reads, spelled, verdict, why_nothing

#: What one call takes where nobody has measured it yet, in seconds.
TYPICAL_LATENCY = 0.3


@dataclass(frozen=True, slots=True)
class Budget:
    """Xero's limits as far as they are known: calls a minute and a day, those left of both, and side by side."""

    per_minute: int
    per_day: int
    at_once: int
    minute_left: int | None = None
    day_left: int | None = None
    latency: float = TYPICAL_LATENCY

    def seconds(self, levels: Sequence[float]) -> float:
        """How long so many calls take, level after level: side by side, and within the minute's quota."""
        busy = sum(math.ceil(calls / self.at_once) for calls in levels) * self.latency
        left = self.per_minute if self.minute_left is None else self.minute_left
        beyond = max(0.0, sum(levels) - left)
        return busy + math.ceil(beyond / self.per_minute) * 60.0


@dataclass(frozen=True)
class Explanation:
    """Everything EXPLAIN tells. `actual` has what each scan and the whole really took, once it has run."""

    plan: ReadPlan
    strategy: Strategy
    forecasts: tuple[Forecast, ...]
    budget: Budget
    kind: str = "SELECT"
    actual: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    requests: tuple[Mapping[str, object], ...] = ()
    changes: tuple[tuple[str, ...], ...] = ()
    reads: int | None = None  # calls that a write's rows took to read
    notes: tuple[str, ...] = ()

    # -- As data -------------------------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, object]:
        """The whole as JSON has it."""
        return {
            "statement": self.kind,
            "summary": self.summary,
            "steps": [self.step(place, each) for place, each in enumerate(self.forecasts, start=1)],
            "other_conditions": [str(each) for each in self.between()],
            **({"requests": [dict(each) for each in self.requests]} if self.reads is not None else {}),
            **({"notes": list(self.notes)} if self.notes else {}),
            "total": self.total(),
        }

    def as_json(self) -> str:
        return json.dumps(self.as_dict(), indent=2, default=str, ensure_ascii=False)

    @property
    def calls(self) -> int:
        """The calls of the whole statement, a write's own included."""
        return self.strategy.calls if self.reads is None else self.reads + len(self.requests)

    @property
    def summary(self) -> str:
        """The plan in a line."""
        if self.reads is None:
            return self.strategy.summary
        written = len(self.requests)
        return f"{self.calls:,} call{'s' * (self.calls != 1)}: {self.reads:,} to read, {written:,} to write"

    def step(self, place: int, forecast: Forecast) -> dict[str, object]:
        step, guess = forecast.step, forecast.step.guess
        found: dict[str, object] = {
            "step": place,
            "scan": step.scan.alias or step.scan.name,
            "table": step.scan.table.full_name,
            "access_path": "; ".join(access_paths(forecast)) or why_nothing(forecast),
            "bound": list(self.bound(forecast)),
            "predicates": [
                {"predicate": each.text, "where": each.where, "as": each.as_, "why": each.why}
                for each in self.verdicts(forecast)
            ],
            "columns": list(step.scan.columns),
            "limit": self.limit_of(forecast),
            "calls": rounded(guess.calls),
            "most_calls": None if guess.most is None else math.ceil(guess.most),
            "rows": math.ceil(guess.rows),
            "seconds": round(self.budget.seconds([guess.calls]), 2),
            "statistics_age": None if forecast.age is None else round(forecast.age, 1),
            "reused": reused(forecast),
        }
        if step.scan.name in self.actual:
            found["actual"] = dict(self.actual[step.scan.name])
        return found

    def total(self) -> dict[str, object]:
        calls = self.calls
        levels = [step.guess.calls for step in self.strategy.steps] if self.reads is None else [self.reads]
        found: dict[str, object] = {
            "calls": calls,
            "most_calls": self.strategy.most if self.reads is None else calls,
            "rows": self.strategy.rows,
            "seconds": round(self.budget.seconds([*levels, *([1.0] * len(self.requests))]), 2),
            "minute_share": round(calls / self.budget.per_minute, 4),
            "day_share": round(calls / self.budget.per_day, 4),
            "minute_left": self.budget.minute_left,
            "day_left": self.budget.day_left,
        }
        if "" in self.actual:
            found["actual"] = dict(self.actual[""])
        return found

    # -- As rows -------------------------------------------------------------------------------------------------------

    def as_rows(self) -> list[tuple[object, ...]]:
        """Step (None for the whole), what is told, and the telling."""
        rows: list[tuple[object, ...]] = [(None, "plan", self.summary)]
        for place, forecast in enumerate(self.forecasts, start=1):
            rows += [(place, item, detail) for item, detail in self.lines(place, forecast)]
        rows += [(None, each.where, str(each)) for each in self.between()]
        if self.plan.limit is not None:
            rows.append((None, "limit", self.plan.limit.why))
        for place, request in enumerate(self.requests):
            changed = self.changes[place] if place < len(self.changes) else ()
            rows += [(None, item, detail) for item, detail in request_lines(request, changed)]
        rows += [(None, "note", note) for note in self.notes]
        return [*rows, *((None, item, detail) for item, detail in self.total_lines())]

    def as_lines(self) -> list[str]:
        """The rows as PostgreSQL writes a plan: a line of text each, the first with a cost, which is the calls."""
        first = f"{self.summary}  (cost=0.00..{self.calls:.2f} rows={self.total()['rows']} width=0)"
        rest = self.as_rows()[1:]  # behind the summary
        return [first, *(f"  {'' if step is None else f'{step}. '}{item}: {detail}" for step, item, detail in rest)]

    def lines(self, place: int, forecast: Forecast) -> Iterator[tuple[str, str]]:
        found = self.step(place, forecast)
        scan = forecast.step.scan
        called = f" AS {scan.alias}" if scan.alias and scan.alias != scan.table.name.lower() else ""
        yield "scan", f"{scan.table.full_name}{called}"
        for path in access_paths(forecast) or [why_nothing(forecast)]:
            yield "access path", path
        yield from (("bound", each) for each in self.bound(forecast))
        yield from ((each.where, str(each)) for each in self.verdicts(forecast))
        if limit := self.limit_of(forecast):
            yield "limit", limit
        if forecast.reused is not None:
            yield "reuse", str(forecast.reused)
        yield "cost", cost(found) + known_since(forecast)
        if scan.name in self.actual:
            yield "actual", actual(self.actual[scan.name])

    def total_lines(self) -> Iterator[tuple[str, str]]:
        total = self.total()
        yield "cost", cost(total)
        calls = self.calls
        yield (
            "quota",
            (
                f"{share(calls, self.budget.per_minute)} of a minute's {self.budget.per_minute} calls, "
                f"{share(calls, self.budget.per_day)} of a day's {self.budget.per_day:,}"
                + ("" if self.budget.day_left is None else f"; {self.budget.day_left:,} of the day's are left")
            ),
        )
        if "" in self.actual:
            yield "actual", actual(self.actual[""])

    # -- A step's parts ------------------------------------------------------------------------------------------------

    def bound(self, forecast: Forecast) -> Iterator[str]:
        """Which columns have values, and where these come from."""
        told = {column for column, _ in forecast.keys}
        for name, values in forecast.known.sets.items():
            if name.lower() not in told:
                yield f"{name}: {len(values)} value{'s' * (len(values) != 1)} of the statement"
        for column, keys in forecast.keys:
            sources = ", ".join(self.named(source.scan, source.column) for source in keys.sources)
            yield f"{spelled(forecast.step.scan.table, column)}: the keys of {sources}"
        if forecast.binding.parents and (parent := forecast.step.scan.table.parent):
            skipped = f", except those whose {parent.empty_when} is 0" if parent.empty_when else ""
            yield f"{parent.column}: every row of {parent.table.partition('.')[2]}{skipped}"

    def named(self, scan: str, column: str) -> str:
        if scan not in self.plan.by_name:
            return "a subquery's result"
        of = self.plan.by_name[scan]
        return f"{of.alias or of.table.name}.{spelled(of.table, column)}"

    def verdicts(self, forecast: Forecast) -> Iterator[Verdict]:
        """What becomes of every condition on this scan alone."""
        for predicate in self.plan.predicates:
            if predicate.scans == (forecast.step.scan.name,):
                yield verdict(predicate, forecast)

    def between(self) -> Iterator[Verdict]:
        """The conditions that speak of several scans or of none: all are applied here."""
        for predicate in self.plan.predicates:
            if len(predicate.scans) != 1:
                yield self.verdict_between(predicate)

    def verdict_between(self, predicate: Predicate) -> Verdict:
        """A condition between tables is always applied here; it may have given keys before."""
        for forecast in self.forecasts:
            ours = [
                keys for _, keys in forecast.keys if {source.scan for source in keys.sources} <= set(predicate.scans)
            ]
            if ours and forecast.step.scan.name in predicate.scans:
                called = forecast.step.scan.alias or forecast.step.scan.table.name
                return Verdict(predicate.text, "keys", why=f"tells what to ask of {called}; applied here")
        return Verdict(predicate.text, "local", why="between tables" if predicate.scans else "of no column")

    def limit_of(self, forecast: Forecast) -> str:
        if not forecast.grows or not self.plan.limit:
            return ""
        size = next((fetch.page_size for fetch in own_reads(forecast.binding) if fetch.path.paged), None)
        pushed = self.plan.limit.pushed and size is not None and size < forecast.step.scan.table.list_path.page_size
        if pushed and not any(fetch.counted is not None for fetch in own_reads(forecast.binding)):
            return f"pushed as pageSize={size}: every condition is applied exactly by Xero"
        return "lists are read one after the other until there are enough rows"


# -- In words ----------------------------------------------------------------------------------------------------------


def cost(found: Mapping[str, object]) -> str:
    calls, most, rows, seconds = (found[each] for each in ("calls", "most_calls", "rows", "seconds"))
    bound = "no bound known yet" if most is None else f"at most {most:,}"
    return f"{calls:,} call{'s' * (calls != 1)} ({bound}), {rows:,} rows, {seconds} s"


def known_since(forecast: Forecast) -> str:
    """Where the estimate of a list comes from, and how old that is."""
    if forecast.step.scan.table.source != "xero" or not forecast.step.guess.calls:
        return ""
    return "; guessed" if forecast.age is None else f"; from what was learnt {round(forecast.age):,} s ago"


def reused(forecast: Forecast) -> dict[str, object] | None:
    """What is there already, as JSON has it."""
    found = forecast.reused
    return None if found is None else {"fetches": found.fetches, "of": found.of, "age": round(found.age, 1)}


def actual(found: Mapping[str, object]) -> str:
    calls, rows = found.get("calls", 0), found.get("rows", 0)
    told = f"{calls:,} call{'s' * (calls != 1)}, {rows:,} rows, {found.get('seconds', 0)} s"
    if pages := found.get("reused"):
        told += f"; {pages:,} page{'s' * (pages != 1)} reused, the oldest {found.get('age')} s old"
    return told


def share(calls: int, of: int) -> str:
    return f"{100 * calls / of:.1f} %"


def rounded(calls: float) -> int:
    return math.ceil(calls - 1e-9)


def request_lines(request: Mapping[str, object], changes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A request of a write: the line it begins with, its body, and what changes."""
    yield "request", f"{request['method']} {request['path']}"
    if request.get("body"):
        yield "body", str(request["body"])
    for change in changes:
        yield "change", change
