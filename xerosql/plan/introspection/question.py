"""Whether a statement asks about the catalog, and the steps that turn it into the engine's SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from xerosql.errors import NotSupportedError, ProgrammingError
from xerosql.plan.dialect import engine_sql, reading, spell_out
from xerosql.plan.introspection.arrays import rewrite_arrays
from xerosql.plan.introspection.casts import own, rewrite_casts
from xerosql.plan.introspection.facts import MOMENTARY, SCHEMA, TEMPORARY, Facts
from xerosql.plan.introspection.functions import PRIVILEGE, is_own, name_of_function, rewrite_functions
from xerosql.plan.introspection.meanings import translate
from xerosql.plan.introspection.results import Columns, column_type, result_columns
from xerosql.plan.introspection.signals import Signal, take_signals
from xerosql.plan.introspection.text import readable
from xerosql.plan.naming import folded_name
from xerosql.plan.parameter_types import type_beside
from xerosql.plan.parameters import number_parameters, renumber
from xerosql.plan.sandbox import refuse_functions

#: Words without which no statement asks about the catalog; most statements have none of them.
HINT = re.compile(
    r"pg_|information_schema|version\s*\(|current_|session_user|has_\w+_privilege|format_type|_description|quote_|inet_"
    r"|set_config|to_reg|::\s*reg|\buser\b|txid_",
    re.IGNORECASE,
)
#: Schemas that only PostgreSQL's catalog has.
SCHEMAS = ("pg_catalog", "information_schema")
#: Tables of information_schema of who may do what, of which each is told what concerns it.
OF_GRANTS = frozenset(("table_privileges", "role_table_grants", "column_privileges", "role_column_grants"))
#: Columns that hold the number of a function, and show its name.
PROCEDURES = frozenset(
    ("typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze", "amhandler")
)
#: Functions that mean the same in both places, so that they decide nothing.
#: What a parameter that is cast to a type of the catalog is given as, by the first letters of the type.
PARAMETERS = {"OID": "oid", "REG": "text", "NAM": "name"}
SHARED = frozenset(
    ("current_date", "current_time", "current_timestamp", "now", "array_length", "array_to_string", "encode")
)


@dataclass(frozen=True)
class Question:
    """A statement about the catalog: the engine's SQL, its parameters' types, and the settings that it changes.

    `uses` are the parameters that the engine's SQL has, as its $1, $2, … `momentary` are the relations that the query
    brings along, `signals` the columns of the result that are sessions yet, of which something is to be ended.
    `columns` are those of the result with PostgreSQL's types, None where only the engine knows them.
    """

    sql: str
    parameters: tuple[str | None, ...]
    uses: tuple[int, ...] = ()
    assignments: tuple[tuple[str, str, bool], ...] = ()
    momentary: frozenset[str] = frozenset()
    signals: tuple[Signal, ...] = ()
    columns: Columns = None


def read(sql: str, facts: Facts) -> Question | None:
    """The question that a statement asks of the catalog; None for a statement about anything else."""
    if HINT.search(sql) is None:
        return None
    try:
        parsed = [each for each in reading(readable(sql), "postgres") if each is not None]
    except (ParseError, TokenError, RecursionError):
        return None  # whoever else reads it will say what is wrong with it
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        return None
    return None if not asks(parsed[0], facts) else question(parsed[0], facts)


def asks(query: exp.Query, facts: Facts) -> bool:
    """Whether the query reads the catalog's tables, or nothing but functions that only the catalog knows."""
    named = {cte.alias.lower() for cte in query.find_all(exp.CTE)}
    tables = [table for table in query.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    others = [table for table in tables if table.db or table.name.lower() not in named]
    ours = [table for table in others if schema_of(table, facts) is not None]
    if others and not ours:
        return False
    if len(ours) < len(others):
        strange = next(table for table in others if table not in ours)
        raise NotSupportedError(
            f"a query reads either PostgreSQL's catalog or other tables; {strange.name} stands beside the catalog's"
        )
    return bool(ours) or calls_catalog(query, facts)


def calls_catalog(query: exp.Query, facts: Facts) -> bool:
    known = facts.functions | facts.table_functions | set(facts.constants)
    names = {name_of_function(node) for node in query.find_all(exp.Func)}
    bare = {node.name.lower() for node in query.find_all(exp.Column) if not node.table}
    casts = any(node.to.sql("postgres").upper().startswith("REG") for node in query.find_all(exp.Cast))
    prefixed = any(node.this.name.lower() == "pg_catalog" for node in query.find_all(exp.Dot))
    asked = (names - SHARED) & known or any(PRIVILEGE.fullmatch(name) for name in names)
    return bool(asked) or bool(bare & {"user", "session_user"}) or casts or prefixed


def schema_of(table: exp.Table, facts: Facts) -> str | None:
    """The catalog's schema that a table belongs to; None for one that is not the catalog's."""
    name, schema = table.name.lower(), table.db.lower()
    if schema in SCHEMAS:
        if name not in facts.relations[schema]:
            raise ProgrammingError(f'relation "{schema}.{table.name}" does not exist', sqlstate="42P01")
        return schema
    return "pg_catalog" if not schema and name in facts.relations["pg_catalog"] and name not in facts.hidden else None


def question(query: exp.Query, facts: Facts) -> Question:
    name_results(query)
    columns = result_columns(query, facts)
    translate(query)
    signals = take_signals(query)
    nodes = list(query.walk())
    keys = number_parameters(nodes)
    spell_out(nodes)
    found: dict[int, str | None] = {
        int(node.name) - 1: parameter_type(node, facts) for node in query.find_all(exp.Parameter)
    }
    assignments = assigned(query)
    momentary = place_tables(query, facts)
    show_procedures(query)
    wrapped = rewrite_casts(wrap(query), facts)
    rewrite_arrays(wrapped)
    rewrite_functions(wrapped, facts)
    refuse_functions(node for node in wrapped.walk() if not is_own(node))
    uses = renumber(wrapped.walk())
    types = tuple(found.get(index) for index in range(len(keys)))
    return Question(engine_sql(wrapped), types, uses, assignments, momentary, signals, columns)


def wrap(query: exp.Query) -> exp.Query:
    """The query without what has no meaning here: locks."""
    for select in query.find_all(exp.Select):
        select.set("locks", None)
    return query


def name_results(query: exp.Query) -> None:
    """Give every expression that has no name the one that PostgreSQL would give it."""
    for select in query.find_all(exp.Select):
        for projection in select.expressions:
            if not isinstance(projection, exp.Alias | exp.Column | exp.Star) and not projection.is_star:
                name = folded_name(projection)
                projection.replace(exp.alias_(projection.copy(), name, quoted=True))
            elif isinstance(projection, exp.Column) and projection.name.lower() in ("user", "session_user"):
                projection.replace(exp.alias_(projection.copy(), projection.name.lower(), quoted=True))


def show_procedures(query: exp.Query) -> None:
    """Functions that become text are shown by name; elsewhere they are numbers."""
    for cast in query.find_all(exp.Cast):
        column = cast.this
        named = isinstance(column, exp.Column) and column.name.lower() in PROCEDURES
        if named and cast.to.is_type("text", "varchar", "name"):
            column.replace(own("show_regproc", column.copy()))


def place_tables(query: exp.Query, facts: Facts) -> frozenset[str]:
    """Have the catalog's tables read from the engine's schemas; those that are the query's own."""
    momentary = set()
    named = {cte.alias.lower() for cte in query.find_all(exp.CTE)}
    for table in list(query.find_all(exp.Table)):
        if not isinstance(table.this, exp.Identifier) or (not table.db and table.name.lower() in named):
            continue
        name, schema = table.name.lower(), schema_of(table, facts)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
        table.set("this", exp.to_identifier(name, quoted=True))
        place = SCHEMA if schema == "pg_catalog" else f"{SCHEMA}_information"
        if schema == "pg_catalog" and name in MOMENTARY:
            momentary.add(name)
            place = TEMPORARY
        table.set("db", exp.to_identifier(place, quoted=True))
        table.set("catalog", None)
        if schema == "information_schema" and name in OF_GRANTS:
            table.replace(granted_to(table, str(facts.constants["current_user"])))
    for column in query.find_all(exp.Column):
        column.set("db", None)  # pg_catalog.pg_class.oid is pg_class.oid
        column.set("catalog", None)
    return frozenset(momentary)


def granted_to(table: exp.Table, user: str) -> exp.Expr:
    """A table of rights, with those of everybody and of one user."""
    alias = table.args["alias"].copy()
    inner = table.copy()
    inner.set("alias", None)
    inner.set("joins", None)
    theirs = exp.column("grantee").isin(*map(exp.Literal.string, ("PUBLIC", user)))
    told = exp.Subquery(this=exp.select("*").from_(inner).where(theirs), alias=alias)
    told.set("joins", table.args.get("joins"))
    return told


def parameter_type(node: exp.Expr, facts: Facts) -> str | None:
    """The type of a parameter: what it is cast to or compared with, columns having the types of the catalog's."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if isinstance(parent, exp.Cast):
        written = parent.to.sql("postgres").upper()
        if written == "BIGINT[]":  # see text.py
            return "oid[]"
        return PARAMETERS.get(written[:3]) or type_beside(node)
    beside = compared(node, parent)
    if isinstance(beside, exp.Column) and (kind := column_type(beside, facts)) is not None:
        return f"{kind}[]" if isinstance(parent, exp.Any | exp.All) else kind
    return type_beside(node)


def compared(node: exp.Expr, parent: exp.Expr | None) -> exp.Expr | None:
    """What a parameter, or a list that is one, is compared with."""
    match parent:
        case exp.Any() | exp.All():
            return parent.parent.left if isinstance(parent.parent, exp.EQ | exp.NEQ) else None
        case exp.In():
            tested: exp.Expr = parent.this
            return tested if node is not tested else None
        case exp.Like() | exp.ILike() | exp.RegexpLike() | exp.RegexpILike() | exp.SimilarTo() | exp.DPipe():
            return None
        case exp.Binary():
            return parent.right if parent.left is node else parent.left
    return None


def assigned(query: exp.Query) -> tuple[tuple[str, str, bool], ...]:
    """The settings that calls of set_config() in the SELECT give a value, and whether only for the transaction."""
    found = []
    for node in query.find_all(exp.Anonymous):
        if node.name.lower() == "set_config" and len(node.expressions) == 3:
            name, value, local = node.expressions
            if isinstance(name, exp.Literal) and isinstance(value, exp.Literal):
                found.append((name.name, value.name, isinstance(local, exp.Boolean) and bool(local.this)))
    return tuple(found)
