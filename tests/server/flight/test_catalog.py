"""What clients ask of the catalog and of the server, without a call to Xero."""

from __future__ import annotations

from typing import Any

import pyarrow
import pytest

from tests.server.flight.conftest import Client, rows
from xerosql.catalog import load
from xerosql.cli.options import FLIGHT_PORT
from xerosql.server.flight import PORT, messages
from xerosql.server.flight.sql_info import KINDS
from xerosql.server.flight.tables import is_like
from xerosql.simulator import Simulator


def test_catalogs_schemas_and_kinds_of_tables(client: Client) -> None:
    """One catalog, every schema, in order."""
    assert rows(client.table(messages.CommandGetCatalogs())) == [("xero",)]
    assert rows(client.table(messages.CommandGetTableTypes())) == [
        ("LOCAL TEMPORARY",),
        ("SYSTEM TABLE",),
        ("TABLE",),
        ("VIEW",),
    ]
    found = rows(client.table(messages.CommandGetDbSchemas()))
    assert found == sorted(found)
    assert {schema for _, schema in found} == set(load().schemas)
    some = client.table(messages.CommandGetDbSchemas("xero", "s%"))
    assert rows(some) == [("xero", "scratch"), ("xero", "sys")]
    assert client.table(messages.CommandGetDbSchemas("other")).num_rows == 0


def test_tables_are_listed_with_the_columns_that_they_have(client: Client, simulator: Simulator) -> None:
    """Those of the catalog and of scratch; a query of all columns has their types."""
    client.update("CREATE TABLE scratch.listed (n INTEGER NOT NULL PRIMARY KEY, amount DECIMAL(9,2))")
    client.update(
        "CREATE VIEW scratch.seen AS "
        "SELECT p.Name, count(*) AS n FROM Projects p JOIN Tasks USING (ProjectId) GROUP BY 1"
    )
    calls = simulator.calls
    table = client.table(messages.CommandGetTables(include_schema=True))
    assert simulator.calls == calls
    named = {(schema, name): (kind, data) for _, schema, name, kind, data in rows(table)}
    assert {(each.schema, each.name) for each in load()} < named.keys()
    assert named["projects", "Projects"][0] == "TABLE"
    assert named["sys", "limits"][0] == "SYSTEM TABLE"
    assert named["scratch", "seen"][0] == "VIEW"
    for schema, name in (
        ("projects", "Projects"),
        ("scratch", "listed"),
        ("scratch", "seen"),
        ("information_schema", "tables"),
    ):
        told = pyarrow.ipc.read_schema(pyarrow.py_buffer(named[schema, name][1]))
        queried = client.schema(messages.CommandStatementQuery(f"SELECT * FROM {schema}.{name}"))
        assert (told.names, told.types) == (queried.names, queried.types)
    amount = told_of(named, "scratch", "listed").field("amount")
    assert amount.metadata[b"ARROW:FLIGHT:SQL:TYPE_NAME"] == b"DECIMAL(9,2)"
    assert not told_of(named, "scratch", "listed").field("n").nullable
    client.update("DROP VIEW scratch.seen")
    client.update("DROP TABLE scratch.listed")


def told_of(named: dict[tuple[str, str], Any], schema: str, name: str) -> Any:
    return pyarrow.ipc.read_schema(pyarrow.py_buffer(named[schema, name][1]))


@pytest.mark.parametrize(
    ("command", "names"),
    [
        (messages.CommandGetTables(table_name_filter_pattern="Pro%"), ["Projects"]),
        (messages.CommandGetTables(db_schema_filter_pattern="project_", table_name_filter_pattern="T_s%"), ["Tasks"]),
        (messages.CommandGetTables(table_name_filter_pattern="tasks"), []),
        (messages.CommandGetTables(table_types=("VIEW",), table_name_filter_pattern="Tasks"), []),
        (messages.CommandGetTables(catalog="", table_name_filter_pattern="Tasks"), ["Tasks"]),
        (messages.CommandGetTables(catalog="nope"), []),
    ],
)
def test_tables_are_filtered(client: Client, command: messages.CommandGetTables, names: list[str]) -> None:
    """By patterns of names and by kinds. (A catalog that is written as nothing is not written here at all.)"""
    assert [row[2] for row in rows(client.table(command))] == names


