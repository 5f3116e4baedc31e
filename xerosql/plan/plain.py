"""Which columns of a result are nothing but a table's column, as PostgreSQL tells its clients of each.

That is what a driver's table name of a column and an updatable result stand on. A column stays one through derived
tables, WITH, DISTINCT and outer joins; what is computed, and the columns of a set operation, are none.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.plan.model import PlainColumn
from xerosql.plan.names import RESOLVED, sources_in_reach
from xerosql.plan.origins import is_recursive


def plain_columns(scope: Scope) -> tuple[PlainColumn | None, ...]:
    """For each column that the query puts out."""
    expression = scope.expression
    if not isinstance(expression, exp.Query):
        return ()
    return tuple(plain_output(scope, place) for place in range(len(expression.named_selects)))


def plain_output(scope: Scope, place: int) -> PlainColumn | None:
    select = scope.expression
    if not isinstance(select, exp.Select) or place >= len(select.selects) or is_recursive(scope):
        return None
    node = select.selects[place].unalias()
    while isinstance(node, exp.Paren):
        node = node.this
    return plain_column(scope, node) if isinstance(node, exp.Column) else None


def plain_column(scope: Scope, column: exp.Column) -> PlainColumn | None:
    source = sources_in_reach(scope).get(column.table.lower())
    if isinstance(source, exp.Table):
        return (*source.meta[RESOLVED], column.name) if RESOLVED in source.meta else None
    if not isinstance(source, Scope) or not isinstance(source.expression, exp.Query) or source.is_udtf:
        return None
    names = list(source.expression.named_selects)
    parent = source.expression.parent
    renamed = getattr(parent, "alias_column_names", None) or []
    names[: len(renamed)] = renamed
    lower = [name.lower() for name in names]
    return plain_output(source, lower.index(column.name.lower())) if column.name.lower() in lower else None
