"""The tables of `information_schema`, as any table is declared. What is in them: `information_schema.py`."""

from __future__ import annotations

from xerosql.catalog.model import BOOL, INT, TEXT, Column, Table
from xerosql.types import SqlType

CATALOG_NAME = "xero"


def _column(name: str, description: str, *, type_: SqlType = TEXT, key: bool = False, unit: str = "") -> Column:
    return Column(name, type_, name, description, key=key, unit=unit)


def _table(name: str, description: str, *columns: Column) -> Table:
    return Table("information_schema", name, "row", description, columns, source="catalog", kind="VIEW")


def _of_table(*, key: bool = False) -> tuple[Column, ...]:
    return (
        _column("table_catalog", "Always xero.", key=key),
        _column("table_schema", "The schema the table is in.", key=key),
        _column("table_name", "The table's name.", key=key),
    )


def _of_constraint() -> tuple[Column, ...]:
    return (
        _column("constraint_catalog", "Always xero.", key=True),
        _column("constraint_schema", "The schema of the constraint's table.", key=True),
        _column("constraint_name", "The constraint's name.", key=True),
    )


SCHEMATA = _table(
    "schemata",
    "The schemas of this connection.",
    _column("catalog_name", "Always xero.", key=True),
    _column("schema_name", "The schema's name.", key=True),
)
TABLES = _table(
    "tables",
    "The tables of this connection: Xero's, those of scratch, and its own temporary ones.",
    *_of_table(key=True),
    _column("table_type", "BASE TABLE, VIEW where nothing can be written, or LOCAL TEMPORARY for either of these."),
    _column("is_insertable_into", "YES or NO."),
    _column("table_comment", "What the table holds."),
)
COLUMNS = _table(
    "columns",
    "The columns of the tables.",
    *_of_table(key=True),
    _column("column_name", "The column's name.", key=True),
    _column("ordinal_position", "Its place in the table, from 1.", type_=INT, unit="place"),
    _column("column_default", "The SQL of its default; of a generated column, what it is worked out by."),
    _column("is_nullable", "YES or NO."),
    _column("data_type", "Its SQL type."),
    _column("numeric_precision", "Digits in all.", type_=INT, unit="digits"),
    _column("numeric_scale", "Digits behind the point.", type_=INT, unit="digits"),
    _column("character_maximum_length", "The longest text that can be written.", type_=INT, unit="characters"),
    _column("is_identity", "YES where a sequence of its own numbers the rows, else NO."),
    _column("is_generated", "ALWAYS where other columns of the row determine it, else NEVER."),
    _column("is_key", "Whether it names the row.", type_=BOOL),
    _column("is_insertable", "Whether an INSERT can give it a value.", type_=BOOL),
    _column("is_read_only", "Whether no statement can give it a value.", type_=BOOL),
    _column("is_required", "Whether an INSERT must give it a value.", type_=BOOL),
    _column("unit", "What its numbers count, or the column that says so."),
    _column("pushed_operators", "The comparisons that Xero applies, which save calls."),
    _column(
        "calls_per_row",
        "API calls that it costs for each row of a list; 0: it comes with the list.",
        type_=INT,
        unit="calls",
    ),
    _column("column_comment", "What it means."),
)
VIEWS = _table(
    "views",
    "The views: Xero's, those of scratch, and temporary ones.",
    *_of_table(key=True),
    _column("view_definition", "The SELECT of a local view; NULL for Xero's, which no SQL defines."),
)
TABLE_CONSTRAINTS = _table(
    "table_constraints",
    "The keys, references and CHECKs of the tables.",
    *_of_constraint(),
    *_of_table(),
    _column("constraint_type", "PRIMARY KEY, UNIQUE, FOREIGN KEY or CHECK."),
)
KEY_COLUMN_USAGE = _table(
    "key_column_usage",
    "The columns of each primary key, UNIQUE and FOREIGN KEY.",
    *_of_constraint(),
    *_of_table(),
    _column("column_name", "The column's name.", key=True),
    _column("ordinal_position", "Its place in the constraint, from 1.", type_=INT, unit="place"),
    _column(
        "position_in_unique_constraint",
        "Of a foreign key, the place of the column that it refers to; else NULL.",
        type_=INT,
        unit="place",
    ),
)
REFERENTIAL_CONSTRAINTS = _table(
    "referential_constraints",
    "What each foreign key refers to, a row for each of its columns.",
    *_of_constraint(),
    _column("unique_constraint_catalog", "Always xero."),
    _column("unique_constraint_schema", "The schema of the table that is referred to."),
    _column("unique_constraint_name", "The key that is referred to."),
    _column("match_option", "Always NONE."),
    _column("update_rule", "Always NO ACTION."),
    _column("delete_rule", "Always NO ACTION."),
    _column("referenced_table_schema", "The schema of the table that is referred to."),
    _column("referenced_table_name", "The table that is referred to."),
    _column("referenced_column_name", "The column that is referred to."),
    _column("ordinal_position", "Its place in the constraint, from 1.", type_=INT, unit="place", key=True),
)
CHECK_CONSTRAINTS = _table(
    "check_constraints",
    "The CHECKs of the tables of scratch and of temporary ones.",
    *_of_constraint(),
    _column("check_clause", "The condition."),
    _column("table_name", "The constraint's table."),
)
STATISTICS = _table(
    "statistics",
    "The indexes of the tables of scratch and of temporary ones, a row for each of their columns.",
    *_of_table(key=True),
    _column("index_name", "The index's name.", key=True),
    _column("seq_in_index", "The column's place in the index, from 1.", type_=INT, unit="place", key=True),
    _column("column_name", "The column, or the expression that is indexed."),
    _column("non_unique", "Whether several rows may have the same values.", type_=BOOL),
)
SEQUENCES = _table(
    "sequences",
    "The sequences of the scratch schema; those of identity columns are not among them.",
    _column("sequence_catalog", "Always xero.", key=True),
    _column("sequence_schema", "Always scratch.", key=True),
    _column("sequence_name", "The sequence's name.", key=True),
)
