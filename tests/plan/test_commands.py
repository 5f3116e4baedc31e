"""SET, RESET, SHOW and CALL as text: which words are understood, and what is said of the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from xerosql import NotSupportedError, ProgrammingError
from xerosql.catalog import load
from xerosql.plan.commands import PROCEDURES, plan_command
from xerosql.plan.model import CallPlan, Constant, Parameter, Plan, ResetPlan, SetPlan, ShowPlan, TransactionPlan
from xerosql.plan.names import Names
from xerosql.plan.planner import make_plan

PlanOf = Callable[[str], Plan]

ASSIGNMENTS: dict[str, tuple[str, list[Any]]] = {
    "SET max_calls = 200": ("max_calls", [200]),
    "set MAX_CALLS to 200;": ("max_calls", [200]),
    "SET SESSION max_calls TO 200": ("max_calls", [200]),
    'SET "max_calls" = 200': ("max_calls", [200]),
    "/* why; not */ -- so\n SET max_calls = 200 ; ;": ("max_calls", [200]),
    "SET day_reserve = .1": ("day_reserve", [Decimal("0.1")]),
    "SET max_calls = -5": ("max_calls", [-5]),
    "SET max_calls = NULL": ("max_calls", [None]),
    "SET x = 'it''s; text'": ("x", ["it's; text"]),
    "SET x = 'DEFAULT'": ("x", ["DEFAULT"]),
    "SET x = 'null'": ("x", ["null"]),
    "SET x = on": ("x", ["on"]),
    "SET x = true": ("x", [True]),
    "SET x TO UTF8": ("x", ["UTF8"]),
    "SET datestyle = ISO, MDY": ("datestyle", ["ISO", "MDY"]),
    "SET my.own = 1": ("my.own", [1]),
    "SET session = 1": ("session", [1]),
}


@pytest.mark.parametrize(("sql", "expected"), ASSIGNMENTS.items(), ids=ASSIGNMENTS)
def test_set_takes_a_name_and_a_value(plan_of: PlanOf, sql: str, expected: tuple[str, list[Any]]) -> None:
    """Either sign, either case, comments and semicolons around; words are text, as PostgreSQL has it."""
    name, values = expected
    plan = plan_of(sql)
    assert plan == SetPlan(name, tuple(Constant(value) for value in values))
    assert [type(each.value) for each in plan.values if isinstance(each, Constant)] == [type(each) for each in values]


@pytest.mark.parametrize(("mark", "key"), [("?", 1), (":most", "most"), ("$1", 1)])
def test_set_takes_a_parameter_of_any_style(plan_of: PlanOf, mark: str, key: object) -> None:
    """The plan says which parameter the value is."""
    assert plan_of(f"SET max_calls = {mark}") == SetPlan("max_calls", (Parameter(0),), (key,))


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("RESET max_calls", "max_calls"),
        ("RESET ALL", None),
        ("reset all;", None),
        ("SET max_calls = DEFAULT", "max_calls"),
        ("SET max_calls TO default", "max_calls"),
    ],
)
def test_reset_and_default_are_the_same(plan_of: PlanOf, sql: str, name: str | None) -> None:
    """Both give a setting back what the connection began with."""
    assert plan_of(sql) == ResetPlan(name)


@pytest.mark.parametrize(("sql", "name"), [("SHOW max_calls", "max_calls"), ("show Max_Calls;", "max_calls")])
def test_show_reads_one_setting_in_a_column_of_its_name(plan_of: PlanOf, sql: str, name: str) -> None:
    """The plan is a query over sys.variables."""
    plan = plan_of(sql)
    assert isinstance(plan, ShowPlan)
    assert (plan.name, plan.query.names) == (name, (name,))
    assert [scan.table.full_name for scan in plan.query.scans] == ["sys.variables"]


def test_show_all_reads_every_setting(plan_of: PlanOf) -> None:
    """Name, value, unit and meaning."""
    plan = plan_of("SHOW ALL")
    assert isinstance(plan, ShowPlan)
    assert (plan.name, plan.query.names) == (None, ("Name", "Value", "Unit", "Description"))


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.name)
@pytest.mark.parametrize("form", ["CALL {}()", "call {} ( );", 'CALL "{}"()'])
def test_call_finds_its_procedure_in_any_case(plan_of: PlanOf, form: str, procedure: Any) -> None:
    """Every procedure's query can be planned, and reads tables of sys alone."""
    for name in (procedure.name, procedure.name.lower(), procedure.name.upper()):
        plan = plan_of(form.format(name))
        assert isinstance(plan, CallPlan)
        assert plan.procedure == procedure.name
        assert {scan.table.schema for scan in plan.query.scans} == {"sys"}


