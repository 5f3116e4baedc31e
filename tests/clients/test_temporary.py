"""Temporary tables beside a real PostgreSQL 15: the same statements have the same answers, errors and catalog."""

from __future__ import annotations

import psycopg
import pytest

from tests.clients.conftest import OWNER, USER, Pair, Side

#: Statements in their order, on one connection of each side.
STORIES = {
    "names": """
        CREATE TEMP TABLE t (a integer, b varchar(20) NOT NULL)
        INSERT INTO t VALUES (1, 'x'), (2, 'y')
        SELECT * FROM t ORDER BY a
        SELECT count(*) FROM pg_temp.t
        CREATE TEMPORARY TABLE IF NOT EXISTS t (z integer)
        CREATE TEMP TABLE t (z integer)
        CREATE TEMP TABLE scratch.t (z integer)
        CREATE TABLE scratch.t (z integer) ON COMMIT DROP
        CREATE LOCAL TEMP VIEW v AS SELECT a FROM t
        CREATE VIEW scratch.w AS SELECT a FROM t
        CREATE TEMP TABLE "Tenants" AS SELECT 7 AS n
        SELECT * FROM "Tenants"
        DROP TABLE "Tenants"
        SELECT * FROM nothing
        DROP TABLE IF EXISTS pg_temp.nothing
        SELECT 1 AS x INTO TEMP into_one
        SELECT * FROM into_one
        CREATE INDEX by_x ON into_one (x)
        DROP INDEX by_x
        ALTER TABLE into_one RENAME TO other
        SELECT * FROM other
        TRUNCATE other
        SELECT * FROM other
    """,
    "commits": """
        CREATE TEMP TABLE kept (x integer) ON COMMIT PRESERVE ROWS
        CREATE TEMP TABLE emptied (x integer) ON COMMIT DELETE ROWS
        CREATE TEMP TABLE gone (x integer) ON COMMIT DROP
        SELECT * FROM gone
        INSERT INTO kept VALUES (1)
        INSERT INTO emptied VALUES (1)
        SELECT k.x, e.x FROM kept k LEFT JOIN emptied e ON true
        BEGIN
        CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT 3 AS x
        INSERT INTO emptied SELECT x FROM gone
        SELECT * FROM emptied
        COMMIT
        SELECT * FROM emptied
        SELECT * FROM gone
        BEGIN
        CREATE TEMP TABLE undone (x integer)
        DROP TABLE kept
        ROLLBACK
        SELECT * FROM kept
        SELECT * FROM undone
        BEGIN READ ONLY
        INSERT INTO kept VALUES (2)
        COMMIT
        SELECT count(*) FROM kept
        BEGIN READ ONLY
        CREATE TEMP TABLE more (x integer)
        ROLLBACK
        DISCARD TEMP
        SELECT * FROM kept
        BEGIN
        DISCARD ALL
        ROLLBACK
        DISCARD ALL
    """,
    "catalog": """
        SELECT pg_my_temp_schema() = 0
        CREATE TEMP TABLE t (id integer PRIMARY KEY, b varchar(20) NOT NULL, c numeric(10,2))
        CREATE TEMP VIEW v AS SELECT id FROM t
        COMMENT ON TABLE t IS 'Notes.'
        SELECT relname, relkind, relnatts, pg_table_is_visible(oid) FROM pg_class WHERE relpersistence = 't' ORDER BY 1
        SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()
        SELECT attname, atttypid, atttypmod, attnotnull FROM pg_attribute WHERE attrelid = 't'::regclass ORDER BY attnum
        SELECT 't'::regclass::text, 'pg_temp.t'::regclass::text, obj_description('t'::regclass, 'pg_class')
        SELECT nspname ~ '^pg_temp_[0-9]+$' FROM pg_namespace WHERE oid = pg_my_temp_schema()
        SELECT table_type, is_insertable_into FROM information_schema.tables WHERE table_name = 't'
        SELECT column_name, data_type, numeric_scale FROM information_schema.columns WHERE table_name = 't' ORDER BY 1
        SELECT constraint_name FROM information_schema.table_constraints WHERE constraint_name LIKE 't_p%'
        SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 't'::regclass
        SELECT tablename FROM pg_tables WHERE schemaname LIKE 'pg_temp%'
        SELECT has_database_privilege(current_database(), 'TEMP'), has_table_privilege('t', 'INSERT')
        SELECT relname, has_table_privilege(oid, 'INSERT') FROM pg_class WHERE relname = 't' AND relpersistence = 't'
        SELECT array_length(current_schemas(true), 1) - array_length(current_schemas(false), 1)
    """,
}


def told(side: Side, statements: list[str]) -> list[tuple[str, object]]:
    """What became of each: its rows, its tag, or the SQLSTATE of its error."""
    found: list[tuple[str, object]] = []
    user = USER if side.ours else OWNER  # who may make tables in scratch, if they are not temporary
    with psycopg.connect(side.url, user=user, autocommit=True) as connection:
        connection.execute("SET search_path = projects, queue")
        for sql in statements:
            try:
                cursor = connection.execute(sql)  # type: ignore[call-overload]  # ours, and not a literal
            except psycopg.Error as error:
                found.append((sql, error.sqlstate))
            else:
                found.append((sql, cursor.fetchall() if cursor.description else cursor.statusmessage))
    return found


@pytest.mark.parametrize("story", STORIES)
def test_each_statement_has_postgresqls_answer(pair: Pair, story: str) -> None:
    """But for the tag of what makes a table of a query, which tells of the table here."""
    statements = [line.strip() for line in STORIES[story].strip().splitlines()]
    real, ours = told(pair.real, statements), told(pair.ours, statements)
    assert ours == [(sql, "CREATE TABLE" if answer == "SELECT 1" else answer) for sql, answer in real]
