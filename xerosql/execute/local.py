"""The local schemas as `information_schema` tells them, asked of the engine's own catalog."""

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
    "SELECT schema_name, table_name, 'BASE TABLE', comment, NULL FROM duckdb_tables() WHERE schema_name IN ({}) "
    "UNION ALL SELECT schema_name, view_name, 'VIEW', comment, sql FROM duckdb_views() WHERE schema_name IN ({}) "
    "ORDER BY 1, 2"
)
COLUMNS = (
    "SELECT schema_name, table_name, column_name, data_type, is_nullable, "
    "coalesce(generation_expression, column_default), is_generated, comment FROM duckdb_columns() "
    "WHERE schema_name IN ({}) ORDER BY schema_name, table_name, column_index"
)
CONSTRAINTS = (
    "SELECT schema_name, table_name, constraint_name, constraint_type, constraint_column_names, "
    "coalesce(referenced_table, ''), referenced_column_names, coalesce(expression, '') FROM duckdb_constraints() "
    "WHERE schema_name IN ({}) AND constraint_type <> 'NOT NULL' ORDER BY schema_name, table_name, constraint_index"
)
INDEXES = (
    "SELECT schema_name, table_name, index_name, is_unique, expressions FROM duckdb_indexes() "
    "WHERE schema_name IN ({}) ORDER BY schema_name, table_name, index_name"
)
DECLARATIONS = f"SELECT schema_name, table_name, kind, subject, value FROM {DECLARED} WHERE schema_name IN ({{}})"
VIEWS = (
    "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE schema_name IN ({}) ORDER BY schema_name, view_name"
)
SEQUENCES = "SELECT sequence_name FROM duckdb_sequences() WHERE schema_name = 'scratch' ORDER BY sequence_name"

#: One of the expressions that the engine lists as `['((a + 1))', b]`.
EXPRESSION = re.compile(r"'((?:[^'\\]|\\.)*)'|([^\[\],\s]+)")
#: What the engine puts around the expression of a generated column.
CAST = re.compile(r"^CAST\((.*) AS [^()]*(?:\([\d,]*\))?\)$", re.DOTALL)


#: Schema and name.
Place = tuple[str, str]
Declared = Mapping[tuple[Place, str, str], str]


def asked(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query about the schemas that are this engine's: scratch, and its own temporary one."""
    schemas = ", ".join(f"'{each}'" for each in (SCRATCH, engine.temporary.name) if each)
    return engine.rows(query.replace("{}", schemas))


def local_columns(engine: Engine) -> dict[Place, dict[str, str]]:
    """The tables and views of the local schemas, in lower case, with their columns, as written, and their types."""
    tables: dict[Place, dict[str, str]] = {}
    for schema, table, column_name, data_type, *_ in asked(engine, COLUMNS):
        tables.setdefault((schema, table.lower()), {})[column_name] = data_type
    return tables


def local_views(engine: Engine) -> dict[Place, str]:
    """The views among them, in lower case, with their packed definitions."""
    return {(schema, name.lower()): packed_in(sql) for schema, name, sql in asked(engine, VIEWS)}


def temporary_indexes(engine: Engine) -> frozenset[str]:
    """The names of the indexes of temporary tables, in lower case."""
    found = asked(engine, INDEXES)
    return frozenset(name.lower() for schema, _, name, *_ in found if schema == engine.temporary.name)


def local_relations(engine: Engine) -> Local:
    """Every table, view and sequence of the local schemas, those of an open transaction included."""
    declared = {((schema, table), *what): value for schema, table, *what, value in asked(engine, DECLARATIONS)}
    columns = grouped(asked(engine, COLUMNS), column)
    constraints = grouped(asked(engine, CONSTRAINTS), constraint)
    indexes = grouped(asked(engine, INDEXES), index)

    def relation(schema: str, name: str, kind: str, comment: str | None, sql: str | None) -> Relation:
        place = schema, name
        return Relation(
            *(schema, name, kind, kind != "VIEW", comment or None),
            tuple(completed(place, columns[place], constraints[place], declared)),
            tuple(named(place, constraints[place], declared)),
            tuple(indexes[place]),
            text_of(packed_in(sql)) if sql else None,
        )

    relations = tuple(relation(*row) for row in asked(engine, RELATIONS))
    return Local(relations, tuple(name for (name,) in engine.rows(SEQUENCES)))


def grouped(rows: Iterable[tuple[Any, ...]], made: Any) -> defaultdict[Place, list[Any]]:
    """What is made of the rest of each row, by its first two values, the table."""
    found: defaultdict[Place, list[Any]] = defaultdict(list)
    for schema, table, *rest in rows:
        found[schema, table].append(made(*rest))
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
    table: Place, columns: Iterable[ColumnFacts], constraints: Iterable[Constraint], declared: Declared
) -> Iterator[ColumnFacts]:
    """The columns with what other places tell of them: whether they are of the key, and how long they may be."""
    key = {name.lower() for each in constraints if each.kind == PRIMARY_KEY for name in each.columns}
    for each in columns:
        length = declared.get((lower(table), LENGTH, each.name.lower()))
        yield replace(each, key=each.name.lower() in key, max_length=int(length) if length else None)


def lower(table: Place) -> Place:
    return table[0], table[1].lower()


def named(table: Place, constraints: Iterable[Constraint], declared: Declared) -> Iterator[Constraint]:
    """The constraints under the names that were given to them, where one was.

    A foreign key refers to a table of the same schema: the engine takes no other.
    """
    checks = 0
    for each in constraints:
        subject = ",".join(name.lower() for name in each.columns)
        if each.kind == CHECK:
            subject, checks = str(checks), checks + 1
        refers = (table[0], each.refers[1]) if each.kind == FOREIGN_KEY else each.refers
        yield replace(each, name=declared.get((lower(table), each.kind, subject), each.name), refers=refers)


def constraint(name: str, kind: str, on: list[str], refers: str, referred: list[str], clause: str) -> Constraint:
    if kind == FOREIGN_KEY:
        return Constraint(name, kind, tuple(on), ("", refers), tuple(referred))
    return Constraint(name, kind, tuple(on), clause=clause[1:-1] if clause.startswith("(") else clause)


def index(name: str, unique: bool, expressions: str) -> Index:
    """The engine lists the expressions as text; a plain column may stand in quotes of SQL's."""
    found = [quoted.replace("\\'", "'") or bare for quoted, bare in EXPRESSION.findall(expressions)]
    return Index(name, unique, tuple(each[1:-1] if each[0] in '("' else each for each in found))
