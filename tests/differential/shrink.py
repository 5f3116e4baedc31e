"""Makes a failing query smaller while it still fails, so that a report can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import sqlglot
from sqlglot import exp

from .world import Question

#: A shrinking step runs the query; this many keep a failing test quick.
MOST_TRIES = 150
PARTS = ("where", "having", "order", "limit", "offset", "distinct", "group", "with_", "with")


def shrunk(question: Question, fails: Callable[[Question], bool]) -> Question:
    """The smallest query found by leaving out parts one by one; the question itself if its plain SQL stands apart."""
    if question.plain or isinstance(question.parameters, list):
        return question  # its plain SQL, or the positions of its values, would have to follow every step
    tries, smaller = MOST_TRIES, True
    while smaller:
        smaller = False
        for candidate in candidates(question.sql):
            tries -= 1
            if tries < 0:
                return question
            asked = replace(question, sql=candidate, ordered=False)
            if asked.parameters:
                named = {name: value for name, value in asked.parameters.items() if f":{name}" in candidate}
                asked = replace(asked, parameters=named or None)
            if fails(asked):
                question, smaller = asked, True
                break
    return question


def candidates(sql: str) -> Iterator[str]:
    """Every query that is this one without one of its parts, the bigger parts first."""
    root = sqlglot.parse_one(sql, read="postgres")
    for number, node in enumerate(root.walk()):
        for change in changes(node):
            copy = root.copy()
            twin = next(each for index, each in enumerate(copy.walk()) if index == number)
            result = change(copy, twin)
            text = result.sql("postgres")
            if len(text) < len(sql):
                yield text


Change = Callable[[exp.Expression, exp.Expression], exp.Expression]


def changes(node: exp.Expression) -> Iterator[Change]:
    if isinstance(node, exp.SetOperation):
        yield from (putting("this"), putting("expression"))
    if isinstance(node, exp.Select):
        for part in PARTS:
            if node.args.get(part) is not None:
                yield dropping(part)
        for index in range(len(node.args.get("joins") or [])):
            yield dropping_item("joins", index)
        if len(node.selects) > 1:
            yield from (dropping_item("expressions", index) for index in range(len(node.selects)))
    if isinstance(node, exp.And | exp.Or):
        yield from (putting("this"), putting("expression"))
    if isinstance(node, exp.Paren | exp.Not):
        yield putting("this")
    if isinstance(node, exp.In | exp.Array) and len(node.expressions) > 1:
        yield from (dropping_item("expressions", index) for index in range(len(node.expressions)))


def putting(part: str) -> Change:
    """Put a part of the node in the node's place."""

    def change(root: exp.Expression, node: exp.Expression) -> exp.Expression:
        inner = node.args[part]
        if node is root:
            return inner.unnest() if isinstance(inner, exp.Subquery) else inner
        node.replace(inner)
        return root

    return change


def dropping(part: str) -> Change:
    def change(root: exp.Expression, node: exp.Expression) -> exp.Expression:
        node.set(part, None)
        return root

    return change


def dropping_item(part: str, index: int) -> Change:
    def change(root: exp.Expression, node: exp.Expression) -> exp.Expression:
        node.set(part, [each for number, each in enumerate(node.args[part]) if number != index])
        return root

    return change
