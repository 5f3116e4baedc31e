"""What a query calls the columns of its result: as they were written, or as PostgreSQL would fold them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from xerosql.plan.dialect import NODE
from xerosql.plan.names import Names

#: Types by the names that PostgreSQL has for them, which a value that is cast is called by.
TYPE_NAMES = {
    "int": "int4",
    "integer": "int4",
    "smallint": "int2",
    "bigint": "int8",
    "real": "float4",
    "boolean": "bool",
}
TYPE_NAMES |= {"double precision": "float8", "decimal": "numeric"}
#: The name of a function in the SQL of a call, which has no parentheses for some.
CALL = re.compile(r"[A-Za-z_]\w*(?=\(|\Z)")


@dataclass(frozen=True)
class OutputNames:
    """What a query calls its columns, read before names are resolved, which writes them in another way.

    `written` are the names that the SELECT gives; None where a star hides how many there are. `spelling` has names in
    lower case as they are to be shown.
    """

    written: list[str] | None
    spelling: Mapping[str, str]

    @classmethod
    def of(cls, query: exp.Expr, nodes: Sequence[exp.Expr], names: Names) -> OutputNames:
        written = written_names(query, names.folding)
        return cls(written, spellings(nodes, names) if written is None else {})

    def of_result(self, result: exp.Expr) -> tuple[str, ...]:
        """The names of the result's columns: as the user wrote them, stars as the catalog writes them."""
        found = result.named_selects if isinstance(result, exp.Query) else []
        if self.written is not None and len(self.written) == len(found):
            return tuple(self.written)
        return tuple(self.spelling.get(name.lower(), name) for name in found)


def written_names(expression: exp.Expr, folding: bool) -> list[str] | None:
    """The names the outermost SELECT gives its columns; None where a star hides how many there are."""
    select = expression
    while isinstance(select, exp.Subquery | exp.SetOperation):
        select = select.this
    if (inner := all_of(select)) is not None:
        return written_names(inner, folding)
    if not isinstance(select, exp.Select) or any(each.is_star for each in select.selects):
        return None
    return [folded_name(each) if folding else name_of(each) for each in select.selects]


def all_of(select: exp.Expr) -> exp.Expr | None:
    """The query that a SELECT has all columns of, as they are called there: that of `SELECT * FROM (query) AS t`."""
    if not isinstance(select, exp.Select) or select.args.get("joins") or select.args.get("laterals"):
        return None
    first = select.args.get("from_") or select.args.get("from")
    source = first.this if first is not None else None
    star = select.selects[0] if len(select.selects) == 1 else None
    if type(star) is not exp.Star or any(star.args.values()) or not isinstance(source, exp.Subquery):
        return None
    behind = {name for name, value in source.args.items() if value} - {"this", "alias"}
    return None if behind or source.alias_column_names else source.this


def folded_name(projection: exp.Expr) -> str:
    """The name as PostgreSQL has it, in lower case unless it is an identifier in quotes."""
    node = projection
    while not isinstance(node, exp.Alias | exp.Column | exp.Dot) and isinstance(node.this, NODE):
        node = node.this
    identifier = node.args.get("alias") if isinstance(node, exp.Alias) else node.this
    name = name_of(projection)
    return name if isinstance(identifier, exp.Identifier) and identifier.quoted else name.lower()


def name_of(projection: exp.Expr) -> str:
    """PostgreSQL's rule: the alias, the column, the function's name, else "?column?"."""
    if projection.alias_or_name and isinstance(projection, exp.Alias | exp.Column | exp.Dot):
        return projection.alias_or_name
    node: object = projection
    if isinstance(projection, exp.Cast) and isinstance(projection.this, exp.Literal | exp.Boolean | exp.Null):
        return TYPE_NAMES.get(kind := projection.to.sql(dialect="postgres").lower().partition("(")[0], kind)
    while isinstance(node, exp.Window | exp.Filter | exp.Cast | exp.Paren | exp.WithinGroup):
        node = node.this
    if isinstance(node, exp.Column):
        return node.name
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        return name_of(default) if isinstance(default, exp.Column) else "case"
    if isinstance(node, exp.CurrentTimestamp):  # sqlglot reads now() as such
        return "now"
    if type(node).__name__ == "CurrentVersion":  # sqlglot's class for it has not always been there
        return "version"
    called = CALL.match(node.sql(dialect="postgres")) if isinstance(node, exp.Func) else None
    return called.group().lower() if called else "?column?"


def spellings(nodes: Iterable[exp.Expr], names: Names) -> dict[str, str]:
    """Lower-case name to the spelling to show: the tables' first, then the statement's own."""
    found: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, exp.Alias):
            aliases.setdefault(node.alias.lower(), node.alias)
        elif isinstance(node, exp.Table):
            found.update(names.spelling_of(node))
    return aliases | found
