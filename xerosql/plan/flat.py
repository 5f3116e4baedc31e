"""A view that only names columns of one table is that table, under the view's alias and with its own names.

So a query of it costs to the call what it costs over the table, in the places too where conditions do not pass into a
derived table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from xerosql.plan.names import sources_in_reach
from xerosql.plan.views import BEHIND, VIEW, Place

#: The parts of a SELECT that leave every row of its table as it is.
PLAIN = {"expressions", "from_", "from", "kind", "hint"}


def flatten(query: exp.Expr, views: Sequence[Place]) -> bool:
    """Put the tables in place of such views, in a query whose names are bound; whether there were any."""
    if not views:
        return False
    mentions = columns_by_query(traverse_scope(query))
    found = [each for each in query.find_all(exp.Subquery) if VIEW in each.meta]
    return sum(flattened(each, mentions[id(each.this)]) for each in reversed(found)) > 0  # the inner ones first


def columns_by_query(scopes: Iterable[Scope]) -> Mapping[int, list[exp.Column]]:
    """For the `id()` of every derived table's query, where its columns are named."""
    found: dict[int, list[exp.Column]] = defaultdict(list)
    for scope in scopes:
        reach = sources_in_reach(scope)
        for column in scope.columns:
            source = reach.get(column.table.lower())
            if isinstance(source, Scope):
                found[id(source.expression)].append(column)
    return found


def flattened(view: exp.Subquery, mentions: Iterable[exp.Column]) -> bool:
    table, columns = table_of(view.this), columns_of(view.this)
    if table is None or columns is None or view.find_ancestor(exp.Select) is None or view.alias_column_names:
        return False
    for column in {id(each): each for each in mentions}.values():  # a subquery and the query around it both have one
        column.set("this", exp.to_identifier(columns.get(column.name, column.name), quoted=True))
    for part in BEHIND:
        table.set(part, view.args.get(part))
    view.replace(table)
    return True


def table_of(select: exp.Expr) -> exp.Table | None:
    """The one table that a SELECT reads, where it does nothing but name its columns."""
    if not isinstance(select, exp.Select) or {part for part, value in select.args.items() if value} - PLAIN:
        return None
    from_ = select.args.get("from_") or select.args.get("from")
    table = from_.this if from_ is not None else None
    if not isinstance(table, exp.Table) or table.alias_column_names:
        return None
    return None if any(table.args.get(part) for part in BEHIND if part != "alias") else table


def columns_of(select: exp.Expr) -> dict[str, str] | None:
    """The table's columns by what the SELECT calls them; None if there are others."""
    found: dict[str, str] = {}
    for each in select.selects if isinstance(select, exp.Select) else ():
        column = each.unalias()
        if not isinstance(column, exp.Column) or isinstance(column.this, exp.Star):
            return None
        found[each.alias_or_name] = column.name
    return found
