"""Arrays as PostgreSQL writes them, and its vectors, whose subscripts begin with 0."""

from __future__ import annotations

import re

from sqlglot import exp

#: The catalog's columns of type int2vector and oidvector.
VECTORS = frozenset(
    ("indkey", "indclass", "indoption", "indcollation", "proargtypes", "tgattr", "partattrs", "partclass")
)
ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)')


def rewrite_arrays(query: exp.Query) -> None:
    """Arrays in texts as lists, subscripts of vectors from 1, and comparisons with all of a list."""
    for call in list(query.find_all(exp.Anonymous)):
        if call.name.upper() == "ALL" and len(call.expressions) == 1:
            call.replace(exp.All(this=call.expressions[0].copy()))
    for node in list(query.walk()):
        if isinstance(node, exp.Cast) and node.to.is_type("array") and is_array_text(node.this):
            node.set("this", listed(node.this.name))
        elif isinstance(node, exp.Any | exp.All) and is_array_text(inner := unwrapped(node.this)):
            node.set("this", listed(inner.name))
        elif isinstance(node, exp.Bracket):
            count_from_one(node)
    for some in list(query.find_all(exp.Any)):
        find_in_query(some)
    for every in list(query.find_all(exp.All)):
        compare_with_all(every)


def count_from_one(node: exp.Bracket) -> None:
    """The subscript of a vector as that of a list."""
    column = unwrapped(node.this)
    if isinstance(column, exp.Column) and column.name.lower() in VECTORS and len(node.expressions) == 1:
        (place,) = node.expressions
        node.set("expressions", [exp.Add(this=exp.Paren(this=place.copy()), expression=exp.Literal.number(1))])


def unwrapped(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def is_array_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string and node.name.startswith("{") and node.name.endswith("}")


def listed(text: str) -> exp.Expr:
    items = [inside or bare for inside, bare in ITEM.findall(text[1:-1])]
    return exp.Array(expressions=[exp.Literal.string(item.strip()) for item in items])


def find_in_query(node: exp.Any) -> None:
    """`x = ANY (ARRAY(query))` is that the query has x."""
    parent, inner = node.parent, unwrapped(node.this)
    query = unwrapped(inner.expressions[0]) if isinstance(inner, exp.Array) and inner.expressions else None
    if isinstance(parent, exp.EQ) and isinstance(query, exp.Query):
        parent.replace(exp.In(this=parent.this.copy(), query=exp.Subquery(this=query.copy())))


def compare_with_all(node: exp.All) -> None:
    """`x <> ALL (list)` is that the list does not have x."""
    parent, inner = node.parent, unwrapped(node.this)
    if isinstance(parent, exp.NEQ) and not isinstance(inner, exp.Query | exp.Subquery):
        has = exp.Anonymous(this="list_contains", expressions=[inner.copy(), parent.this.copy()])
        parent.replace(exp.Not(this=has))
