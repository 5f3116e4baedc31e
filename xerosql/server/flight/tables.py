"""Flight SQL's questions about the catalog, answered as Arrow tables: schemas, tables, keys. No call is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyarrow
from pyarrow import Field, Schema, Table, bool_, int32, list_, string, uint8

from xerosql import Connection
from xerosql.catalog import is_temporary
from xerosql.catalog.information_schema import relation_of
from xerosql.catalog.relation import FOREIGN_KEY, PRIMARY_KEY, UNIQUE, ColumnFacts, Constraint, Relation
from xerosql.execute.result import type_of
from xerosql.server.flight import messages
from xerosql.server.options import DATABASE

#: What is done to a row that refers to one that goes.
NO_ACTION = 3
TYPES = {"BASE TABLE": "TABLE"}
LOCAL_TEMPORARY = "LOCAL TEMPORARY"
SYSTEM = ("information_schema", "sys")
Row = Sequence[object]


def needed(name: str, kind: Any) -> Field:
    return pyarrow.field(name, kind, nullable=False)


CATALOGS = pyarrow.schema([needed("catalog_name", string())])
SCHEMAS = pyarrow.schema([("catalog_name", string()), needed("db_schema_name", string())])
TABLE_TYPES = pyarrow.schema([needed("table_type", string())])
TABLES = pyarrow.schema(
    [
        ("catalog_name", string()),
        ("db_schema_name", string()),
        needed("table_name", string()),
        needed("table_type", string()),
    ]
)
PRIMARY_KEYS = pyarrow.schema(
    [
        ("catalog_name", string()),
        ("db_schema_name", string()),
        needed("table_name", string()),
        needed("column_name", string()),
        needed("key_sequence", int32()),
        ("key_name", string()),
    ]
)
REFERENCES = pyarrow.schema(
    [
        ("pk_catalog_name", string()),
        ("pk_db_schema_name", string()),
        needed("pk_table_name", string()),
        needed("pk_column_name", string()),
        ("fk_catalog_name", string()),
        ("fk_db_schema_name", string()),
        needed("fk_table_name", string()),
        needed("fk_column_name", string()),
        needed("key_sequence", int32()),
        ("fk_key_name", string()),
        ("pk_key_name", string()),
        needed("update_rule", uint8()),
        needed("delete_rule", uint8()),
    ]
)
XDBC_TYPES = pyarrow.schema(
    [
        needed("type_name", string()),
        needed("data_type", int32()),
        ("column_size", int32()),
        ("literal_prefix", string()),
        ("literal_suffix", string()),
        ("create_params", list_(needed("item", string()))),
        needed("nullable", int32()),
        needed("case_sensitive", bool_()),
        needed("searchable", int32()),
        ("unsigned_attribute", bool_()),
        needed("fixed_prec_scale", bool_()),
        ("auto_increment", bool_()),
        ("local_type_name", string()),
        ("minimum_scale", int32()),
        ("maximum_scale", int32()),
        needed("sql_data_type", int32()),
        ("datetime_subcode", int32()),
        ("num_prec_radix", int32()),
        ("interval_precision", int32()),
    ]
)
#: The types a column can have: name, XDBC's number, size, quote, radix, scales, and XDBC's subcode of a date or time.
TYPES_OF_COLUMNS = (
    ("BOOLEAN", -7, 1, None, None, None, None),
    ("BIGINT", -5, 19, None, 10, 0, None),
    ("BLOB", -3, None, "'", None, None, None),
    ("DECIMAL", 3, 38, None, 10, 38, None),
    ("INTEGER", 4, 10, None, 10, 0, None),
    ("SMALLINT", 5, 5, None, 10, 0, None),
    ("DOUBLE", 8, 53, None, 2, None, None),
    ("VARCHAR", 12, None, "'", None, None, None),
    ("DATE", 91, 10, "'", None, None, 1),
    ("TIME", 92, 15, "'", None, None, 2),
    ("TIMESTAMP", 93, 26, "'", None, None, 3),
)
NULLABLE, ANY_OPERATOR, DATETIME = 1, 3, 9


def answer(command: object, connection: Connection) -> Table | None:
    """The rows that a command asks for, None for one that asks nothing of the catalog."""
    match command:
        case messages.CommandGetCatalogs():
            return table(CATALOGS, [(DATABASE,)])
        case messages.CommandGetTableTypes():
            return table(TABLE_TYPES, [(LOCAL_TEMPORARY,), ("SYSTEM TABLE",), ("TABLE",), ("VIEW",)])
        case messages.CommandGetXdbcTypeInfo():
            wanted = command.data_type
            return table(XDBC_TYPES, [xdbc(*each) for each in TYPES_OF_COLUMNS if wanted in (None, each[1])])
        case messages.CommandGetDbSchemas():
            return table(SCHEMAS, schemas(command, connection))
        case messages.CommandGetTables():
            return tables(command, connection)
        case messages.CommandGetPrimaryKeys():
            return table(PRIMARY_KEYS, primary_keys(command, connection))
        case messages.CommandGetImportedKeys():
            to = lambda each: named(command.catalog, command.db_schema, command.table, each[4:7])  # noqa: E731
            return table(REFERENCES, sorted(filter(to, references(connection)), key=by_key))
        case messages.CommandGetExportedKeys():
            of = lambda each: named(command.catalog, command.db_schema, command.table, each[0:3])  # noqa: E731
            return table(REFERENCES, sorted(filter(of, references(connection)), key=by_reference))
        case messages.CommandGetCrossReference():
            return table(REFERENCES, sorted(crossing(command, connection), key=by_reference))
    return None


def table(schema: Schema, rows: Iterable[Row]) -> Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pyarrow.array(list(values), field.type) for values, field in zip(columns, schema, strict=True)]
    return Table.from_arrays(arrays, schema=schema)


# -- What there is -----------------------------------------------------------------------------------------------------


def relations(connection: Connection) -> list[Relation]:
    """Every table and view, local ones too, in the order of their names."""
    known = list(connection.session.catalog)
    found = [*(relation_of(each, known) for each in known), *connection.session.local().relations]
    return sorted(found, key=lambda each: (each.schema, each.name))


def like(pattern: str | None) -> Callable[[str], bool]:
    """Whether a name is like the pattern, with % and _ as in SQL; every name is like none."""
    return lambda name: pattern is None or is_like(name, pattern)


def is_like(name: str, pattern: str) -> bool:
    """LIKE without going back further than the last %, so that no pattern takes long, as one of `re` could."""
    at = place = 0
    last_percent, resumed = -1, 0
    while at < len(name):
        if place < len(pattern) and pattern[place] == "%":
            last_percent, resumed, place = place, at, place + 1
        elif place < len(pattern) and pattern[place] in ("_", name[at]):
            at, place = at + 1, place + 1
        elif last_percent >= 0:
            resumed += 1
            at, place = resumed, last_percent + 1
        else:
            return False
    return not pattern[place:].strip("%")


def is_ours(catalog: str | None) -> bool:
    return catalog in (None, DATABASE)


def schemas(command: messages.CommandGetDbSchemas, connection: Connection) -> Iterator[Row]:
    wanted = like(command.db_schema_filter_pattern)
    own = {each.schema for each in connection.session.local().relations}
    for schema in sorted({*connection.session.catalog.schemas, *own}):
        if is_ours(command.catalog) and wanted(schema):
            yield DATABASE, schema


def type_name(relation: Relation) -> str:
    if is_temporary(relation.schema):
        return LOCAL_TEMPORARY
    return "SYSTEM TABLE" if relation.schema in SYSTEM else TYPES.get(relation.kind, relation.kind)


def tables(command: messages.CommandGetTables, connection: Connection) -> Table:
    of_schema, called = like(command.db_schema_filter_pattern), like(command.table_name_filter_pattern)
    found = [
        each
        for each in relations(connection)
        if is_ours(command.catalog)
        and of_schema(each.schema)
        and called(each.name)
        and (not command.table_types or type_name(each) in command.table_types)
    ]
    made = table(TABLES, [(DATABASE, each.schema, each.name, type_name(each)) for each in found])
    if not command.include_schema:
        return made
    written = [schema_of(each, connection).serialize().to_pybytes() for each in found]
    return made.append_column(needed("table_schema", pyarrow.binary()), pyarrow.array(written, pyarrow.binary()))


def schema_of(relation: Relation, connection: Connection) -> Schema:
    """The columns of a table, each with what Flight SQL tells of one."""
    kinds = [(column.name, type_of(column.type)) for column in relation.columns]
    fields = zip(connection.session.engine.arrow_schema(kinds), relation.columns, strict=True)
    told = [field.with_nullable(column.nullable).with_metadata(about(relation, column)) for field, column in fields]
    return pyarrow.schema(told, metadata={"REMARKS": relation.comment} if relation.comment else None)


def about(relation: Relation, column: ColumnFacts) -> dict[str, str]:
    facts = {
        "CATALOG_NAME": DATABASE,
        "DB_SCHEMA_NAME": relation.schema,
        "TABLE_NAME": relation.name,
        "TYPE_NAME": column.type,
        "PRECISION": column.precision if column.max_length is None else column.max_length,
        "SCALE": column.scale,
        "IS_AUTO_INCREMENT": int(column.identity),
        "IS_CASE_SENSITIVE": int(type_of(column.type).code == "VARCHAR"),
        "IS_READ_ONLY": int(column.read_only),
        "IS_SEARCHABLE": 1,
        "REMARKS": column.comment,
    }
    return {f"ARROW:FLIGHT:SQL:{name}": str(value) for name, value in facts.items() if value is not None}


# -- Keys --------------------------------------------------------------------------------------------------------------


def named(catalog: str | None, schema: str | None, name: str, found: Row) -> bool:
    """Whether a table is the one that was asked for. Names are matched without case, as everywhere."""
    ours, of, called = (str(part) for part in found)
    return catalog in (None, ours) and schema in (None, of) and called.lower() == name.lower()


def primary_keys(command: messages.CommandGetPrimaryKeys, connection: Connection) -> Iterator[Row]:
    for each in relations(connection):
        if named(command.catalog, command.db_schema, command.table, (DATABASE, each.schema, each.name)):
            for key in (found for found in each.constraints if found.kind == PRIMARY_KEY):
                for place, column in enumerate(key.columns, start=1):
                    yield DATABASE, each.schema, each.name, column, place, key.name


def references(connection: Connection) -> Iterator[Row]:
    """Every column that refers to another table's."""
    known = relations(connection)
    by_name = {(each.schema, each.name): each for each in known}
    for each in known:
        for reference in (found for found in each.constraints if found.kind == FOREIGN_KEY):
            key = key_of(by_name[reference.refers], reference)
            for place, (own, other) in enumerate(zip(reference.columns, reference.referred, strict=True), start=1):
                yield (
                    *(DATABASE, *reference.refers, other),
                    *(DATABASE, each.schema, each.name, own),
                    *(place, reference.name, key, NO_ACTION, NO_ACTION),
                )


