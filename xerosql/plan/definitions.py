"""CREATE VIEW: the definition with its names bound, as it is to be kept, and what the engine keeps for it.

Bound now, a view reads the same tables and columns for everybody and ever after, whatever the search path of its reader
is and whichever tables are made later. The views in it stay names, so that a view that is replaced is in all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from xerosql.catalog import SCRATCH
from xerosql.errors import NotSupportedError, ProgrammingError
from xerosql.plan.bound import bound
from xerosql.plan.dialect import NODE, Xero
from xerosql.plan.model import ReadPlan, ScratchPlan
from xerosql.plan.names import Names
from xerosql.plan.query import analysis_of, for_engine
from xerosql.plan.stored import pack, stand_in
from xerosql.plan.writes import with_inside

#: Where a query may name its own outputs.
NAMING = ("order", "group", "having", "qualify", "distinct")
#: A name that needs no quotes, unless it is a word of the language.
PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def makes_view(expression: exp.Expr) -> TypeGuard[exp.Create]:
    return isinstance(expression, exp.Create) and (expression.kind or "").upper() == "VIEW"


def plan_view(expression: exp.Create, names: Names, parameters: tuple[str | int, ...]) -> ScratchPlan:
    """The statement that makes the view, with the definition bound, packed, and checked as a query is."""
    refuse_clauses(expression, parameters)
    target = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    written = spelling(expression)
    definition, columns = definition_in(expression, names)
    packed = pack(definition, text(definition, columns, written, names))
    analysis = analysis_of(bound(definition, names, within=((target.db, target.name.lower()),)), names)
    query = for_engine(analysis.query, list(analysis.query.walk()), analysis.scans, empty=True)
    replace = " OR REPLACE" if expression.args.get("replace") else ""
    exists = " IF NOT EXISTS" if expression.args.get("exists") else ""
    listed = ", ".join(exp.to_identifier(column, quoted=True).sql(dialect="duckdb") for column in columns)
    sql = (
        f"CREATE{replace} VIEW{exists} {target.sql(dialect='duckdb')} ({listed}) AS {stand_in(query, columns, packed)}"
    )
    made = ReadPlan(sql=sql, scans=(), parameters=(), uses_scratch=True)
    return ScratchPlan("CREATE", made, changes_schema=True, counts_rows=False, has_rows=False)


def refuse_clauses(expression: exp.Create, parameters: Sequence[str | int]) -> None:
    """An error for what a view cannot have here."""
    if parameters:
        raise ProgrammingError(
            "the definition of a view cannot have parameters; write the values, or leave the condition to its readers",
            sqlstate="42P02",
        )
    properties = expression.args.get("properties")
    if properties is not None and properties.find(exp.MaterializedProperty):
        raise NotSupportedError(
            f"CREATE MATERIALIZED VIEW is not supported; keep the rows: CREATE TABLE {SCRATCH}.… AS SELECT …"
        )
    extra = [each.sql(dialect="postgres") for each in properties.expressions] if properties is not None else []
    extra += [name for name in ("no_schema_binding", "concurrently", "clone") if expression.args.get(name)]
    if extra:
        raise NotSupportedError(f"CREATE VIEW is not supported with {', '.join(extra)}")
    if not isinstance(expression.args.get("expression"), exp.Query | exp.Values):
        raise NotSupportedError("CREATE VIEW takes a SELECT behind AS")


def definition_in(expression: exp.Create, names: Names) -> tuple[exp.Expr, list[str]]:
    """The definition bound to its tables, and what the columns of the view are called."""
    with_inside(expression)
    query = expression.expression.copy()
    if isinstance(query, exp.Values):
        query = exp.select("*").from_(exp.alias_(query, "values", table=True))
    binding = bound(query, names, opaque=True)
    given = [each.name for each in expression.this.expressions] if isinstance(expression.this, exp.Schema) else []
    if len(given) > len(binding.names):
        raise ProgrammingError("CREATE VIEW names more columns than its query has", sqlstate="42601")
    columns = [*given, *binding.names[len(given) :]]
    twice = [name for name, count in Counter(column.lower() for column in columns).items() if count > 1]
    if twice:
        raise ProgrammingError(
            f'column "{twice[0]}" of the view is there twice; give one of them another name', sqlstate="42701"
        )
    return called(binding.query, [column.lower() for column in columns]), columns


def called(query: exp.Expr, columns: Sequence[str]) -> exp.Expr:
    """The query with its output columns under these names."""
    before = query.named_selects if isinstance(query, exp.Query) else []
    if list(before) == list(columns):
        return query
    path = [*to_first_select(query)]
    select = path[-1]
    if any(each.args.get("by_name") for each in path) or not isinstance(select, exp.Select):
        outer = [exp.alias_(column_of("v", old), new, quoted=True) for old, new in zip(before, columns, strict=True)]
        inner = exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier("v", quoted=True)))
        return exp.select(*outer).from_(inner)
    renamed = dict(reversed(list(zip(before, columns, strict=True))))
    outputs = [
        exp.alias_(each.unalias(), name, quoted=True) for each, name in zip(select.selects, columns, strict=True)
    ]
    select.set("expressions", outputs)
    for each in path:
        for column in outputs_named_in(each):
            column.set("this", exp.to_identifier(renamed.get(column.name, column.name), quoted=True))
    return query


def column_of(alias: str, name: str) -> exp.Column:
    return exp.column(name, table=alias, quoted=True)


def to_first_select(query: exp.Expr) -> Iterator[exp.Expr]:
    """From a query down to the SELECT that gives its columns their names."""
    yield query
    while isinstance(query, exp.Subquery | exp.SetOperation):
        query = query.this
        yield query


def outputs_named_in(query: exp.Expr) -> Iterator[exp.Column]:
    """Where a query behind its SELECT list names its own outputs, as in ORDER BY."""
    for part in NAMING:
        clause = query.args.get(part)
        for column in clause.find_all(exp.Column) if isinstance(clause, NODE) else ():
            if not column.table and column.find_ancestor(exp.Query) is query:
                yield column


def spelling(query: exp.Expr) -> dict[str, str]:
    """The names in a query as they are written there, by the names in lower case."""
    return {each.name.lower(): each.name for each in query.find_all(exp.Identifier)}


def text(definition: exp.Expr, columns: Sequence[str], written: Mapping[str, str], names: Names) -> str:
    """The definition for people: a statement that can be run, with names as they are written in the catalog."""
    copy, spelled = definition.copy(), dict(written)
    *_, select = to_first_select(copy)
    outputs = [each.args.get("alias") for each in select.selects] if isinstance(select, exp.Select) else []
    called_here = {id(output): column for output, column in zip(outputs, columns, strict=False)}
    for table in copy.find_all(exp.Table):
        schema, name = table.db, table.name
        of = names.catalog.get(schema, name)
        if of is not None:
            spelled |= {of.name.lower(): of.name} | {column.name.lower(): column.name for column in of.columns}
        else:
            spelled |= names.spelling.get((schema, name), {})
    for identifier in copy.find_all(exp.Identifier):
        name = identifier.name if identifier.arg_key == "db" else spelled.get(identifier.name, identifier.name)
        name = called_here.get(id(identifier), name)
        identifier.set("this", name)
        identifier.set("quoted", not PLAIN.fullmatch(name) or name.upper() in Xero.Tokenizer.KEYWORDS)
    return copy.sql(dialect=Xero, pretty=True, unsupported_level=ErrorLevel.IGNORE)
