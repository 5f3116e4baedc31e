"""Malformed input of every kind: one PEP 249 error of one class, in one sentence that says what to do.

`tests/test_bad_input.py` has the mistakes that people make, `tests/hostile/` what a server can send; here is what
nobody writes by mistake. A statement that fails leaves the connection as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import xerosql
from xerosql import DataError, InterfaceError, NotSupportedError, ProgrammingError
from xerosql.config import load_settings

LONG = "9" * 5000
UUID = "00000000-0000-4000-8000-000000000000"
NESTED: list[Any] = []
NESTED.append(NESTED)


def one_sentence(error: xerosql.Error, kind: type[xerosql.Error]) -> None:
    """The error is of this very class, of our own making, and quotes no more than what was given."""
    assert type(error) is kind, repr(error)[:300]
    text = str(error)
    assert 10 < len(text) < 6000, text[:300]
    for inner in ("<class", "Traceback", "sqlglot", "TokenType", "s3cret", "0x7f"):
        assert inner not in text, text


# -- Options ---------------------------------------------------------------------------------------------------------

HUGE = 10**400
OPTIONS: list[tuple[str, Any]] = [
    *(("access_token", value) for value in (5, b"x", ["x"], "\ud800")),
    *(("client_id", value) for value in (5, {}, "\udcff")),
    *(("client_secret", value) for value in (5, "\ud800")),
    *(("refresh_token", value) for value in (5, "\ud800")),
    *(("tenant", value) for value in (5, b"x", "\ud800")),
    *(
        (name, value)
        for name in ("base_url", "identity_url")
        for value in (
            "",
            "https://",
            "https:///path",
            "https://[",
            "https://[::1",
            "https://x:99999",
            "https://x:port",
            "https://x:0",
            "https://x\\y",
            "https://user@x",
            "https://user:s3cret@x",
            "https://x?s3cret",
            "https://x#y",
            "https://x y",
            "https://x\r\ny",
            "https://x\0",
            "https://\u202e",
            "https://ｘ",
            "//x",
            "x",
            "HTTPS://x",
            "file:///etc/passwd",
            "javascript:x",
            "ftp://x",
            5,
        )
    ),
    *(
        (name, value)
        for name in ("connect_timeout", "read_timeout")
        for value in (0, -1, "", "1s", "nan", "inf", float("nan"), float("inf"), HUGE, 1e18, [], True)
    ),
    *(
        (name, value)
        for name in ("max_body_bytes", "max_in_flight", "calls_per_minute", "calls_per_day")
        for value in (0, -1, 1.5, "1MB", "0x5", LONG, True, [])
    ),
    *(("max_wait", value) for value in (-1, "-0.1", "nan", "soon", [])),
    *((name, value) for name in ("max_calls", "max_rows_affected") for value in (-1, 1.5, "x", LONG, True)),
    *(("day_reserve", value) for value in (-0.1, 1.1, "half", "nan", True)),
    *(("verify", value) for value in ("", 5, [])),
    *(("cert", value) for value in (5, [])),
    *(("proxies", value) for value in (5, ["x"], {"http": 5}, {5: "x"})),
    *(("scopes", value) for value in (5, [5], {"a": 1})),
    *(("search_path", value) for value in (5, [5], [], "", ())),
    *(("token_expires_at", value) for value in ("soon", "2026-13-01", float("inf"), float("nan"), 10**30, -(10**30))),
    *(("token_file", value) for value in (5, "/no/such/file", "\0", "/", "~nobody-there/x", "x" * 5000)),
    *((name, value) for name in ("autocommit", "pushdown") for value in ("perhaps", 2, [])),
    *(("dialect", value) for value in (5, b"xero")),
    *((name, "x") for name in ("acces_token", "password", "__class__", "", "SETTINGS", "access-token")),
]


@pytest.mark.parametrize(("name", "value"), OPTIONS, ids=lambda value: ascii(value)[:30])
def test_an_option_that_cannot_be_is_an_interface_error(name: str, value: Any) -> None:
    """It names the option or its file, and never another value, which may be a misplaced secret."""
    with pytest.raises(xerosql.Error) as caught:
        load_settings(None, {name: value}, {"XEROSQL_CONFIG": "/nowhere"})
    one_sentence(caught.value, InterfaceError)
    assert name in str(caught.value) or (name == "token_file" and value in str(caught.value))


@pytest.mark.parametrize("profile", [5, b"x", ["x"], "\0", "\ud800", "x" * 5000, "no such", "../x", "a]\n[b"])
def test_a_profile_that_cannot_be_is_an_interface_error(profile: Any) -> None:
    """There is none of that name, in a file or among the sign-ins."""
    with pytest.raises(xerosql.Error) as caught:
        load_settings(profile, {}, {"XEROSQL_CONFIG": "/nowhere"})
    assert type(caught.value) is InterfaceError
    assert "profile" in str(caught.value)


ENVIRONMENT = [
    ("XEROSQL_CONFIG", "\0"),
    ("XEROSQL_CONFIG", "~nobody-there/x"),
    ("XEROSQL_CONFIG", "x" * 5000),
    ("XEROSQL_CONFIG", "/"),
    ("XEROSQL_HOME", "~nobody-there/x"),
    ("XEROSQL_PROFILE", "no such"),
    ("XEROSQL_READ_TIMEOUT", "long"),
    ("XEROSQL_AUTOCOMMIT", "perhaps"),
    ("XEROSQL_MAX_CALLS", LONG),
    ("XEROSQL_MAX_IN_FLIGHT", "0"),
    ("XEROSQL_BASE_URL", "https://user:s3cret@x"),
    ("XEROSQL_ACCESS_TOKEN", "s3cret\udcff"),
    ("XEROSQL_TOKEN_EXPIRES_AT", "s3cret"),
    ("XEROSQL_TOKEN_FILE", "/no/such/file"),
    ("XEROSQL_DAY_RESERVE", "2"),
]


@pytest.mark.parametrize(("name", "value"), ENVIRONMENT, ids=lambda value: ascii(value)[:30])
def test_an_environment_that_cannot_be_is_an_interface_error(name: str, value: str) -> None:
    """As the same option given as a keyword is."""
    with pytest.raises(xerosql.Error) as caught:
        load_settings(None, {}, {"XEROSQL_CONFIG": "/nowhere", name: value})
    assert type(caught.value) is InterfaceError
    assert "s3cret" not in str(caught.value)


# -- Files -----------------------------------------------------------------------------------------------------------

PROFILES = [
    b"\xff",
    b"\0",
    b"[profiles",
    b"profiles = []",
    b"[profiles]\nx = 1",
    b"[other.x]",
    b"[[profiles]]\nx = 1",
    b"\xef\xbb\xbf[profiles.default]",
    b"[profiles.default]\ntenant = 1\ntenant = 2",
    b"[profiles.default]\naccess_token = 's3cret",
    b"[profiles.default]\naccess_token = 5",
    b"[profiles.default]\ntenant = 1979-05-27",
    b"[profiles.default]\ntoken_expires_at = 07:32:00",
    b"[profiles.default]\nread_timeout = inf",
    b"[profiles.default]\nread_timeout = true",
    b"[profiles.default]\nmax_calls = " + LONG.encode(),
    b"[profiles.default]\nscopes = " + b"[" * 100_000,
    b"[profiles.default]\nverify = ''",
    b"[profiles.default]\nunknown = 1",
    b"[profiles.default.deeper]\nx = 1",
]


@pytest.mark.parametrize("text", PROFILES, ids=lambda text: ascii(text)[:40])
def test_a_profile_that_is_malformed_is_an_interface_error(tmp_path: Path, text: bytes) -> None:
    """It names the file and quotes no value of it."""
    path = tmp_path / "config.toml"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(xerosql.Error) as caught:
        load_settings(None, {}, {"XEROSQL_CONFIG": str(path)})
    assert type(caught.value) is InterfaceError
    assert "config.toml" in str(caught.value)
    assert "s3cret" not in str(caught.value)


SIGN_INS = [
    b"",
    b"[]",
    b"null",
    b"\xff",
    b"{",
    b"[" * 100_000,
    b"{}",
    b'{"options":[1]}',
    b'{"options":"x"}',
    b'{"options":{"unknown":1}}',
    b'{"options":{"client_id":5}}',
    b'{"options":{"max_calls":' + LONG.encode() + b"}}",
    b'{"options":{"read_timeout":NaN}}',
    b'{"options":{"token_expires_at":1e999}}',
]


@pytest.mark.parametrize("text", SIGN_INS, ids=lambda text: ascii(text)[:40])
def test_a_kept_sign_in_that_is_malformed_is_an_interface_error(tmp_path: Path, text: bytes) -> None:
    """It says which file to replace by signing in again."""
    path = tmp_path / "sign-in.json"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(InterfaceError, match=r"sign-in\.json"):
        load_settings(None, {"token_file": str(path)}, {"XEROSQL_CONFIG": "/nowhere"})


# -- Statements ------------------------------------------------------------------------------------------------------

SQL: list[tuple[str, type[xerosql.Error]]] = [
    ("\0", NotSupportedError),
    ("\ufeffSELECT 1", ProgrammingError),
    ("\u202eSELECT 1", ProgrammingError),
    ("SELECT \ud800", DataError),
    ("SELECT '\ud800'", DataError),
    ("SET max_calls = '\ud800'", DataError),
    ("INSERT INTO Projects (ContactId, Name) VALUES ('\ud800', 'x')", DataError),
    (";;;", ProgrammingError),
    ("/* " * 1000, ProgrammingError),
    ("SELECT $$ open", ProgrammingError),
    ("SELECT E'\\", ProgrammingError),
    ('SELECT "', ProgrammingError),
    ("SELECT " + "(" * 5000, ProgrammingError),
    ("SELECT " + "(" * 800 + "1" + ")" * 800, ProgrammingError),
    ("SELECT " + "[" * 500 + "]" * 500, ProgrammingError),
    ("SELECT " + "NOT " * 2000 + "true", ProgrammingError),
    ("SELECT " + "f(" * 900 + ")" * 900, ProgrammingError),
    ("SELECT 1" + "::int" * 3000, ProgrammingError),
    ("SELECT " + "+".join(["1"] * 3000), ProgrammingError),
    ("SELECT " + "CASE WHEN true THEN " * 500 + "1" + " END" * 500, ProgrammingError),
    ("SELECT ceil()", ProgrammingError),
    ("SELECT floor() FROM Users", ProgrammingError),
    ("SELECT $0", ProgrammingError),
    ("SELECT $-1", ProgrammingError),
    ("SELECT $65536", ProgrammingError),
    ("SELECT $999999999", ProgrammingError),
    ("SELECT $99999999999999999999", ProgrammingError),
    (f"SELECT ${LONG}", ProgrammingError),
    ("SELECT $1$2", ProgrammingError),
    ("SELECT :a:b", ProgrammingError),
    ("SELECT ? ?", ProgrammingError),
    ("SELECT * FROM Tasks t, Tasks t", ProgrammingError),
    ("SELECT * FROM Tasks LIMIT -1", ProgrammingError),
    ("SELECT * FROM Tasks WHERE Id = ''", DataError),
    ("SELECT * FROM Tasks WHERE Id = '/'", DataError),
    ("SELECT * FROM Tasks WHERE Id = '../..'", DataError),
    (f"SELECT * FROM Tasks WHERE Id = '{UUID}/../{UUID}'", DataError),
    (f"SELECT * FROM Tasks WHERE Id = '{UUID}/{UUID}?x'", DataError),
    (f"SELECT * FROM Tasks WHERE Id = '{UUID}/{UUID}\r\n'", DataError),
    (f"SELECT * FROM Tasks WHERE Id = '{UUID}%2f{UUID}'", DataError),
    (f"SELECT * FROM Tasks WHERE ProjectId = '{{{UUID}}}'", DataError),
    (f"SELECT * FROM Tasks WHERE ProjectId = 'urn:uuid:{UUID}'", DataError),
    (f"SELECT * FROM Tasks WHERE ProjectId = '{UUID}\u0660'", DataError),
    ("SELECT * FROM Tasks WHERE ProjectId = '\0'", DataError),
    ("SELECT * FROM Users WHERE TenantId = 'a\r\nX-Evil: 1'", DataError),
    ("SELECT * FROM Users WHERE TenantId = '../x'", DataError),
    ("SELECT * FROM Time WHERE Date = '2026-02-30'", DataError),
    ("SELECT DATE '99999999-01-01'", DataError),
    ("SELECT CAST('1e999' AS decimal(18,4))", DataError),
    (f"SELECT CAST('{LONG}' AS integer)", DataError),
    ("SELECT CAST(1 AS decimal(99,4))", ProgrammingError),
    ("SELECT CAST(1 AS nonsense)", ProgrammingError),
    ("CREATE TABLE scratch.t", ProgrammingError),
    ("CREATE TABLE scratch.x (y nonsense)", ProgrammingError),
    ("DROP TABLE scratch.none", ProgrammingError),
    ("INSERT INTO Tasks", ProgrammingError),
    ("INSERT INTO Tasks VALUES", ProgrammingError),
    ("INSERT INTO Nothing (a) VALUES (1)", ProgrammingError),
    ("UPDATE Tasks SET", ProgrammingError),
    ("UPDATE Tasks SET Nothing = 1 WHERE Id = 'x'", ProgrammingError),
    ("DELETE FROM", ProgrammingError),
    ("DELETE FROM Nothing", ProgrammingError),
    # EXPLAIN
    ("EXPLAIN", ProgrammingError),
    ("EXPLAIN ()", ProgrammingError),
    ("EXPLAIN (", ProgrammingError),
    ("EXPLAIN (ANALYZE", ProgrammingError),
    ("EXPLAIN (ANALYZE) ", ProgrammingError),
    ("EXPLAIN (ANALYZE perhaps) SELECT 1", NotSupportedError),
    ("EXPLAIN (FORMAT) SELECT 1", NotSupportedError),
    ("EXPLAIN (FORMAT YAML) SELECT 1", NotSupportedError),
    ("EXPLAIN (FORMAT JSON FORMAT) SELECT 1", ProgrammingError),
    ("EXPLAIN (,) SELECT 1", ProgrammingError),
    ("EXPLAIN (COSTS OFF) SELECT 1", NotSupportedError),
    ("EXPLAIN VERBOSE SELECT 1", NotSupportedError),
    ("EXPLAIN FORMAT SELECT 1", NotSupportedError),
    ("EXPLAIN SELCT 1", ProgrammingError),
    ("EXPLAIN SET max_calls = 1", NotSupportedError),
    ("EXPLAIN COMMIT", NotSupportedError),
    ("EXPLAIN EXPLAIN SELECT 1", NotSupportedError),
    ("EXPLAIN " * 1000 + "SELECT 1", ProgrammingError),
    ("EXPLAIN SELECT 1; SELECT 2", NotSupportedError),
    ("EXPLAIN ANALYZE DELETE FROM Tasks WHERE Name = 'x'", NotSupportedError),
    # SET, RESET, SHOW, CALL
    ("SET", ProgrammingError),
    ("SET max_calls", ProgrammingError),
    ("SET max_calls =", ProgrammingError),
    ("SET = 1", ProgrammingError),
    ("SET max_calls = 1 2", ProgrammingError),
    ("SET max_calls = 1, 2", DataError),
    ("SET max_calls = -1", DataError),
    ("SET max_calls = 1.5", DataError),
    ("SET max_calls = many", DataError),
    ("SET max_calls = TRUE", DataError),
    ("SET max_calls = 1e400", DataError),
    (f"SET max_calls = {LONG}", DataError),
    ("SET max_calls = " + "(" * 2000 + "1" + ")" * 2000, ProgrammingError),
    ("SET max_calls = (SELECT 1)", ProgrammingError),
    ("SET max_calls = 1 + 1", ProgrammingError),
    ("SET max_calls = getenv('HOME')", ProgrammingError),
    ("SET max_calls = 1 FROM Users", ProgrammingError),
    ("SET max_calls = ?", ProgrammingError),
    ("SET day_reserve = NULL", DataError),
    ("SET day_reserve = 1.0001", DataError),
    ("SET day_reserve = 'NaN'", DataError),
    ("SET nothing = 1", ProgrammingError),
    ("SET settings = 1", ProgrammingError),
    ("SET __class__ = 1", ProgrammingError),
    ("SET a.b.c = 1", ProgrammingError),
    ("SET 'max_calls' = 1", ProgrammingError),
    ("SET LOCAL max_calls = 1", NotSupportedError),
    ("SET max_calls = 1; SELECT 1", NotSupportedError),
    ("SET max_calls = '", ProgrammingError),
    ("RESET", ProgrammingError),
    ("RESET nothing", ProgrammingError),
    ("RESET max_calls, day_reserve", ProgrammingError),
    ("SHOW", ProgrammingError),
    ("SHOW nothing", ProgrammingError),
    ("SHOW max_calls day_reserve", ProgrammingError),
    ("CALL", ProgrammingError),
    ("CALL GetLimitInfo", ProgrammingError),
    ("CALL GetLimitInfo(1)", ProgrammingError),
    ("CALL GetLimitInfo(", ProgrammingError),
    ("CALL nothing()", ProgrammingError),
    ("CALL ()", ProgrammingError),
]


@pytest.fixture(scope="module")
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo") as connection:
        connection.execute("CREATE TABLE scratch.t (x integer)")
        yield connection


@pytest.mark.parametrize(("sql", "kind"), SQL, ids=lambda value: ascii(value)[:40] if isinstance(value, str) else None)
def test_a_statement_that_is_malformed_is_one_clear_error(
    connection: xerosql.Connection, sql: str, kind: type[xerosql.Error]
) -> None:
    """Of this class; the connection goes on, with the settings that it had."""
    with pytest.raises(xerosql.Error) as caught:
        connection.execute(sql).fetchall()
    one_sentence(caught.value, kind)
    assert connection.execute("SELECT 1").fetchall() == [(1,)]
    assert [row[1] for row in connection.execute("SHOW ALL")] == ["0", "0", None, None]


# -- Parameters ------------------------------------------------------------------------------------------------------

READ, ID, WRITE, SET = (
    "SELECT ?",
    "SELECT * FROM Tasks WHERE Id = ?",
    "INSERT INTO Tasks (ProjectId, Name, RateValue, ChargeType) VALUES (?, 'x', 1, 'TIME')",
    "SET max_calls = ?",
)
PARAMETERS: list[tuple[str, Any, type[xerosql.Error]]] = [
    *(
        (sql, [value], ProgrammingError)
        for sql in (READ, ID, WRITE, SET)
        for value in (object(), object, 1j, range(3), memoryview(b"x"), ..., len, NESTED, {"a": object()}, [[object()]])
    ),
    *((sql, [10**5000], DataError) for sql in (READ, ID, WRITE, SET)),
    *((sql, [-(10**5000)], DataError) for sql in (READ, ID, WRITE, SET)),
    *(
        (sql, given, ProgrammingError)
        for sql in (READ, SET)
        for given in ("x", b"x", 5, 1.5, object(), {}, {"a": 1}, [], [1, 2], (), None)
    ),
    *(
        (ID, [value], DataError)
        for value in (5, 1.5, True, b"x", "", "/", "..", "a/b", "\0", "\ud800", dt.date.max, {}, Decimal("NaN"))
    ),
    *((WRITE, [value], DataError) for value in (5, True, b"x", "", "..", "\0", "\ud800", dt.date.min, [], {})),
    *((SET, [value], DataError) for value in (-1, 1.5, True, "x", "", b"1", [1], {}, dt.date.max, Decimal("sNaN"))),
    (READ, ["\ud800"], DataError),
]


@pytest.mark.parametrize(("sql", "given", "kind"), PARAMETERS, ids=lambda value: ascii(type(value).__name__)[:20])
def test_a_parameter_that_cannot_be_is_one_clear_error(
    connection: xerosql.Connection, sql: str, given: Any, kind: type[xerosql.Error]
) -> None:
    """Of this class; nothing has been sent or set."""
    before = connection.execute("SELECT count(*) FROM Tasks").fetchall()
    with pytest.raises(xerosql.Error) as caught:
        connection.execute(sql, given).fetchall()
    assert type(caught.value) is kind, repr(caught.value)[:300]
    assert 10 < len(str(caught.value)) < 1500
    assert [row[1] for row in connection.execute("SHOW ALL")] == ["0", "0", None, None]
    assert connection.execute("SELECT count(*) FROM Tasks").fetchall() == before


def test_there_are_more_than_two_hundred_of_each_half() -> None:
    """Options, files and environment; statements and parameters."""
    assert len(OPTIONS) + len(ENVIRONMENT) + len(PROFILES) + len(SIGN_INS) > 200
    assert len(SQL) + len(PARAMETERS) > 200
