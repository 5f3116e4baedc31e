"""The schemas whose tables the engine holds itself: `scratch`, and one for the temporary tables of each client."""

from __future__ import annotations

#: Local tables with full DDL and real transactions, for every connection that shares the engine's database.
SCRATCH = "scratch"
#: What every client calls the schema of its own temporary tables, and what those schemas' names begin with.
TEMPORARY = "pg_temp"
#: The source of a table that the engine holds, where those of the catalog have "xero" and the like.
LOCAL = "local"


def temporary_schema(number: int) -> str:
    return f"{TEMPORARY}_{number}"


def is_temporary(schema: str) -> bool:
    """Whether a schema holds the temporary tables of some client."""
    return schema.startswith(f"{TEMPORARY}_")


def is_local(schema: str) -> bool:
    """Whether the engine holds the tables of a schema. No schema of the catalog is called so."""
    return schema == SCRATCH or is_temporary(schema)
