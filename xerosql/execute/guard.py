"""Guards against writes that would change or cost more than was meant: what speaks against one, as a sentence."""

from __future__ import annotations

from xerosql.errors import BudgetError
from xerosql.execute.budget import allowance
from xerosql.execute.prepared import DELETE, Prepared
from xerosql.execute.session import Session
from xerosql.execute.variables import ROWS_AFFECTED, Variables
from xerosql.plan.model import DeletePlan, InsertPlan, UpdatePlan


def refuse(objection: str) -> None:
    """BudgetError if something speaks against the write."""
    if objection:
        raise BudgetError(f"nothing was written: {objection}")


def unfiltered(plan: InsertPlan | UpdatePlan | DeletePlan, variables: Variables) -> str:
    """An UPDATE or DELETE that takes every row there is, while nobody has said how many it may take."""
    if isinstance(plan, InsertPlan) or not plan.unfiltered or variables.max_rows_affected is not None:
        return ""
    name, kind = plan.table.name, "UPDATE" if isinstance(plan, UpdatePlan) else "DELETE"
    return (
        f"this {kind} takes every row of {name}, since no WHERE says which by a column of {name}. Add one, or say how "
        "many rows it may take: SET max_rows_affected = 1000"
    )


def too_many(prepared: Prepared, variables: Variables) -> str:
    """An UPDATE or DELETE of more rows than `max_rows_affected`, the rows of all sets of parameters together."""
    said = variables.max_rows_affected
    limit, rows = ROWS_AFFECTED if said is None else said, len(prepared.changes)
    if prepared.creates or rows <= limit:
        return ""
    verb = "delete" if prepared.kind == DELETE else "change"
    of_table = f"row{'s' * (rows != 1)} of {prepared.table.name}"
    return (
        f"the statement would {verb} {rows} {of_table}, more than max_rows_affected = {limit}. "
        f"Narrow the WHERE, or allow it: SET max_rows_affected = {rows}"
    )


def too_dear(prepared: Prepared, session: Session, spent: int) -> str:
    """A write whose requests, with the calls `spent` before them, go beyond the budget of calls."""
    allowed, because = allowance(session, spent)
    total = spent + prepared.calls
    if allowed is None or total <= allowed:
        return ""
    made = f"after {spent} call{'s' * (spent != 1)}, the statement would send {prepared.calls} to write"
    if allowed == session.variables.max_calls:
        return f"{made}, more than {because}. Write fewer rows, or allow it: SET max_calls = {total}"
    return f"{made}, more than {because}. Write fewer rows, or lower day_reserve"
