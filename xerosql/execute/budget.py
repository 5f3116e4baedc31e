"""Refuses a statement that would cost more than it may, before its first call, and says what would make it cheap.

Two budgets hold: `max_calls` of one statement, and `day_reserve`, the share of the day's quota that statements leave.
What turns out dearer than planned is stopped by the tally of calls (`api/tally.py`).
"""

from __future__ import annotations

from xerosql.catalog.model import Table
from xerosql.errors import BudgetError
from xerosql.execute.session import Session
from xerosql.plan.model import ReadPlan, Scan
from xerosql.plan.order import Step, Strategy


def check_plan(session: Session, plan: ReadPlan, strategy: Strategy, spent: int) -> None:
    """BudgetError if the expected calls, with those `spent` already, go beyond what the statement may make."""
    allowed, because = allowance(session, spent)
    if allowed is None or spent + strategy.calls <= allowed:
        return
    already = f" after {spent} that it has made" if spent else ""
    raise BudgetError(
        f"the statement needs about {strategy.summary}{already}, more than {because}; nothing was asked. "
        f"{advice(plan, strategy)}"
    )


def check_binding(session: Session, step: Step, calls: int, spent: int) -> None:
    """The same once the keys of a scan are known, before its `calls` are made."""
    allowed, because = allowance(session, spent)
    if allowed is not None and spent + calls > allowed:
        raise BudgetError(
            f"the statement has made {spent} calls and {step.scan.table.name} needs {calls} more, "
            f"more than {because}. {remedy(step)}"
        )


def allowance(session: Session, spent: int) -> tuple[int | None, str]:
    """How many calls a statement may make in all, those `spent` included, and what says so; None for any number."""
    found: list[tuple[int, str]] = []
    if (most := session.variables.max_calls) is not None:
        found.append((most, f"max_calls = {most}"))
    if (left := day_allowance(session)) is not None:
        share = f"day_reserve = {session.variables.day_reserve:g}"
        found.append((spent + left, f"the {left} that {share} leaves of today's quota"))
    return min(found) if found else (None, "")


def day_allowance(session: Session) -> int | None:
    """What is left of the day's quota above the reserve, if there is one and Xero has said what is left."""
    reserve, tenant = session.variables.day_reserve, session.tenant_so_far()
    known = next((each for each in session.limits() if each.tenant == tenant), None)
    if not reserve or known is None or known.day_remaining is None:
        return None
    return max(0, known.day_remaining - round(reserve * known.day_limit))


def advice(plan: ReadPlan, strategy: Strategy) -> str:
    """What would make the dearest step cheap."""
    return remedy(max(strategy.steps, key=lambda step: step.guess.calls))


def remedy(step: Step) -> str:
    scan = step.scan
    narrowing = conditions_that_narrow(scan)
    raising = "SET max_calls to a higher number"
    return f"{narrowing}, or {raising}" if narrowing else f"If it is meant, {raising}"


def conditions_that_narrow(scan: Scan) -> str:
    """The condition that would save most calls, with the name that the statement calls the table by."""
    table: Table = scan.table
    called = scan.alias or table.name
    if table.parent is not None:
        parents, column = table.parent.table.partition(".")[2], table.parent.column
        narrowed = f", or narrow {parents}" if scan.keys else ""
        return f"{called}.{column} = '…' makes {table.name} one call for each of the {parents} named{narrowed}"
    filters = [*table.key, *(taken.column for taken in table.list_path.takes)]
    return f"Narrow {called} by {' or '.join(dict.fromkeys(filters))}" if len(filters) > 1 else ""
