"""What is to be written in a schedule: tasks that name each other's rows, twins, updates of one row in a row."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from tests.chaos.queue.world import World
from xerosql.queue.model import NewTask, TaskTypes, provisional

#: Task types by what they do, with the kind of row.
CREATES = {"CreateProject": "projects", "CreateTask": "tasks", "CreateTimeEntry": "time"}


@dataclass
class Draft:
    """The tasks of a schedule. `twins` are those that Xero cannot tell from another task of the schedule."""

    types: TaskTypes
    first: int
    seed: str
    tasks: list[NewTask] = field(default_factory=list)
    twins: set[int] = field(default_factory=set)

    def add(self, kind: str, own: str | None, parameters: dict[str, object], tenant: str) -> str:
        """A task; the id of its row."""
        number = self.first + len(self.tasks)
        self.tasks.append(NewTask(number, self.types[kind], tenant, parameters, own or provisional(number)))
        return self.tasks[-1].own_id

    def mark(self, what: str) -> str:
        """A name that no other document has."""
        return f"{self.seed} {what} {len(self.tasks)}"


class Drawing:
    """Draws the tasks of a seed over what is in Xero at the beginning."""

    def __init__(self, world: World, draft: Draft, chance: random.Random) -> None:
        self.world = world
        self.draft = draft
        self.chance = chance
        rows = world.rows
        self.currency = rows["projects"][0]["currencyCode"]
        self.user = rows["users"][0]["userId"]
        self.contact = rows["contacts"][0]["contactId"]
        self.projects = [row["projectId"] for row in rows["projects"]]
        self.open = {row["taskId"]: row["projectId"] for row in rows["tasks"] if row["chargeType"] == "TIME"}
        self.changed: set[str] = set()  # rows with updates
        self.used: set[str] = set()  # rows with time on them

    def draw(self, count: int) -> None:
        makers = [self.project, self.task, self.time, self.twin, self.update, self.delete, self.close]
        while len(self.draft.tasks) < count:
            self.chance.choices(makers, [2, 6, 2, 3, 4, 1, 1])[0]()

    def add(self, kind: str, own: str | None = None, **parameters: object) -> str:
        return self.draft.add(kind, own, parameters, self.world.tenant)

    def project(self) -> None:
        self.projects.append(self.add("CreateProject", Name=self.draft.mark("project"), ContactId=self.contact))

    def task(self) -> None:
        project = self.chance.choice(self.projects)
        values: dict[str, Any] = {"Name": self.draft.mark("Task"), "RateValue": Decimal("12.50"), "ChargeType": "TIME"}
        if self.chance.random() < 0.5:
            values["RateCurrency"] = self.currency
        if self.chance.random() < 0.2:
            self.precede(project, values["Name"])
        self.open[self.add("CreateTask", ProjectId=project, **values)] = project

    def precede(self, project: str, name: str) -> None:
        """Such a row is there already, of somebody else's."""
        rate = {"currency": self.currency, "value": 12.5}
        fields = {"name": name, "chargeType": "TIME", "rate": rate}
        self.world.create_foreign("tasks", f"/Projects/{project}/Tasks", fields)

    def time(self) -> None:
        if not self.open:
            return
        task = self.chance.choice(list(self.open))
        values = {"UserId": self.user, "Date": date(2026, 10, 30), "Duration": 60}
        self.used.add(task)
        mark = self.draft.mark("work")
        self.add("CreateTimeEntry", ProjectId=self.open[task], TaskId=task, Description=mark, **values)

    def twin(self) -> None:
        """The same row once more, perhaps in other letters."""
        known = [each for each in self.draft.tasks if each.type.name == "CreateTask"]
        if known:
            first = self.chance.choice(known)
            name = str(first.parameters["Name"])
            same = {**first.parameters, "Name": self.chance.choice([name, name, name.upper()])}
            self.draft.twins |= {first.id, self.draft.first + len(self.draft.tasks)}
            self.open[self.add("CreateTask", **same)] = str(same["ProjectId"])

    def update(self) -> None:
        """Some changes of one row, one after the other."""
        if not self.open:
            return
        task = self.chance.choice(list(self.open))
        self.changed.add(task)
        for _ in range(self.chance.randrange(1, 4)):
            column = self.chance.choice(
                [{"EstimateMinutes": self.chance.randrange(1, 9999)}, {"RateValue": self.rate()}]
            )
            self.add("UpdateTask", task, ProjectId=self.open[task], TaskId=task, **column)

    def rate(self) -> Decimal:
        return Decimal(self.chance.randrange(1, 9999)) / 4

    def delete(self) -> None:
        free = [each for each in self.open if each not in self.used]
        if free:
            task = self.chance.choice(free)
            self.add("DeleteTask", task, ProjectId=self.open.pop(task), TaskId=task)

    def close(self) -> None:
        if len(self.projects) > 1:
            project = self.projects.pop()
            self.open = {task: parent for task, parent in self.open.items() if parent != project}
            self.add("SetProjectStatus", project, ProjectId=project, Status="CLOSED")
