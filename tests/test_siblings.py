"""Connections that share a sign-in, and descriptions of statements that are not run."""

from __future__ import annotations

from typing import Any

import pytest

import xerosql
from xerosql.simulator import Simulator

CHANGES = [
    "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) VALUES ('x', 'y', 'TIME', 1)",
    "UPDATE Projects SET Name = 'x' WHERE ProjectId = 'c1674cba-c21d-477c-b408-33d8829add21'",
    "DELETE FROM Time WHERE Id = 'x'",
    "CREATE TABLE scratch.t (a INTEGER)",
]


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(limits=False)


@pytest.fixture
def connection(simulator: Simulator) -> Any:
    tenant = simulator.tenants[0][0]
    with xerosql.connect(handler=simulator.handle, access_token="x", tenant=tenant, calls_per_minute=10**6) as made:
        yield made


@pytest.mark.parametrize("sql", CHANGES)
def test_a_read_only_connection_changes_nothing(connection: xerosql.Connection, simulator: Simulator, sql: str) -> None:
    """Neither at Xero nor in the scratch schema, and it asks nothing before it says so."""
    with pytest.raises(xerosql.ProgrammingError, match="read-only") as caught:
        connection.sibling(read_only=True).execute(sql)
    assert caught.value.sqlstate == "25006"
    assert simulator.calls == 0


def test_siblings_see_each_others_scratch_tables_once_they_are_committed(connection: xerosql.Connection) -> None:
    """The schema is one; transactions are each connection's own."""
    one, other = connection.sibling(), connection.sibling(read_only=True)
    one.execute("BEGIN")
    one.execute("CREATE TABLE scratch.t AS SELECT 1 AS a")
    with pytest.raises(xerosql.ProgrammingError):
        other.execute("SELECT * FROM scratch.t")
    one.execute("COMMIT")
    assert other.execute("SELECT a FROM scratch.t").fetchall() == [(1,)]
    one.close()
    assert connection.execute("SELECT a FROM scratch.t").fetchall() == [(1,)]


def test_siblings_have_settings_and_statements_of_their_own(connection: xerosql.Connection) -> None:
    """What one sets or runs does not show in another."""
    one, other = connection.sibling(), connection.sibling()
    one.execute("SET max_calls = 0")
    with pytest.raises(xerosql.BudgetError):
        one.execute("SELECT * FROM Users")
    assert other.execute("SELECT count(*) FROM Users").fetchone() is not None
    assert other.execute("SELECT count(*) FROM sys.statements").fetchall() == [(2,)]


def test_the_search_path_can_change(connection: xerosql.Connection) -> None:
    """Bare names are looked for in the new schemas from then on, in this connection only."""
    sibling = connection.sibling()
    sibling.search_path = ["sys"]
    assert sibling.execute("SELECT count(*) FROM variables").fetchone() == (4,)
    with pytest.raises(xerosql.ProgrammingError):
        sibling.execute("SELECT count(*) FROM Users")
    assert connection.execute("SELECT count(*) FROM Users").fetchone() is not None
    with pytest.raises(xerosql.InterfaceError, match="nope"):
        sibling.search_path = ["nope"]


@pytest.mark.parametrize(
    ("selected", "names"),
    [
        ('Name, "Name", p.Name, Name AS N, Name AS "N"', ["name", "Name", "name", "n", "N"]),
        ("count(*), 1, Name || 'x', sum(1) OVER ()", ["count", "?column?", "?column?", "sum"]),
        ("'x'::text, 1::int, now(), CASE WHEN TRUE THEN 1 END", ["text", "int4", "now", "case"]),
    ],
)
def test_folded_names_are_postgresqls(connection: xerosql.Connection, selected: str, names: list[str]) -> None:
    """In lower case unless they were quoted; functions by their names, and `?column?`."""
    cursor = connection.sibling(fold_names=True).execute(f"SELECT {selected} FROM Projects p GROUP BY ALL LIMIT 1")
    assert [column[0] for column in cursor.description or ()] == names


