"""Whether two results are the same rows: in order where the query has one, else as a multiset."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp

Row = tuple[Any, ...]
#: What may be a LIMIT or OFFSET of the outermost query: the last, with no parenthesis after it.
ENDED = re.compile(r"\b(LIMIT|OFFSET|FETCH)\b[^()]*$", re.IGNORECASE)


def same(one: Sequence[Row], other: Sequence[Row], *, ordered: bool) -> bool:
    """Whether the rows are equal to the last digit."""
    if ordered:
        return [comparable(row) for row in one] == [comparable(row) for row in other]
    return Counter(map(comparable, one)) == Counter(map(comparable, other))


def close(one: Sequence[Row], other: Sequence[Row], *, ordered: bool) -> bool:
    """Whether the rows are equal, but for rounding in the columns where either result has floats."""
    if len(one) != len(other):
        return False
    one, other = [comparable(row) for row in one], [comparable(row) for row in other]
    width = {len(row) for row in (*one, *other)}
    if len(width) > 1:
        return False
    floats = {
        index for row in (*one, *other) for index, value in enumerate(row) if isinstance(value, float)
    }  # exact columns decide the order; rows that tie in them line up by their floats
    if not ordered:
        one, other = (sorted(rows, key=lambda row: sort_key(row, floats)) for rows in (one, other))
    return all(
        near(a, b, index in floats)
        for r, s in zip(one, other, strict=True)
        for index, (a, b) in enumerate(zip(r, s, strict=True))
    )


def near(one: Any, other: Any, rounded: bool) -> bool:
    if not rounded or one is None or other is None:
        return bool(one == other)
    return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-8)


def part_of(some: Sequence[Row], every: Sequence[Row]) -> bool:
    """Whether `some` is a sub-multiset of `every`."""
    return not Counter(map(comparable, some)) - Counter(map(comparable, every))


def comparable(row: Row) -> Row:
    """The row with values that can be hashed: lists as tuples, NaN equal to itself."""
    return tuple(tuple(value) if isinstance(value, list) else "NaN" if value != value else value for value in row)


def sort_key(row: Row, floats: set[int]) -> tuple[Any, ...]:
    exact = [value_key(value) for index, value in enumerate(row) if index not in floats]
    return (*exact, *(value_key(row[index]) for index in sorted(floats)))


def value_key(value: Any) -> tuple[int, str, Any]:
    if value is None:
        return (1, "", "")
    if isinstance(value, int | float | Decimal):
        return (0, "number", value)
    if isinstance(value, tuple):
        return (0, "tuple", tuple(map(value_key, value)))
    return (0, type(value).__name__, value)


def limited(sql: str) -> tuple[str, int | None, int] | None:
    """The query without its outermost LIMIT and OFFSET, and these two; None if it has neither as plain numbers."""
    if not ENDED.search(sql):
        return None
    query = sqlglot.parse_one(sql, read="duckdb")
    limit, offset = query.args.get("limit"), query.args.get("offset")
    if limit is None and offset is None:
        return None
    numbers = [None if each is None else number_in(each) for each in (limit, offset)]
    query.set("limit", None)
    query.set("offset", None)
    return query.sql("duckdb"), numbers[0], numbers[1] or 0


def number_in(clause: exp.Expression) -> int | None:
    count = clause.args.get("expression") or clause.args.get("count")
    return int(count.name) if isinstance(count, exp.Literal) else None


def cut(rows: int, limit: int | None, offset: int) -> int:
    """How many of `rows` rows LIMIT and OFFSET leave."""
    left = max(0, rows - offset)
    return left if limit is None else min(left, limit)
