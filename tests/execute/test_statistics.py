"""What is learnt of how long lists are: kept by organisation and list, with its age, in bounds."""

from __future__ import annotations

import pytest

from xerosql import catalog
from xerosql.execute import statistics
from xerosql.execute.statistics import Actual, Learned
from xerosql.plan.access import Fetch

TASKS = catalog.load().table("projects.Tasks").list_path
PROJECTS = catalog.load().table("projects.Projects").list_path
WAY = (("tasks$1", False, 0),)


def tasks(project: str, tenant: str = "one") -> Fetch:
    return Fetch(TASKS, tenant, (("ProjectId", project),)).whole


def test_a_list_is_known_by_its_organisation_ids_and_filters() -> None:
    """Another organisation, project or filter is another list; the page size is not."""
    learned = Learned()
    learned.learn(tasks("a"), 7)
    assert learned.rows(tasks("a")) == 7
    assert learned.rows(Fetch(TASKS, "one", (("ProjectId", "a"),), (), 1)) == 7
    assert learned.rows(tasks("b")) is None
    assert learned.rows(tasks("a", "two")) is None
    assert learned.rows(Fetch(TASKS, "one", (("ProjectId", "a"),), (("chargeType", "TIME"),))) is None


def test_the_age_of_what_is_known_grows() -> None:
    """It is told in seconds since the last answer that said it."""
    now = [100.0]
    learned = Learned(lambda: now[0])
    learned.learn(tasks("a"), 7)
    now[0] = 160.0
    assert learned.age(tasks("a")) == 60.0
    learned.learn(tasks("a"), 8)
    assert (learned.rows(tasks("a")), learned.age(tasks("a"))) == (8, 0.0)
    assert learned.age(tasks("b")) is None


def test_lists_below_parents_have_an_average_and_a_longest() -> None:
    """Of the whole lists only: a filtered one says nothing of what a project has."""
    learned = Learned()
    for project, rows in (("a", 10), ("b", 1_010)):
        learned.learn(tasks(project), rows)
    learned.learn(Fetch(TASKS, "one", (("ProjectId", "c"),), (("chargeType", "TIME"),)), 4)
    below = learned.below(TASKS, "one")
    assert (below.known, below.average, below.longest) == (2, 510.0, 3)
    assert learned.below(TASKS, "two").average is None


def test_old_entries_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither lists nor statements are kept without end."""
    monkeypatch.setattr(statistics, "LISTS", 2)
    monkeypatch.setattr(statistics, "STATEMENTS", 2)
    learned = Learned()
    for name in "abc":
        learned.learn(tasks(name), 1)
        learned.learn_statement(name, WAY, {"tasks$1": Actual(1, 1)})
    assert [learned.rows(tasks(name)) for name in "abc"] == [None, 1, 1]
    assert [bool(learned.taken(name, WAY)) for name in "abc"] == [False, True, True]
    assert [learned.last_way(name) for name in "abc"] == [None, WAY, WAY]


def test_connections_to_one_xero_share_what_they_learn() -> None:
    """Each stand-in of the network has its own."""

    class Xero:
        def handle(self) -> None: ...

    one, other = Xero(), Xero()
    assert statistics.statistics_for(one.handle, "x") is statistics.statistics_for(one.handle, "y")
    assert statistics.statistics_for(one.handle, "x") is not statistics.statistics_for(other.handle, "x")
    assert statistics.statistics_for(None, "x") is statistics.statistics_for(None, "x")
    assert statistics.statistics_for(None, "x") is not statistics.statistics_for(None, "y")
