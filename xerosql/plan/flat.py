"""A view that only names columns of one table is that table, under the view's alias and with its own names.

So a query of it costs to the call what it costs over the table, in the places too where conditions do not pass into a
derived table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from xerosql.plan.views import BEHIND, VIEW, Place

#: The parts of a SELECT that leave every row of its table as it is.
PLAIN = {"expressions", "from_", "from", "kind", "hint"}


def flatten(query: exp.Expr, views: Sequence[Place]) -> bool:
    """Put the tables in place of such views, in a query whose names are bound; whether there were any."""
    found = [each for each in query.find_all(exp.Subquery) if VIEW in each.meta] if views else []
    return sum(map(flattened, reversed(found))) > 0  # the inner ones first


def flattened(view: exp.Subquery) -> bool:
    around = view.find_ancestor(exp.Select)
    table, columns = table_of(view.this), columns_of(view.this)
    if table is None or columns is None or around is None or view.alias_column_names:
        return False
    if any(each.alias == view.alias for each in sources_in(around) if each is not view and each is not table):
        return False  # columns by that alias may be of the other one
    for column in list(around.find_all(exp.Column)):
        if column.table == view.alias:
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


def sources_in(select: exp.Select) -> Iterator[exp.Expr]:
    """What a SELECT and the queries inside it read, and what else has an alias there."""
    return select.find_all(exp.Table, exp.Subquery, exp.CTE)
