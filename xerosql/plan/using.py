"""The one column that USING makes of two or more: what it is depends on the joins.

sqlglot writes COALESCE(a.x, b.x) for it, and compares the next USING with the first table's column alone. Behind a
RIGHT or FULL JOIN that column may be NULL, so rows would be lost; behind inner and LEFT joins it is the first table's
own, and saying so lets it be grouped by, and passes conditions on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from xerosql.errors import NotSupportedError
from xerosql.plan.names import USING


def note_using(joins: Iterable[exp.Join]) -> None:
    """Keep what USING names on every join, before the names are resolved.

    NotSupportedError for USING within or beside a join in parentheses, whose merged column sqlglot cannot find.
    """
    for join in joins:
        if join.args.get("using"):
            join.meta[USING] = [column.name.lower() for column in join.args["using"]]
            select = join.find_ancestor(exp.Select)
            if select is not None and any(is_join_in_parentheses(node) for node in own(select, exp.Subquery)):
                raise NotSupportedError(
                    "USING together with a join in parentheses is not supported; say ON a.ProjectId = b.ProjectId"
                )


def is_join_in_parentheses(node: exp.Expr) -> bool:
    return isinstance(node.this, exp.Table)


def merge_using(selects: Iterable[exp.Select]) -> bool:
    """Make every mention of a merged column what it is, once the names are resolved and the types told.

    Whether there was any: then the scopes know of columns that are there no more.
    """
    found = [select for select in selects if any(USING in join.meta for join in select.args.get("joins") or [])]
    for select in found:
        merge_in(select)
    return bool(found)


@dataclass
class Merged:
    """The columns that are one by name, in the order of their tables; an `outer` join may leave the first out."""

    columns: list[exp.Column] = field(default_factory=list)
    outer: bool = False

    def expression(self) -> exp.Expr:
        """What the merged column is, from the tables so far."""
        first, *others = (column.copy() for column in self.columns)
        if not self.outer or not others:
            return first
        node = exp.Coalesce(this=first, expressions=others)
        node.type = first.type
        return node


def merge_in(select: exp.Select) -> None:
    found = list(merged_columns(select))
    merged = dict(found)
    names = {frozenset(map(key, each.columns)): each for _, each in found}
    for node in own(select, exp.Coalesce):
        columns = [node.this, *node.expressions]
        if all(isinstance(column, exp.Column) for column in columns):
            one = names.get(frozenset(map(key, columns)))
            if one is not None and not one.outer:
                node.replace(one.expression())
    for node in own(select, exp.Column):
        bare = isinstance(node, exp.Column) and not node.table and node.name in merged
        if bare and isinstance(node.parent, exp.In) and node.find_ancestor(exp.Having):
            node.replace(merged[node.name].expression())


def merged_columns(select: exp.Select) -> Iterator[tuple[str, Merged]]:
    """The merged columns of a SELECT by name; the joins' own comparisons are mended on the way."""
    found: dict[str, Merged] = {}
    later = [join.alias_or_name for join in select.args["joins"]]
    for join in select.args["joins"]:
        later = later[1:]
        forget_later(join, select, found, later)
        for name in join.meta.get(USING, ()):
            pair = equality(join.args.get("on"), name, join.alias_or_name)
            if pair is None:
                continue
            left, own_column = pair
            merged = found.setdefault(name, Merged([each.copy() for each in members(left)]))
            if isinstance(left, exp.Column) or not merged.outer:
                left.replace(merged.expression())
            merged.columns.append(own_column.copy())
            merged.outer = merged.outer or join.side.upper() in ("RIGHT", "FULL")
    yield from found.items()


def forget_later(join: exp.Join, select: exp.Select, found: dict[str, Merged], later: Sequence[str]) -> None:
    """A bare name in an ON is merged of the tables up to there; sqlglot writes one of all, which the engine refuses."""
    on = join.args.get("on")
    for node in list(on.find_all(exp.Coalesce)) if on is not None else ():
        columns = members(node)
        so_far = [column for column in columns if column.table not in later]
        if node.find_ancestor(exp.Select) is select and so_far and len(so_far) < len(columns):
            merged = found.get(so_far[0].name)
            node.replace(Merged(so_far, outer=merged is not None and merged.outer).expression())


def equality(on: exp.Expr | None, name: str, alias: str) -> tuple[exp.Expr, exp.Column] | None:
    """What USING has made of `name`: the merged columns on the left, and the joined table's own."""
    for node in on.find_all(exp.EQ) if on is not None else ():
        left, own_column = node.this, node.expression
        if (
            isinstance(own_column, exp.Column)
            and own_column.name == name
            and own_column.table == alias
            and members(left)
        ):
            return left, own_column
    return None


def members(node: exp.Expr) -> list[exp.Column]:
    columns = [node.this, *node.expressions] if isinstance(node, exp.Coalesce) else [node]
    return [each for each in columns if isinstance(each, exp.Column)]


def own(select: exp.Select, kind: type[exp.Expr]) -> list[exp.Expr]:
    """The nodes of a SELECT that do not belong to a query inside it."""
    return [node for node in select.find_all(kind) if node.find_ancestor(exp.Select) is select]


def key(column: exp.Expr) -> tuple[str, str]:
    return (column.table, column.name) if isinstance(column, exp.Column) else ("", "")
