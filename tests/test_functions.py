"""Every function of the installed DuckDB has been looked at: it may be called, or is left out for a reason."""

from __future__ import annotations

import re

import duckdb
import pytest

import xerosql
from xerosql.plan.functions import AGGREGATING, CALLABLE, GRAMMAR, UNNESTING
from xerosql.plan.sandbox import TABLE_FUNCTIONS

#: Why a function cannot be called, and its name or the pattern of its family's names.
LEFT_OUT = {
    "shows the engine's settings, state or identity": (
        r"current_setting|getvariable|which_secret|current_query|current_query_id|current_connection_id"
        r"|current_transaction_id|txid_current|in_search_path|get_block_size|stats|vector_type|pg_get_\w+"
    ),
    "changes the engine's state": r"setval|write_log",
    "runs text as SQL, or makes a plan of it": r"json_(serialize_sql|serialize_plan|deserialize_sql)",
    "keeps a thread busy with nothing": r"sleep_ms|pg_sleep",
    "is the engine's own machinery, which may trust its arguments": (
        r"__\w+|combine|combine_aggr|finalize|to_aggregate_state|create_sort_key|index_key|remap_struct"
        r"|timetz_byte_comparable|bitstring_byte_comparable|parse_duckdb_log_message|json_copy_\w+"
        r"|map_to_pg_oid|map_type_id_to_pg_oid"
        r"|variant_(bytes_to_variant|to_parquet_variant|normalize|comparator)"
    ),
    "is what COLLATE is made of": r"collate_\w+|icu_\w+",
}

INSTALLED = {
    (name.lower(), kind)
    for name, kind in duckdb.connect()
    .execute("SELECT DISTINCT function_name, function_type FROM duckdb_functions()")
    .fetchall()
    if re.fullmatch(r"\w+", name)  # operators are no functions here
}
MACROS = {
    name.lower(): definition.lower()
    for name, definition in duckdb.connect()
    .execute("SELECT function_name, macro_definition FROM duckdb_functions() WHERE function_type = 'macro'")
    .fetchall()
}
VALUES = sorted({name for name, kind in INSTALLED if kind in ("scalar", "aggregate", "window", "macro")})
TABLES = sorted({name for name, kind in INSTALLED if kind in ("table", "table_macro", "pragma")} - set(VALUES))


@pytest.fixture(scope="module")
def connection() -> xerosql.Connection:
    return xerosql.connect("demo")


def test_every_function_of_the_engine_has_been_looked_at() -> None:
    """One that a new DuckDB brings fails here; look at what it reads and writes, then put it on one of the lists."""
    left_out = re.compile("|".join(f"(?:{names})" for names in LEFT_OUT.values()))
    undecided = [name for name in VALUES if (name in CALLABLE) == bool(left_out.fullmatch(name))]
    assert undecided == []


def test_no_kind_of_function_is_new() -> None:
    """Functions of a kind that nobody knew when the lists were made would be on none of them."""
    known = {"scalar", "aggregate", "window", "macro", "table", "table_macro", "pragma"}
    assert {kind for _, kind in INSTALLED} <= known


@pytest.mark.parametrize("name", [name for name in VALUES if name not in CALLABLE and not name.startswith("collate_")])
def test_a_function_that_is_left_out_does_not_exist(connection: xerosql.Connection, name: str) -> None:
    """Whatever its arguments; nothing is asked of the engine."""
    for call in (f"{name}('a', 'b')", f'"{name}"()', f"main.{name}(1)", f"system.main.{name}(1)"):
        with pytest.raises((xerosql.ProgrammingError, xerosql.NotSupportedError), match=name):
            connection.execute(f"SELECT {call}").fetchall()


@pytest.mark.parametrize("name", [name for name in TABLES if name not in TABLE_FUNCTIONS])
def test_no_function_of_the_engine_is_a_table(connection: xerosql.Connection, name: str) -> None:
    """Of those that make tables, only the ones that count or unnest may be called; as values they are unknown."""
    for sql in (f"SELECT * FROM {name}('x')", f"SELECT {name}('x')", f"SELECT * FROM Users, LATERAL {name}() AS t"):
        with pytest.raises((xerosql.ProgrammingError, xerosql.NotSupportedError)) as caught:
            connection.execute(sql).fetchall()
        assert "Permission" not in str(caught.value)  # so it was not the engine that had to refuse it


def test_the_list_has_no_name_that_the_engine_does_not_know() -> None:
    """Apart from the words of its grammar, and the macro that is ours."""
    assert CALLABLE - set(VALUES) <= set(GRAMMAR.split())


def test_a_function_that_nobody_knows_is_told_with_near_names(connection: xerosql.Connection) -> None:
    """As tables and columns are."""
    with pytest.raises(xerosql.ProgrammingError, match=r'no function "lenght"; did you mean .*length') as caught:
        connection.execute("SELECT lenght(Name) FROM Users")
    assert caught.value.sqlstate == "42883"


def test_every_aggregate_is_known_to_be_one() -> None:
    """Macros that are made of one included: what is planned as a value of one row would be that of a part of them."""
    kinds = {name: {kind for each, kind in INSTALLED if each == name} for name, _ in INSTALLED}
    aggregates = {name for name in CALLABLE if "aggregate" in kinds.get(name, ())}
    assert aggregates - AGGREGATING == set()
    calls = {name: set(re.findall(r"(\w+)\(", text)) for name, text in MACROS.items() if name in CALLABLE}
    assert {name for name, called in calls.items() if called & aggregates} - AGGREGATING == set()
    assert {name for name, called in calls.items() if called & {"unnest"}} - UNNESTING == set()


@pytest.mark.parametrize("call", ["mean(EstimateMinutes)", "list(1)", "fsum(1)", "geomean(1)", "count_star()"])
def test_a_limit_does_not_stop_the_reading_for_an_aggregate(connection: xerosql.Connection, call: str) -> None:
    """Whether the parser knows it as one or not."""
    whole = connection.execute(f"SELECT {call} FROM Tasks").fetchall()
    assert connection.execute(f"SELECT {call} FROM Tasks LIMIT 1").fetchall() == whole
