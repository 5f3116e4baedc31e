"""Runs EXPLAIN: forecasts a statement's steps without a call, and with ANALYZE sets what happened beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xerosql.execute.binder import Binder
from xerosql.execute.cancel import Cancellation
from xerosql.execute.held import HeldRows, explain_columns
from xerosql.execute.read import Reading
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.execute.write import WritePlan
from xerosql.plan.access import Binding
from xerosql.plan.explain import Budget, Explanation
from xerosql.plan.model import DeletePlan, ExplainPlan, InsertPlan, Plan, ReadPlan, ScratchPlan, UpdatePlan
from xerosql.plan.order import Step, Strategy
from xerosql.plan.verdicts import Forecast, Reused

NOTHING = ReadPlan("", (), ())
#: Xero's own limit for an organisation and app; what would be free on a simulator is priced by it.
PER_MINUTE = 60


def explain(
    session: Session, plan: ExplainPlan, parameters: Sequence[object], stats: Stats, cancelled: Cancellation
) -> HeldRows:
    """The rows of EXPLAIN. Nothing is asked of Xero, unless it is to ANALYZE or a write's targets must be known."""
    explanation = explained(session, plan.plan, parameters, cancelled)
    if plan.analyze:
        explanation = analyzed(session, explanation, parameters, stats, cancelled)
    if isinstance(plan.plan, InsertPlan | UpdatePlan | DeletePlan):
        explanation = with_requests(session, explanation, plan.plan, parameters, stats, cancelled)
    columns = explain_columns(plan.format, folded=session.settings.fold_names)
    if plan.format == "json":
        return HeldRows(columns, [(explanation.as_json(),)])
    if len(columns) == 1:
        return HeldRows(columns, [(line,) for line in explanation.as_lines()])
    return HeldRows(columns, explanation.as_rows())


def explained(session: Session, plan: Plan, parameters: Sequence[object], cancelled: Cancellation) -> Explanation:
    """What the statement's query should do."""
    query = query_of(plan)
    source = session.source() if query.asks and isinstance(plan, ReadPlan | ScratchPlan) else None
    binder = Binder(session, query, parameters, {}, cancelled, source)
    strategy = binder.strategy()
    forecasts = tuple(forecast_of(session, binder, strategy, place) for place in range(len(strategy.steps)))
    return Explanation(query, strategy, forecasts, budget_of(session), plan.kind)


def forecast_of(session: Session, binder: Binder, strategy: Strategy, place: int) -> Forecast:
    """One step with its requests, and how old the knowledge of its lists is."""
    binding, known, keys = binder.forecast(strategy, place)
    lists = [fetch for fetch in (*binding.fetches, *binding.parents) if fetch.path.paged]
    ages = [session.statistics.age(fetch) or session.statistics.age(fetch.whole) for fetch in lists[:1]]
    step, age = strategy.steps[place], next(iter(ages), None)
    return Forecast(step, binding, known, keys, place == binder.growing, age, reused(binder, step, binding))


def reused(binder: Binder, step: Step, binding: Binding) -> Reused | None:
    """What of a step is there already: exactly where the statement has run before, else as far as it is known."""
    taken = binder.taken.get(step.scan.name)
    if taken is not None and taken.fetches is not None:
        fetches, known = list(taken.fetches), True
    else:
        fetches = [*binding.fetches, *binding.parents]
        known = not (binding.parents or step.scan.keys or step.scan.hydrated)
    ages = [age for age in map(binder.held.age, fetches) if age is not None]
    if not ages:
        return None
    return Reused(len(ages), len(fetches) if known else None, max(ages))


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
    unlimited = known is None or known.minute_remaining >= PER_MINUTE  # the demo, and simulators without limits
    return Budget(
        min(settings.calls_per_minute, PER_MINUTE),
        settings.calls_per_day,
        settings.max_in_flight,
        None if known is None or unlimited else known.minute_remaining,
        None if known is None or unlimited else known.day_remaining,
    )


def with_requests(
    session: Session,
    explanation: Explanation,
    plan: WritePlan,
    parameters: Sequence[object],
    stats: Stats,
    cancelled: Cancellation,
) -> Explanation:
    """The same with every request that the write would send; its rows are read, nothing is written."""
    from xerosql.execute.dry_run import dry_run

    found = dry_run(session, plan, [parameters], stats, cancelled)
    return replace(
        explanation,
        requests=tuple(each.as_dict() for each in found.requests),
        changes=tuple(tuple(map(str, each.changes)) for each in found.requests),
        reads=stats.api_calls,
        notes=(f"{found.targets} row{'s' * (found.targets != 1)} would be written; nothing was", *found.warnings),
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
    actual: dict[str, dict[str, object]] = {name: each.as_dict() for name, each in reading.accounts.items()}
    actual[""] = {"calls": stats.api_calls, "rows": rows, "seconds": round(stats.seconds, 3)}
    if stats.pages_reused:
        actual[""] |= {"reused": stats.pages_reused, "age": round(stats.data_age or 0.0, 1)}
    return replace(explanation, actual=actual)
