"""Mistakes a planner could make, as rewrites of a query that plain DuckDB answers: what it would then have fetched.

Each rewrite changes a tree in place, narrowing tables to the rows that a planner with that mistake would ask for, or
moving a condition to where it may not stand. A generator of queries is strong if its queries tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlglot
from sqlglot import exp

from .pools import literal
from .world import Question

Tree = exp.Expression
Mistake = Callable[[Tree], None]


def mistaken(question: Question, mistake: Mistake) -> str:
    """The query as the mistake makes it, in DuckDB's words and without parameters; empty if it stays what it was."""
    tree = bound(sqlglot.parse_one(question.plain_sql, read="duckdb"), question.plain_values)
    before = tree.sql("duckdb")
    mistake(tree)
    after = tree.sql("duckdb")
    return "" if after == before else after


def bound(tree: Tree, values: Any) -> Tree:
    """The query with its parameters written out, so that parts of it can be copied."""
    positions = iter(values if isinstance(values, list) else [])
    for each in list(tree.find_all(exp.Placeholder, exp.Parameter, bfs=False)):
        value = values[each.name] if isinstance(values, dict) else next(positions)
        written = [literal(one) for one in value] if isinstance(value, list) else literal(value)
        text = f"[{', '.join(written)}]" if isinstance(written, list) else written
        each.replace(sqlglot.parse_one(text, read="duckdb"))
    return tree


# -- Finding one's way in a tree ---------------------------------------------------------------------------------------


def selects(tree: Tree) -> list[exp.Select]:
    return list(tree.find_all(exp.Select))


def sources(select: exp.Select) -> dict[str, Tree]:
    from_ = select.args.get("from_") or select.args.get("from")
    joins = select.args.get("joins") or []
    return {each.this.alias_or_name: each.this for each in ([from_] if from_ else []) + joins}


def joins(select: exp.Select, *sides: str) -> Iterator[exp.Join]:
    for join in select.args.get("joins") or []:
        if join.side.upper() in sides and isinstance(join.this, exp.Table | exp.Subquery):
            yield join


def conjuncts(predicate: Tree | None) -> Iterator[Tree]:
    if isinstance(predicate, exp.Paren):
        yield from conjuncts(predicate.this)
    elif isinstance(predicate, exp.And):
        yield from conjuncts(predicate.this)
        yield from conjuncts(predicate.expression)
    elif predicate is not None:
        yield predicate


def filters(select: exp.Select) -> list[Tree]:
    where = select.args.get("where")
    return list(conjuncts(where.this if where else None))


def aliases(predicate: Tree) -> set[str]:
    return {column.table for column in predicate.find_all(exp.Column)}


def about(select: exp.Select, alias: str) -> list[Tree]:
    """The conjuncts of WHERE that are about one source alone and hold no query."""
    return [each for each in filters(select) if aliases(each) == {alias} and not each.find(exp.Query)]


def pairs(on: Tree | None, right: str) -> Iterator[tuple[exp.Column, exp.Column]]:
    """The equalities with the right side, its own column last."""
    for each in conjuncts(on):
        if isinstance(each, exp.EQ) and isinstance(each.this, exp.Column) and isinstance(each.expression, exp.Column):
            for one, other in ((each.this, each.expression), (each.expression, each.this)):
                if other.table == right and one.table and one.table != right:
                    yield one, other


def narrow(source: Tree | None, condition: Tree | str) -> None:
    """Leave of a source only the rows that satisfy the condition."""
    if isinstance(source, exp.Table | exp.Subquery) and source.alias and not source.find_ancestor(exp.Lateral):
        inner = (
            exp.select("*").from_(source.copy()).where(condition.copy() if isinstance(condition, Tree) else condition)
        )
        source.replace(inner.subquery(source.alias_or_name))


def only_matching(source: Tree | None, column: exp.Column, other: exp.Column, keys: Tree, on: Tree | None) -> None:
    """Leave of a source only the rows whose key the other source has, among its rows that an ON allows."""
    query = exp.select(other.copy()).from_(keys.copy())
    for each in conjuncts(on):
        if aliases(each) == {other.table} and not each.find(exp.Query):
            query.where(each.copy(), copy=False)
    narrow(source, exp.In(this=column.copy(), query=query.subquery()))


# -- Keys that flow the wrong way --------------------------------------------------------------------------------------


def keys_reach_the_kept_side(tree: Tree) -> None:
    """A LEFT JOIN taken as an inner one: its left side is asked only for what the right side has."""
    for select in selects(tree):
        for join in joins(select, "LEFT"):
            for kept, other in list(pairs(join.args.get("on"), join.this.alias_or_name))[:1]:
                only_matching(sources(select).get(kept.table), kept, other, join.this, join.args.get("on"))


