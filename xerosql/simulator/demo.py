"""The demo organisations: three small agencies, eighteen months of work, the same on every machine.

The last day is fixed, not today, so that examples and tests keep their answers. The first firm is the biggest.
What real data does to a careless client is in here too: equal names, a user listed twice, a project without tasks,
projects without deadline or estimate, quotes and percent signs in names.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random

import msgspec

from .demo_words import FIRMS, KINDS, WORK, Firm, Step
from .ids import stable_id
from .state import Connection, Contact, Organisation, Project, State, Sums, Task, TimeEntry, User

FIRST_DAY = date(2025, 5, 1)
LAST_DAY = date(2026, 10, 31)
BILLED_UNTIL = date(2026, 8, 31)  # most work up to here is on an invoice already
CONNECTED = "2025-05-01T21:14:07.5165400"


def found_demo(seed: int) -> State:
    """The state of a fresh demo. Drawing it takes 70 ms, so a process does it once; each caller has a copy, in 4 ms."""
    return msgspec.json.decode(_drawn(seed), type=State)


@lru_cache(maxsize=8)
def _drawn(seed: int) -> bytes:
    organisations = [_Founder(seed, firm).organisation() for firm in FIRMS]
    return msgspec.json.encode(
        State(seed, organisations, [_connection(seed, n, each) for n, each in enumerate(organisations)])
    )


def _connection(seed: int, n: int, organisation: Organisation) -> Connection:
    """The first two firms were connected by one consent, the third by another."""
    own, consent = stable_id(seed, "connection", organisation.name), stable_id(seed, "consent", n // 2)
    return Connection(own, organisation.tenant_id, consent, CONNECTED, CONNECTED)


class _Founder:
    """Makes one firm's data, drawing every chance from the seed and the firm's name."""

    def __init__(self, seed: int, firm: Firm) -> None:
        self.seed = seed
        self.firm = firm
        self.chance = Random(f"{seed} {firm.name}")  # noqa: S311 - repeatable data is the point
        self.users = [User(self.id("user", name), name, self.address(name)) for name in firm.people]

    def organisation(self) -> Organisation:
        contacts = list(dict.fromkeys(contact for contact, _, _ in self.firm.projects))
        projects = [self.project(*line) for line in self.firm.projects]
        return Organisation(
            tenant_id=self.id("tenant"),
            name=self.firm.name,
            currency=self.firm.currency,
            users=[*self.users, self.users[0]],  # the real list was seen to name one user twice
            contacts=[Contact(self.id("contact", name), name) for name in contacts],
            projects={project.project_id: project for project in projects},
        )

    def project(self, contact: str, name: str, kind: str) -> Project:
        """A project that ran for some months, with its tasks, its time, and what of it was invoiced."""
        start = FIRST_DAY + timedelta(days=self.chance.randrange(0, 450))
        end = min(LAST_DAY, start + timedelta(days=self.chance.randrange(45, 200)))
        closed = end < date(2026, 7, 1) and self.chance.random() < 0.7
        project = Project(
            project_id=self.id("project", contact, name),
            contact_id=self.id("contact", contact),
            name=name,
            deadline_utc=f"{end}T{self.firm.day_ends}Z" if self.chance.random() < 0.75 else None,
            estimate=self.estimate(),
            status="CLOSED" if closed else "INPROGRESS",
            sums=self.sums(closed=closed),
        )
        for n, step in enumerate(self.steps(kind)):
            task = self.task(project, n, step, closed=closed)
            project.tasks[task.task_id] = task
            self.log_time(project, task, start, end, closed=closed)
        return project

    def steps(self, kind: str) -> list[Step]:
        """Some steps of the kind, in order; long projects repeat a few of them."""
        steps = KINDS[kind]
        if not steps:
            return []
        chosen = sorted(self.chance.sample(range(len(steps)), self.chance.randint(len(steps) - 3, len(steps))))
        again = self.chance.choices(steps, k=self.chance.choice([0, 0, 1, 2, 3]))
        return [steps[n] for n in chosen] + [Step(f"{s.name}, round 2", *s[1:]) for s in again]

    def task(self, project: Project, n: int, step: Step, *, closed: bool) -> Task:
        task = Task(self.id("task", project.project_id, n), step.name, step.charge_type, Decimal(step.rate))
        if step.hours:
            task.estimate_minutes = step.hours * 60
        chance = self.chance.random()
        if step.charge_type == "FIXED" and chance < (0.9 if closed else 0.3):
            task.status = "INVOICED"
        elif not closed and chance > 0.965:
            task.status = "LOCKED"
        return task

    def log_time(self, project: Project, task: Task, start: date, end: date, *, closed: bool) -> None:
        """A handful of entries on working days, in order."""
        count = self.chance.choice([0, 2, 3, 4, 5, 6, 7, 8, 10, 14]) if not closed else self.chance.randint(3, 12)
        days = sorted(start + timedelta(days=self.chance.randrange((end - start).days)) for _ in range(count))
        for n, day in enumerate(days):
            work_day = day - timedelta(days=max(0, day.weekday() - 4))
            entry = TimeEntry(
                time_entry_id=self.id("time", task.task_id, n),
                user_id=self.chance.choice(self.users).user_id,
                task_id=task.task_id,
                date_utc=f"{work_day}T00:00:00Z",
                date_entered_utc=self.evening(work_day),
                duration=self.chance.choice([15, 20, 30, 45, 50, 60, 75, 90, 100, 120, 180, 240, 330, 480]),
                description=self.description(),
            )
            self.bill(project, task, entry, work_day, closed=closed)
            project.time[entry.time_entry_id] = entry

    def bill(self, project: Project, task: Task, entry: TimeEntry, day: date, *, closed: bool) -> None:
        """Time on invoiced tasks is invoiced; hourly time month by month; a locked task's time is locked with it."""
        billable = task.charge_type == "TIME" and day <= BILLED_UNTIL
        if task.status == "INVOICED" or (billable and (closed or self.chance.random() < 0.6)):
            entry.status = "INVOICED"
            entry.invoice_id = self.id("invoice", project.project_id, f"{day:%Y-%m}")
        elif task.status == "LOCKED":
            entry.status = "LOCKED"

    def sums(self, *, closed: bool) -> Sums:
        """Expenses on about half of the projects, a deposit or a credit note on few."""
        sums, draw = Sums(), self.chance.random
        if draw() < 0.5:
            spent = Decimal(self.chance.randrange(2_000, 240_000)) / 100
            if closed:
                sums.expense_invoiced = spent
            else:
                sums.expense_to_be_invoiced = spent
        if draw() < 0.15:
            sums.deposit = Decimal(self.chance.choice([500, 1_000, 2_500]))
            sums.deposit_applied = sums.deposit if closed else Decimal(0)
        if closed and draw() < 0.1:
            sums.credit_notes = Decimal("187.45")
        return sums

    def estimate(self) -> Decimal | None:
        if self.chance.random() < 0.3:
            return None
        return Decimal(self.chance.randrange(8, 120) * 250) + self.chance.choice([Decimal(0), Decimal("0.99")])

    def description(self) -> str | None:
        if self.chance.random() < 0.35:
            return None
        return self.chance.choice(WORK).format(person=self.chance.choice(self.firm.people).split()[0])

    def evening(self, day: date) -> str:
        """When people get round to their time sheets, to the tenth of a microsecond."""
        ticks = self.chance.randrange(10_000_000)
        return f"{day}T{self.chance.randint(3, 9):02d}:{self.chance.randint(0, 59):02d}:{ticks % 60:02d}.{ticks:07d}Z"

    def address(self, name: str) -> str:
        first = name.split()[0].lower().translate(str.maketrans("éēø", "eeo"))
        return f"{first}@{self.firm.domain}"

    def id(self, *words: object) -> str:
        return stable_id(self.seed, self.firm.name, *words)
