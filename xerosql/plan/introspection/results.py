"""The columns of a question's result, with the names and types that PostgreSQL would give them.

The engine has fewer types than the catalog: a `name` and an `xid` are a text and a number to it. So they are followed
from the relations' columns to the result; what cannot be followed is of the engine's type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from xerosql.plan.dialect import NODE
from xerosql.plan.introspection.casts import NAMED
from xerosql.plan.introspection.facts import DOMAINS, Facts
from xerosql.plan.introspection.functions import SYSTEM_COLUMNS, name_of_function
from xerosql.plan.naming import folded_name

#: A column's name and type, as PostgreSQL writes types; None where the type is not known.
Column = tuple[str, str | None]
Columns = list[Column] | None
UNKNOWN = "unknown"  # of 'x' and NULL, until something beside them is of a type
#: What functions of the catalog's give.
GIVEN = dict.fromkeys(
    ("current_database", "current_schema", "current_user", "session_user", "current_catalog", "current_role", "user"),
    "name",
)
GIVEN |= {"pg_get_userbyid": "name", "getpgusername": "name", "current_schemas": "name[]", "to_regclass": "regclass"}
GIVEN |= {
    "pg_encoding_to_char": "name",
    "to_regtype": "regtype",
    "version": "text",
    "format_type": "text",
    "pg_my_temp_schema": "oid",
}
#: The columns of functions that stand in FROM.
ROWS: dict[str, Columns] = {
    "pg_get_keywords": [("word", "text"), ("catcode", '"char"'), ("catdesc", "text")],
    "pg_available_extension_versions": None,
}
TEXTS = ("text", "name", "character varying")
ELEMENTS = {"int2vector": "smallint", "oidvector": "oid"}
#: Casts by the words that sqlglot writes.
WRITTEN = {"INT": "integer", "CHAR": '"char"', "VARCHAR": "character varying", "OID": "oid", "XID": "xid"}


@dataclass(frozen=True)
class Scope:
    """What a SELECT sees: named queries, and the sources of it and of those around it, innermost first."""

    facts: Facts
    named: Mapping[str, Columns] = field(default_factory=dict)
    sources: tuple[Mapping[str, Columns], ...] = ()

    def column(self, column: exp.Column) -> str | None:
        name, table = column.name.lower(), column.table.lower()
        if name in SYSTEM_COLUMNS:
            return "oid" if name == "tableoid" else "xid" if name.startswith("x") else "cid"
        for level in self.sources:
            for alias, columns in level.items():
                for each, kind in columns or () if table in ("", alias) else ():
                    if each.lower() == name:
                        return DOMAINS.get(kind or "", kind)
        return GIVEN.get(name) if not table else None


def result_columns(query: exp.Query, facts: Facts) -> Columns:
    """The columns of the result; None where a star hides them."""
    found = columns_of(query, Scope(facts))
    return None if found is None else [(name, "text" if kind == UNKNOWN else kind) for name, kind in found]


def column_type(column: exp.Column, facts: Facts) -> str | None:
    """The type of a column of the SELECT that it stands in, or of one of that name where all have the same."""
    select = column.find_ancestor(exp.Select)
    sources: dict[str, Columns] = {}
    scope = Scope(facts, sources=(sources,))
    for source, _ in sources_of(select) if select is not None else ():
        if isinstance(source, exp.Table):
            alias, columns = source_columns(source, scope)
            sources[alias] = columns
    kind = scope.column(column) or facts.column_types.get(column.name.lower())
    return DOMAINS.get(kind or "", kind)


def columns_of(query: exp.Expr, scope: Scope) -> Columns:
    """Of a SELECT, of several that are united, or of one in parentheses."""
    scope = with_named(query, scope)
    if isinstance(query, exp.Subquery | exp.Paren):
        return columns_of(query.this, scope)
    if isinstance(query, exp.SetOperation):
        left, right = columns_of(query.this, scope), columns_of(query.expression, scope)
        if left is None or right is None or len(left) != len(right):
            return left
        return [(one, common([kind, other])) for (one, kind), (_, other) in zip(left, right, strict=True)]
    return columns_of_select(query, scope) if isinstance(query, exp.Select) else None


def with_named(query: exp.Expr, scope: Scope) -> Scope:
    """The scope with the queries of WITH; one that names itself is as its first part is."""
    named = dict(scope.named)
    for cte in query.ctes if isinstance(query, exp.Query) else ():
        found = columns_of(cte.this, Scope(scope.facts, {**named, cte.alias.lower(): None}, scope.sources))
        named[cte.alias.lower()] = renamed(found, cte.args.get("alias"))
    return Scope(scope.facts, named, scope.sources)


def renamed(columns: Columns, alias: exp.Expr | None) -> Columns:
    """Columns by the names that an alias has for them: `AS t(a, b)`."""
    names = [each.name for each in alias.args.get("columns") or ()] if alias is not None else []
    if not names:
        return columns
    kinds = [kind for _, kind in columns or ()] + [None] * len(names)
    rest = (columns or [])[len(names) :]
    return [*zip(names, kinds, strict=False), *rest]


def columns_of_select(select: exp.Select, scope: Scope) -> Columns:
    sources: dict[str, Columns] = {}
    merged: list[str] = []  # by USING or NATURAL, which a star shows once and first
    scope = Scope(scope.facts, scope.named, (sources, *scope.sources))
    for source, join in sources_of(select):
        alias, columns = source_columns(source, scope)
        if join is not None and join.args.get("using"):
            merged += [each.name.lower() for each in join.args["using"]]
        elif join is not None and str(join.args.get("method")).upper() == "NATURAL":
            before = [name for found in sources.values() for name, _ in found or ()]
            merged += [name for name in before if name in {each for each, _ in columns or ()}]
        sources[alias or f" {len(sources)}"] = columns
    found: list[Column] = []
    for each in select.selects:
        if not each.is_star:
            found.append((folded_name(each), type_of(each.unalias(), scope)))
            continue
        shown = starred(each, sources, merged)
        if shown is None:
            return None
        found += shown
    return found


def sources_of(select: exp.Select) -> Iterator[tuple[exp.Expr, exp.Join | None]]:
    start = select.args.get("from_") or select.args.get("from")
    if start is not None:
        yield from within(start.this, None)
    for join in select.args.get("joins") or ():
        yield from within(join.this, join)


def within(source: exp.Expr, join: exp.Join | None) -> Iterator[tuple[exp.Expr, exp.Join | None]]:
    """A source, and those that are joined to it before it is joined itself."""
    if isinstance(source, exp.Paren | exp.Subquery) and not source.alias and not is_query(source.this):
        yield from within(source.this, join)
    else:
        yield source, join
    for each in source.args.get("joins") or ():
        yield from within(each.this, each)


def is_query(node: exp.Expr) -> bool:
    """Whether it is a query, and no table in parentheses."""
    return isinstance(node, exp.Select | exp.SetOperation)


def source_columns(source: exp.Expr, scope: Scope) -> tuple[str, Columns]:
    """A source's alias and columns."""
    alias = source.args.get("alias")
    if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
        name = source.name.lower()
        if not source.db and name in scope.named:
            return source.alias_or_name.lower(), renamed(scope.named[name], alias)
        for schema in (source.db.lower(),) if source.db else ("pg_catalog",):
            known = scope.facts.relations.get(schema, {}).get(name)
            if known is not None:
                return source.alias_or_name.lower(), renamed(list(known.items()), alias)
        return source.alias_or_name.lower(), None
    if isinstance(source, exp.Subquery):
        return source.alias.lower(), renamed(columns_of(source.this, scope), alias)
    called = source.this if isinstance(source, exp.Table) else source
    if isinstance(called, exp.Func | exp.Unnest):
        return source.alias.lower(), of_function(called, source.alias, alias, scope)
    return source.alias_or_name.lower(), None