def test_a_star_over_a_query_has_that_querys_names(connection: xerosql.Connection) -> None:
    """As who wraps a query to learn its columns wants to see them, and not as the tables below have them."""
    inner = 'SELECT "Status" AS status, Name, "Name" AS "Label" FROM Projects'
    for sql in (f"SELECT * FROM ({inner}) q LIMIT 0", f"SELECT * FROM (SELECT * FROM ({inner}) q) r WHERE false"):
        cursor = connection.sibling(fold_names=True).execute(sql)
        assert [column[0] for column in cursor.description or ()] == ["status", "name", "Label"]
        assert [column[0] for column in connection.execute(sql).description or ()] == ["status", "Name", "Label"]


def test_a_description_is_of_the_tables_as_they_are(connection: xerosql.Connection) -> None:
    """Though it is remembered: a table that is made anew, a search path or a setting of names make it another one."""
    sql = "SELECT * FROM scratch.changing"

    def columns(of: xerosql.Connection) -> list[tuple[str, str]]:
        return [(name, kind.code) for name, kind in of.describe(sql).columns or ()]

    sibling, folding = connection.sibling(), connection.sibling(fold_names=True)
    connection.execute('CREATE TABLE scratch.changing (a INTEGER, "B" TEXT)')
    for _ in range(2):
        assert columns(connection) == columns(sibling) == [("a", "INTEGER"), ("B", "VARCHAR")]
    connection.execute("DROP TABLE scratch.changing")
    with pytest.raises(xerosql.ProgrammingError):
        connection.describe(sql)
    connection.execute("CREATE TABLE scratch.changing (a DATE)")
    assert columns(connection) == columns(sibling) == [("a", "DATE")]
    alone = "SELECT Name AS Title FROM Users"
    names = [[name for name, _ in each.describe(alone).columns or ()] for each in (connection, folding, connection)]
    assert names == [["Title"], ["title"], ["Title"]]
    connection.execute("DROP TABLE scratch.changing")


@pytest.mark.parametrize(
    ("sql", "kind", "parameters", "columns"),
    [
        ("SELECT Name, MinutesLogged FROM Projects", "SELECT", (), ["VARCHAR", "INTEGER"]),
        ("SELECT 1 FROM Time WHERE Date > $1 AND Duration IN ($2,$3)", "SELECT", ("DATE", "INT", "INT"), ["INTEGER"]),
        ("SELECT 1 FROM Projects LIMIT $1", "SELECT", ("BIGINT",), ["INTEGER"]),
        ("SELECT $1::date, $2", "SELECT", ("DATE", None), ["DATE", "VARCHAR"]),
        (
            "INSERT INTO Time (UserId, ProjectId, TaskId, Date, Duration) VALUES ($1,'','',$2,3)",
            "INSERT",
            ("VARCHAR", "DATE"),
            None,
        ),
        ("UPDATE Tasks SET RateValue = $1 WHERE Id = $2", "UPDATE", ("DECIMAL(18,4)", "TEXT"), None),
        ("DELETE FROM Tasks WHERE Id = $1 RETURNING Name", "DELETE", ("TEXT",), ["VARCHAR"]),
        ("SHOW max_calls", "SHOW", (), ["VARCHAR"]),
        ("EXPLAIN SELECT * FROM Tasks", "EXPLAIN", (), ["BIGINT", "VARCHAR", "VARCHAR"]),
        ("EXPLAIN (FORMAT JSON) SELECT * FROM Tasks", "EXPLAIN", (), ["VARCHAR"]),
        ("BEGIN", "BEGIN", (), None),
    ],
)
def test_a_statement_is_described_without_being_run(
    connection: xerosql.Connection,
    simulator: Simulator,
    sql: str,
    kind: str,
    parameters: tuple[str | None, ...],
    columns: list[str] | None,
) -> None:
    """Its kind, its parameters by what stands beside them, its columns; no call is made."""
    described = connection.describe(sql)
    assert (described.kind, described.parameters) == (kind, parameters)
    assert columns == (None if described.columns is None else [each.code for _, each in described.columns])
    assert simulator.calls == 0


def test_numbered_parameters_need_no_space_between_them(connection: xerosql.Connection) -> None:
    """`$1,$2` is no beginning of a text in dollar quotes, and texts are left as they are."""
    assert connection.execute("SELECT $1,$2,'$1,$2',$$x$$", [1, 2]).fetchone() == (1, 2, "$1,$2", "x")
