"""What SQLAlchemy's inspector knows of a server, for tests that compare drivers or servers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

TABLES = ("Projects", "Tasks", "Time", "Users", "Tenants")
CALLS = (
    *("get_columns", "get_pk_constraint", "get_foreign_keys"),
    *("get_indexes", "get_unique_constraints", "get_table_comment"),
)


def inspected(connection: sa.engine.Connection) -> dict[str, Any]:
    """All of it, as text."""
    found = sa.inspect(connection)
    facts: dict[str, Any] = {
        "schemas": found.get_schema_names(),
        "tables": sorted(found.get_table_names()),
        "views": sorted(found.get_view_names(schema="sys")),
        "default": found.default_schema_name,
        "enums": found.get_enums(),
        "sequences": found.get_sequence_names(),
    }
    for table in TABLES:
        for call in CALLS:
            facts[f"{table}.{call}"] = repr(getattr(found, call)(table, schema="projects"))
    metadata = sa.MetaData()
    metadata.reflect(connection, schema="projects")
    facts["reflected"] = sorted(metadata.tables)
    return facts