def of_function(called: exp.Expr, name: str, alias: exp.Expr | None, scope: Scope) -> Columns:
    """The columns of a function in FROM: one of its alias's name, or those that are known."""
    function = name_of_function(called) if isinstance(called, exp.Func) else "unnest"
    if function in scope.facts.table_functions:
        return renamed(ROWS.get(function), alias)
    if isinstance(called, exp.GenerateSeries | exp.ExplodingGenerateSeries):
        return renamed([(name or function, "integer")], alias)
    values = [*called.expressions, called.this] if isinstance(called.this, NODE) else called.expressions
    kind = element(type_of(values[0], scope)) if function in ("unnest", "explode") and values else None
    columns: list[Column] = [(name or function, kind)]
    return renamed([*columns, ("ordinality", "bigint")] if called.args.get("offset") else columns, alias)


def starred(star: exp.Expr, sources: Mapping[str, Columns], merged: Sequence[str]) -> Columns:
    table = star.table.lower() if isinstance(star, exp.Column) else ""
    wanted = [sources.get(table)] if table else list(sources.values())
    found: list[Column] = []
    for columns in wanted:
        if columns is None:
            return None
        found += columns
    if table or not merged:
        return found
    first = [next(each for each in found if each[0].lower() == name) for name in dict.fromkeys(merged)]
    return [*first, *(each for each in found if each[0].lower() not in merged)]


