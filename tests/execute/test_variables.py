"""Settings: SET, RESET and SHOW on a connection."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import xerosql
from xerosql import DataError, ProgrammingError
from xerosql.config import Settings
from xerosql.execute.variables import VARIABLES, Variables

SQL_PAGE = Path(__file__).parents[2] / "docs" / "sql.md"


@pytest.fixture
def connection() -> Iterator[xerosql.Connection]:
    with xerosql.connect("demo", max_calls=500) as connection:
        yield connection


def variables(connection: xerosql.Connection) -> Variables:
    return connection.session.variables


def value_of(connection: xerosql.Connection, name: str) -> str | None:
    cursor = connection.execute(f"SHOW {name}")
    assert [column[0] for column in cursor.description or []] == [name]
    (row,) = cursor.fetchall()
    assert cursor.stats is not None
    assert cursor.stats.api_calls == 0
    return row[0]  # type: ignore[no-any-return]  # a row's values are Any


def test_set_changes_what_statements_may_cost(connection: xerosql.Connection) -> None:
    """SET takes effect at once, and SHOW says it as text."""
    assert value_of(connection, "max_calls") == "500"
    cursor = connection.execute("SET max_calls = 200")
    assert (cursor.description, cursor.rowcount) == (None, -1)
    assert variables(connection).max_calls == 200
    assert value_of(connection, "max_calls") == "200"
    connection.execute("SET day_reserve TO 0.1")
    connection.execute("SET max_rows_affected = 5000")
    assert (variables(connection).day_reserve, variables(connection).max_rows_affected) == (0.1, 5000)
    assert (value_of(connection, "day_reserve"), value_of(connection, "max_rows_affected")) == ("0.1", "5000")


@pytest.mark.parametrize("sql", ["RESET max_calls", "SET max_calls = DEFAULT", "SET max_calls TO DEFAULT", "RESET ALL"])
def test_reset_brings_back_what_connect_said(connection: xerosql.Connection, sql: str) -> None:
    """The default is the connection's own, not the package's."""
    connection.execute("SET max_calls = 1")
    connection.execute(sql)
    assert variables(connection).max_calls == 500


def test_reset_of_one_setting_leaves_the_others(connection: xerosql.Connection) -> None:
    """RESET ALL is what brings back all of them."""
    connection.execute("SET max_calls = 1")
    connection.execute("SET day_reserve = 1")
    connection.execute("SET max_rows_affected = 1")
    connection.execute("RESET day_reserve")
    assert [value_of(connection, each) for each in ("max_calls", "day_reserve", "max_rows_affected")] == ["1", "0", "1"]
    connection.execute("RESET ALL")
    assert variables(connection) == Variables(500, 0.0, None)


def test_null_is_no_budget_and_nobody_has_said(connection: xerosql.Connection) -> None:
    """NULL means something for these two, and shows as NULL."""
    connection.execute("SET max_rows_affected = 7")
    for name in ("max_calls", "max_rows_affected"):
        connection.execute(f"SET {name} = NULL")
        assert getattr(variables(connection), name) is None
        assert value_of(connection, name) is None
    connection.execute("SET max_calls = ?", [None])
    assert variables(connection).max_calls is None


def test_a_number_set_on_purpose_is_told_from_the_guard_nobody_asked_for(connection: xerosql.Connection) -> None:
    """Setting max_rows_affected to the very number that holds anyway is still a choice."""
    assert variables(connection).max_rows_affected is None
    connection.execute("SET max_rows_affected = 100")
    assert variables(connection).max_rows_affected == 100
    connection.execute("RESET max_rows_affected")
    assert variables(connection).max_rows_affected is None


@pytest.mark.parametrize("value", [20, "20", " 20 ", Decimal(20), 20.0, Decimal("2E1")])
@pytest.mark.parametrize(("mark", "named"), [("?", False), ("$1", False), (":most", True)])
def test_a_value_may_be_a_parameter(connection: xerosql.Connection, value: Any, mark: str, named: bool) -> None:
    """Numbers of every type, and their text, which is what `--param` gives."""
    connection.execute(f"SET max_calls = {mark}", {"most": value} if named else [value])
    assert variables(connection).max_calls == 20
    assert type(variables(connection).max_calls) is int


def test_executemany_sets_one_value_after_the_other(connection: xerosql.Connection) -> None:
    """The last one stays."""
    connection.cursor().executemany("SET max_calls = ?", [[1], [2], [3]])
    assert variables(connection).max_calls == 3


UNFIT: dict[str, tuple[str, Any]] = {
    "a negative number": ("SET max_calls = -1", "max_calls takes a whole number of calls from 0, .*, not -1"),
    "a fraction": ("SET max_calls = 1.5", "max_calls takes a whole number .*, not 1.5"),
    "a word": ("SET max_calls = unlimited", "NULL for no budget, not 'unlimited'"),
    "an empty text": ("SET max_calls = ''", "not ''"),
    "true": ("SET max_calls = true", "not TRUE"),
    "a list": ("SET max_calls = 1, 2", "not 1, 2"),
    "too large": ("SET max_calls = 9999999999", "not 9999999999"),
    "far too large": ("SET max_calls = 1e999999", "not 1E"),
    "not a number": ("SET max_calls = 'nan'", "not 'nan'"),
    "infinity": ("SET max_calls = 'infinity'", "not 'infinity'"),
    "a share above one": (
        "SET day_reserve = 1.01",
        "day_reserve takes a share of the day's quota from 0 to 1, not 1.01",
    ),
    "a negative share": ("SET day_reserve = -0.1", "from 0 to 1, not -0.1"),
    "percent": ("SET day_reserve = '10%'", "from 0 to 1, not '10%'"),
    "no reserve at all": ("SET day_reserve = NULL", "from 0 to 1, not NULL"),
    "negative rows": ("SET max_rows_affected = -100", "max_rows_affected takes a whole number of rows from 0"),
}


@pytest.mark.parametrize(("sql", "sentence"), UNFIT.values(), ids=UNFIT)
def test_a_value_that_does_not_fit_is_one_clear_error(connection: xerosql.Connection, sql: str, sentence: str) -> None:
    """DataError 22023 says what the setting takes, and the setting stays as it was."""
    before = [row[:2] for row in connection.execute("SHOW ALL")]
    with pytest.raises(DataError, match=sentence) as caught:
        connection.execute(sql)
    assert caught.value.sqlstate == "22023"
    assert [row[:2] for row in connection.execute("SHOW ALL")] == before


@pytest.mark.parametrize(
    "value",
    [b"20", [20], {"a": 1}, float("nan"), float("inf"), False, 10**900, Decimal("1E999999999"), -0.5],
    ids=lambda value: type(value).__name__,
)
def test_a_parameter_of_the_wrong_type_is_the_same_error(connection: xerosql.Connection, value: Any) -> None:
    """Whatever a program passes."""
    with pytest.raises(DataError, match="max_calls takes a whole number of calls") as caught:
        connection.execute("SET max_calls = ?", [value])
    assert caught.value.sqlstate == "22023"


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("SET max_cals = 1", "did you mean max_calls or max_age?"),
        ("SET max_rows = 1", "did you mean max_rows_affected?"),
        ("RESET reserve_day", "did you mean day_reserve?"),
        ("SHOW maxcalls", "did you mean max_calls?"),
        ("SET client_encoding TO 'UTF8'", "SHOW ALL lists"),
        ("SET datestyle = ISO, MDY", "SHOW ALL lists"),
        ("SET search_path = projects", "SHOW ALL lists"),
        ("SET settings = 1", "SHOW ALL lists"),
        ("SHOW server_version", "SHOW ALL lists"),
        ("RESET x", "SHOW ALL lists"),
    ],
)
def test_an_unknown_setting_is_told_with_near_names(connection: xerosql.Connection, sql: str, hint: str) -> None:
    """ProgrammingError 42704; no attribute of the connection can be reached by its name."""
    with pytest.raises(ProgrammingError, match="there is no setting") as caught:
        connection.execute(sql)
    assert caught.value.sqlstate == "42704"
    assert hint in str(caught.value)


def test_connections_have_settings_of_their_own(connection: xerosql.Connection) -> None:
    """What one sets, another does not see."""
    connection.execute("SET max_calls = 1")
    with xerosql.connect("demo") as other:
        assert value_of(other, "max_calls") is None


def test_show_all_and_sys_variables_tell_the_same(connection: xerosql.Connection) -> None:
    """Every setting with its value, its default, its unit and what it means."""
    connection.execute("SET max_calls = 7")
    rows = connection.execute('SELECT Name, Value, Unit, "Default", Description FROM sys.variables').fetchall()
    assert {row[0]: (row[1], row[3]) for row in rows} == {
        "max_calls": ("7", "500"),
        "day_reserve": ("0", "0"),
        "max_rows_affected": (None, None),
        "max_age": ("0", "0"),
    }
    listed = connection.execute("SHOW ALL").fetchall()
    assert listed == sorted((name, value, unit, description) for name, value, unit, _, description in rows)


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_a_setting_is_an_option_of_connect_and_is_described(variable: Any) -> None:
    """Each has a default in Settings, sentences to describe it, and a place in the documentation."""
    default = getattr(Settings(), variable.name)
    assert getattr(Variables(), variable.name) == default
    assert variable.accepted([default]) == default
    assert variable.description[0].isupper()
    assert variable.description.endswith(".")
    assert ("NULL" in variable.takes) == ("NULL" in variable.description) == variable.nullable
    assert f"`{variable.name}`" in SQL_PAGE.read_text(encoding="utf-8")
