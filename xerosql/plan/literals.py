"""Constant expressions of a statement as plan values: literals, parameters, and what the engine can work out alone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from xerosql.plan.dialect import engine_sql
from xerosql.plan.model import Computed, Constant, Parameter, Value

#: Expressions whose value may differ between two evaluations, or that depend on rows.
NOT_CONSTANT = (
    exp.Column,
    exp.Query,
    exp.Subquery,
    exp.Anonymous,  # unknown to sqlglot, so nobody knows whether it is constant
    exp.AggFunc,
    exp.Window,
    exp.Rand,
    exp.Uuid,
    exp.Star,
    exp.Any,
    exp.All,
)
#: Python makes no whole number of longer texts; a number as long as this is out of every range anyway.
MOST_DIGITS = 4300
VOLATILE = {"random", "gen_random_uuid", "uuid", "setseed", "nextval", "clock_timestamp", "uuidv4", "uuidv7"}


def value_from(node: exp.Expr) -> Value | None:
    """The value of a constant expression, or None if it is not constant."""
    while isinstance(node, exp.Paren):
        node = node.this
    simple = simple_value(node)
    if simple is not None:
        return simple
    if node.find(*NOT_CONSTANT) or node.find(exp.Parameter, exp.Placeholder) or volatile(node):
        return None
    if not isinstance(node, exp.Func | exp.Cast | exp.Binary | exp.Interval | exp.Neg):
        return None
    return Computed(engine_sql(node))


def simple_value(node: exp.Expr) -> Value | None:
    """Literals and parameters, with a minus or a cast to a date, a time or text around them."""
    if isinstance(node, exp.Literal):
        return Constant(node.name) if node.is_string else number(node.name)
    if isinstance(node, exp.Null):
        return Constant(None)
    if isinstance(node, exp.Boolean):
        return Constant(bool(node.this))
    if isinstance(node, exp.Parameter):
        return Parameter(int(node.name) - 1)
    if isinstance(node, exp.Neg):
        inner = simple_value(node.this)
        if isinstance(inner, Constant) and isinstance(inner.value, int | Decimal):
            negative = -inner.value if isinstance(inner.value, int) else inner.value.copy_negate()  # - would round
            return Constant(negative)
        return None
    if isinstance(node, exp.Cast):
        return cast_value(node)
    return None


def number(text: str) -> Constant | None:
    try:
        return Constant(int(text)) if text.isdigit() and len(text) < MOST_DIGITS else Constant(Decimal(text))
    except InvalidOperation:
        return None


def cast_value(node: exp.Cast) -> Value | None:
    """`DATE '2026-03-31'` and `'…'::uuid` are literals; other casts are left to the engine."""
    inner = simple_value(node.this)
    if node.is_type(exp.DataType.Type.DATE) and isinstance(inner, Constant) and isinstance(inner.value, str):
        try:
            return Constant(dt.date.fromisoformat(inner.value))
        except ValueError:
            return None
    if node.is_type("text", "varchar", "uuid") and not node.to.expressions and is_text_or_parameter(inner):
        return inner
    return None


def is_text_or_parameter(value: Value | None) -> bool:
    return isinstance(value, Parameter) or (isinstance(value, Constant) and isinstance(value.value, str))


def volatile(node: exp.Expr) -> bool:
    return any(
        (each.name if isinstance(each, exp.Anonymous) else each.sql_name()).lower() in VOLATILE
        for each in node.find_all(exp.Func)
    )
