"""Keys between a query and its subqueries in conditions: IN, EXISTS, = (SELECT …), = ANY (SELECT …).

* `a.x IN (SELECT y …)`, = and = ANY, where every result row satisfies it: a's rows have x among the values of y.
* The other way, the subquery needs only the rows whose y is among the values of x. Where the IN is not a condition of
  its own (under NOT or OR, or as a value) that is so only if neither x nor y can be NULL: NULL makes it NULL, and
  NULL IN (nothing) is not.
* `EXISTS (SELECT … WHERE t.x = a.y)`: a's rows have y among the values of x. The other way holds for every correlated
  subquery, NOT EXISTS and scalar ones too; there `predicates.py` reads it as an equality inside the subquery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from xerosql.plan.conjuncts import ColumnKey, conjuncts, equalities_in, key, same_type
from xerosql.plan.functions import aggregates
from xerosql.plan.model import Condition, Keys, KeySource
from xerosql.plan.origins import NOWHERE, Origins, branches, never_null, null_supplied, origins_at, origins_of
from xerosql.plan.outputs import scans_of, tells_keys, whole_number


class Subqueries:
    """The subqueries of a statement by their node. `required` has each table's columns that are never NULL."""

    def __init__(self, scopes: Sequence[Scope], required: Mapping[int, frozenset[str]]) -> None:
        self.scopes = {id(scope.expression): scope for scope in scopes}
        self.required = required
        self.telling: dict[int, tuple[str, exp.Query]] = {}

    def told_by(self, inner: Scope, place: int) -> Origins:
        """The output column of a subquery whose own result tells keys; nothing of any other."""
        query = inner.expression
        if not isinstance(query, exp.Query) or not tells_keys(inner):
            return NOWHERE
        outputs = [name.lower() for name in query.named_selects]
        if place >= len(outputs) or outputs.count(outputs[place]) > 1:
            return NOWHERE
        if id(query) not in self.telling:
            self.telling[id(query)] = (f"subquery${len(self.telling) + 1}", query)
        limit = query.args.get("limit")
        count = whole_number(limit) if limit is not None else None
        return (KeySource(self.telling[id(query)][0], outputs[place], scans_of(query), count),)

    def scope_of(self, node: exp.Expr | None) -> Scope | None:
        """The scope of a query as it stands in a condition, parentheses or not."""
        while isinstance(node, exp.Paren | exp.Subquery):
            node = node.this
        return self.scopes.get(id(node))

    def handed_down(
        self, scope: Scope, conditions: Mapping[str, list[Condition]], holding: set[int]
    ) -> Iterator[tuple[Scope, list[Condition]]]:
        """For every IN subquery of the scope, the conditions on its output columns."""
        for inner in scope.subquery_scopes:
            node = membership(inner)
            if node is None or not isinstance(inner.expression, exp.Query):
                continue
            outputs = [name.lower() for name in inner.expression.named_selects]
            for place, column in enumerate(compared_columns(node)):
                if column is None or place >= len(outputs) or outputs.count(outputs[place]) > 1:
                    continue
                if id(node) in holding or self.both_never_null(scope, column, inner, place):
                    known = self.known_of(scope, column, conditions)
                    yield inner, [replace(each, column=outputs[place], direct=False) for each in known]

    def taken_away(self, scope: Scope) -> Iterator[tuple[Scope, list[Condition]]]:
        """For `a EXCEPT b` and `a INTERSECT b`, what b's rows must have: the values of a, where a's are never NULL."""
        query = scope.expression
        sides = branches(scope) if isinstance(query, exp.Except | exp.Intersect) else []
        if len(sides) != 2 or query.args.get("by_name") or not isinstance(sides[1].expression, exp.Query):
            return
        outputs = [name.lower() for name in sides[1].expression.named_selects]
        for place, name in enumerate(outputs):
            keys = origins_at(sides[0], place) if never_null(sides[0], place, self.required) else NOWHERE
            if keys and outputs.count(name) == 1:
                yield sides[1], [Condition(name, "in", (Keys(keys),), direct=False)]

    def both_never_null(self, scope: Scope, column: exp.Column, inner: Scope, place: int) -> bool:
        source = scope.sources.get(column.table)
        select = scope.expression
        if not isinstance(source, exp.Table) or not isinstance(select, exp.Select):
            return False
        outer = column.name in self.required.get(id(source), frozenset()) and column.table not in null_supplied(select)
        return outer and never_null(inner, place, self.required)

    def known_of(self, scope: Scope, column: exp.Column, conditions: Mapping[str, list[Condition]]) -> list[Condition]:
        """What is known of the values of a column: its conditions, and the column itself as keys."""
        known = [each for each in conditions.get(column.table, []) if each.column == column.name]
        keys = origins_of(scope, *key(column))
        return [*known, Condition(column.name, "in", (Keys(keys),), direct=False)] if keys else known


