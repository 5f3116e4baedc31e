"""What a step asks of Xero, and what becomes of each condition: pushed, and how exactly, or applied here, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xerosql.catalog import LOCAL, is_temporary
from xerosql.catalog.model import Exactness, Filter, Table
from xerosql.plan.access import Binding, Fetch, always, may_push, own_path
from xerosql.plan.known import Known
from xerosql.plan.model import Condition, Keys, Predicate, Scan
from xerosql.plan.order import Step


@dataclass(frozen=True, slots=True)
class Reused:
    """Fetches of a step that are there already, of how many (None: not known yet), and the age of the oldest."""

    fetches: int
    of: int | None
    age: float

    def __str__(self) -> str:
        of = "" if self.of is None else f" of {self.of:,}"
        return f"{self.fetches:,}{of} fetched before, the oldest {round(self.age):,} s ago"


@dataclass(frozen=True)
class Forecast:
    """A step with the requests that it should make: those of keys that are not known yet stand for their number."""

    step: Step
    binding: Binding
    known: Known
    keys: tuple[tuple[str, Keys], ...]
    grows: bool = False
    age: float | None = None  # seconds since the lengths of its lists were learnt; None: they are guessed
    reused: Reused | None = None  # what need not be asked for


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one condition: pushed EXACT, pushed SUPERSET, keys, or local; as what parameter; and why."""

    text: str
    where: str
    as_: str = ""
    why: str = ""

    def __str__(self) -> str:
        return self.text + (f" as {self.as_}" if self.as_ else "") + (f" ({self.why})" if self.why else "")


def own_reads(binding: Binding) -> tuple[Fetch, ...]:
    """The requests for the table's own rows, without those for its parents' ids."""
    return (*binding.fetches, *binding.per_parent)


def access_paths(forecast: Forecast) -> list[str]:
    """The requests of a step, those alike but for their ids once: method, path, parameters."""
    table = forecast.step.scan.table
    if table.source != "xero":
        held = {"connections": "GET /connections", "catalog": "the catalog"}
        local = "the temporary tables" if is_temporary(table.schema) else "the scratch schema"
        return [local if table.source == LOCAL else held.get(table.source, table.source)]
    parents = [f"{line(fetch, forecast)}, for the ids" for fetch in forecast.binding.parents[:1]]
    own = [line(fetch, forecast) for fetch in own_reads(forecast.binding)]
    alone = own_path(table)
    if forecast.step.scan.hydrated and alone is not None:
        own.append(f"GET {alone.url}, one call for each row, for {', '.join(forecast.step.scan.hydrated)}")
    return [*parents, *dict.fromkeys(own)]


def line(fetch: Fetch, forecast: Forecast) -> str:
    keyed = {column for column, _ in forecast.keys}
    parameters = []
    for name, value in fetch.query:
        taken = next((each for each in fetch.path.takes if each.parameter == name), None)
        from_keys = taken is not None and taken.column.lower() in keyed
        values = value.split(",")
        many = f"{{{len(values)} ids}}" if len(values) > 3 or from_keys else value
        parameters.append(f"{name}={many}")
    if fetch.counted is not None:
        parameters.append("pageSize=1, for its itemCount")
    return f"GET {fetch.path.url}{'?' * bool(parameters)}{'&'.join(parameters)}"


def why_nothing(forecast: Forecast) -> str:
    if forecast.known.impossible:
        return "nothing is asked: the conditions exclude each other"
    return "nothing is asked"


def verdict(predicate: Predicate, forecast: Forecast) -> Verdict:
    """What becomes of one condition on one scan."""
    scan, conditions = forecast.step.scan, predicate.conditions
    if not conditions:
        return Verdict(predicate.text, "local", why="Xero has no such filter")
    column = scan.table[conditions[0].column]
    if scan.table.source != "xero":
        return Verdict(predicate.text, "local", why="the table is held here")
    taken = parameter_for(scan.table, conditions, forecast)
    if column.name == "TenantId":
        return Verdict(predicate.text, "pushed EXACT", "the Xero-Tenant-Id header")
    if names_path(column.name, forecast):
        return Verdict(predicate.text, "pushed EXACT", f"{{{column.name}}} in the path")
    if taken is not None and taken.exactness is Exactness.EXACT and set(conditions) <= forecast.binding.exact:
        return Verdict(predicate.text, "pushed EXACT", taken.parameter)
    if taken is not None:
        return Verdict(predicate.text, "pushed SUPERSET", taken.parameter, "checked again here")
    return Verdict(predicate.text, "local", why=why_local(scan, conditions, forecast))


def names_path(column: str, forecast: Forecast) -> bool:
    """Whether the column's values stand in the path of every request."""
    found = own_reads(forecast.binding)
    ids = {name for fetch in found for name, _ in fetch.ids}
    table = forecast.step.scan.table
    return bool(found) and (column in ids or (column == "Id" and set(table.identity) <= ids))


def parameter_for(table: Table, conditions: Sequence[Condition], forecast: Forecast) -> Filter | None:
    """The parameter that the condition has set in the requests, if it has."""
    column = conditions[0].column
    for fetch in own_reads(forecast.binding):
        sent = dict(fetch.query)
        usual = dict(always(fetch.path))
        for taken in fetch.path.takes:
            value = sent.get(taken.parameter)
            chosen = value != usual.get(taken.parameter) or set(conditions) <= forecast.binding.exact
            if taken.column.lower() == column and value and chosen:
                return taken
    return None


def why_local(scan: Scan, conditions: Sequence[Condition], forecast: Forecast) -> str:
    column = scan.table[conditions[0].column]
    takes = [each for each in scan.table.list_path.takes if each.column == column.name]
    if forecast.step.wide and takes:
        return f"another part of the statement reads the same lists of {scan.table.name} whole"
    values = forecast.known.sets.get(column.name, [])
    if takes and values and not all(may_push(column, value) for value in values):
        return f"Xero does not know that {column.name}"
    if takes and len(values) > 1 and takes[0].kind == "is":
        return f"Xero takes one {column.name} at a time"
    if takes:
        return "its list costs no fewer calls with it"
    return f"Xero has no filter on {column.name}"


def spelled(table: Table, column: str) -> str:
    return table[column].name if column in table.by_name else column
