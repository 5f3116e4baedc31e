"""What a statement takes and returns, found out without running it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xerosql.catalog import LOCAL
from xerosql.errors import DataError, NotSupportedError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.held import explain_columns
from xerosql.execute.read import Reading, held_relation
from xerosql.execute.result import ColumnType
from xerosql.execute.session import Session
from xerosql.execute.stats import Stats
from xerosql.plan.model import (
    CallPlan,
    DeletePlan,
    ExplainPlan,
    InsertPlan,
    Parameter,
    PlainColumn,
    Plan,
    ReadPlan,
    ScratchPlan,
    ShowPlan,
    UpdatePlan,
)
from xerosql.plan.parameters import values_for

if TYPE_CHECKING:
    from xerosql.cursor import Parameters


#: Descriptions that are remembered of statements without parameters; a dashboard has some dozens.
DESCRIPTIONS = 500


@dataclass(frozen=True)
class Description:
    """A statement's kind ("SELECT", "INSERT", …), the SQL type of each parameter, and its result's columns.

    A parameter that the statement gives no type is None; `names` are theirs if it names them, as in `:name`. `columns`
    are names and types, None if there are no rows; `plain` has schema, table and column for each of them that is
    nothing but a table's column. `passing` is so for a change of rows that are all in temporary tables.
    """

    kind: str
    parameters: tuple[str | None, ...]
    columns: tuple[tuple[str, ColumnType], ...] | None
    names: tuple[str, ...] = ()
    plain: tuple[PlainColumn | None, ...] = ()
    passing: bool = False


def describe(session: Session, sql: str, parameters: Parameters | None) -> Description:
    """The description of one statement. `parameters` stand for those it will be given, NULL for each if None."""
    plan = session.plan(sql)
    if plan.parameters:
        return described(session, plan, parameters)
    place = sql, session.names_version  # what else a statement without parameters depends on
    known = session.descriptions.get(place)
    if known is None:
        known = described(session, plan, parameters)
        if len(session.descriptions) >= DESCRIPTIONS:
            session.descriptions.clear()
        session.descriptions[place] = known
    return known


def described(session: Session, plan: Plan, parameters: Parameters | None) -> Description:
    nulls: list[object] = [None] * len(plan.parameters)
    given = nulls if parameters is None else values_for(plan.parameters, parameters)
    try:
        columns = columns_of(session, plan, given)
    except DataError:  # a value that only stands for others need not be one that the statement can work with
        columns = columns_of(session, plan, nulls)
    names = tuple(key for key in plan.parameters if isinstance(key, str))
    passing = isinstance(plan, ScratchPlan) and plan.temporary and not plan.changes_schema
    return Description(plan.kind, types_of(plan), columns, names, plain_of(plan), passing)


def columns_of(session: Session, plan: Plan, given: list[object]) -> tuple[tuple[str, ColumnType], ...] | None:
    match plan:
        case ReadPlan():
            return result_columns(session, plan, given)
        case ShowPlan() | CallPlan():
            return result_columns(session, plan.query, given)
        case InsertPlan() | UpdatePlan() | DeletePlan():
            return None if plan.returning is None else result_columns(session, plan.returning, given)
        case ExplainPlan():
            return explain_columns(plan.format, folded=session.settings.fold_names)
        case ScratchPlan(has_rows=True):
            raise NotSupportedError("RETURNING on the scratch schema cannot be described before it is run")
    return None


def plain_of(plan: Plan) -> tuple[PlainColumn | None, ...]:
    """Which columns of the result are a table's own; as far as is known, none."""
    match plan:
        case ReadPlan():
            return plan.plain
        case InsertPlan() | UpdatePlan() | DeletePlan() if plan.returning is not None:
            return plan.returning.plain
    return ()


def result_columns(session: Session, plan: ReadPlan, given: list[object]) -> tuple[tuple[str, ColumnType], ...]:
    """The columns of the query's result, from running it for no row over tables without rows."""
    empty = {scan.name: held_relation(scan, []) for scan in plan.scans if scan.table.source != LOCAL}
    none = replace(plan, sql=f"SELECT * FROM ({plan.sql}) LIMIT 0")
    reading = Reading(session, none, given, Stats(None), Cancellation(), given=empty)
    try:
        return tuple(reading.columns)
    finally:
        reading.close()


def types_of(plan: Plan) -> tuple[str | None, ...]:
    """The SQL type that the statement gives each parameter."""
    found: dict[int, str] = {}
    match plan:
        case ReadPlan():
            found = dict(plan.parameter_types)
        case InsertPlan():
            found = inserted_types(plan)
        case UpdatePlan() | DeletePlan():
            found = dict(plan.targets.parameter_types)
            if isinstance(plan, UpdatePlan):
                assigned = dict(zip(range(-len(plan.columns), 0), plan.columns, strict=True))
                for index, place in plan.targets.parameter_places.items():
                    if place in assigned:
                        found.setdefault(index, plan.table[assigned[place]].type.sql)
        case ScratchPlan():
            found = dict(plan.query.parameter_types)
    return tuple(found.get(index) for index in range(len(plan.parameters)))


def inserted_types(plan: InsertPlan) -> dict[int, str]:
    if plan.source is not None:
        return dict(plan.source.parameter_types)
    return {
        value.index: plan.table[column].type.sql
        for row in plan.rows
        for column, value in zip(plan.columns, row, strict=True)
        if isinstance(value, Parameter)
    }
