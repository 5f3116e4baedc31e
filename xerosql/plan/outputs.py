"""A subquery whose own result tells keys: the query to run for them, once the rows of its tables are there.

Where a subquery compares groups, takes the first few rows, joins, or takes rows away, its column's values are fewer
than those of the table behind it. The query is run twice then, for the keys and as part of the statement, so only one
that has the same result each time will do: what follows a LIMIT in the order counts as long as it ties with the last.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.plan.functions import makes_rows
from xerosql.plan.literals import volatile
from xerosql.plan.origins import SCAN, is_recursive, renamed

#: What may give another result the second time, or cannot be moved.
UNSTEADY = (
    exp.Window,
    exp.Anonymous,
    exp.Rand,
    exp.Uuid,
    exp.CurrentTimestamp,
    exp.CurrentTime,
    exp.AnyValue,
    exp.First,
    exp.Last,
    exp.ArrayAgg,
    exp.GroupConcat,
    exp.Lateral,
    exp.Unnest,
)
NARROWING = ("limit", "offset", "having", "qualify", "joins")


def tells_keys(scope: Scope) -> bool:
    """Whether the query of a scope has fewer values than its tables, and the same ones each time it is run."""
    query = scope.expression
    if not isinstance(query, exp.Query) or scope.is_udtf or renamed(scope) or is_recursive(scope):
        return False
    return narrows(query) and is_steady(query) and stands_alone(query)


def narrows(query: exp.Query) -> bool:
    if isinstance(query, exp.SetOperation):
        return not isinstance(query, exp.Union)
    return any(query.args.get(part) for part in NARROWING) or any(
        projection.find(exp.Min, exp.Max) for projection in query.selects
    )


def is_steady(query: exp.Query) -> bool:
    """Whether the query has one result, but for the rows that tie at its own LIMIT."""
    if query.find(*UNSTEADY) or volatile(query) or makes_rows(query):
        return False
    limited = [node for node in query.find_all(exp.Limit, exp.Offset, exp.Fetch) if node.parent is not query]
    chosen = [node for node in query.find_all(exp.Distinct) if node.args.get("on") is not None]
    return not limited and not chosen


def stands_alone(query: exp.Query) -> bool:
    """Whether the query reads tables only, and no column of the queries around it."""
    tables = list(query.find_all(exp.Table))
    inside = {table.alias_or_name for table in tables} | {node.alias_or_name for node in query.find_all(exp.Subquery)}
    own = all(column.table in inside for column in query.find_all(exp.Column) if column.table)
    return own and all(SCAN in table.meta for table in tables) and query.args.get("with_") is None


def scans_of(query: exp.Expr) -> tuple[str, ...]:
    return tuple(dict.fromkeys(table.meta[SCAN] for table in query.find_all(exp.Table)))


def whole_number(clause: exp.Expr) -> int | None:
    """The number of rows of LIMIT or OFFSET, if it is written there."""
    node = clause.args.get("expression") or clause.args.get("count")
    if not isinstance(node, exp.Literal) or node.is_string or clause.args.get("limit_options") is not None:
        return None
    return int(node.name) if node.name.isdigit() else None


def with_ties(query: exp.Expr) -> exp.Expr:
    """The query without its LIMIT, but with the rows that come no later than its last one in the order."""
    limit, offset, order = (query.args.get(part) for part in ("limit", "offset", "order"))
    if limit is None and offset is None:
        return query
    first = None if limit is None else whole_number(limit)
    skipped = 0 if offset is None else whole_number(offset)
    for part in ("limit", "offset", "order"):
        query.set(part, None)
    if order is None or first is None or skipped is None:
        return query
    if not isinstance(query, exp.Select) or query.args.get("distinct"):
        return query
    keys = [spelled_out(each, query.selects) for each in order.expressions]
    rank = exp.Window(this=exp.Anonymous(this="rank"), order=exp.Order(expressions=keys))
    query.set("qualify", exp.Qualify(this=exp.LTE(this=rank, expression=exp.Literal.number(first + skipped))))
    return query


def spelled_out(ordered: exp.Expr, selects: Iterable[exp.Expr]) -> exp.Expr:
    """A key of ORDER BY with the expression that an output column's name stands for."""
    copy = ordered.copy()
    named = {each.alias_or_name: each.unalias() for each in selects}
    for column in list(copy.find_all(exp.Column)):
        if not column.table and column.name in named:
            meant = named[column.name].copy()
            if isinstance(meant, exp.Subquery):
                meant.set("alias", None)  # which it has of its own
            column.replace(meant)
    return copy