def keys_reach_the_kept_right_side(tree: Tree) -> None:
    """A RIGHT JOIN taken as an inner one."""
    for select in selects(tree):
        for join in joins(select, "RIGHT"):
            for other, kept in list(pairs(join.args.get("on"), join.this.alias_or_name))[:1]:
                left = sources(select).get(other.table)
                if left is not None:
                    only_matching(join.this, kept, other, left, join.args.get("on"))


def keys_cross_a_full_join(tree: Tree) -> None:
    for select in selects(tree):
        for join in joins(select, "FULL"):
            for kept, other in list(pairs(join.args.get("on"), join.this.alias_or_name))[:1]:
                only_matching(sources(select).get(kept.table), kept, other, join.this, join.args.get("on"))


def keys_leave_a_subquery_under_or_and_not(tree: Tree) -> None:
    """Every `x IN (SELECT …)` in a WHERE narrows x's table, wherever it stands."""
    for select in selects(tree):
        where = select.args.get("where")
        for each in list(where.find_all(exp.In)) if where else []:
            if each.args.get("query") and isinstance(each.this, exp.Column) and each.find_ancestor(exp.Or, exp.Not):
                narrow(sources(select).get(each.this.table), each)


def keys_leave_a_missing_subquery(tree: Tree) -> None:
    """NOT IN taken as IN when keys are collected."""
    for select in selects(tree):
        for each in filters(select):
            inner = each.this if isinstance(each, exp.Not) else None
            if isinstance(inner, exp.In) and inner.args.get("query") and isinstance(inner.this, exp.Column):
                narrow(sources(select).get(inner.this.table), inner)


def nulls_stay_out_of_not_in(tree: Tree) -> None:
    """Keys reach into NOT IN (SELECT …): its NULLs are no longer fetched."""
    for each in tree.find_all(exp.In):
        query = each.args.get("query")
        if isinstance(each.parent, exp.Not) and query is not None and isinstance(each.this, exp.Column):
            inner = exp.select("*").from_(query.this.copy().subquery("s", copy=False)).where("s.c1 IS NOT NULL")
            query.set("this", inner)


def a_null_is_not_in_what_was_narrowed(tree: Tree) -> None:
    """Keys reach into NOT IN (SELECT …), which for a NULL outside then looks empty."""
    for each in list(tree.find_all(exp.In)):
        if isinstance(each.parent, exp.Not) and each.args.get("query") and isinstance(each.this, exp.Column):
            each.parent.replace(
                exp.paren(exp.or_(each.parent.copy(), exp.Is(this=each.this.copy(), expression=exp.null())))
            )


def an_aggregate_needs_a_row(tree: Tree) -> None:
    """A correlated `(SELECT count(*) …)` narrows the outer table to the keys that have rows."""
    for count in list(tree.find_all(exp.Subquery)):
        inner, outer = count.this, count.find_ancestor(exp.Select)
        if not isinstance(inner, exp.Select) or outer is None or not isinstance(inner.selects[0].unalias(), exp.Count):
            continue
        own = sources(inner)
        for each in filters(inner):
            if (
                isinstance(each, exp.EQ)
                and isinstance(each.this, exp.Column)
                and isinstance(each.expression, exp.Column)
            ):
                for one, other in ((each.this, each.expression), (each.expression, each.this)):
                    if one.table in own and other.table in sources(outer):
                        only_matching(sources(outer)[other.table], other, one, own[one.table], inner.args["where"].this)


def a_choice_of_columns_is_the_first(tree: Tree) -> None:
    """COALESCE of join columns taken as its first column."""
    for join in tree.find_all(exp.Join):
        for each in list((join.args.get("on") or exp.null()).find_all(exp.Coalesce)):
            if isinstance(each.this, exp.Column) and each.expressions and isinstance(each.expressions[0], exp.Column):
                each.replace(each.this.copy())


# -- Conditions in the wrong place -------------------------------------------------------------------------------------


def conditions_on_filled_rows_are_fetched_by(tree: Tree) -> None:
    """`IS NULL` and its like on the null side of an outer join narrow that side before the join."""
    for select in selects(tree):
        for join in joins(select, "LEFT", "FULL"):
            for each in about(select, join.this.alias_or_name):
                narrow(join.this, each)


def conditions_of_an_on_filter_the_kept_side(tree: Tree) -> None:
    """`a LEFT JOIN b ON … AND a.x = 1` asks for a's rows with x = 1 only."""
    for select in selects(tree):
        for join in joins(select, "LEFT", "FULL"):
            for each in conjuncts(join.args.get("on")):
                alias = next(iter(aliases(each)), "")
                if aliases(each) == {alias} and alias != join.this.alias_or_name and not each.find(exp.Query):
                    narrow(sources(select).get(alias), each)


