"""Functions that only PostgreSQL has: as constants, as our macros, or in the engine's own words."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from xerosql.errors import ProgrammingError
from xerosql.plan.dialect import NODE
from xerosql.plan.introspection.arrays import VECTORS
from xerosql.plan.introspection.casts import own, typed, visible_schemas
from xerosql.plan.introspection.facts import SCHEMA, Facts
from xerosql.plan.sandbox import TABLE_FUNCTIONS

PRIVILEGE = re.compile(r"has_\w+_privilege|pg_has_role")
HARMLESS = re.compile(r"select|usage|connect|execute|references|set|temp\w*", re.IGNORECASE)
TABLE_PRIVILEGES = ("has_table_privilege", "has_any_column_privilege", "has_column_privilege")
#: Rights on tables as an access control list has them.
LETTERS = {"insert": "a", "update": "w", "delete": "d", "truncate": "D", "trigger": "t"}
#: Columns that every table of PostgreSQL has without showing them.
SYSTEM_COLUMNS = {"tableoid": 1259, "xmin": 1, "xmax": 0, "cmin": 0, "cmax": 0}
#: Functions that the engine has by another name.
RENAMED = {"json_build_object": "json_object", "json_agg": "json_group_array", "json_build_array": "json_array"}
PLACEHOLDER = re.compile(r"%(?:\d+\$)?([sIL%])")
#: Functions whose answer depends on the search path, by the macros that are told it.
VISIBLE = {"pg_table_is_visible": "is_visible", "pg_type_is_visible": "is_type_visible"}
VISIBLE |= {"pg_get_constraintdef": "constraint_definition"}


#: sqlglot's names of functions that PostgreSQL calls otherwise.
SYNONYMS = {"array_size": "array_length", "current_version": "version"}


def rewrite_functions(query: exp.Query, facts: Facts) -> None:
    """Every function, as the engine is to call it. Inner ones first, since outer ones make copies."""
    unprefix(query)
    for column in list(query.find_all(exp.Column)):
        name = column.name.lower()
        if name in SYSTEM_COLUMNS:
            column.replace(typed(exp.Literal.number(SYSTEM_COLUMNS[name])))
        elif (
            not column.table
            and name in ("user", "session_user", "current_catalog")
            and not column.this.args.get("quoted")
        ):
            column.replace(literal(facts.constants["current_database" if name == "current_catalog" else name]))
    for table in list(query.find_all(exp.Table)):
        if isinstance(table.this, exp.Func) and table.alias:
            name_of_one_column(table, facts)
    for node in reversed(list(query.find_all(exp.Func))):
        if node.parent is not None and not is_own(node):
            rewrite(node, facts)


def is_own(node: exp.Expr) -> bool:
    """Whether it is a call of one of our macros: nothing else that can be called stands in their schema."""
    if isinstance(node, exp.Table):
        return node.db == SCHEMA and isinstance(node.this, exp.Func)
    return (
        isinstance(node, exp.Func)
        and isinstance(node.parent, exp.Dot | exp.Table)
        and (node.parent.db if isinstance(node.parent, exp.Table) else node.parent.this.name) == SCHEMA
    )


def unprefix(query: exp.Query) -> None:
    """`pg_catalog.f()` is f(), also where it stands in FROM."""
    for dot in list(query.find_all(exp.Dot)):
        if dot.this.name.lower() in ("pg_catalog", "information_schema") and isinstance(dot.expression, exp.Func):
            called = dot.expression
            called.pop()
            dot.replace(called)
    for table in query.find_all(exp.Table):
        if isinstance(table.this, exp.Func):
            table.set("db", None)


def name_of_function(node: exp.Func) -> str:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else node.sql_name().lower()
    return SYNONYMS.get(name, name)


def rewrite(node: exp.Func, facts: Facts) -> None:
    name = name_of_function(node)
    if isinstance(node.parent, exp.Table) and name in facts.table_functions:
        in_from(node, name, node.parent)
    elif name in facts.table_functions:
        node.replace(exp.Anonymous(this="unnest", expressions=[exp.cast(exp.Array(), "UINTEGER[]", dialect="duckdb")]))
    elif name in facts.constants:
        node.replace(literal(facts.constants[name]))
    elif name in SPECIAL:
        node.replace(SPECIAL[name](node, facts))
    elif PRIVILEGE.fullmatch(name):
        node.replace(privilege(node, facts))
    elif name in VISIBLE:
        node.replace(own(VISIBLE[name], arguments(node)[0], visible_schemas(facts)))
    elif name in RENAMED:
        node.replace(exp.Anonymous(this=RENAMED[name], expressions=arguments(node)))
    elif name in facts.functions:
        given = arguments(node)
        ignored = facts.ignored.get((name, len(given)), frozenset[int]())
        node.replace(own(name, *(exp.Null() if place in ignored else each for place, each in enumerate(given))))


def name_of_one_column(table: exp.Table, facts: Facts) -> None:
    """The one column of a function in FROM is called as the table is; one that makes no rows is a row of its own."""
    name, alias = name_of_function(table.this), table.args["alias"]
    if name in facts.table_functions:
        return
    if name in TABLE_FUNCTIONS:
        if not alias.args.get("columns"):
            alias.set("columns", [exp.to_identifier(alias.name)])
        return
    row = exp.select(exp.alias_(table.this.copy(), alias.name, quoted=True))
    table.replace(exp.Subquery(this=row, alias=alias.copy()))


def in_from(node: exp.Func, name: str, table: exp.Table) -> None:
    """A function that stands as a table. Its one column is called as the table's alias, as PostgreSQL has it."""
    table.set("this", exp.Anonymous(this=name, expressions=arguments(node)))
    table.set("db", exp.to_identifier("pg"))
    table.set("ordinality", None)  # a macro that is asked for it has the column
    alias = table.args.get("alias")
    if name == "generate_subscripts" and alias is not None and not alias.args.get("columns"):
        alias.set("columns", [exp.to_identifier(alias.name)])