WRONG: dict[str, tuple[type[Exception], str, str]] = {
    **dict.fromkeys(
        (
            "SET",
            "SET;",
            "SET max_calls",
            "SET max_calls 5",
            "SET max_calls =",
            "SET max_calls TO",
            "SET = 5",
            "SET TO 5",
            "SET SESSION = ",
            "SET 5 = 5",
            "SET 'max_calls' = 5",
            "SET a b = 5",
            'SET "a b" = 5',
            'SET "a.b" = 5',
            "SET a. = 5",
            "SET GLOBAL max_calls = 5",
            "SET VARIABLE x = 5",
            "SET TIME ZONE 'UTC'",
            "SET max_calls = 5 FROM Tasks",
            "SET max_calls = DISTINCT 5",
        ),
        (ProgrammingError, "42601", "SET is written SET name = value"),
    ),
    "SET max_calls = 2 * 3": (ProgrammingError, "42601", r"works nothing out; give 2 \* 3 as a number"),
    "SET max_calls = (SELECT 1)": (ProgrammingError, "42601", "works nothing out"),
    "SET max_calls = getenv('HOME')": (ProgrammingError, "42601", "works nothing out"),
    "SET max_calls = t.x": (ProgrammingError, "42601", "works nothing out"),
    "SET max_calls = = 5": (ProgrammingError, "42601", "syntax error at line 1"),
    "SET max_calls = ?, :a": (ProgrammingError, "42P02", "either \\? or :name"),
    "SET max_calls = 'a": (ProgrammingError, "42601", "syntax error"),
    "SET LOCAL max_calls = 5": (NotSupportedError, "0A000", "SET LOCAL is not supported"),
    "SET max_calls = 1; SELECT 1": (NotSupportedError, "0A000", "one statement at a time"),
    "SET max_calls = 1; SET max_calls = 2;": (NotSupportedError, "0A000", "one statement at a time"),
    "RESET": (ProgrammingError, "42601", "RESET is written RESET name or RESET ALL"),
    "RESET max_calls, day_reserve": (ProgrammingError, "42601", "RESET is written"),
    "SHOW": (ProgrammingError, "42601", "SHOW is written SHOW name or SHOW ALL"),
    "SHOW max_calls day_reserve": (ProgrammingError, "42601", "SHOW is written"),
    "SHOW 'max_calls'": (ProgrammingError, "42601", "SHOW is written"),
    "SHOW TABLES": (NotSupportedError, "0A000", "information_schema.tables lists the tables"),
    "SHOW COLUMNS FROM Tasks": (NotSupportedError, "0A000", "information_schema"),
    "CALL": (ProgrammingError, "42601", "CALL is written CALL procedure\\(\\)"),
    "CALL GetLimitInfo": (ProgrammingError, "42601", "CALL is written"),
    "CALL GetLimitInfo(": (ProgrammingError, "42601", "CALL is written"),
    "CALL ()": (ProgrammingError, "42601", "CALL is written"),
    "CALL GetLimitInfo(1)": (ProgrammingError, "42883", "GetLimitInfo takes no arguments"),
    "CALL GetLimitInfo(?)": (ProgrammingError, "42883", "GetLimitInfo takes no arguments"),
    "CALL GetLimits()": (ProgrammingError, "42883", 'no procedure "GetLimits"; did you mean GetLimitInfo\\?'),
    "CALL x.GetLimitInfo()": (ProgrammingError, "42883", 'no procedure "x.GetLimitInfo"'),
    **dict.fromkeys(
        ("EXPLAIN SET max_calls = 1", "EXPLAIN RESET ALL", "EXPLAIN SHOW ALL", "EXPLAIN CALL GetLimitInfo()"),
        (NotSupportedError, "0A000", "EXPLAIN takes SELECT"),
    ),
    "CALL nothing_like_it()": (ProgrammingError, "42883", 'no procedure "nothing_like_it"; there is GetLimitInfo'),
}


@pytest.mark.parametrize(("sql", "expected"), WRONG.items(), ids=WRONG)
def test_a_command_that_is_not_understood_is_one_clear_error(
    plan_of: PlanOf, sql: str, expected: tuple[type[Exception], str, str]
) -> None:
    """The sentence says how the command is written, or what to do instead."""
    kind, sqlstate, sentence = expected
    with pytest.raises(kind) as caught:
        plan_of(sql)
    assert getattr(caught.value, "sqlstate", None) == sqlstate, repr(caught.value)
    assert re.search(sentence, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "-- SET max_calls = 1\nSELECT 1",
        "/* CALL x() */ SELECT 1",
        "'SET'",
        "SETTINGS",
        "showing",
        "",
        "/* open",
        "/**/" * 40 + "UPDATE x SET y = 1",
    ],
)
def test_other_statements_are_left_alone(sql: str) -> None:
    """Only the four words at the beginning make a command, however many comments stand before them."""
    assert plan_command(sql, Names(load())) is None


@pytest.mark.parametrize("dialect", ["tsql", "mysql", "duckdb", "snowflake"])
def test_commands_are_the_same_in_every_dialect(dialect: str) -> None:
    """They are our own, so no dialect's SET gets in their way."""
    names = Names(load())
    assert make_plan("SET max_calls = 5", names, dialect) == SetPlan("max_calls", (Constant(5),))
    assert make_plan("RESET ALL", names, dialect) == ResetPlan(None)
    assert isinstance(make_plan("SHOW max_calls", names, dialect), ShowPlan)
    assert isinstance(make_plan("CALL GetLimitInfo()", names, dialect), CallPlan)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("WITH x AS (SELECT 1) SELECT * FROM x", "SELECT"),
        ("INSERT INTO Projects (Name, ContactId) VALUES ('a', 'b')", "INSERT"),
        ("UPDATE Tasks SET Name = 'x' WHERE Id = 'y'", "UPDATE"),
        ("DELETE FROM Tasks WHERE Id = 'y'", "DELETE"),
        ("CREATE TABLE scratch.t (x integer)", "CREATE"),
        ("TRUNCATE TABLE scratch.notes", "TRUNCATE"),
        ("DELETE FROM scratch.notes", "DELETE"),
        ("START TRANSACTION", "BEGIN"),
        ("ABORT", "ROLLBACK"),
        ("SET max_calls = 1", "SET"),
        ("RESET ALL", "RESET"),
        ("SHOW ALL", "SHOW"),
        ("CALL GetLimitInfo()", "CALL"),
        ("EXPLAIN SELECT 1", "EXPLAIN"),
    ],
)
def test_a_plan_knows_its_kind(plan_of: PlanOf, sql: str, kind: str) -> None:
    """The word by which a statement is known in sys.statements."""
    assert plan_of(sql).kind == kind
    assert kind != "ROLLBACK" or plan_of(sql) == TransactionPlan("rollback")
