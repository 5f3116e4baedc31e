"""`xerosql query`: what goes to standard output, to standard error and into files, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, demo_query, in_own_process, xerosql

TOTALS = "SELECT Name, TotalInvoicedValue, Deadline, MinutesLogged FROM Projects ORDER BY ProjectId"


def test_a_table_goes_to_stdout_and_its_cost_to_stderr() -> None:
    result = demo_query("SELECT Name, TotalInvoicedValue FROM Projects WHERE Name = 'Installer portal'")
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()[:1]] == [["Name", "TotalInvoicedValue"]]
    assert "Installer portal" in result.stdout
    assert result.stderr.startswith("1 row · 1 call · ")


def test_quiet_leaves_the_cost_out() -> None:
    assert demo_query("SELECT 1 AS one", "--quiet").stderr == ""


def test_a_table_shows_money_with_as_few_decimals_as_it_needs() -> None:
    assert "12.50" in demo_query("SELECT CAST(12.5 AS DECIMAL(18,4)) AS a").stdout
    assert "12.5075" in demo_query("SELECT CAST(12.5075 AS DECIMAL(18,4)) AS a").stdout


def test_sql_comes_from_stdin_for_a_dash() -> None:
    result = xerosql("query", "--profile", "demo", "-f", "csv", "-", given="SELECT 1 AS one;\n")
    assert result.stdout == "one\n1\n"


def test_csv_keeps_every_digit_and_tells_null_from_empty() -> None:
    sql = "SELECT CAST(12345678901234.5678 AS DECIMAL(18,4)) AS m, NULL AS n, '' AS e, 'a,\"b\"' AS q, true AS t"
    assert demo_query(sql, "-f", "csv").stdout == 'm,n,e,q,t\n12345678901234.5678,,"","a,""b""",true\n'


def test_json_numbers_are_exact_tokens() -> None:
    sql = "SELECT CAST(12345678901234.5678 AS DECIMAL(18,4)) AS m, 0.1 + 0.2 AS s, NULL AS n, DATE '2026-03-31' AS d"
    text = demo_query(sql, "-f", "json").stdout
    assert "12345678901234.5678" in text
    row = json.loads(text, parse_float=Decimal)[0]
    assert row == {"m": Decimal("12345678901234.5678"), "s": Decimal("0.3"), "n": None, "d": "2026-03-31"}


def test_json_of_no_rows_is_an_empty_array() -> None:
    assert json.loads(demo_query("SELECT 1 AS a WHERE false", "-f", "json").stdout) == []


def test_json_keeps_both_of_two_columns_with_one_name() -> None:
    assert json.loads(demo_query("SELECT 1 AS a, 2 AS a", "-f", "json").stdout) == [{"a": 1, "a_2": 2}]


def test_every_format_has_the_same_rows(tmp_path: Path) -> None:
    from pyarrow import parquet

    as_json = json.loads(demo_query(TOTALS, "-f", "json").stdout, parse_float=Decimal)
    as_csv = demo_query(TOTALS, "-f", "csv").stdout.splitlines()[1:]
    assert demo_query(TOTALS, "-f", "parquet", "-o", str(tmp_path / "p.parquet")).exit_code == 0
    as_parquet = parquet.read_table(tmp_path / "p.parquet").to_pylist()
    assert len(as_json) == len(as_csv) == len(as_parquet) == 48
    assert [row["TotalInvoicedValue"] for row in as_json] == [row["TotalInvoicedValue"] for row in as_parquet]


def test_a_missing_pyarrow_is_said_before_a_call_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = demo_query("SELECT * FROM Projects", "-f", "parquet", "-o", str(tmp_path / "p.parquet"))
    assert result.exit_code == 1
    assert "xerosql[arrow]" in result.stderr


def test_output_goes_to_a_file_in_one_piece(tmp_path: Path) -> None:
    target = tmp_path / "projects.csv"
    result = demo_query(TOTALS, "-f", "csv", "-o", str(target))
    assert result.stdout == ""
    assert len(target.read_text(encoding="utf-8").splitlines()) == 49
    assert f"48 rows to {target}" in result.stderr
    assert list(tmp_path.glob(".*")) == []


def test_a_failing_query_leaves_the_old_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "projects.csv"
    target.write_text("precious")
    assert demo_query("SELECT CAST(Name AS INTEGER) FROM Projects", "-f", "csv", "-o", str(target)).exit_code == 1
    assert target.read_text() == "precious"
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".partial"] == []


