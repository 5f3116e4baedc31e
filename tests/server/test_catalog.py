"""Questions about the catalog, in the ways in which tools ask them."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.server.conftest import serving, url_of
from xerosql.simulator import Simulator

Connect = Callable[..., psycopg.Connection]
PATH = "string_to_array(current_setting('search_path'), ',')"


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT current_database(), current_schema, current_user, user", [("xero", "projects", "writer", "writer")]),
        ("SELECT version() LIKE 'PostgreSQL 15%', current_setting('server_version_num')::int > 150000", [(True, True)]),
        ("SELECT 'projects.\"Tasks\"'::regclass::text, 'int4'::regtype::text", [('"Tasks"', "integer")]),
        ("SELECT to_regclass('nope') IS NULL, 'pg_class'::regclass::oid", [(True, 1259)]),
        ("SELECT format_type(1700, ((18 << 16) | 4) + 4), format_type(25, -1)", [("numeric(18,4)", "text")]),
        ("SELECT i.indkey[0], array_lower(i.indkey, 1) FROM pg_index i LIMIT 1", [(1, 1)]),
        ("SELECT relkind FROM pg_class WHERE relname = ANY('{Tasks,x}') AND relkind = 'r'::\"char\"", [("r",)]),
        (
            "SELECT count(*) FROM pg_class WHERE relname OPERATOR(pg_catalog.~) '^(Tasks)$' COLLATE pg_catalog.default",
            [(1,)],
        ),
        ("SELECT has_table_privilege('projects.\"Tasks\"', 'SELECT') AS select", [(True,)]),
        (
            f"SELECT trim(s[i]) FROM generate_series(1, array_length({PATH}, 1)) AS i, {PATH} s",
            [("projects",), ("queue",)],
        ),
        ("SELECT quote_ident('Tasks'), quote_ident('select'), quote_ident('a')", [('"Tasks"', '"select"', "a")]),
        (
            "SELECT col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position) IS NOT NULL "
            "FROM information_schema.columns WHERE table_name = 'Users' AND column_name = 'Email'",
            [(True,)],
        ),
        (
            "SELECT attname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey) "
            "WHERE contype = 'f' AND conrelid = 'projects.\"Tasks\"'::regclass",
            [("ProjectId",)],
        ),
        ("SELECT typreceive FROM pg_type WHERE typname = 'int4' AND typreceive <> 0", [("int4recv",)]),
        ("WITH t AS (SELECT tablename FROM pg_tables) SELECT count(*) > 3 FROM t", [(True,)]),
        ("SELECT set_config('application_name', 'x', false), current_setting('application_name')", [("x", "")]),
    ],
)
def test_a_question_is_answered(connect: Connect, sql: str, rows: list[tuple[object, ...]]) -> None:
    """As PostgreSQL would, and without a call."""
    notices: list[str | None] = []
    connection = connect()
    connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    assert connection.execute(sql).fetchall() == rows
    assert notices == []


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT 'nope'::regclass", psycopg.errors.UndefinedTable),
        ("SELECT 'nope'::regtype", psycopg.errors.UndefinedObject),
        ("SELECT current_setting('nope')", psycopg.errors.UndefinedObject),
        ("SELECT * FROM pg_catalog.nope", psycopg.errors.UndefinedTable),
        ("SELECT nope FROM pg_class", psycopg.errors.SyntaxErrorOrAccessRuleViolation),
    ],
)
def test_what_is_not_there_is_an_error_and_not_an_empty_answer(
    connect: Connect, sql: str, error: type[Exception]
) -> None:
    """Silence would make a tool believe that there is nothing."""
    with pytest.raises(error):
        connect().execute(sql)


def test_the_search_path_says_what_bare_names_mean(connect: Connect) -> None:
    """In queries, in the catalog, and at the start of a connection."""
    connection = connect()
    connection.execute("SET search_path TO sys, nope")
    assert connection.execute("SELECT count(*) FROM variables").fetchone() == (4,)
    visible = (
        "SELECT relname FROM pg_class WHERE pg_table_is_visible(oid) AND relnamespace = 'sys'::regnamespace ORDER BY 1"
    )
    views = ("limits", "snapshots", "statements", "variables", "workers")
    assert connection.execute(visible).fetchall() == [(each,) for each in views]
    connection.execute("RESET search_path")
    assert connection.execute("SELECT current_schemas(false)").fetchone() == (["projects", "queue"],)


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        ("SELECT 'sys'::regnamespace::text", ("sys",)),
        ("SELECT 'writer'::regrole::text", ("writer",)),
        ("SET search_path TO queue; SELECT current_schema()", ("queue",)),
        ("SELECT 'projects.\"Tasks\"'::regclass::text", ('"Tasks"',)),
    ],
)
def test_the_first_question_is_answered_as_any_other(simulator: Simulator, sql: str, row: tuple[object, ...]) -> None:
    """Whatever it is: what the catalog holds is looked up when somebody first asks for it."""
    with serving(simulator.handle, simulator.tenants[0][0]) as server, psycopg.connect(url_of(server)) as connection:
        cursor = connection.execute(sql)
        while cursor.nextset():
            pass
        assert cursor.fetchone() == row


def test_views_of_scratch_are_in_the_catalog(connect: Connect) -> None:
    """As views, with columns, comments and the definition, which a prepared statement does not outlive."""
    connection = connect()
    connection.execute(
        "CREATE VIEW scratch.seen AS SELECT p.Name, sum(t.RateValue) AS rates, count(*) AS n "
        "FROM Tasks t JOIN Projects p USING (ProjectId) GROUP BY p.Name"
    )
    connection.execute("COMMENT ON VIEW scratch.seen IS 'By project.'")
    connection.execute("COMMENT ON COLUMN scratch.seen.n IS 'Tasks.'")
    oid = "SELECT 'scratch.seen'::regclass::oid"
    facts = (
        "SELECT c.relkind, obj_description(c.oid, 'pg_class'), col_description(c.oid, 3), "
        "pg_get_viewdef(c.oid, true) = v.definition, pg_get_viewdef(c.oid) = i.view_definition "
        "FROM pg_class c JOIN pg_views v ON v.viewname = c.relname "
        f"JOIN information_schema.views i ON i.table_name = c.relname WHERE c.oid = ({oid})"
    )
    assert connection.execute(facts).fetchall() == [("v", "By project.", "Tasks.", True, True)]
    types = (
        f"SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = ({oid}) ORDER BY attnum"
    )
    assert connection.execute(types).fetchall() == [("name", "text"), ("rates", "numeric(38,4)"), ("n", "bigint")]
    (definition,) = connection.execute(f"SELECT pg_get_viewdef(({oid}))").fetchone() or ("",)
    assert sorted(connection.execute(definition).fetchall()) == sorted(
        connection.execute("SELECT * FROM scratch.seen").fetchall()
    )
    connection.execute("PREPARE counted AS SELECT count(*) FROM scratch.seen")
    before = connection.execute("EXECUTE counted").fetchall()
    connection.execute("CREATE OR REPLACE VIEW scratch.seen AS SELECT Name, 0 AS rates, 0 AS n FROM Users LIMIT 1")
    assert connection.execute("EXECUTE counted").fetchall() == [(1,)] != before
    connection.execute("DROP VIEW scratch.seen")
    assert connection.execute("SELECT * FROM pg_views WHERE schemaname = 'scratch'").fetchall() == []


def test_scratch_tables_are_in_the_catalog(connect: Connect) -> None:
    """From when they are made until they are dropped, with their types."""
    connection = connect()
    connection.execute("CREATE TABLE scratch.seen (a INTEGER, b DECIMAL(10,2), c VARCHAR)")
    columns = (
        "SELECT column_name, data_type, numeric_precision FROM information_schema.columns "
        "WHERE table_name = 'seen' ORDER BY 1"
    )
    assert connection.execute(columns).fetchall() == [("a", "integer", 32), ("b", "numeric", 10), ("c", "text", None)]
    connection.execute("DROP TABLE scratch.seen")
    assert connection.execute(columns).fetchall() == []


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT relname, relname || '' FROM pg_class", [("relname", 19), ("?column?", 25)]),
        ("SELECT oid, c.oid, xmin FROM pg_class c", [("oid", 26), ("oid", 26), ("xmin", 28)]),
        ("SELECT n.* FROM (SELECT nspname AS A FROM pg_namespace UNION SELECT NULL) n", [("a", 19)]),
        ("WITH c (x) AS (SELECT relacl FROM pg_class) SELECT x, (SELECT x[1]) AS y FROM c", [("x", 1034), ("y", 1033)]),
        ("SELECT * FROM pg_am NATURAL JOIN (SELECT 2::oid AS oid) o LIMIT 1", [("oid", 26), ("amname", 19)]),
        ("SELECT CASE WHEN true THEN 'x' ELSE table_name END FROM information_schema.tables", [("table_name", 19)]),
        (
            "SELECT 'pg_class'::regclass, array_agg(attname) FROM pg_attribute",
            [("regclass", 2205), ("array_agg", 1003)],
        ),
    ],
)
def test_columns_have_the_names_and_types_that_postgresql_gives(
    connect: Connect, sql: str, columns: list[tuple[str, int]]
) -> None:
    """Also through queries within, and where the engine has no such type."""
    described = connect().execute(sql.encode()).description or []
    assert [(each.name, each.type_code) for each in described][: len(columns)] == columns
