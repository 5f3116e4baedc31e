"""Where statements end, and when Enter should run what was typed."""

from __future__ import annotations

import pytest

from xerosql.cli.statements import is_complete, split


@pytest.mark.parametrize(
    ("text", "statements", "rest"),
    [
        ("SELECT 1;", ["SELECT 1"], ""),
        ("SELECT 1; SELECT 2", ["SELECT 1"], " SELECT 2"),
        ("SELECT ';';", ["SELECT ';'"], ""),
        ("SELECT 'it''s; here';", ["SELECT 'it''s; here'"], ""),
        ('SELECT ";" FROM a;', ['SELECT ";" FROM a'], ""),
        ("SELECT 1 -- no; end\n;", ["SELECT 1 -- no; end"], ""),
        ("SELECT /* ; */ 1;", ["SELECT /* ; */ 1"], ""),
        ("SELECT $$a;b$$;", ["SELECT $$a;b$$"], ""),
        ("SELECT $x$a;$$;b$x$;", ["SELECT $x$a;$$;b$x$"], ""),
        ("SELECT 'open; ", [], "SELECT 'open; "),
        (";;", [], ""),
        ("-- only a comment;", [], "-- only a comment;"),
    ],
)
def test_a_semicolon_ends_a_statement_unless_it_is_hidden(text: str, statements: list[str], rest: str) -> None:
    assert split(text) == (statements, rest)


@pytest.mark.parametrize("text", ["", "  \n", "\\d", "SELECT 1;", "SELECT 1; -- done", "\\d Tasks"])
def test_enter_runs_what_is_complete(text: str) -> None:
    assert is_complete(text)


@pytest.mark.parametrize("text", ["SELECT 1", "SELECT ';", "SELECT 1; SELECT 2", "SELECT 1 -- ;"])
def test_enter_starts_a_new_line_in_what_is_not(text: str) -> None:
    assert not is_complete(text)
