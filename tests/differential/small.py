"""The demo cut down to a few rows of each kind, so that thousands of queries are quick and every mistake shows.

Each organisation has the projects of its list and no others. What a planner may get wrong is in them: projects without
tasks, tasks without time (so MinutesLogged = 0), equal names of projects, tasks and people within and across
organisations, NULL deadlines, estimates and descriptions, a person without time, one listed twice, and an organisation
without projects. Ids are never the same in two organisations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from xerosql.simulator import Simulator

Saved = dict[str, Any]


class Sort(NamedTuple):
    """What a project is to be like: how many tasks and entries, on how many of the tasks, and whose it is."""

    tasks: int
    entries: int
    worked: int
    contact: int
    status: str = "INPROGRESS"
    deadline: bool = True
    estimate: bool = True


ORGANISATIONS: tuple[tuple[Sort, ...], ...] = (
    (
        Sort(4, 12, 3, contact=0),
        Sort(4, 9, 2, contact=0, status="CLOSED"),
        Sort(0, 0, 0, contact=0, deadline=False),
        Sort(3, 0, 0, contact=1, estimate=False),
        Sort(4, 8, 4, contact=1, deadline=False),
        Sort(2, 0, 0, contact=2, status="CLOSED", deadline=False, estimate=False),
        Sort(3, 7, 2, contact=2, status="CLOSED", estimate=False),
        Sort(4, 10, 3, contact=1, deadline=False, estimate=False),
        Sort(0, 0, 0, contact=3, status="CLOSED"),
        Sort(4, 6, 4, contact=3),
    ),
    (
        Sort(3, 6, 2, contact=0),
        Sort(2, 0, 0, contact=0, status="CLOSED", deadline=False),
        Sort(0, 0, 0, contact=1, estimate=False),
        Sort(3, 5, 3, contact=1, status="CLOSED", estimate=False),
    ),
    (),
)
PEOPLE = (6, 4, 2)
ESTIMATE = "4500.99"
DEADLINE = "2026-04-22T10:59:59Z"


def small_simulator(seed: int) -> Simulator:
    simulator = Simulator(seed=seed, limits=False, log_requests=False)
    with TemporaryDirectory() as directory:
        file = Path(directory, "world.json")
        simulator.save(file)
        saved = json.loads(file.read_text(encoding="utf-8"))
        trim(saved["state"]["organisations"])
        file.write_text(json.dumps(saved), encoding="utf-8")
        return Simulator.load(file, limits=False, log_requests=False)


def trim(organisations: list[Saved]) -> None:
    for organisation, sorts, people in zip(organisations, ORGANISATIONS, PEOPLE, strict=True):
        big = [project for project in organisation["projects"].values() if len(project["tasks"]) >= 4]
        kept = big[: len(sorts)]
        organisation["projects"] = {project["project_id"]: project for project in kept}
        organisation["users"] = [*organisation["users"][:people], organisation["users"][0]]
        workers = [user["user_id"] for user in organisation["users"][: people - 1]]  # the last one never logs time
        for project, sort in zip(kept, sorts, strict=True):
            shape(project, sort, organisation["contacts"][sort.contact]["contact_id"], workers)
        repeat_names(kept)
    for other in organisations[1:]:
        other["users"][0]["name"] = organisations[0]["users"][0]["name"]
    for one, other in zip(list(organisations[0]["projects"].values())[:2], projects_of(organisations[1]), strict=False):
        other["name"] = one["name"]


def projects_of(organisation: Saved) -> Iterator[Saved]:
    yield from organisation["projects"].values()


def shape(project: Saved, sort: Sort, contact: str, workers: list[str]) -> None:
    """Make one project what its sort says, out of the tasks and entries it has."""
    project["contact_id"], project["status"] = contact, sort.status
    project["deadline_utc"] = (project["deadline_utc"] or DEADLINE) if sort.deadline else None
    project["estimate"] = (project["estimate"] or ESTIMATE) if sort.estimate else None
    project["tasks"] = dict(list(project["tasks"].items())[: sort.tasks])
    for number, task in enumerate(project["tasks"].values()):
        task["status"] = ("INVOICED", "ACTIVE", "LOCKED", "ACTIVE")[(number + sort.contact) % 4]
        task["estimate_minutes"] = None if number == 1 else task["estimate_minutes"] or 240
        if number == 2:
            task["charge_type"], task["rate"] = "NON_CHARGEABLE", "0"
    worked = list(project["tasks"].values())[: sort.worked]
    project["time"] = dict(list(project["time"].items())[: sort.entries])
    for number, entry in enumerate(project["time"].values()):
        task = worked[number % len(worked)]
        entry["task_id"], entry["user_id"] = task["task_id"], workers[(number // 2) % len(workers)]
        if entry["status"] == "ACTIVE" and task["status"] == "LOCKED":
            entry["status"] = "LOCKED"


def repeat_names(projects: list[Saved]) -> None:
    """Equal names: of two projects, of two tasks in one project, and of a project and a task."""
    if len(projects) > 1:
        projects[-1]["name"] = projects[0]["name"]
    for project in projects[:2]:
        first, *others = project["tasks"].values()
        if others:
            others[0]["name"] = first["name"]
        if len(others) > 1:
            others[1]["name"] = project["name"]
