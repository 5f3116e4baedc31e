"""What a result's columns are said to come from: the number of a table and of its column, as in the catalog."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

Connect = Callable[..., psycopg.Connection]
NAMES = (
    "SELECT c.oid, a.attnum, n.nspname || '.' || c.relname || '.' || a.attname FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attnum > 0"
)
PROJECT = "projects.Projects."
QUERIES: dict[str, list[str | None]] = {
    "SELECT Name, MinutesLogged + 1 FROM Projects": [f"{PROJECT}Name", None],
    "SELECT p.Name AS n, (Status) FROM Projects p": [f"{PROJECT}Name", f"{PROJECT}Status"],
    "SELECT t.n FROM (SELECT Name AS n FROM Projects) t": [f"{PROJECT}Name"],
    "SELECT a, b FROM (SELECT Name, Status FROM Projects) t(a, b)": [f"{PROJECT}Name", f"{PROJECT}Status"],
    "WITH x AS (SELECT Name AS n, 1 AS o FROM Projects) SELECT * FROM x": [f"{PROJECT}Name", None],
    "SELECT DISTINCT Status FROM Projects": [f"{PROJECT}Status"],
    "SELECT Status, count(*), max(Name) FROM Projects GROUP BY 1": [f"{PROJECT}Status", None, None],
    "SELECT Name FROM Projects UNION SELECT Name FROM Users": [None],
    "SELECT lower(Email), Email FROM Users LIMIT 1": [None, "projects.Users.Email"],
    "SELECT ProjectId, t.Name FROM Projects p LEFT JOIN Tasks t USING (ProjectId) LIMIT 1": [
        f"{PROJECT}ProjectId",
        "projects.Tasks.Name",
    ],
    "SELECT ProjectId FROM Projects FULL JOIN Tasks USING (ProjectId) LIMIT 1": [None],
    "SELECT 1": [None],
    "VALUES (1)": [None],
}


def origins(connection: psycopg.Connection, sql: str, *, prepare: bool = False) -> list[str | None]:
    """The columns that the server names, by name."""
    names = {(oid, number): name for oid, number, name in connection.execute(NAMES).fetchall()}
    result = connection.execute(sql, prepare=prepare).pgresult
    assert result is not None
    found = [(result.ftable(place), result.ftablecol(place)) for place in range(result.nfields)]
    return [None if each == (0, 0) else names[each] for each in found]


@pytest.mark.parametrize("prepare", [False, True], ids=["simple", "prepared"])
@pytest.mark.parametrize("sql", QUERIES)
def test_a_plain_column_names_its_table(connect: Connect, sql: str, prepare: bool) -> None:
    """Through whatever leaves it as it is; nothing that is computed does. `make clients` asks a real PostgreSQL."""
    assert origins(connect(), sql, prepare=prepare) == QUERIES[sql]


def test_views_and_scratch_tables_have_numbers_too(connect: Connect) -> None:
    """Also a table that was made a moment ago."""
    connection = connect()
    connection.execute("CREATE TABLE scratch.origin (a INTEGER, b VARCHAR)")
    assert origins(connection, "SELECT b, a FROM scratch.origin") == ["scratch.origin.b", "scratch.origin.a"]
    connection.execute("DROP TABLE scratch.origin")
    assert origins(connection, "SELECT Name, Value FROM sys.variables") == ["sys.variables.Name", "sys.variables.Value"]


def test_what_a_write_returns_names_its_table(connect: Connect) -> None:
    """INSERT … RETURNING, as tools ask for a key that was made."""
    connection = connect()
    row = connection.execute("SELECT ProjectId, CurrencyCode FROM Projects WHERE Status = 'INPROGRESS'").fetchone()
    assert row is not None
    insert = (
        "INSERT INTO Tasks (ProjectId, Name, RateValue, RateCurrency, ChargeType) "
        f"VALUES ('{row[0]}', 'Returned', 1, '{row[1]}', 'TIME') RETURNING Id, upper(Name)"
    )
    assert origins(connection, insert) == ["projects.Tasks.Id", None]


def test_a_text_has_its_columns_length(connect: Connect) -> None:
    """As at PostgreSQL, and no length once something is done with it."""
    result = connect().execute("SELECT Name, Name || '' FROM Tasks LIMIT 1").pgresult
    assert result is not None
    assert [(result.ftype(place), result.fmod(place)) for place in (0, 1)] == [(1043, 104), (25, -1)]
