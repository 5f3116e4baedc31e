"""Conditions on the columns of a query become conditions inside it: where its rows may be dropped before it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.plan.functions import aggregates
from xerosql.plan.model import Condition
from xerosql.plan.origins import branches, is_recursive, renamed


def translate(condition: Condition, select: exp.Select, note: Callable[[str, Condition], None]) -> None:
    """A condition on an output column becomes one on the inner column it is, if it is one."""
    for projection in select.selects:
        if projection.alias_or_name == condition.column:
            column = projection.unalias()
            if isinstance(column, exp.Column) and may_filter_before(column, select):
                note(column.table, replace(condition, column=column.name))
            return


def may_filter_before(column: exp.Column, select: exp.Select) -> bool:
    """Whether dropping rows by `column` before the SELECT is the same as dropping its result rows."""
    if any(select.args.get(part) for part in ("limit", "offset", "qualify", "fetch")):
        return False
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        return False
    if any(column not in (window.args.get("partition_by") or []) for window in select.find_all(exp.Window)):
        return False
    group = select.args.get("group")
    if group is None:
        return not any(map(aggregates, select.selects)) and not select.args.get("having")
    plain = not any(group.args.get(part) for part in ("grouping_sets", "cube", "rollup", "totals", "all"))
    return plain and any(each == column for each in group.expressions)


def hand_down(known: Iterable[Condition], source: Scope, handed_down: Mapping[int, list[Condition]]) -> None:
    """Give conditions on a derived table's columns to the query behind it, in every branch of a set operation."""
    expression = source.expression
    if renamed(source) or source.is_udtf or is_recursive(source):
        return
    if isinstance(expression, exp.SetOperation):
        hand_down_to_branches(known, source, handed_down)
    elif isinstance(expression, exp.Select):
        handed_down[id(source)].extend(known)


def hand_down_to_branches(
    known: Iterable[Condition], source: Scope, handed_down: Mapping[int, list[Condition]]
) -> None:
    expression = source.expression
    by_position = not any(expression.args.get(part) for part in ("limit", "offset", "by_name"))
    if not isinstance(expression, exp.Query) or not by_position:
        return
    outputs = [name.lower() for name in expression.named_selects]
    for branch in branches(source):
        if not isinstance(branch.expression, exp.Query):
            continue
        own = [name.lower() for name in branch.expression.named_selects]
        moved = [
            replace(each, column=own[outputs.index(each.column)], direct=False)
            for each in known
            if each.column in outputs
        ]
        if isinstance(branch.expression, exp.SetOperation):
            hand_down_to_branches(moved, branch, handed_down)
        elif isinstance(branch.expression, exp.Select):
            handed_down[id(branch)].extend(moved)