# -- Types -------------------------------------------------------------------------------------------------------------


def type_of(node: exp.Expr, scope: Scope) -> str | None:
    """The type of an expression, UNKNOWN of what has none of its own, None where it cannot be told."""
    match node:
        case exp.Paren() | exp.Alias() | exp.Window() | exp.Filter() | exp.Nullif():
            return type_of(node.this, scope)
        case exp.Column():
            return scope.column(node)
        case exp.Null() | exp.Literal(is_string=True):
            return UNKNOWN
        case exp.Cast():
            return of_cast(node)
        case exp.DPipe() | exp.Concat():
            return "text"
        case exp.Bracket():
            return element(type_of(node.this, scope))
        case exp.Subquery():
            found = columns_of(node.this, scope)
            return found[0][1] if found else None
        case exp.Dot() if isinstance(node.expression, exp.Func):
            return of_call(node.expression, scope)
        case exp.Case() | exp.Coalesce() | exp.Greatest() | exp.Least():
            return common([type_of(each, scope) for each in branches(node)])
        case exp.Func():
            return of_call(node, scope)
    return None


def branches(node: exp.Expr) -> list[exp.Expr]:
    """The values of which one is taken; that of ELSE is looked at first, as PostgreSQL does."""
    if not isinstance(node, exp.Case):
        return [node.this, *node.expressions]
    default = node.args.get("default")
    return [*([] if default is None else [default]), *(each.args["true"] for each in node.args.get("ifs") or ())]


def of_call(node: exp.Func, scope: Scope) -> str | None:
    match node:
        case exp.Min() | exp.Max():
            kind = type_of(node.this, scope)
            return "text" if kind in TEXTS else kind
        case exp.ArrayAgg():
            return listed(type_of(node.this.this if isinstance(node.this, exp.Order) else node.this, scope))
        case exp.Array():
            return of_array(node, scope)
        case exp.Explode() | exp.Unnest():
            return element(type_of(node.expressions[0] if node.expressions else node.this, scope))
    return GIVEN.get(name_of_function(node))


def of_cast(cast: exp.Cast) -> str | None:
    written = cast.to.sql("postgres").upper().strip('"')
    if written in NAMED:
        return NAMED[written]
    if written == "VARCHAR[]":
        return "character varying[]"
    return WRITTEN.get(written, "name" if written == "NAME" else "text" if written == "TEXT" else None)


def of_array(array: exp.Array, scope: Scope) -> str | None:
    inner = array.expressions[0] if array.expressions else None
    if isinstance(inner, exp.Query | exp.Subquery):
        found = columns_of(inner, scope)
        return listed(found[0][1]) if found else None
    return listed(type_of(inner, scope)) if inner is not None else None


def common(kinds: Sequence[str | None]) -> str | None:
    """The type of values of several types, as of the branches of a CASE."""
    known = [kind for kind in kinds if kind != UNKNOWN]
    if not known:
        return UNKNOWN
    if known[0] in TEXTS:  # that comes first, unless it is longer than what comes later
        return "name" if known[0] == "character varying" and "name" in known else known[0]
    return known[0] if len(set(known)) == 1 else "oid" if "oid" in known else None


def element(kind: str | None) -> str | None:
    return ELEMENTS.get(kind or "", kind.removesuffix("[]") if kind and kind.endswith("[]") else None)


def listed(kind: str | None) -> str | None:
    return "text[]" if kind == UNKNOWN else f"{kind}[]" if kind else None
