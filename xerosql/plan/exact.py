"""Keeps money exact: the engine's AVG and `/` on decimals would go through a float, so they become `exact_div`.

`exact_div(a, b)` is a macro of the engine (`execute/foundations.py`): a decimal with ten decimals, rounded half away
from zero. What is exact is read from the types that sqlglot infers; what it cannot tell is left as it was written.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

EXACT_DIVISION = "exact_div"
WHOLE = exp.DataType.INTEGER_TYPES
DECIMAL = {exp.DataType.Type.DECIMAL}
#: What NUMERIC without digits becomes: digits in all, and behind the point.
NUMERIC = (38, 10)


def keep_exact(nodes: Sequence[exp.Expr]) -> None:
    """Rewrite AVG, `/` and bare NUMERIC among a query's nodes. The engine's NUMERIC has three decimals, ours ten."""
    exact = Exactness()
    quotients = [(node, exact.decimal(node)) for node in nodes if isinstance(node, exp.Div)]
    averages = [node for node in nodes if isinstance(node, exp.Avg) and exact.number(averaged(node))]
    for kind in nodes:
        if isinstance(kind, exp.DataType) and kind.this in DECIMAL and not kind.expressions:
            kind.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(digits)) for digits in NUMERIC])
    for quotient, is_decimal in quotients:
        one, other = quotient.this, quotient.expression
        if is_decimal:
            quotient.replace(exact_division(one, other))
        elif exact.whole(one) and exact.whole(other):
            quotient.replace(exp.IntDiv(this=one, expression=other))
    for node in reversed(averages):  # the inner ones first: an outer one is copied with what is in it
        average(node)


def averaged(node: exp.Avg) -> exp.Expr:
    found: exp.Expr = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    return found


class Exactness:
    """Which expressions are whole numbers or decimals, by sqlglot's types and by what it leaves open."""

    def number(self, node: exp.Expr) -> bool:
        return self.whole(node) or self.decimal(node) or isinstance(node, exp.Parameter)

    def whole(self, node: exp.Expr) -> bool:
        node = node.this if isinstance(node, exp.Paren) else node
        if isinstance(node, exp.Sub) and self.day(node.this) and self.day(node.expression):
            return True  # the days between two dates
        if isinstance(node, exp.Literal):
            return not node.is_string and node.name.isdigit()
        return node.type is not None and node.type.this in WHOLE

    def day(self, node: exp.Expr) -> bool:
        node = node.this if isinstance(node, exp.Paren) else node
        return node.type is not None and node.type.this == exp.DataType.Type.DATE

    def decimal(self, node: exp.Expr) -> bool:
        """Whether the value is a decimal (not a float, and not whole)."""
        node = node.this if isinstance(node, exp.Paren) else node
        if isinstance(node, exp.Subquery) and len(node.selects) == 1:
            return self.decimal(node.selects[0].unalias())
        if isinstance(node, exp.Literal):
            return not node.is_string and not node.name.isdigit() and "e" not in node.name.lower()
        if isinstance(node, exp.Anonymous):
            return node.name == EXACT_DIVISION
        if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div):
            left, right = node.this, node.expression
            return self.number(left) and self.number(right) and (self.decimal(left) or self.decimal(right))
        if isinstance(node, exp.Neg | exp.Sum | exp.Min | exp.Max | exp.Abs | exp.Round | exp.Filter | exp.Window):
            inner = node.this
            return self.decimal(inner.expressions[0] if isinstance(inner, exp.Distinct) else inner)
        if isinstance(node, exp.Avg):
            return self.number(averaged(node))
        if isinstance(node, exp.Coalesce):
            parts = [node.this, *node.expressions]
            return all(map(self.number, parts)) and any(map(self.decimal, parts))
        if isinstance(node, exp.Nullif):
            return self.decimal(node.this)
        if isinstance(node, exp.Case):
            return self.decimal_branches(node)
        return node.type is not None and node.type.this in DECIMAL

    def decimal_branches(self, node: exp.Case) -> bool:
        branches = [each.args["true"] for each in node.args["ifs"]]
        if node.args.get("default") is not None:
            branches.append(node.args["default"])
        branches = [each for each in branches if not isinstance(each, exp.Null)]
        return bool(branches) and all(map(self.number, branches)) and any(map(self.decimal, branches))


def average(node: exp.Avg) -> None:
    """AVG(x), with its DISTINCT, FILTER and OVER, becomes the exact quotient of its SUM and its COUNT."""
    whole: exp.Expr = node
    while isinstance(whole.parent, exp.Filter | exp.Window) and whole.parent.this is whole:
        whole = whole.parent
    counted, summed = whole.copy(), whole.copy()
    for copy, function in ((counted, exp.Count), (summed, exp.Sum)):
        inner = copy.find(exp.Avg)
        if inner is copy:
            continue
        if inner is not None:
            inner.replace(function(this=inner.this.copy()))
    if whole is node:
        summed, counted = exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy())
    counted = exp.Nullif(this=counted, expression=exp.Literal.number(0))  # the average of no rows is NULL
    whole.replace(exact_division(summed, counted))


def exact_division(dividend: exp.Expr, divisor: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=EXACT_DIVISION, expressions=[dividend, divisor])
