"""Text compared with a number is compared as text, and ids are compared without case, as UUIDs are.

The engine would turn a column of text into numbers instead, and fail at the first name that is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

TEXT = exp.DataType.TEXT_TYPES
#: Marks a column that holds Xero's ids, which are in lower case.
IS_ID = "xerosql_id"
COMPARISONS = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.NullSafeEQ, exp.NullSafeNEQ),
    *(exp.In, exp.Between),
)


def compare_text_as_text(nodes: Iterable[exp.Expr]) -> None:
    """Cast the parameters and numbers among a query's nodes that stand beside a text expression."""
    for node in nodes:
        if not isinstance(node, COMPARISONS):
            continue
        for compared, others in sides(node):
            is_id = (
                IS_ID in (compared.this if isinstance(compared, exp.Coalesce) else compared).meta
            )  # USING merges two
            for other in others if is_text(compared) else ():
                if other is not None and is_id and is_given(other):
                    other.replace(exp.Lower(this=exp.cast(other.copy(), "TEXT")))
                elif other is not None and may_be_number(other):
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


def is_given(node: exp.Expr) -> bool:
    return isinstance(node, exp.Parameter | exp.Literal)


def may_be_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Parameter) or (isinstance(node, exp.Literal) and not node.is_string)
