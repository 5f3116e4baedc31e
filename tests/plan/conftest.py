"""Plans of statements, without anything being run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from xerosql import catalog
from xerosql.plan.access import Binding, Choices, bind
from xerosql.plan.known import Known
from xerosql.plan.model import Constant, Keys, Plan, ReadPlan, Scan, value_of
from xerosql.plan.names import Names
from xerosql.plan.planner import make_plan

TENANT = "00000000-0000-4000-8000-0000000000ff"


def plan_of(sql: str) -> Plan:
    return make_plan(
        sql, Names(catalog.load(), ("projects",), {("scratch", "notes"): {"projectid": "VARCHAR", "name": "VARCHAR"}})
    )


def read_plan(sql: str) -> ReadPlan:
    plan = plan_of(sql)
    assert isinstance(plan, ReadPlan)
    return plan


def known(sql: str) -> dict[str, set[str]]:
    """For each scan, in the order of the text, its conditions by values, as `column operator value,…`."""
    return {
        scan.name.replace("$", " "): {shown(each) for each in scan.conditions if not isinstance(each.values[0], Keys)}
        for scan in read_plan(sql).scans
    }


def keys(sql: str) -> dict[str, set[str]]:
    """For each scan the columns whose values other scans tell, as `column < scan column, …`."""
    return {
        scan.name.replace("$", " "): {f"{column} < {sources(one)}" for column, one in scan.keys}
        for scan in read_plan(sql).scans
    }


def sources(one: Keys) -> str:
    return ", ".join(f"{each.scan} {each.column}".replace("$", " ") for each in one.sources)


def shown(condition: Any) -> str:
    values = ",".join(str(v.value) if isinstance(v, Constant) else type(v).__name__.lower() for v in condition.values)
    return f"{condition.column} {condition.operator} {values}"


def bound(sql: str, *parameters: object, scan: int = 0, pages: float = 1.0) -> Binding:
    """What the scan of the query would read with these parameters, each whole list having so many pages."""
    chosen: Scan = read_plan(sql).scans[scan]
    parent = catalog.load().table(chosen.table.parent.table) if chosen.table.parent else None
    known = Known(chosen.table, chosen.conditions, lambda value: value_of(value, parameters, {}))
    return bind(chosen, known, lambda: TENANT, parent, Choices(pages=lambda _: pages))


def requests(sql: str, *parameters: object, scan: int = 0, pages: float = 1.0) -> list[str]:
    """The reads as `GET path?query`, those of every parent behind an arrow, without /projects.xro/2.0."""
    binding = bound(sql, *parameters, scan=scan, pages=pages)
    own = [line(fetch) for fetch in binding.fetches]
    return [*own, *(f"{line(each)} -> {line(then)}" for each in binding.parents for then in binding.per_parent)]


def line(fetch: Any) -> str:
    path = fetch.path.url.replace("/projects.xro/2.0", "")
    for name, value in fetch.ids:
        path = path.replace(f"{{{name}}}", str(value))
    query = "&".join(f"{name}={value}" for name, value in fetch.query)
    return f"{path}?{query}" if query else path


@pytest.fixture(name="plan_of")
def plan_of_fixture() -> Callable[[str], Plan]:
    return plan_of


@pytest.fixture(name="read_plan")
def read_plan_fixture() -> Callable[[str], ReadPlan]:
    return read_plan


@pytest.fixture(name="known")
def known_fixture() -> Callable[[str], dict[str, set[str]]]:
    return known


@pytest.fixture(name="keys")
def keys_fixture() -> Callable[[str], dict[str, set[str]]]:
    return keys


@pytest.fixture(name="bound")
def bound_fixture() -> Callable[..., Binding]:
    return bound


@pytest.fixture(name="requests")
def requests_fixture() -> Callable[..., list[str]]:
    return requests
