"""What Tab offers, by where the cursor stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

import xerosql
from xerosql.cli.completion import SqlCompleter, words_of


@pytest.fixture
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo") as connection:
        yield connection


def offered(connection: xerosql.Connection, text: str) -> list[str]:
    """The completions where the text has a |, or at its end."""
    before, _, after = text.partition("|")
    document = Document(before + after, len(before))
    return [each.text for each in SqlCompleter(words_of(connection)).get_completions(document, CompleteEvent())]


def test_tables_and_schemas_are_offered_where_a_table_must_stand(connection: xerosql.Connection) -> None:
    assert offered(connection, "SELECT * FROM t") == ["Tasks", "Tenants", "Time"]
    assert offered(connection, "SELECT 1 FROM inf") == ["information_schema"]
    assert offered(connection, "\\d Ta") == ["Tasks"]
    assert "SELECT" not in offered(connection, "SELECT * FROM ")


def test_a_schemas_tables_are_offered_behind_its_dot(connection: xerosql.Connection) -> None:
    assert offered(connection, "SELECT * FROM projects.U") == ["Users"]


def test_the_columns_of_the_named_tables_are_offered(connection: xerosql.Connection) -> None:
    assert offered(connection, "SELECT Char| FROM Tasks") == ["ChargeType"]
    assert "Char" not in "".join(offered(connection, "SELECT Char| FROM Users"))


def test_the_columns_of_an_alias_are_offered_behind_its_dot(connection: xerosql.Connection) -> None:
    assert offered(connection, "SELECT t.Rate| FROM Tasks AS t") == ["RateValue", "RateCurrency"]
    assert offered(connection, "SELECT tasks.Rate| FROM Tasks") == ["RateValue", "RateCurrency"]


def test_keywords_are_offered_in_either_case(connection: xerosql.Connection) -> None:
    assert "SELECT" in offered(connection, "sel")


def test_a_new_scratch_table_is_offered(connection: xerosql.Connection) -> None:
    connection.execute("CREATE TABLE scratch.rates (currency VARCHAR, rate DECIMAL(18,4))")
    assert offered(connection, "SELECT * FROM scratch.r") == ["rates"]
    assert "currency" in offered(connection, "SELECT c| FROM scratch.rates")
