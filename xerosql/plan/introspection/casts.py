"""Casts to types that only PostgreSQL's catalog has: names that stand for numbers, and numbers shown by their names."""

from __future__ import annotations

from sqlglot import exp

from xerosql.errors import ProgrammingError
from xerosql.plan.introspection.facts import SCHEMA, Facts

OID = "UINTEGER"
#: Casts that a literal goes through to become a number, with the kind that `Facts.find` knows.
NAMED = {"REGCLASS": "regclass", "REGTYPE": "regtype", "REGPROC": "regproc", "REGPROCEDURE": "regproc"}
NAMED |= {"REGNAMESPACE": "regnamespace", "REGROLE": "regrole", "REGOPER": "regproc"}
#: Types that are numbers, or texts, to the engine.
PLAIN = {"OID": OID, "XID": OID, "CID": OID, "NAME": "VARCHAR", "BPCHAR": "VARCHAR", "INT2VECTOR": "USMALLINT[]"}
PLAIN |= {"OIDVECTOR": "UBIGINT[]", "SQL_IDENTIFIER": "VARCHAR", "CHARACTER_DATA": "VARCHAR", "YES_OR_NO": "VARCHAR"}
PLAIN |= {"CARDINAL_NUMBER": "INTEGER", "ACLITEM": "VARCHAR", "UNKNOWN": "VARCHAR", "PG_LSN": "VARCHAR"}
TEXTUAL = (exp.DPipe, exp.Concat, exp.Literal)
#: Columns of these types hold names, not numbers.
TEXTS = ("name", "text", "information_schema.sql_identifier", "information_schema.character_data")
ERRORS = {"regclass": ("relation", "42P01"), "regtype": ("type", "42704"), "regproc": ("function", "42883")}
ERRORS |= {"regnamespace": ("schema", "3F000"), "regrole": ("role", "42704")}


def rewrite_casts(query: exp.Query, facts: Facts) -> exp.Query:
    """The query with these casts as the engine knows them."""
    for cast in reversed(list(query.find_all(exp.Cast))):  # inner ones first, since outer ones make copies
        written = cast.to.sql("postgres").upper().strip('"')
        if written in NAMED:
            cast.replace(number_or_name(cast, NAMED[written], facts))
        elif written in PLAIN:
            cast.set("to", exp.DataType.build(PLAIN[written], dialect="duckdb"))
        elif written in ("CHAR", "CHAR(1)", "TEXT", "CITEXT"):
            cast.set("to", exp.DataType.build("VARCHAR", dialect="duckdb"))
    return query


def number_or_name(cast: exp.Cast, kind: str, facts: Facts) -> exp.Expr:
    """A number for what was given as text; the name, as text, of a number that is to be shown; else the number."""
    paths = [visible_schemas(facts)] * (kind == "regclass")
    value = cast.this
    while isinstance(value, exp.Paren):
        value = value.this
    if isinstance(value, exp.Literal) and value.is_string:
        value = typed(exp.Literal.number(found(value.name, kind, facts)))
    elif isinstance(value, exp.Literal):
        value = typed(value.copy())
    elif isinstance(value, exp.Parameter) or is_text(value, facts):
        number = own("find_" + kind, exp.cast(value.copy(), "VARCHAR", dialect="duckdb"))
        return number if not becomes_text(cast) else own("show_" + kind, number, *paths)
    if not is_shown(cast):
        return value.copy() if isinstance(value, exp.Cast) else typed(value.copy())
    return own("show_" + kind, value.copy(), *paths)


def found(name: str, kind: str, facts: Facts) -> int:
    number = int(name) if name.isdecimal() else facts.find(kind, name)
    if number is None:
        what, sqlstate = ERRORS[kind]
        raise ProgrammingError(f'{what} "{name}" does not exist', sqlstate=sqlstate)
    return number


def is_text(value: exp.Expr, facts: Facts) -> bool:
    if isinstance(value, exp.Column):
        return facts.column_types.get(value.name.lower(), "") in TEXTS
    if isinstance(value, TEXTUAL) or (isinstance(value, exp.Cast) and value.to.is_type("text", "varchar", "name")):
        return True
    return isinstance(value, exp.Func | exp.Dot) and value.sql("postgres").lower().startswith(
        ("quote_ident", "format(", "pg_catalog.quote_ident", "pg_catalog.format(")
    )


def is_shown(cast: exp.Cast) -> bool:
    """Whether the cast is a column of a query within the query, or becomes text."""
    parent = cast.parent
    while isinstance(parent, exp.Paren | exp.Alias | exp.Case | exp.If | exp.Coalesce):
        parent = parent.parent
    if isinstance(parent, exp.Cast):
        return bool(parent.to.is_type("text", "varchar", "name"))
    if isinstance(parent, exp.Select):
        return not is_result(parent)
    return isinstance(parent, exp.DPipe | exp.Concat) and cast.find_ancestor(exp.Select, exp.Where) is not None


def becomes_text(cast: exp.Cast) -> bool:
    return isinstance(cast.parent, exp.Cast) and bool(cast.parent.to.is_type("text", "varchar", "name"))


def is_result(select: exp.Select) -> bool:
    """Whether its columns are those of the result, in which numbers stay what they are until they are sent."""
    node: exp.Expr | None = select.parent
    while isinstance(node, exp.SetOperation):
        node = node.parent
    return node is None


def visible_schemas(facts: Facts) -> exp.Expr:
    """The numbers of the schemas whose names need not be written."""
    return exp.Array(expressions=[exp.Literal.number(oid) for oid in facts.visible])


def typed(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, OID, dialect="duckdb")


def own(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of one of our macros."""
    return exp.Dot(this=exp.to_identifier(SCHEMA), expression=exp.Anonymous(this=name, expressions=list(arguments)))