def test_keys_and_references(client: Client) -> None:
    """From the catalog's own constraints, those of scratch among them; names are matched without case."""
    assert rows(client.table(messages.CommandGetPrimaryKeys(table="projects"))) == [
        ("xero", "projects", "Projects", "ProjectId", 1, "Projects_pkey")
    ]
    imported = client.table(messages.CommandGetImportedKeys(db_schema="projects", table="Tasks")).to_pylist()
    assert ("Projects", "ProjectId", "ProjectId") in [
        (each["pk_table_name"], each["pk_column_name"], each["fk_column_name"]) for each in imported
    ]
    assert imported[0]["pk_key_name"] == "Projects_pkey"
    exported = rows(client.table(messages.CommandGetExportedKeys(table="Projects")))
    assert "Tasks" in [row[6] for row in exported]
    crossing = messages.CommandGetCrossReference(pk_table="Projects", fk_table="Tasks")
    assert rows(client.table(crossing)) == [row for row in exported if row[6] == "Tasks"]
    client.update("CREATE TABLE scratch.parent (a INTEGER, b INTEGER, PRIMARY KEY (a, b))")
    client.update(
        "CREATE TABLE scratch.child (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES scratch.parent (a, b))"
    )
    both = client.table(messages.CommandGetImportedKeys(table="child")).to_pylist()
    assert [(each["pk_column_name"], each["fk_column_name"], each["key_sequence"]) for each in both] == [
        ("a", "x", 1),
        ("b", "y", 2),
    ]
    client.update("DROP TABLE scratch.child")
    client.update("DROP TABLE scratch.parent")


def test_the_server_tells_what_it_can(client: Client, reader: Client) -> None:
    """All of it, or the numbers that are asked for; a reader hears that it can only read."""
    table = client.table(messages.CommandGetSqlInfo())
    assert [field.name for field in table.schema.field("value").type] == list(KINDS)
    known = dict(rows(table))
    assert known[0] == "xerosql"
    assert (known[3], known[4], known[8]) == (False, True, 1)
    assert dict(rows(reader.table(messages.CommandGetSqlInfo((3, 8, 77))))) == {3: True, 8: 1}
    types = client.table(messages.CommandGetXdbcTypeInfo()).to_pylist()
    assert {"VARCHAR", "DECIMAL", "DATE"} <= {each["type_name"] for each in types}
    assert [each["type_name"] for each in client.table(messages.CommandGetXdbcTypeInfo(3)).to_pylist()] == ["DECIMAL"]


def test_the_actions_are_listed(client: Client) -> None:
    """With what each is for."""
    found = {each.type: each.description for each in client.flight.list_actions(client.options)}
    assert "CreatePreparedStatement" in found
    assert all(found.values())


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("Tasks", "Tasks", True),
        ("Tasks", "tasks", False),
        ("Tasks", "T%s", True),
        ("Tasks", "%as%", True),
        ("Tasks", "_asks", True),
        ("Tasks", "%", True),
        ("Tasks", "", False),
        ("", "", True),
        ("", "%%", True),
        ("a", "_%_", False),
        ("abcabd", "%ab_d", False),
        ("abcabd", "%ab_", True),
        ("a" * 60, "%a" * 40 + "b", False),
    ],
)
def test_patterns_are_those_of_like(name: str, pattern: str, expected: bool) -> None:
    """And none takes long."""
    assert is_like(name, pattern) is expected


def test_the_port_is_the_same_wherever_it_is_written() -> None:
    """The command line does without importing the server."""
    assert int(FLIGHT_PORT) == PORT
