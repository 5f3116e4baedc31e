"""What nobody reads of a view need not be fetched: its query is asked for the columns that are used, as any other is.

Whoever writes a query names what it needs; a view has what all its readers need together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from xerosql.plan.functions import aggregates, makes_rows
from xerosql.plan.literals import volatile
from xerosql.plan.views import VIEW, Place


def leave_out_unused(query: exp.Expr, views: Sequence[Place]) -> bool:
    """Take the columns that are not used out of the definitions of the views; whether there were any."""
    if not views:
        return False
    outer_first = [each for each in query.find_all(exp.Subquery) if VIEW in each.meta]
    return sum(map(narrowed, outer_first)) > 0


def narrowed(view: exp.Subquery) -> bool:
    select, around = view.this, view.find_ancestor(exp.Select)
    if not isinstance(select, exp.Select) or around is None or view.alias_column_names or decides_on_rows(select):
        return False
    used = {*columns_of(around, view.alias), *columns_of(select, "")}
    left = [each for each in select.selects if each.alias_or_name in used or must_stay(each)]
    if len(left) == len(select.selects):
        return False
    select.set("expressions", left or [nothing()])
    return True


def columns_of(select: exp.Select, alias: str) -> Iterator[str]:
    """The columns that are named with this alias anywhere in a SELECT, or without any. A star is one by that name."""
    for column in select.find_all(exp.Column):
        if column.table in (alias, ""):
            yield column.name


def decides_on_rows(select: exp.Select) -> bool:
    """Whether the rows of a SELECT depend on what stands in its list."""
    if select.args.get("distinct") is not None:
        return True
    places = [each for part in ("group", "order") if (clause := select.args.get(part)) for each in clause.expressions]
    meant = (each.this if isinstance(each, exp.Ordered) else each for each in places)
    if any(isinstance(each, exp.Literal | exp.Var) for each in meant):  # a place in the list, or ALL of it
        return True
    group = select.args.get("group")
    return any(map(aggregates, select.selects)) if group is None else bool(group.args.get("all"))


def must_stay(projection: exp.Expr) -> bool:
    return projection.is_star or volatile(projection) or makes_rows(projection)


def nothing() -> exp.Expr:
    one = exp.Literal.number(1)
    one.type = exp.DataType.build("int")
    alias = exp.alias_(one, "nothing", quoted=True)
    alias.type = one.type
    return alias