def membership(inner: Scope) -> exp.Expr | None:
    """The IN, or the = ANY, that asks whether a value is among the subquery's."""
    node: exp.Expr | None = inner.expression.parent
    while isinstance(node, exp.Subquery | exp.Paren):
        node = node.parent
    if isinstance(node, exp.Any):
        node = node.parent
        return node if isinstance(node, exp.EQ) else None
    return node if isinstance(node, exp.In) and node.args.get("query") is not None else None


def compared_columns(node: exp.Expr) -> list[exp.Column | None]:
    """The columns on the left of an IN, in order; None for what is no column."""
    left = node.this.unnest() if isinstance(node.this, exp.Paren) else node.this
    parts = left.expressions if isinstance(left, exp.Tuple) else [left]
    return [each if isinstance(each, exp.Column) else None for each in parts]


def conditions_of_subqueries(
    conjunct: exp.Expr, scope: Scope, subqueries: Subqueries
) -> Iterator[tuple[str, Condition]]:
    """The conditions on the scope's own columns that a conjunct with a subquery is."""
    for column, sources in keys_of_conjunct(conjunct, scope, subqueries):
        if sources:
            yield column[0], Condition(column[1], "in", (Keys(sources),), direct=False)


def keys_of_conjunct(conjunct: exp.Expr, scope: Scope, subqueries: Subqueries) -> Iterator[tuple[ColumnKey, Origins]]:
    if isinstance(conjunct, exp.Exists):
        inner = subqueries.scope_of(conjunct.this)
        if inner is not None:
            yield from keys_of_exists(inner, scope)
    elif isinstance(conjunct, exp.In | exp.EQ):
        yield from keys_of_membership(conjunct, subqueries)


def keys_of_membership(conjunct: exp.Expr, subqueries: Subqueries) -> Iterator[tuple[ColumnKey, Origins]]:
    """`x IN (SELECT …)`, `x = (SELECT …)` and `x = ANY (SELECT …)`, the latter two from either side."""
    for one, other in sides(conjunct):
        inner = subqueries.scope_of(other.this if isinstance(other, exp.Any) else other)
        if inner is None or not isinstance(inner.expression, exp.Query):
            continue
        left = one.unnest() if isinstance(one, exp.Paren) else one
        for place, column in enumerate(left.expressions if isinstance(left, exp.Tuple) else [left]):
            selected = inner.expression.selects
            if (
                isinstance(column, exp.Column)
                and place < len(selected)
                and same_type(column, selected[place].unalias())
            ):
                yield key(column), origins_at(inner, place)
                yield key(column), subqueries.told_by(inner, place)


def sides(conjunct: exp.Expr) -> list[tuple[exp.Expr, exp.Expr]]:
    if isinstance(conjunct, exp.In):
        query = conjunct.args.get("query")
        return [(conjunct.this, query)] if query is not None else []
    return [(conjunct.this, conjunct.expression), (conjunct.expression, conjunct.this)]


def keys_of_exists(inner: Scope, scope: Scope) -> Iterator[tuple[ColumnKey, Origins]]:
    """For `EXISTS (SELECT … WHERE t.x = a.y)`, the keys of a.y. An aggregate has a row even of nothing, so has none."""
    select = inner.expression
    if not isinstance(select, exp.Select) or select.args.get("where") is None:
        return
    if select.args.get("group") is None and (aggregates(select) or select.args.get("having")):
        return
    own = {alias.lower() for alias in inner.selected_sources}
    for conjunct in conjuncts(select.args["where"].this):
        for one, other in equalities_in(conjunct):
            for mine, outer in ((one, other), (other, one)):
                if mine[0].lower() in own and outer[0].lower() not in own and outer[0] in scope.selected_sources:
                    yield outer, origins_of(inner, *mine)


def equalities_inside(conjunct: exp.Expr) -> Iterator[tuple[ColumnKey, ColumnKey]]:
    """`(a.x, a.y) = (b.x, b.y)`, column by column."""
    if isinstance(conjunct, exp.EQ):
        one, other = conjunct.this, conjunct.expression
        if isinstance(one, exp.Tuple) and isinstance(other, exp.Tuple):
            for left, right in zip(one.expressions, other.expressions, strict=False):
                if isinstance(left, exp.Column) and isinstance(right, exp.Column) and same_type(left, right):
                    yield key(left), key(right)
