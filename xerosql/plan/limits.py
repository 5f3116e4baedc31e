"""Whether a LIMIT may be asked of Xero, whether it may stop the fetching, and why.

Every system that pushed LIMIT too far has returned wrong rows, so it is pushed only where each row that Xero returns
is a row of the result: one table, nothing between its rows and the result, and no condition but those that Xero applies
exactly. Whether that last one holds is known once values are bound (`access.py`).

Elsewhere a LIMIT without an order stops the fetching as soon as there are enough rows. That takes a scan that *grows*
the result: a part of its rows gives a part of the result, whatever the rest is. Any table of the outermost FROM does,
unless an outer join fills it with NULL or something needs all rows before it has the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.plan.functions import is_aggregate
from xerosql.plan.literals import value_from
from xerosql.plan.model import Limit, Value
from xerosql.plan.origins import SCAN, null_supplied, renamed

EVERY_ROW = "needs every row before the first is known"
BLOCKING = {"order": "ORDER BY", "group": "GROUP BY", "having": "HAVING", "distinct": "DISTINCT", "qualify": "QUALIFY"}


def limit_of(root: Scope, references: Mapping[int, int], is_listed: Callable[[exp.Table], bool]) -> Limit | None:
    """The outermost LIMIT or OFFSET of a qualified query; None where it has neither.

    `references` counts how often each source is read, by its `id()`; `is_listed` tells of a table whether its SELECT
    has no condition on it but lists of values.
    """
    query = root.expression
    limit, offset = query.args.get("limit"), query.args.get("offset")
    if limit is None and offset is None:
        return None
    rows, skipped = number(limit), number(offset)
    blocking = blocking_part(query)
    if blocking:
        return Limit(rows, skipped, pushed=False, growing=frozenset(), why=f"kept here: {blocking} {EVERY_ROW}")
    if rows is None or (offset is not None and skipped is None):
        return Limit(rows, skipped, pushed=False, growing=frozenset(), why="kept here: it does not say how many rows")
    tables = list(growing_tables(root, references))
    if len(tables) == 1 and is_alone(query) and is_listed(tables[0]):
        why = "pushed where Xero applies every condition exactly: one table without an order"
        return Limit(rows, skipped, pushed=True, growing=names(tables), why=why)
    why = "kept here; lists are read until there are enough rows" if tables else "kept here: no table grows the result"
    return Limit(rows, skipped, pushed=False, growing=names(tables), why=why)


def names(tables: list[exp.Table]) -> frozenset[str]:
    return frozenset(table.meta[SCAN] for table in tables)


def blocking_part(query: exp.Expr) -> str:
    """What makes a query read everything before its first row, as SQL calls it; empty if nothing does."""
    if not isinstance(query, exp.Select):
        return "a set operation" if isinstance(query, exp.SetOperation) else "the statement"
    for part, name in BLOCKING.items():
        if query.args.get(part):
            return name
    for projection in query.selects:
        if projection.find(exp.Window):
            return "a window"
        functions = [node for node in projection.find_all(exp.Func) if is_aggregate(node)]
        if any(node.find_ancestor(exp.Select) is query for node in functions):
            return "an aggregate"
    return ""


def growing_tables(scope: Scope, references: Mapping[int, int]) -> Iterator[exp.Table]:
    """The tables of which any part gives a part of the query's result, also through derived tables read once."""
    select = scope.expression
    if not isinstance(select, exp.Select):
        return
    outer = null_supplied(select)
    for alias, (_, source) in scope.selected_sources.items():
        if alias in outer or any(join.kind.upper() in ("SEMI", "ANTI") for join in select.args.get("joins") or []):
            continue
        if isinstance(source, exp.Table):
            if SCAN in source.meta:
                yield source
        elif references.get(id(source)) == 1 and passes_rows_on(source):
            yield from growing_tables(source, references)


def passes_rows_on(source: Scope) -> bool:
    query = source.expression
    limited = any(query.args.get(part) for part in ("limit", "offset", "fetch"))
    return not limited and not blocking_part(query) and not renamed(source) and not source.is_udtf


def is_alone(query: exp.Expr) -> bool:
    """Whether the query reads one table and nothing else."""
    from_ = query.args.get("from_") or query.args.get("from")
    return (
        from_ is not None
        and isinstance(from_.this, exp.Table)
        and not query.args.get("joins")
        and not query.args.get("laterals")
        and not any(node is not query for node in query.find_all(exp.Query))
    )


def number(clause: exp.Expr | None) -> Value | None:
    """The number of rows of LIMIT, FETCH or OFFSET, if it is a value."""
    if clause is None:
        return None
    node = clause.args.get("expression") or clause.args.get("count")
    return value_from(node) if isinstance(node, exp.Expression) and clause.args.get("limit_options") is None else None
