"""What a query is made of, read off its text and not off the generator, so that the coverage told is the real one."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

Tree = exp.Expression

JOINS = (
    "inner join",
    "left join",
    "right join",
    "full join",
    "cross join",
    "comma join",
    "using",
    "join in parentheses",
)
FEATURES = (
    *JOINS,
    *("lateral", "self-join", "three sources or more", "five sources or more", "condition beside an equality"),
    *("IN (query)", "NOT IN (query)", "EXISTS", "NOT EXISTS", "ANY or ALL", "scalar subquery", "correlated"),
    *("subquery in SELECT", "subquery in ON", "subquery in HAVING", "subquery under OR", "subquery under NOT"),
    *("WITH", "WITH read twice", "derived table", "LIMIT inside", "window", "DISTINCT", "DISTINCT ON"),
    *("UNION", "INTERSECT", "EXCEPT", "GROUP BY", "ROLLUP or CUBE", "HAVING", "count(*)", "FILTER"),
    *("ORDER BY", "LIMIT", "OFFSET", "IS NULL", "COALESCE", "TenantId in a condition", "TenantId joined", "parameters"),
)


def features(sql: str) -> set[str]:
    """Those of FEATURES that a query has."""
    tree = sqlglot.parse_one(sql, read="postgres")
    found: set[str] = set()
    for node in tree.walk():
        found.update(of_node(node, tree))
    return found & set(FEATURES)


def of_node(node: Tree, tree: Tree) -> Iterator[str]:
    match node:
        case exp.Select():
            yield from of_select(node)
        case exp.Join():
            yield from of_join(node)
        case exp.CTE():
            yield "WITH"
            readers = [table for table in tree.find_all(exp.Table) if table.name == node.alias]
            yield "WITH read twice" if len(readers) > 1 else ""
        case exp.SetOperation():
            yield type(node).__name__.upper()
        case exp.Limit() | exp.Fetch() | exp.Offset():
            yield "OFFSET" if isinstance(node, exp.Offset) else "LIMIT"
            yield "LIMIT inside" if node.parent is not tree else ""
        case exp.Group():
            yield "GROUP BY"
            yield "ROLLUP or CUBE" if node.find(exp.Rollup, exp.Cube) else ""
        case exp.In() | exp.Exists() | exp.Any() | exp.All() | exp.Subquery():
            yield from of_subquery(node)
        case exp.EQ() | exp.Coalesce() | exp.Is() | exp.Placeholder() | exp.Column():
            yield from of_condition(node)
        case exp.Having() | exp.Window() | exp.Filter() | exp.Lateral() | exp.Order():
            yield {"Having": "HAVING", "Filter": "FILTER", "Order": "ORDER BY"}.get(
                type(node).__name__, type(node).__name__.lower()
            )
        case exp.Count():
            yield "count(*)" if isinstance(node.this, exp.Star) else ""


def of_select(select: exp.Select) -> Iterator[str]:
    joined = [join.this for join in select.args.get("joins") or []]
    from_ = select.args.get("from_") or select.args.get("from")
    sources = [from_.this, *joined] if from_ else []
    yield "three sources or more" if len(sources) >= 3 else ""
    yield "five sources or more" if len(sources) >= 5 else ""
    tables = [source.name for source in sources if isinstance(source, exp.Table)]
    yield "self-join" if len(set(tables)) < len(tables) else ""
    yield (
        "derived table" if any(isinstance(source, exp.Subquery) and not is_group(source) for source in sources) else ""
    )
    distinct = select.args.get("distinct")
    if distinct is not None:
        yield "DISTINCT ON" if distinct.args.get("on") else "DISTINCT"


def of_join(join: exp.Join) -> Iterator[str]:
    on = join.args.get("on")
    if join.args.get("using"):
        yield "using"
    elif on is None and join.kind != "CROSS" and not join.side:
        yield "comma join"
    yield f"{(join.side or join.kind or 'inner').lower()} join"
    yield "join in parentheses" if is_group(join.this) else ""
    yield "condition beside an equality" if isinstance(on, exp.And) else ""


def is_group(source: Tree) -> bool:
    """Whether a source is a join in parentheses."""
    return isinstance(source, exp.Subquery) and isinstance(source.this, exp.Table)


def of_subquery(node: Tree) -> Iterator[str]:
    query = node.args.get("query") or node.this
    inner = query.find(exp.Select) if isinstance(query, Tree) else None
    if inner is None or isinstance(node.parent, exp.From | exp.Join | exp.SetOperation | exp.In | exp.Any | exp.All):
        return
    denied = "NOT " if isinstance(node.parent, exp.Not) else ""
    names = {exp.In: f"{denied}IN (query)", exp.Exists: f"{denied}EXISTS", exp.Subquery: "scalar subquery"}
    yield names.get(type(node), "ANY or ALL")
    yield "correlated" if correlated(inner) else ""
    yield from where_it_stands(node)


def where_it_stands(node: Tree) -> Iterator[str]:
    yield "subquery under OR" if node.find_ancestor(exp.Or, exp.Select).__class__ is exp.Or else ""
    yield "subquery under NOT" if isinstance(node.parent, exp.Paren) and isinstance(node.parent.parent, exp.Not) else ""
    place = node.find_ancestor(exp.Where, exp.Having, exp.Join, exp.Select)
    names = {exp.Having: "subquery in HAVING", exp.Join: "subquery in ON", exp.Select: "subquery in SELECT"}
    yield names.get(type(place), "")


def correlated(inner: exp.Select) -> bool:
    """Whether a query mentions a source that is not its own."""
    own = {source.alias_or_name for source in inner.find_all(exp.Table, exp.Subquery, exp.Lateral)}
    return any(column.table and column.table not in own for column in inner.find_all(exp.Column))


def of_condition(node: Tree) -> Iterator[str]:
    match node:
        case exp.EQ() if isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Column):
            yield "TenantId joined" if node.this.name == node.expression.name == "TenantId" else ""
        case exp.Column() if node.name == "TenantId":
            yield "TenantId in a condition" if isinstance(node.parent, exp.EQ | exp.In) else ""
        case exp.Coalesce():
            yield "COALESCE"
        case exp.Is() if isinstance(node.expression, exp.Null):
            yield "IS NULL"
        case exp.Placeholder():
            yield "parameters"
