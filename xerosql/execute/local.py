"""The scratch schema as `information_schema` tells it, asked of the engine's own catalog."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from xerosql.catalog import SCRATCH
from xerosql.catalog.relation import FOREIGN_KEY, PRIMARY_KEY, ColumnFacts, Constraint, Index, Local, Relation
from xerosql.execute.engine import IDENTITIES, Engine, type_of

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
SEQUENCES = "SELECT sequence_name FROM duckdb_sequences() WHERE schema_name = 'scratch' ORDER BY sequence_name"

#: One of the expressions that the engine lists as `['((a + 1))', b]`.
EXPRESSION = re.compile(r"'((?:[^'\\]|\\.)*)'|([^\[\],\s]+)")
SELECT = re.compile(r"\bAS\s+(?=SELECT|WITH|VALUES|FROM|\()", re.IGNORECASE)


def local_relations(engine: Engine) -> Local:
    """Every table, view and sequence of the scratch schema, those of an open transaction included."""
    columns = grouped(engine.rows(COLUMNS), column)
    constraints = grouped(engine.rows(CONSTRAINTS), constraint)
    indexes = grouped(engine.rows(INDEXES), index)
    relations = [
        Relation(
            *(SCRATCH, name, kind, kind != "VIEW", comment or f"A {kind.split()[-1].lower()} of this connection."),
            tuple(with_key(columns[name], constraints[name])),
            tuple(constraints[name]),
            tuple(indexes[name]),
            defined(sql),
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
    identity = default is not None and IDENTITIES in default
    return ColumnFacts(
        name,
        data_type,
        nullable=nullable,
        precision=kind.precision,
        scale=kind.scale,
        comment=comment,
        default=None if identity else default,
        generated=generated,
        identity=identity,
        insertable=not generated,
        read_only=generated,
        required=not nullable and default is None and not generated,
    )


def with_key(columns: Iterable[ColumnFacts], constraints: Iterable[Constraint]) -> Iterable[ColumnFacts]:
    from dataclasses import replace

    key = {name.lower() for each in constraints if each.kind == PRIMARY_KEY for name in each.columns}
    return [replace(each, key=each.name.lower() in key) for each in columns]


def constraint(name: str, kind: str, on: list[str], refers: str, referred: list[str], clause: str) -> Constraint:
    if kind == FOREIGN_KEY:
        return Constraint(name, kind, tuple(on), (SCRATCH, refers), tuple(referred))
    return Constraint(name, kind, tuple(on), clause=clause)


def index(name: str, unique: bool, expressions: str) -> Index:
    """The engine lists the expressions as text; a plain column may stand in quotes of SQL's."""
    found = [quoted or bare for quoted, bare in EXPRESSION.findall(expressions)]
    return Index(name, unique, tuple(each[1:-1] if each.startswith('"') else each for each in found))


def defined(sql: str | None) -> str | None:
    """The SELECT of a CREATE VIEW."""
    return SELECT.split(sql, maxsplit=1)[-1].rstrip(";") if sql else None
