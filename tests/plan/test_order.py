"""The order of the scans: the one with the fewest expected calls, from what is known of the lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import pytest

from xerosql import catalog
from xerosql.catalog.model import AccessPath
from xerosql.plan.access import Fetch
from xerosql.plan.estimate import Below, Estimator, Way
from xerosql.plan.known import Known
from xerosql.plan.model import ReadPlan, value_of
from xerosql.plan.order import EXHAUSTIVE, Strategy, strategy_for

TENANT = "00000000-0000-4000-8000-0000000000ff"
ReadPlanOf = Callable[[str], ReadPlan]


class Lists:
    """Lists of known length: whole ones by table, and what is below each parent."""

    def __init__(self, projects: int = 100, below: Mapping[str, Below] | None = None) -> None:
        self.projects = projects
        self.lists = below or {}

    def rows(self, fetch: Fetch) -> int | None:
        return self.projects if fetch.path.url.endswith("/Projects") and fetch == fetch.whole else None

    def below(self, path: AccessPath, tenant: str) -> Below:
        return self.lists.get(path.url.rpartition("/")[2], Below())


def estimator_of(plan: ReadPlan, lists: Lists) -> Estimator:
    known = {s.name: Known(s.table, s.conditions, lambda value: value_of(value, (), {})) for s in plan.scans}
    tables = {scan.name: scan.table for scan in plan.scans} | {
        "projects.Projects": catalog.load().table("projects.Projects")
    }
    return Estimator(lists, known, tables, lambda: TENANT)


def strategy(plan: ReadPlan, lists: Lists | None = None) -> Strategy:
    return strategy_for(plan, estimator_of(plan, lists or Lists()))


def order(found: Strategy) -> list[str]:
    return [step.scan.table.name for step in found.steps]


@pytest.mark.parametrize("written", list(permutations(["Projects p", "Tasks t", "Time e"])))
def test_the_filtered_table_comes_first_however_the_join_is_written(
    read_plan: ReadPlanOf, written: tuple[str, ...]
) -> None:
    """Closed projects tell whose tasks and time to ask for."""
    on = "p.ProjectId = t.ProjectId AND t.ProjectId = e.ProjectId AND t.TaskId = e.TaskId"
    plan = read_plan(f"SELECT 1 FROM {', '.join(written)} WHERE {on} AND p.Status = 'CLOSED'")
    assert order(strategy(plan))[0] == "Projects"


def test_what_nothing_tells_keys_of_is_read_cheapest_first(read_plan: ReadPlanOf) -> None:
    """A small table may turn out to have no match, and then the dear one is not asked at all."""
    plan = read_plan("SELECT 1 FROM Time e JOIN Users u ON u.UserId = e.UserId WHERE u.Name = 'x'")
    assert order(strategy(plan)) == ["Users", "Time"]


def test_no_order_is_cheaper_than_the_one_that_is_found(read_plan: ReadPlanOf) -> None:
    """Compared with every order of four tables, added up one by one."""
    plan = read_plan(
        "SELECT 1 FROM Users u JOIN Time e ON e.UserId = u.UserId JOIN Tasks t ON t.TaskId = e.TaskId "
        "JOIN Projects p ON p.ProjectId = t.ProjectId WHERE p.ContactId = '1de78bad-5a81-4cb8-ab53-5a1a3bc73b29'"
    )
    lists = Lists(300, {"Tasks": Below(300, 8.0, 1), "Time": Below(300, 900.0, 3)})
    found, estimator = strategy(plan, lists), estimator_of(plan, lists)
    for each in permutations(plan.scans):
        done, calls = {}, 0.0
        for scan in each:
            done[scan.name] = estimator.guess(scan, done, Way())
            calls += done[scan.name].calls
        assert found.calls <= calls + 1  # whole lists that scans share make it cheaper still


def test_many_tables_are_ordered_step_by_step(read_plan: ReadPlanOf) -> None:
    """Beyond seven tables the cheapest next one is taken, and all of them are read."""
    joins = " ".join(f"JOIN Tasks t{n} ON t{n}.ProjectId = p.ProjectId" for n in range(EXHAUSTIVE + 1))
    plan = read_plan(f"SELECT 1 FROM Projects p {joins} WHERE p.Status = 'CLOSED'")
    found = strategy(plan)
    assert order(found)[0] == "Projects"
    assert len(found.steps) == EXHAUSTIVE + 2


def test_two_scans_of_one_table_share_whole_lists_that_fit_a_page(read_plan: ReadPlanOf) -> None:
    """Their filters would make different lists of the same rows; of long lists the filters are worth more."""
    sql = (
        "SELECT 1 FROM Tasks a JOIN Tasks b ON a.ProjectId = b.ProjectId "
        "WHERE a.ChargeType = 'TIME' AND b.ChargeType = 'FIXED'"
    )
    assert {step.wide for step in strategy(read_plan(sql)).steps} == {True}
    long = Lists(below={"Tasks": Below(100, 900.0, 2)})
    assert {step.wide for step in strategy(read_plan(sql), long).steps} == {False}
