"""USING behind a RIGHT or FULL JOIN: the column it joins on is the merged one, COALESCE(a.x, b.x), not a.x alone.

sqlglot compares with the first table's column, which such a join may have filled with NULL, and would lose rows.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

#: Where a join keeps the columns of its USING.
USING = "xerosql_using"


def note_using(nodes: Iterable[exp.Expr]) -> None:
    """Keep what USING names on every join among the nodes, before the names are resolved."""
    for node in nodes:
        if isinstance(node, exp.Join) and node.args.get("using"):
            node.meta[USING] = [column.name.lower() for column in node.args["using"]]


def merge_using(nodes: Iterable[exp.Expr]) -> None:
    """Make every USING compare with the merged column, once the names are resolved and the types told."""
    for node in nodes:
        if isinstance(node, exp.Select) and sum(USING in join.meta for join in node.args.get("joins") or []) > 1:
            merge_in(node)


def merge_in(select: exp.Select) -> None:
    merged: dict[str, list[exp.Column]] = {}
    outer: set[str] = set()
    for join in select.args["joins"]:
        for name in join.meta.get(USING, ()):
            pair = equality(join.args.get("on"), name, join.alias_or_name)
            if pair is None:
                continue
            left, own = pair
            columns = merged.setdefault(name, [left.copy()])
            if name in outer and len(columns) > 1:
                left.replace(coalesced(columns))
            columns.append(own.copy())
            if join.side.upper() in ("RIGHT", "FULL"):
                outer.add(name)


def equality(on: exp.Expr | None, name: str, alias: str) -> tuple[exp.Column, exp.Column] | None:
    """The columns that USING has made of `name`: the one on the left, and the joined table's own."""
    for node in on.find_all(exp.EQ) if on is not None else ():
        left, own = node.this, node.expression
        if isinstance(left, exp.Column) and isinstance(own, exp.Column) and own.name == name and own.table == alias:
            return left, own
    return None


def coalesced(columns: list[exp.Column]) -> exp.Expr:
    first, *others = (column.copy() for column in columns)
    node = exp.Coalesce(this=first, expressions=others)
    node.type = columns[0].type
    return node
