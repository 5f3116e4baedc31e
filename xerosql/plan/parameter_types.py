"""The type that a statement gives a parameter, by what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

#: What tells nothing of the values within.
TRANSPARENT = (exp.Paren, exp.Neg)
WHOLE = "BIGINT"
TEXT = "VARCHAR"


def parameter_types(nodes: Iterable[exp.Expr]) -> dict[int, str]:
    """By the index of a parameter, the SQL type it must have, for those where something tells it.

    The nodes are a query's, with their types noted. Where two places tell different types, the first counts.
    """
    found: dict[int, str] = {}
    for node in nodes:
        if isinstance(node, exp.Parameter) and (kind := type_beside(node)) is not None:
            found.setdefault(int(node.name) - 1, kind)
    return found


def parameter_places(query: exp.Expr) -> dict[int, int]:
    """The parameters that are columns of the result, each with its column, counted backwards from -1."""
    selects: Sequence[exp.Expr] = query.selects if isinstance(query, exp.Query) else ()
    backwards = enumerate(reversed(selects), start=1)
    bare = [(place, each.unalias()) for place, each in backwards]
    return {int(node.name) - 1: -place for place, node in bare if isinstance(node, exp.Parameter)}


def type_beside(node: exp.Expr) -> str | None:
    """The type of what a parameter is compared or counted with, or cast to."""
    parent = node.parent
    while isinstance(parent, TRANSPARENT):
        node, parent = parent, parent.parent
    match parent:
        case exp.Cast():
            return name_of(parent.to)
        case exp.Limit() | exp.Offset() | exp.Fetch():
            return WHOLE
        case exp.Like() | exp.ILike() | exp.SimilarTo() | exp.RegexpLike() | exp.DPipe():
            return TEXT
        case (
            exp.Any() | exp.All() | exp.Anonymous(this="ALL" | "ANY" | "all" | "any")
        ):  # sqlglot reads ALL(…) as a call
            beside = parent.parent
            kind = of_another((beside.this,), parent) if isinstance(beside, exp.Binary) else None
            return None if kind is None else f"{kind}[]"
        case exp.Binary():
            return of_another((parent.this, parent.expression), node)
        case exp.In():
            return of_another((parent.this, *parent.expressions), node)
        case exp.Between():
            return of_another((parent.this, parent.args.get("low"), parent.args.get("high")), node)
        case exp.Coalesce():
            return of_another((parent.this, *parent.expressions), node)
    return None


def of_another(nodes: Iterable[exp.Expr | None], than: exp.Expr) -> str | None:
    """The type of the first of the nodes that has one and is not `than`."""
    for node in nodes:
        if node is not None and node is not than and (kind := node.type) is not None:
            name = name_of(kind)
            if name is not None:
                return name
    return None


def name_of(kind: exp.DataType) -> str | None:
    """The engine's name of a type; None for one that sqlglot did not find out."""
    if kind.this in (exp.DataType.Type.UNKNOWN, exp.DataType.Type.NULL):
        return None
    return kind.sql(dialect="duckdb").replace(", ", ",")
