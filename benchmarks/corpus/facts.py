"""What an organisation holds, as the simulator tells it, and what lists of it cost. Shares nothing with the driver."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from xerosql.simulator import Simulator

Row = dict[str, Any]
Test = Callable[[Row], bool]

PAGE, BATCH = 500, 40  # rows of a page, ids of a request


def everything(_: Row) -> bool:
    return True


def pages(rows: Sequence[object]) -> int:
    """Calls for a list of these rows; an empty list is asked for once."""
    return max(1, math.ceil(len(rows) / PAGE))


def batches(ids: Sequence[object]) -> int:
    """Calls for the objects of these ids, where a list takes ids."""
    return math.ceil(len(ids) / BATCH)


def read_until(rows: int, listed: Sequence[Row], test: Test = everything) -> tuple[int, int]:
    """The pages of a list until so many of its rows pass the test, and how many do by then."""
    calls = found = 0
    while calls == 0 or (found < rows and calls < pages(listed)):
        found += sum(map(test, listed[calls * PAGE : (calls + 1) * PAGE]))
        calls += 1
    return calls, found


class Organisation:
    """One organisation's rows, and the calls that lists of them take.

    `others` are the simulator's other organisations, in its order.
    """

    def __init__(self, simulator: Simulator, tenant: str) -> None:
        rows = simulator.rows(tenant)
        self.simulator = simulator
        self.tenant = tenant
        self.projects: list[Row] = rows["projects"]
        self.users = list({user["userId"]: user for user in rows["users"]}.values())
        self.tenants: list[Row] = rows["tenants"]
        self.tasks_of, self.time_of = below(rows["tasks"]), below(rows["time"])

    @cached_property
    def others(self) -> list[Organisation]:
        return [Organisation(self.simulator, each) for each, _ in self.simulator.tenants if each != self.tenant]

    # -- Projects ------------------------------------------------------------------------------------------------------

    @cached_property
    def closed(self) -> list[Row]:
        return self.where(lambda project: project["status"] == "CLOSED")

    @cached_property
    def open(self) -> list[Row]:
        return self.where(lambda project: project["status"] == "INPROGRESS")

    @cached_property
    def of_contact(self) -> list[Row]:
        """The projects of the contact that the queries name."""
        return self.where(lambda project: project["contactId"] == self.names["contact"])

    def where(self, test: Test) -> list[Row]:
        return [project for project in self.projects if test(project)]

    def named(self, part: str) -> list[Row]:
        return self.where(lambda project: part in project["name"])

    def project(self, name: str = "project") -> list[Row]:
        """The project, or the projects, that the queries call so."""
        ids = self.names[name]
        ids = ids if isinstance(ids, list) else [ids]
        return self.where(lambda project: project["projectId"] in ids)

    # -- Calls ---------------------------------------------------------------------------------------------------------

    def task_lists(self, projects: Iterable[Row], test: Test = everything) -> int:
        """Calls for the tasks of these projects that pass a filter of Xero's."""
        return sum(pages([*filter(test, self.tasks_of[each["projectId"]])]) for each in projects)

    def time_lists(self, projects: Iterable[Row], test: Test = everything) -> int:
        """Calls for the time of these known projects that passes Xero's filters; without minutes there is none."""
        worked = [each for each in projects if each["minutesLogged"]]
        return sum(pages([*filter(test, self.time_of[each["projectId"]])]) for each in worked)

    def until(
        self, rows: int, projects: Sequence[Row], of: Mapping[str, Sequence[Row]], test: Test = everything
    ) -> int:
        """Calls until the lists `of` these projects have given so many rows that pass the test, or have all been read.

        The pages of projects that this takes are counted, and nothing below a project whose list is known to be empty.
        """
        calls = found = 0
        for place, project in enumerate(projects):
            if found >= rows:
                return calls
            calls += place % PAGE == 0
            if of is self.time_of and not project["minutesLogged"]:
                continue
            used, more = read_until(rows - found, of[project["projectId"]], test)
            calls, found = calls + used, found + more
        return max(1, calls)

    # -- Which projects are left ---------------------------------------------------------------------------------------

    def with_tasks(self, projects: Iterable[Row], test: Test = everything) -> list[Row]:
        """Those of the projects that have such a task."""
        return [each for each in projects if any(map(test, self.tasks_of[each["projectId"]]))]

    def with_time(self, projects: Iterable[Row], test: Test = everything) -> list[Row]:
        """Those of the projects that have such a time entry."""
        return [each for each in projects if any(map(test, self.time_of[each["projectId"]]))]

    def worked(self, projects: Iterable[Row]) -> list[Row]:
        """Those of the projects on which minutes are logged."""
        return [each for each in projects if each["minutesLogged"]]

    def by_user(self, entry: Row) -> bool:
        return bool(entry["userId"] == self.names["user"])

    # -- Names ---------------------------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> dict[str, Any]:
        from .names import names_of

        return names_of(self)


def below(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by their project, each project's in the order of its list."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["projectId"]].append(row)
    return found