def conditions_of_one_alias_hold_for_its_twin(tree: Tree) -> None:
    """One fetch for both sides of a self-join, narrowed by what one of them needs."""
    for select in selects(tree):
        tables = {alias: each for alias, each in sources(select).items() if isinstance(each, exp.Table)}
        for alias, table in tables.items():
            for twin, other in tables.items():
                if twin != alias and other.name == table.name:
                    for each in about(select, alias):
                        moved = each.copy()
                        for column in moved.find_all(exp.Column):
                            column.set("table", exp.to_identifier(twin))
                        narrow(sources(select).get(twin), moved)


def conditions_enter_a_limit(tree: Tree) -> None:
    push_in(tree, lambda inner: bool(inner.args.get("limit") or inner.args.get("offset")))


def conditions_enter_a_window(tree: Tree) -> None:
    push_in(tree, lambda inner: inner.find(exp.Window) is not None)


def push_in(tree: Tree, opaque: Callable[[exp.Select], bool]) -> None:
    """Move what is asked of a derived table below its LIMIT or window, as far as its columns allow."""
    for select in selects(tree):
        for alias, source in sources(select).items():
            inner = source.this if isinstance(source, exp.Subquery) else None
            if not isinstance(inner, exp.Select) or not opaque(inner):
                continue
            outputs = {each.alias_or_name: each.unalias() for each in inner.selects}
            for each in about(select, alias):
                moved = renamed(each, outputs, next(iter(sources(inner))))
                if moved is not None:
                    inner.where(moved, copy=False)


def renamed(condition: Tree, outputs: dict[str, Tree], inside: str) -> Tree | None:
    """The condition in the words of the inner query, if they are columns there."""
    moved = condition.copy()
    for column in list(moved.find_all(exp.Column)):
        meant = outputs.get(column.name, exp.column(column.name, inside) if "*" in outputs else None)
        if not isinstance(meant, exp.Column):
            return None
        column.replace(meant.copy())
    return moved


def a_shared_table_serves_one_reader(tree: Tree) -> None:
    """A common table that is read twice, narrowed by what one reader asks of it."""
    for common in tree.find_all(exp.CTE):
        for select in selects(tree):
            for alias, source in sources(select).items():
                if isinstance(source, exp.Table) and source.name == common.alias and about(select, alias):
                    narrowed = exp.select("*").from_(common.this.copy().subquery(alias, copy=False))
                    common.set("this", narrowed.where(*(each.copy() for each in about(select, alias))))
                    return


# -- Counts, limits, and what is taken for granted ---------------------------------------------------------------------


def a_count_of_a_column_counts_rows(tree: Tree) -> None:
    """count(x) from Xero's own count of the list, which knows no NULL."""
    for count in list(tree.find_all(exp.Count)):
        if isinstance(count.this, exp.Column):
            count.set("this", exp.Star())


def a_limit_stops_before_the_filter(tree: Tree) -> None:
    """LIMIT sent as a page size, although WHERE still drops rows."""
    for select in selects(tree):
        limit = select.args.get("limit")
        if limit is not None and filters(select) and not select.args.get("order"):
            first_page(select, limit)


def a_limit_stops_before_the_order(tree: Tree) -> None:
    """LIMIT sent as a page size, although ORDER BY, DISTINCT, groups or a join stand between."""
    for select in selects(tree):
        limit = select.args.get("limit")
        between = any(select.args.get(part) for part in ("order", "distinct", "group", "joins", "offset"))
        if limit is not None and between:
            first_page(select, limit)


def first_page(select: exp.Select, limit: Tree) -> None:
    source = next(iter(sources(select).values()))
    if isinstance(source, exp.Table | exp.Subquery):
        inner = exp.select("*").from_(source.copy())
        inner.set("limit", limit.copy())
        source.replace(inner.subquery(source.alias_or_name))


def projects_without_time_have_no_tasks(tree: Tree) -> None:
    """MinutesLogged = 0 skips a project's tasks as well as its time."""
    for table in list(tree.find_all(exp.Table)):
        if table.name == "Tasks":
            narrow(table, f"{table.alias}.ProjectId IN (SELECT ProjectId FROM every.Projects WHERE MinutesLogged > 0)")


MISTAKES: tuple[Mistake, ...] = (
    keys_reach_the_kept_side,
    keys_reach_the_kept_right_side,
    keys_cross_a_full_join,
    keys_leave_a_subquery_under_or_and_not,
    keys_leave_a_missing_subquery,
    nulls_stay_out_of_not_in,
    a_null_is_not_in_what_was_narrowed,
    an_aggregate_needs_a_row,
    a_choice_of_columns_is_the_first,
    conditions_on_filled_rows_are_fetched_by,
    conditions_of_an_on_filter_the_kept_side,
    conditions_of_one_alias_hold_for_its_twin,
    conditions_enter_a_limit,
    conditions_enter_a_window,
    a_shared_table_serves_one_reader,
    a_count_of_a_column_counts_rows,
    a_limit_stops_before_the_filter,
    a_limit_stops_before_the_order,
    projects_without_time_have_no_tasks,
)
