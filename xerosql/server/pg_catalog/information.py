"""The rows of information_schema's views, as the SQL standard and PostgreSQL have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xerosql.server import oids
from xerosql.server.pg_catalog.rows import Rows, defined, schemas_of
from xerosql.server.pg_catalog.tables import PgColumn, PgTable

YES, NO = "YES", "NO"
#: The views that have rows of nothing but tables.
OF_TABLES = (
    *("tables", "views", "columns", "table_constraints", "key_column_usage", "constraint_column_usage"),
    *("table_privileges", "role_table_grants"),
)
OCTETS = 1073741824  # of a text without a limit
BINARY = {oids.INT2: 16, oids.INT4: 32, oids.INT8: 64, oids.FLOAT4: 24, oids.FLOAT8: 53}
WHOLE = (oids.INT2, oids.INT4, oids.INT8)
#: Rights by the letters of an access control list, those that everybody has, and those that a column can have.
PRIVILEGES = {"a": "INSERT", "w": "UPDATE", "d": "DELETE", "D": "TRUNCATE", "t": "TRIGGER"}
EVERYBODYS = ("SELECT", "REFERENCES")
ON_COLUMNS = (*EVERYBODYS, "INSERT", "UPDATE")
MOMENTS = (oids.TIMESTAMP, oids.TIMESTAMPTZ, oids.TIME, oids.TIMETZ)


def word(yes: bool) -> str:
    return YES if yes else NO


def views(
    database: str,
    owner: str,
    tables: Sequence[PgTable],
    shown: Mapping[int, str],
    internal: Mapping[int, str],
    writers: Sequence[str],
) -> dict[str, Rows]:
    """The rows by view. `shown` and `internal` are types by number: `integer` and `int4`."""
    at = {"table_catalog": database}
    return {
        "information_schema_catalog_name": [{"catalog_name": database}],
        "schemata": [
            {"catalog_name": database, "schema_name": schema, "schema_owner": owner}
            for schema in (*schemas_of(tables), "pg_catalog", "information_schema")
        ],
        "tables": [
            at
            | {"table_schema": table.schema, "table_name": table.name, "is_typed": NO}
            | {"table_type": type_name(table), "is_insertable_into": word(table.writable)}
            for table in tables
        ],
        "views": [
            at
            | {"table_schema": table.schema, "table_name": table.name, "check_option": "NONE", "is_updatable": NO}
            | {"view_definition": defined(table)}
            | {"is_insertable_into": NO, "is_trigger_updatable": NO, "is_trigger_deletable": NO}
            | {"is_trigger_insertable_into": NO}
            for table in tables
            if table.kind == "v"
        ],
        "columns": [
            column_row(database, table, column, shown, internal) for table in tables for column in table.columns
        ],
        "table_constraints": [row for table in tables for row in constraints(database, table)],
        "key_column_usage": [row for table in tables for row in key_columns(database, table)],
        "constraint_column_usage": [row for table in tables for row in used_columns(database, table)],
        "referential_constraints": [reference_row(database, table) for table in tables if table.references],
        "table_privileges": (granted := [row for table in tables for row in grants(database, owner, table, writers)]),
        "role_table_grants": (of_roles := [row for row in granted if row["grantee"] != "PUBLIC"]),
        "column_privileges": [row for table in tables for row in column_grants(table, told_of(table, granted))],
        "role_column_grants": [row for table in tables for row in column_grants(table, told_of(table, of_roles))],
        "character_sets": [
            {"character_set_name": "UTF8", "character_repertoire": "UCS", "form_of_use": "UTF8"}
            | {"default_collate_catalog": database, "default_collate_schema": "pg_catalog"}
        ],
    }


def type_name(table: PgTable) -> str:
    if table.persistence == "t":
        return "LOCAL TEMPORARY"
    return "VIEW" if table.kind == "v" else "BASE TABLE"


def column_row(
    database: str, table: PgTable, column: PgColumn, shown: Mapping[int, str], internal: Mapping[int, str]
) -> dict[str, object]:
    oid, modifier = column.type.oid, column.type.modifier
    length = modifier - 4 if oid == oids.VARCHAR and modifier > 0 else None
    digits = (modifier - 4) if oid == oids.NUMERIC and modifier > 0 else None
    array = oid in oids.ELEMENTS
    return {
        "table_catalog": database,
        "table_schema": table.schema,
        "table_name": table.name,
        "column_name": column.name,
        "ordinal_position": column.number,
        "is_nullable": word(not column.not_null),
        "data_type": "ARRAY" if array else shown[oid],
        "character_maximum_length": length,
        "character_octet_length": OCTETS if oid == oids.TEXT else None if length is None else 4 * length,
        "numeric_precision": BINARY.get(oid, None if digits is None else digits >> 16),
        "numeric_precision_radix": 2 if oid in BINARY else 10 if oid == oids.NUMERIC else None,
        "numeric_scale": 0 if oid in WHOLE else None if digits is None else digits & 0xFFFF,
        "datetime_precision": 6 if oid in MOMENTS else 0 if oid == oids.DATE else None,
        "udt_catalog": database,
        "udt_schema": "pg_catalog",
        "udt_name": internal[oid],
        "dtd_identifier": str(column.number),
        "is_self_referencing": NO,
        "is_identity": NO,
        "identity_cycle": NO,
        "is_generated": "NEVER",
        "is_updatable": word(table.writable),
    }


def constraints(database: str, table: PgTable) -> Rows:
    names = [(table.key_name, "PRIMARY KEY")] if table.key else []
    names += [(table.reference_name, "FOREIGN KEY")] if table.references else []
    return [
        {"constraint_catalog": database, "constraint_schema": table.schema, "constraint_name": name}
        | {"table_catalog": database, "table_schema": table.schema, "table_name": table.name, "constraint_type": kind}
        | {"is_deferrable": NO, "initially_deferred": NO, "enforced": YES}
        for name, kind in names
    ]


def key_columns(database: str, table: PgTable) -> Rows:
    keys = [(table.key_name, column, place, None) for place, column in enumerate(table.key, start=1)]
    referring = [(table.reference_name, table.references[2], 1, 1)] if table.references else []
    return [
        {"constraint_catalog": database, "constraint_schema": table.schema, "constraint_name": name}
        | {"table_catalog": database, "table_schema": table.schema, "table_name": table.name, "column_name": column}
        | {"ordinal_position": place, "position_in_unique_constraint": other}
        for name, column, place, other in (*keys, *referring)
    ]


def used_columns(database: str, table: PgTable) -> Rows:
    used = [(table.schema, table.name, column, table.key_name) for column in table.key]
    used += [(*table.references, table.reference_name)] if table.references else []
    return [
        {"table_catalog": database, "table_schema": schema, "table_name": name, "column_name": column}
        | {"constraint_catalog": database, "constraint_schema": table.schema, "constraint_name": constraint}
        for schema, name, column, constraint in used
    ]


def reference_row(database: str, table: PgTable) -> dict[str, object]:
    schema, name, _ = table.references or ("", "", "")
    return {
        "constraint_catalog": database,
        "constraint_schema": table.schema,
        "constraint_name": table.reference_name,
        "unique_constraint_catalog": database,
        "unique_constraint_schema": schema,
        "unique_constraint_name": f"{name}_pkey",
        "match_option": "NONE",
        "update_rule": "NO ACTION",
        "delete_rule": "NO ACTION",
    }


def grants(database: str, owner: str, table: PgTable, writers: Sequence[str]) -> Rows:
    """Who may do what with a table; a question is told of what everybody may, and who asks."""
    granted = [("PUBLIC", right) for right in EVERYBODYS]
    granted += [(writer, PRIVILEGES[letter]) for writer in writers for letter in table.rights]
    return [
        {"grantor": owner, "grantee": grantee, "table_catalog": database, "table_schema": table.schema}
        | {"table_name": table.name, "privilege_type": right, "is_grantable": NO}
        | {"with_hierarchy": word(right == "SELECT")}
        for grantee, right in granted
    ]


def told_of(table: PgTable, granted: Rows) -> Rows:
    return [row for row in granted if (row["table_schema"], row["table_name"]) == (table.schema, table.name)]


def column_grants(table: PgTable, of_table: Rows) -> Rows:
    """The same of each column, as far as a right can be had on a column."""
    return [
        {**{name: value for name, value in grant.items() if name != "with_hierarchy"}, "column_name": column.name}
        for grant in of_table
        if grant["privilege_type"] in ON_COLUMNS
        for column in table.columns
    ]
