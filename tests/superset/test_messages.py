"""Errors in Superset: every one that has advice is known again from its text, as only that is passed on."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy.exc

import xerosql
from xerosql.superset.messages import ADVICE, patterns, told, xero_error


def read(text: str) -> tuple[str, str] | None:
    """Kind and message, as Superset finds them."""
    for pattern, (kind, template) in patterns().items():
        if match := pattern.search(text):
            return kind, template % match.groupdict()
    return None


@pytest.mark.parametrize("sqlstate", ADVICE)
@pytest.mark.parametrize("said", ["100 % of it is\nused up", "did you mean max_calls?", "it ended."])
def test_an_error_is_known_from_its_text(sqlstate: str, said: str) -> None:
    kind, advice = ADVICE[sqlstate]
    text = told(xerosql.OperationalError(said, sqlstate=sqlstate))
    sentence = said if said[-1] in ".?" else f"{said}."
    assert read(f"xerosql error: {text}") == (kind, f"{sentence} {advice}")
    assert read(str(text)) == read(f"xerosql error: {text}")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT nope FROM Tasks", "COLUMN_DOES_NOT_EXIST_ERROR"),
        ("SELECT 1 FROM nope", "TABLE_DOES_NOT_EXIST_ERROR"),
        ("SELECT FROM WHERE", "SYNTAX_ERROR"),
        ("UPDATE Tasks SET Name = 'x' WHERE Name = 'y'", "CONNECTION_DATABASE_PERMISSIONS_ERROR"),
    ],
)
def test_what_a_statement_raises_has_its_kind(sql: str, kind: str) -> None:
    with xerosql.connect("demo", read_only=True) as connection, pytest.raises(xerosql.Error) as caught:
        connection.execute(sql)
    found = read(str(told(caught.value)))
    assert found is not None
    assert found[0] == kind


def test_what_a_budget_raises_says_where_the_cost_is_told() -> None:
    with xerosql.connect("demo", max_calls=1) as connection, pytest.raises(xerosql.BudgetError) as caught:
        connection.execute("SELECT * FROM Tasks")
    found = read(str(told(caught.value)))
    assert found is not None
    assert "more than max_calls = 1" in found[1]
    assert "Estimate cost" in found[1]


def test_a_missing_sign_in_says_where_to_sign_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("XEROSQL_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("XEROSQL_HOME", str(tmp_path))
    with xerosql.connect(client_id="x") as connection, pytest.raises(xerosql.Error) as caught:
        connection.execute("SELECT * FROM Projects")
    assert "on Superset's machine and as its user" in str(read(str(told(caught.value))))


def test_our_error_is_found_within_those_around_it() -> None:
    """SQLAlchemy wraps it, and Superset raises others from that."""
    ours = xerosql.DataError("no")
    wrapped = sqlalchemy.exc.DBAPIError("SELECT", {}, ours)
    outer = ValueError("stopped")
    outer.__cause__ = wrapped
    assert xero_error(outer) is ours
    assert told(outer) == "no. (SQLSTATE 22000)"
    outer.__cause__ = outer
    assert xero_error(outer) is None
    assert told("a text") is None


def test_an_error_without_advice_is_left_alone() -> None:
    assert read(str(told(xerosql.DataError("12 is no date", sqlstate="22007")))) is None