def arguments(node: exp.Func) -> list[exp.Expr]:
    """The arguments in the order in which they are written."""
    found: list[exp.Expr] = []
    for key in node.arg_types:
        value = node.args.get(key)
        if key == "this" and isinstance(node, exp.Anonymous):
            continue
        found += [each.copy() for each in (value if isinstance(value, list) else [value]) if isinstance(each, NODE)]
    return found


def literal(value: object) -> exp.Expr:
    """A Python value as the engine's SQL has it."""
    if value is None or isinstance(value, bool):
        return exp.Null() if value is None else exp.Boolean(this=value)
    if isinstance(value, int):
        return exp.Literal.number(value)
    return exp.Literal.string(str(value))


# -- Those that take more than a macro ---------------------------------------------------------------------------------


def privilege(node: exp.Func, facts: Facts) -> exp.Expr:
    """Everybody may read; the rest is for those who may write, and of what takes it. A list asks for any of them."""
    name, given = name_of_function(node), arguments(node)
    if name == "pg_has_role":
        return own("is_role", given[-2], literal(facts.constants["current_user"]))
    wanted = given[-1].name if given and isinstance(given[-1], exp.Literal) else "select"
    asked = [each.strip().lower() for each in wanted.split(",")]
    if any(HARMLESS.fullmatch(each) for each in asked):
        return exp.true()
    named = [each.name.rpartition(".")[2].strip('"').lower() for each in given[:-1] if isinstance(each, exp.Literal)]
    if name == "has_table_privilege" and named and named[-1] in facts.hidden:
        return exp.true()  # a temporary table is its client's own, who may only read elsewhere or not
    if facts.read_only or len(given) < 2:
        return exp.false()
    if name == "has_schema_privilege":
        return own("takes_tables", given[-2])
    if name not in TABLE_PRIVILEGES:
        return exp.false()
    thing = given[-3] if name == "has_column_privilege" else given[-2]
    letters = [LETTERS[each] for each in asked if each in LETTERS]
    return exp.or_(*(own("takes", thing.copy(), literal(letter)) for letter in letters)) if letters else exp.false()


def setting(node: exp.Func, facts: Facts) -> exp.Expr:
    given = arguments(node)
    if given and isinstance(given[0], exp.Literal):
        value = facts.settings(given[0].name)
        if value is None and len(given) < 2:
            raise ProgrammingError(f'unrecognized configuration parameter "{given[0].name}"', sqlstate="42704")
        return exp.cast(literal(value), "VARCHAR", dialect="duckdb")
    return own("stock_setting", *given[:1])


def new_setting(node: exp.Func, facts: Facts) -> exp.Expr:
    given = arguments(node)
    return given[1] if len(given) > 1 else exp.Null()


def schemas(node: exp.Func, facts: Facts) -> exp.Expr:
    """current_schemas(true) has pg_catalog, current_schemas(false) has not."""
    given = arguments(node)
    implicit = bool(given) and isinstance(given[0], exp.Boolean) and bool(given[0].this)
    names = facts.path if implicit else facts.path[1:]
    if implicit and facts.temporary is not None and facts.temporary[0] not in names:
        names = (facts.temporary[0], *names)
    return exp.Array(expressions=[exp.Literal.string(name) for name in names])


def schema(node: exp.Func, facts: Facts) -> exp.Expr:
    return literal(facts.path[1] if len(facts.path) > 1 else None)


def subscripts(node: exp.Func, facts: Facts) -> exp.Expr:
    """The subscripts of an array, a row for each; those of a vector begin with 0."""
    array = arguments(node)[0]
    start = 0 if isinstance(array, exp.Column) and array.name.lower() in VECTORS else 1
    length = exp.Anonymous(this="len", expressions=[array.copy()])
    end = length if start == 0 else exp.Add(this=length, expression=exp.Literal.number(1))
    numbers = exp.Anonymous(this="range", expressions=[exp.Literal.number(start), end])
    return exp.Anonymous(this="unnest", expressions=[numbers])


def formatted(node: exp.Func, facts: Facts) -> exp.Expr:
    """format('%I.%s', a, b) as what it concatenates."""
    pattern, *values = arguments(node)
    parts: list[exp.Expr] = []
    at, text = 0, pattern.name
    for found in PLACEHOLDER.finditer(text):
        parts.append(exp.Literal.string(text[at : found.start()]))
        at = found.end()
        if found[1] == "%":
            parts.append(exp.Literal.string("%"))
        elif values:
            value = values.pop(0)
            quote = {"I": "quote_ident", "L": "quote_literal"}.get(found[1])
            parts.append(own(quote, value) if quote else value)
    parts.append(exp.Literal.string(text[at:]))
    return exp.Anonymous(this="concat", expressions=parts)


def own_schema(node: exp.Func, facts: Facts) -> exp.Expr:
    """The number of the schema of the client's temporary tables, 0 while it has none."""
    return typed(exp.Literal.number(0 if facts.temporary is None else facts.temporary[1]))


SPECIAL: dict[str, Callable[[exp.Func, Facts], exp.Expr]] = {
    "pg_my_temp_schema": own_schema,
    "current_setting": setting,
    "set_config": new_setting,
    "current_schemas": schemas,
    "current_schema": schema,
    "generate_subscripts": subscripts,
    "format": formatted,
}
