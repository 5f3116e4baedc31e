"""What Xero derives from tasks and time entries: minutes and money, per task and per project.

* TIME: minutes times the hourly rate over 60, to the cent, halves up. The total and the invoiced part are rounded;
  what is still to be invoiced is their difference, so the three always agree.
* FIXED: the rate once, invoiced or not by the task's own status, however many minutes were logged.
* NON_CHARGEABLE: no money, and its minutes are never to be invoiced.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

from .state import ZERO, Organisation, Project, Task

CENT = Decimal("0.01")
MONEY = Context(prec=60, rounding=ROUND_HALF_UP)  # our own, so that no caller's decimal context changes an amount


class TaskTotals(NamedTuple):
    minutes: int
    minutes_invoiced: int
    minutes_to_be_invoiced: int
    amount: Decimal
    amount_invoiced: Decimal
    amount_to_be_invoiced: Decimal


class ProjectTotals(NamedTuple):
    minutes: int
    minutes_to_be_invoiced: int
    task_amount: Decimal
    task_to_be_invoiced: Decimal
    task_invoiced: Decimal


def logged(project: Project) -> dict[str, tuple[int, int]]:
    """Minutes and invoiced minutes of each task that has time on it."""
    sums: dict[str, tuple[int, int]] = {}
    for entry in project.time.values():
        minutes, invoiced = sums.get(entry.task_id, (0, 0))
        billed = entry.duration if entry.status == "INVOICED" else 0
        sums[entry.task_id] = (minutes + entry.duration, invoiced + billed)
    return sums


def of_task(task: Task, minutes: int, invoiced: int) -> TaskTotals:
    """The totals of a task with so many minutes on it, so many of them invoiced."""
    if task.charge_type == "NON_CHARGEABLE":
        return TaskTotals(minutes, 0, 0, ZERO, ZERO, ZERO)
    if task.charge_type == "FIXED":
        billed = task.rate if task.status == "INVOICED" else ZERO
        return TaskTotals(minutes, invoiced, minutes - invoiced, task.rate, billed, task.rate - billed)
    amount, billed = hourly(task.rate, minutes), hourly(task.rate, invoiced)
    return TaskTotals(minutes, invoiced, minutes - invoiced, amount, billed, amount - billed)


def hourly(rate: Decimal, minutes: int) -> Decimal:
    """So many minutes at an hourly rate, to the cent."""
    if not minutes:
        return ZERO
    return MONEY.quantize(MONEY.divide(MONEY.multiply(rate, Decimal(minutes)), Decimal(60)), CENT)


def of_project(project: Project) -> ProjectTotals:
    """The sums over a project's tasks."""
    sums = logged(project)
    each = [of_task(task, *sums.get(task.task_id, (0, 0))) for task in project.tasks.values()]
    return ProjectTotals(
        sum(t.minutes for t in each),
        sum(t.minutes_to_be_invoiced for t in each),
        sum((t.amount for t in each), ZERO),
        sum((t.amount_to_be_invoiced for t in each), ZERO),
        sum((t.amount_invoiced for t in each), ZERO),
    )


class Ledger:
    """Project totals, kept until the project changes: a page of 500 projects would sum 25,000 tasks each time."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[int, ProjectTotals]] = {}

    def project(self, organisation: Organisation, project: Project) -> ProjectTotals:
        key = (organisation.tenant_id, project.project_id)
        kept = self._kept.get(key)
        if kept is None or kept[0] != project.version:
            kept = self._kept[key] = (project.version, of_project(project))
        return kept[1]
