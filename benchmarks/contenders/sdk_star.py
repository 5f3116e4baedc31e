"""All tasks with all their fields as tuples, listed with Xero's own Python SDK."""

from __future__ import annotations

import sys
from collections import defaultdict
from decimal import Decimal

from outcome import report
from sdk_tasks import tasks
from xero_python.project.models import Amount, Task


def rows(url: str, tenant: str) -> list[tuple[object, ...]]:
    """Every task as `SELECT *` has it: amounts as value and currency."""
    return [
        (
            f"{task.project_id}/{task.task_id}",
            task.task_id,
            task.project_id,
            task.name,
            task.charge_type and task.charge_type.value,
            *pair(task.rate),
            task.estimate_minutes,
            task.total_minutes,
            *pair(task.total_amount),
            task.minutes_to_be_invoiced,
            task.minutes_invoiced,
            task.non_chargeable_minutes,
            *pair(task.amount_to_be_invoiced),
            *pair(task.amount_invoiced),
            task.status,
            task.fixed_minutes,
            tenant,
        )
        for task in every_task(url, tenant)
    ]


def every_task(url: str, tenant: str) -> list[Task]:
    return list(tasks(url, tenant))


def pair(amount: Amount | None) -> tuple[object, object]:
    return (amount.value, amount.currency) if amount is not None else (None, None)


def sums(found: list[tuple[object, ...]]) -> dict[str, Decimal]:
    """The check: the amounts of each project, added up from the rows."""
    added: dict[str, Decimal] = defaultdict(Decimal)
    for row in found:
        added[row[2]] += row[9]
    return added


if __name__ == "__main__":
    report(sums(rows(*sys.argv[1:])))
