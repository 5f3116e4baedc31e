"""Runs EXPLAIN: forecasts a statement's steps without a call, and with ANALYZE sets what happened beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xerosql.execute.binder import Binder
from xerosql.execute.cancel import Cancellation
from xerosql.execute.held import TEXT, WHOLE, HeldRows
from xerosql.execute.read import Reading
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.plan.explain import Budget, Explanation, Forecast
from xerosql.plan.model import DeletePlan, ExplainPlan, InsertPlan, Plan, ReadPlan, ScratchPlan, UpdatePlan

KINDS: dict[type, str] = {InsertPlan: "INSERT", UpdatePlan: "UPDATE", DeletePlan: "DELETE", ScratchPlan: "SCRATCH"}
NOTHING = ReadPlan("", (), ())


def explain(
    session: Session, plan: ExplainPlan, parameters: Sequence[object], stats: Stats, cancelled: Cancellation
) -> HeldRows:
    """The rows of EXPLAIN. Nothing is asked of Xero, unless it is to ANALYZE or a write's targets must be known."""
    explanation = explained(session, plan.plan, parameters)
    if plan.analyze and isinstance(plan.plan, ReadPlan):
        explanation = analyzed(session, explanation, parameters, stats, cancelled)
    if plan.format == "json":
        return HeldRows([("QUERY PLAN", TEXT)], [(explanation.as_json(),)])
    return HeldRows([("Step", WHOLE), ("Item", TEXT), ("Detail", TEXT)], explanation.as_rows())


def explained(session: Session, plan: Plan, parameters: Sequence[object]) -> Explanation:
    """What the statement's query should do."""
    query = query_of(plan)
    binder = Binder(session, query, parameters, {})
    strategy = binder.strategy()
    forecasts = tuple(
        Forecast(step, *binder.forecast(strategy, place), grows=place == binder.growing)
        for place, step in enumerate(strategy.steps)
    )
    return Explanation(query, strategy, forecasts, budget_of(session), KINDS.get(type(plan), "SELECT"))


def query_of(plan: Plan) -> ReadPlan:
    """The query inside a statement: the whole of a SELECT, what finds a write's rows."""
    match plan:
        case ReadPlan():
            return plan
        case ScratchPlan():
            return plan.query
        case UpdatePlan() | DeletePlan():
            return plan.targets
        case InsertPlan():
            return plan.source or NOTHING
    return NOTHING


def budget_of(session: Session) -> Budget:
    """Xero's limits as far as this process knows them."""
    settings, tenant = session.settings, session.tenant_so_far()
    known = next((each for each in session.limits() if each.tenant == tenant), None)
    return Budget(
        settings.calls_per_minute,
        settings.calls_per_day,
        settings.max_in_flight,
        None if known is None else known.minute_remaining,
        None if known is None else known.day_remaining,
    )


def analyzed(
    session: Session, explanation: Explanation, parameters: Sequence[object], stats: Stats, cancelled: Cancellation
) -> Explanation:
    """The same, with what happened when the statement ran to its end; its rows are dropped."""
    reading = Reading(session, explanation.plan, parameters, stats, Cancellation(within=cancelled))
    rows = 0
    try:
        while fetched := reading.fetch(1024):
            rows += len(fetched)
        reading.finished()
    finally:
        reading.close()
    actual: dict[str, Mapping[str, object]] = {name: each.as_dict() for name, each in reading.accounts.items()}
    actual[""] = {"calls": stats.api_calls, "rows": rows, "seconds": round(stats.seconds, 3)}
    return replace(explanation, actual=actual)