def test_a_directory_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    result = demo_query("SELECT 1", "-o", str(tmp_path / "nowhere" / "a.csv"))
    assert result.exit_code == 2
    assert "no directory" in result.stderr


@pytest.mark.parametrize(
    ("sql", "sqlstate", "hint"),
    [
        ("SELECT Nme FROM Tasks", "42703", "Name"),
        ("SELECT * FROM Tsks", "42P01", "Tasks"),
        ("SELEC 1", "42601", "column"),
        ("DELETE FROM Projects", "0A000", "CLOSED"),
        ("SELECT Name FROM Tasks WHERE ProjectId = 'abc'", "22P02", "UUID"),
    ],
)
def test_an_error_is_one_line_with_its_sqlstate(sql: str, sqlstate: str, hint: str) -> None:
    result = demo_query(sql)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert f"(SQLSTATE {sqlstate})" in result.stderr
    assert hint in result.stderr


def test_an_unknown_organisation_is_named_with_those_that_exist() -> None:
    result = demo_query("SELECT * FROM Projects", "--tenant", "Nobody Ltd")
    assert result.exit_code == 1
    assert "Harbour & Pine Studio" in result.stderr


def test_the_tenant_can_be_chosen_by_name() -> None:
    result = demo_query("SELECT count(*) AS n FROM Projects", "-f", "csv", "--tenant", "Elm Yard Digital Ltd")
    assert result.stdout == "n\n13\n"


def test_parameters_are_given_in_order_or_by_name() -> None:
    in_order = demo_query(
        "SELECT count(*) AS n FROM Projects WHERE Status = ? AND Name LIKE ?", "-f", "csv", "-p", "CLOSED", "-p", "%e%"
    )
    by_name = demo_query(
        "SELECT count(*) AS n FROM Projects WHERE Status = :s AND Name LIKE :pattern",
        "-f",
        "csv",
        "-p",
        "pattern=%e%",
        "-p",
        "s=CLOSED",
    )
    assert in_order.exit_code == by_name.exit_code == 0
    assert in_order.stdout == by_name.stdout


def test_a_text_parameter_compares_with_numbers_and_dates() -> None:
    sql = "SELECT count(*) AS n FROM Projects WHERE TotalInvoicedValue > ? AND Deadline < ?"
    given = demo_query(sql, "-f", "csv", "-p", "999.5", "-p", "2026-06-30")
    written = demo_query(sql.replace("?", "999.5", 1).replace("?", "'2026-06-30'"), "-f", "csv")
    assert given.stdout == written.stdout
    assert int(given.stdout.split()[1]) > 0


def test_a_mixture_of_named_and_other_parameters_is_wrong_usage() -> None:
    assert demo_query("SELECT :a", "-p", "a=1", "-p", "2").exit_code == 2


def test_an_equals_sign_in_a_positional_value_is_kept() -> None:
    assert demo_query("SELECT ? AS v", "-f", "csv", "-p", "a=b").stdout == "v\na=b\n"


def test_a_write_says_how_many_rows_it_changed() -> None:
    result = demo_query("UPDATE Projects SET Status = 'CLOSED' WHERE Name = 'Rebrand'")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.startswith("1 row changed · ")


def test_control_characters_do_not_reach_the_terminal() -> None:
    result = demo_query("SELECT 'red \x1b[31m' AS name")
    assert "\x1b" not in result.stdout
    assert "\\x1b[31m" in result.stdout


def test_square_brackets_are_text_not_markup() -> None:
    assert "[bold]x[/bold]" in demo_query("SELECT '[bold]x[/bold]' AS name").stdout


def test_a_reader_that_goes_away_is_no_error() -> None:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "query", "--profile", "demo", "-f", "csv", "SELECT a.* FROM Time a, generate_series(1, 20)"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"Id,")
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 0
    assert b"Traceback" not in complaint
    assert b"Broken" not in complaint


def test_no_traceback_and_nothing_but_the_error_on_stderr() -> None:
    done = in_own_process("query", "--profile", "demo", "SELECT * FROM Nowhere")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("xerosql: there is no table")
    assert done.stderr.count("\n") == 1


def test_output_is_utf8_whatever_the_locale() -> None:
    environ = {"PYTHONIOENCODING": "ascii", "PATH": "", "SYSTEMROOT": ""}
    done = in_own_process("query", "--profile", "demo", "-f", "csv", "SELECT 'Kōwhai' AS n", env=environ)
    assert done.stdout == "n\nKōwhai\n"
