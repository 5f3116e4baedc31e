"""Text compared with a number is compared as text.

The engine would turn the column into a number instead, and fail at the first name that is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

TEXT = exp.DataType.TEXT_TYPES
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.NullSafeEQ, exp.NullSafeNEQ)


def compare_text_as_text(nodes: Iterable[exp.Expr]) -> None:
    """Cast the parameters and numbers among a query's nodes that stand beside a text expression."""
    for node in nodes:
        if not isinstance(node, (*COMPARISONS, exp.In, exp.Between)):
            continue
        for compared, others in sides(node):
            if is_text(compared):
                for other in others:
                    if other is not None and may_be_number(other):
                        other.replace(exp.cast(other.copy(), "TEXT"))


def sides(node: exp.Expr) -> Iterator[tuple[exp.Expr, list[exp.Expr | None]]]:
    """Each operand that decides how the others are compared, with those others."""
    if isinstance(node, exp.In):
        yield node.this, list(node.expressions)
    elif isinstance(node, exp.Between):
        yield node.this, [node.args.get("low"), node.args.get("high")]
    else:
        one, other = node.this, node.args.get("expression")
        if other is not None:
            yield one, [other]
            yield other, [one]


def is_text(node: exp.Expr) -> bool:
    return not isinstance(node, exp.Literal | exp.Parameter) and node.type is not None and node.type.this in TEXT


def may_be_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Parameter) or (isinstance(node, exp.Literal) and not node.is_string)
