"""One organisation of any size, made fast: for benchmarks and for tests that need many pages."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from .ids import stable_id
from .state import Connection, Contact, Organisation, Project, State, Task, TimeEntry, User

CURRENCY = "NZD"
STARTED = "2025-05-01T00:00:00.0000000"
ENTERED = "2026-11-01T07:30:12.5831674Z"
RATES = [Decimal(text) for text in ("0", "75", "99.99", "110", "120.5", "135.25", "150", "187.5", "210", "1250.75")]
KINDS = ("TIME", "TIME", "TIME", "FIXED", "NON_CHARGEABLE")
DAYS = [f"2026-{month:02d}-{day:02d}T00:00:00Z" for month in range(1, 11) for day in range(1, 29)]


def found_generated(seed: int, *, projects: int, tasks_per_project: int, time_per_task: int) -> State:
    """So many projects, each with so many tasks, each of these with so many time entries; every tenth one closed."""
    organisation = Organisation(stable_id(seed, "generated"), "Generated Organisation", CURRENCY)
    organisation.users = [
        User(stable_id(seed, "user", n), f"User {n}", f"user{n}@generated.example") for n in range(1, 9)
    ]
    organisation.contacts = [Contact(stable_id(seed, "contact", n), f"Contact {n}") for n in range(1, 21)]
    chance = Random(f"generated {seed}")  # noqa: S311 - repeatable data is the point
    for n in range(1, projects + 1):
        project = _project(seed, n, organisation, chance)
        _fill(project, tasks_per_project, time_per_task, organisation, chance)
        organisation.projects[project.project_id] = project
    connection = Connection(
        stable_id(seed, "connection"), organisation.tenant_id, stable_id(seed, "consent"), STARTED, STARTED
    )
    return State(seed, [organisation], [connection])


def _project(seed: int, n: int, organisation: Organisation, chance: Random) -> Project:
    return Project(
        project_id=stable_id(seed, "project", n),
        contact_id=chance.choice(organisation.contacts).contact_id,
        name=f"Project {n:05d}",
        estimate=Decimal(500 * chance.randint(1, 90)) if n % 3 else None,
        deadline_utc=chance.choice(DAYS) if n % 4 else None,
        status="CLOSED" if n % 10 == 0 else "INPROGRESS",
    )


def _fill(project: Project, tasks: int, time_per_task: int, organisation: Organisation, chance: Random) -> None:
    """Tasks and time; the names tell which project they belong to, so that a mix-up shows."""
    draw, users = chance.random, [user.user_id for user in organisation.users]
    for n in range(1, tasks + 1):
        kind = KINDS[int(draw() * len(KINDS))]
        rate = RATES[0] if kind == "NON_CHARGEABLE" else RATES[1 + int(draw() * (len(RATES) - 1))]
        invoiced = kind == "FIXED" and draw() < 0.2
        task_id = stable_id(project.project_id, n)
        estimate = 30 * int(1 + draw() * 40) if n % 2 else None
        task = Task(task_id, f"{project.name} task {n}", kind, rate, estimate, "INVOICED" if invoiced else "ACTIVE")
        project.tasks[task_id] = task
        for m in range(time_per_task):
            day = DAYS[int(draw() * len(DAYS))]
            entry_id = stable_id(task_id, m)
            user, minutes = users[int(draw() * len(users))], 15 * int(1 + draw() * 32)
            status = "INVOICED" if invoiced else "ACTIVE"
            project.time[entry_id] = TimeEntry(entry_id, user, task_id, day, ENTERED, minutes, None, status)
