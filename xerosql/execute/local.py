"""The scratch schema as `information_schema` tells it, asked of the engine's own catalog."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from xerosql.catalog import SCRATCH
from xerosql.catalog.relation import CHECK, FOREIGN_KEY, PRIMARY_KEY, ColumnFacts, Constraint, Index, Local, Relation
from xerosql.execute.engine import Engine
from xerosql.execute.result import type_of
from xerosql.plan.model import DECLARED, KEPT, LENGTH
from xerosql.plan.stored import packed_in, text_of

RELATIONS = (
    "SELECT table_name, 'BASE TABLE', comment, NULL FROM duckdb_tables() WHERE schema_name = 'scratch' "
    "UNION ALL SELECT view_name, 'VIEW', comment, sql FROM duckdb_views() WHERE schema_name = 'scratch' ORDER BY 1"
)
COLUMNS = (
    "SELECT table_name, column_name, data_type, is_nullable, coalesce(generation_expression, column_default), "
    "is_generated, comment FROM duckdb_columns() WHERE schema_name = 'scratch' ORDER BY table_name, column_index"
)
CONSTRAINTS = (
    "SELECT table_name, constraint_name, constraint_type, constraint_column_names, coalesce(referenced_table, ''), "
    "referenced_column_names, coalesce(expression, '') FROM duckdb_constraints() "
    "WHERE schema_name = 'scratch' AND constraint_type <> 'NOT NULL' ORDER BY table_name, constraint_index"
)
INDEXES = (
    "SELECT table_name, index_name, is_unique, expressions FROM duckdb_indexes() WHERE schema_name = 'scratch' "
    "ORDER BY table_name, index_name"
)
DECLARATIONS = f"SELECT table_name, kind, subject, value FROM {DECLARED}"
VIEWS = "SELECT view_name, sql FROM duckdb_views() WHERE schema_name = 'scratch' ORDER BY view_name"
SEQUENCES = "SELECT sequence_name FROM duckdb_sequences() WHERE schema_name = 'scratch' ORDER BY sequence_name"

#: One of the expressions that the engine lists as `['((a + 1))', b]`.
EXPRESSION = re.compile(r"'((?:[^'\\]|\\.)*)'|([^\[\],\s]+)")
#: What the engine puts around the expression of a generated column.
CAST = re.compile(r"^CAST\((.*) AS [^()]*(?:\([\d,]*\))?\)$", re.DOTALL)


Declared = Mapping[tuple[str, str, str], str]


def local_columns(engine: Engine) -> dict[str, dict[str, str]]:
    """The tables and views of the scratch schema, in lower case, with their columns, as written, and their types."""
    tables: dict[str, dict[str, str]] = {}
    for table, column_name, data_type, *_ in engine.rows(COLUMNS):
        tables.setdefault(table.lower(), {})[column_name] = data_type
    return tables


def local_views(engine: Engine) -> dict[str, str]:
    """The views among them, in lower case, with their packed definitions."""
    return {name.lower(): packed_in(sql) for name, sql in engine.rows(VIEWS)}


def local_relations(engine: Engine) -> Local:
    """Every table, view and sequence of the scratch schema, those of an open transaction included."""
    declared = {(table, kind, subject): value for table, kind, subject, value in engine.rows(DECLARATIONS)}
    columns = grouped(engine.rows(COLUMNS), column)
    constraints = grouped(engine.rows(CONSTRAINTS), constraint)
    indexes = grouped(engine.rows(INDEXES), index)
    relations = [
        Relation(
            *(SCRATCH, name, kind, kind != "VIEW", comment or None),
            tuple(completed(name, columns[name], constraints[name], declared)),
            tuple(named(name, constraints[name], declared)),
            tuple(indexes[name]),
            text_of(packed_in(sql)) if sql else None,
        )
        for name, kind, comment, sql in engine.rows(RELATIONS)
    ]
    return Local(tuple(relations), tuple(name for (name,) in engine.rows(SEQUENCES)))


def grouped(rows: Iterable[tuple[Any, ...]], made: Any) -> defaultdict[str, list[Any]]:
    """What is made of the rest of each row, by its first value, the table."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for table, *rest in rows:
        found[table].append(made(*rest))
    return found


def column(
    name: str, data_type: str, nullable: bool, default: str | None, generated: bool, comment: str | None
) -> ColumnFacts:
    kind = type_of(data_type)
    identity = default is not None and KEPT in default
    return ColumnFacts(
        name,
        data_type,
        nullable=nullable,
        precision=kind.precision,
        scale=kind.scale,
        comment=comment,
        default=None if identity or default is None else CAST.sub(r"\1", default) if generated else default,
        generated=generated,
        identity=identity,
        insertable=not generated,
        read_only=generated,
        required=not nullable and default is None and not generated,
    )


def completed(
    table: str, columns: Iterable[ColumnFacts], constraints: Iterable[Constraint], declared: Declared
) -> Iterator[ColumnFacts]:
    """The columns with what other places tell of them: whether they are of the key, and how long they may be."""
    key = {name.lower() for each in constraints if each.kind == PRIMARY_KEY for name in each.columns}
    for each in columns:
        length = declared.get((table.lower(), LENGTH, each.name.lower()))
        yield replace(each, key=each.name.lower() in key, max_length=int(length) if length else None)


def named(table: str, constraints: Iterable[Constraint], declared: Declared) -> Iterator[Constraint]:
    """The constraints under the names that were given to them, where one was."""
    checks = 0
    for each in constraints:
        subject = ",".join(name.lower() for name in each.columns)
        if each.kind == CHECK:
            subject, checks = str(checks), checks + 1
        yield replace(each, name=declared.get((table.lower(), each.kind, subject), each.name))


def constraint(name: str, kind: str, on: list[str], refers: str, referred: list[str], clause: str) -> Constraint:
    if kind == FOREIGN_KEY:
        return Constraint(name, kind, tuple(on), (SCRATCH, refers), tuple(referred))
    return Constraint(name, kind, tuple(on), clause=clause[1:-1] if clause.startswith("(") else clause)


def index(name: str, unique: bool, expressions: str) -> Index:
    """The engine lists the expressions as text; a plain column may stand in quotes of SQL's."""
    found = [quoted.replace("\\'", "'") or bare for quoted, bare in EXPRESSION.findall(expressions)]
    return Index(name, unique, tuple(each[1:-1] if each[0] in '("' else each for each in found))
