"""The text of queries: where statements end, what they begin with, and what of them may be logged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xerosql.server.failures import StatementError
from xerosql.server.session_settings import Assignment, SessionSettings, milliseconds
from xerosql.server.statements import first_word, split, without_values


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; ;SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';'; SELECT \";\"", ["SELECT ';'", 'SELECT ";"']),
        ("SELECT 'a\\'; SELECT 2", ["SELECT 'a\\'", "SELECT 2"]),
        ("SELECT E'a\\';'; SELECT 2", ["SELECT E'a\\';'", "SELECT 2"]),
        ("SELECT $$;$$; SELECT $a$;$b$;$a$", ["SELECT $$;$$", "SELECT $a$;$b$;$a$"]),
        ("SELECT $1;SELECT $2", ["SELECT $1", "SELECT $2"]),
        ("/* ; */ SELECT 1 -- ;\n; -- nothing", ["/* ; */ SELECT 1 -- ;"]),
    ],
)
def test_a_query_is_split_where_its_statements_end(text: str, statements: list[str]) -> None:
    """And left byte for byte as it is."""
    assert split(text) == statements


@given(st.text(alphabet="ab1 ';\"$-/*\\\nE"))
def test_nothing_of_a_text_is_lost_by_splitting(text: str) -> None:
    """Every letter of a statement is in one of the parts, unless it stands in a comment."""
    kept = "".join(split(text))
    assert all(each in text for each in kept)


@pytest.mark.parametrize(
    ("text", "word"),
    [("select 1", "SELECT"), ("-- x\n /* y */ BEGIN", "BEGIN"), ("((SELECT 1))", "SELECT"), ("", ""), ("1", "")],
)
def test_the_first_word_says_what_a_statement_is(text: str, word: str) -> None:
    """Behind space and comments."""
    assert first_word(text) == word


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("SELECT 'a', 1.5e3, .5, x1, $1, \"b 2\" FROM t2", 'SELECT ?, ?, ?, x1, $1, "b 2" FROM t2'),
        ("SELECT $$secret$$ /* secret */ -- secret\n , 'unfinished secret", "SELECT ? , ?"),
        ("SELECT 'it''s' || E'\\'secret'", "SELECT ? || ?"),
    ],
)
def test_a_statement_is_logged_without_its_values(text: str, shown: str) -> None:
    """Names and parameters stay."""
    assert without_values(text) == shown


@given(st.text(min_size=4).filter(lambda each: each.strip() and "?" not in each))
def test_no_text_is_logged_whatever_is_in_it(secret: str) -> None:
    """However it is quoted."""
    quoted = secret.replace("'", "''")
    assert without_values(f"SELECT '{quoted}'") == "SELECT ?"


@pytest.mark.parametrize(
    ("sql", "name", "value"),
    [
        ("SET DateStyle = 'ISO'", "DateStyle", "ISO"),
        ('SET SESSION search_path TO a, "B c"', "search_path", "a, B c"),
        ("SET LOCAL statement_timeout = 5", "statement_timeout", "5"),
        ("set time zone 'UTC'", "TimeZone", "UTC"),
        ("SET NAMES 'UTF8'", "client_encoding", "UTF8"),
        ("SET extra_float_digits = DEFAULT", "extra_float_digits", None),
    ],
)
def test_set_is_taken_apart(sql: str, name: str, value: str | None) -> None:
    """In each way that PostgreSQL lets it be written."""
    given = Assignment(sql)
    assert (given.name, given.value) == (name, value)


@pytest.mark.parametrize(("value", "kept"), [("0", "0"), ("5s", "5000"), ("1.5 min", "90000"), ("250", "250")])
def test_a_time_out_has_units(value: str, kept: str) -> None:
    """Milliseconds without one."""
    assert milliseconds(value) == kept


@pytest.mark.parametrize(
    ("name", "value", "sqlstate"),
    [
        ("nope", "1", "42704"),
        ("server_version", "16", "55P02"),
        ("client_encoding", "LATIN1", "22023"),
        ("DateStyle", "German", "22023"),
        ("statement_timeout", "soon", "22023"),
    ],
)
def test_a_setting_that_would_make_answers_wrong_is_refused(name: str, value: str, sqlstate: str) -> None:
    """With PostgreSQL's codes."""
    with pytest.raises(StatementError) as caught:
        SessionSettings({}, "x").set(name, value)
    assert caught.value.sqlstate == sqlstate