def key_of(relation: Relation, reference: Constraint) -> str | None:
    """The name of the key that a reference is to."""
    for each in relation.constraints:
        if each.kind in (PRIMARY_KEY, UNIQUE) and set(each.columns) == set(reference.referred):
            return each.name
    return None


def crossing(command: messages.CommandGetCrossReference, connection: Connection) -> Iterator[Row]:
    for each in references(connection):
        to = named(command.pk_catalog, command.pk_db_schema, command.pk_table, each[0:3])
        if to and named(command.fk_catalog, command.fk_db_schema, command.fk_table, each[4:7]):
            yield each


def by_key(row: Row) -> tuple[str, ...]:
    return tuple(map(str, (*row[0:3], row[10], row[8])))


def by_reference(row: Row) -> tuple[str, ...]:
    return tuple(map(str, (*row[4:7], row[9], row[8])))


def xdbc(
    name: str, number: int, size: int | None, quote: str | None, radix: int | None, scale: int | None, part: int | None
) -> Row:
    number_kind = None if radix is None else False
    parameters = ["precision", "scale"] if name == "DECIMAL" else None
    is_text = name == "VARCHAR"
    return (
        *(name, number, size, quote, quote, parameters, NULLABLE, is_text, ANY_OPERATOR, number_kind, False),
        *(number_kind, None, None if scale is None else 0, scale, number if part is None else DATETIME, part, radix),
        None,
    )
