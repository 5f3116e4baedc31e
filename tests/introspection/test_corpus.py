"""Tools are told of the catalog what a PostgreSQL 15 with the same tables tells them, in every cell."""

from __future__ import annotations

import os

import psycopg
import pytest

from tests.introspection.answer import Answer, Asked, differences
from tests.introspection.conftest import OWNER, READER, WRITER, Connected
from tests.introspection.corpus import CORPUS
from tests.introspection.question import Question

SOME = ("JDBC", "DataGrip", "Npgsql")  # `make clients` asks for all


@pytest.mark.parametrize("tool", CORPUS)
def test_a_tool_is_told_the_same(at_ours: Connected, at_real: Connected, tool: str) -> None:
    """By both protocols, in texts and in binary, to one who writes; what the parameters are, too."""
    wrong = [
        f"{question.wants}, {how}: {difference}"
        for question in CORPUS[tool]
        for how, ours, real in answers(question, at_ours(WRITER), at_real(OWNER if question.as_owner else WRITER))
        for difference in differences(ours, real)
    ]
    assert not wrong, "\n".join(wrong)


def answers(question: Question, ours: Asked, real: Asked) -> list[tuple[str, Answer, Answer]]:
    found = [("extended", ours.extended(question), real.extended(question))]
    if not question.values:
        found.append(("simple", ours.simple(question), real.simple(question)))
    in_binary = real.extended(question, binary=True)
    if not in_binary.error:  # as for aclitem, which has no binary form
        found.append(("binary", ours.extended(question, binary=True), in_binary))
    return found


@pytest.mark.parametrize("tool", CORPUS)
def test_one_who_only_reads_is_told_the_same(at_ours: Connected, at_real: Connected, tool: str) -> None:
    """Among it that he may only read."""
    real, owner = at_real(READER), at_real(OWNER)
    wrong = [
        f"{question.wants}: {difference}"
        for question in CORPUS[tool]
        for difference in differences(
            at_ours(READER).extended(question), (owner if question.as_owner else real).extended(question)
        )
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("tool", CORPUS if os.environ.get("XEROSQL_CLIENTS") else SOME)
def test_a_transaction_changes_no_answer(at_ours: Connected, tool: str) -> None:
    """Asked twice, within a transaction, and after one that failed, in which nothing is answered."""
    asked = at_ours(WRITER)
    questions = [each for each in CORPUS[tool] if each.sql != "DISCARD ALL"]  # which no transaction takes
    before = [asked.extended(each) for each in questions]
    asked.connection.execute("BEGIN")
    assert [asked.extended(each) for each in questions] == before
    with pytest.raises(psycopg.errors.UndefinedTable):
        asked.connection.execute("SELECT * FROM pg_catalog.nope")
    refused = {asked.extended(each).error for each in questions}
    assert {(error or "")[:5] for error in refused} == {"25P02"}
    asked.connection.execute("ROLLBACK")
    assert [asked.extended(each) for each in questions] == before


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT * FROM pg_catalog.pg_nope", "pg_nope"),
        ("SELECT * FROM information_schema.nope", "nope"),
        ("SELECT pg_catalog.pg_nope(oid) FROM pg_class", "pg_nope"),
        ("SELECT n.x FROM pg_namespace n, LATERAL pg_nope(n.oid) AS x", "pg_nope"),
        ("SELECT nope FROM pg_class", "nope"),
        ("SELECT oid::regnope FROM pg_class", "regnope"),
    ],
)
def test_what_the_catalog_does_not_have_is_an_error_that_names_it(at_ours: Connected, sql: str, named: str) -> None:
    """A tool that were told nothing would believe that there is nothing."""
    with pytest.raises(psycopg.Error, match=named):
        at_ours(WRITER).connection.execute(sql.encode())
