"""What happens before any SQL: version, help, completion, usage, and what must not be imported for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import xerosql
from xerosql import __version__

HEAVY = {
    "duckdb",
    "sqlglot",
    "requests",
    "pyarrow",
    "arro3",
    "pandas",
    "polars",
    "prompt_toolkit",
    "keyring",
    "filelock",
}

IMPORTED = """
import sys
from typer.testing import CliRunner
from xerosql.cli.app import app
result = CliRunner().invoke(app, {arguments!r}, env={environ!r})
assert result.exit_code == 0, result.output
print(" ".join(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["--version"], {}),
        (["--help"], {}),
        (["query", "--help"], {}),
        ([], {"_XEROSQL_COMPLETE": "complete_bash", "COMP_WORDS": "xerosql qu", "COMP_CWORD": "1"}),
    ],
    ids=["version", "help", "help of a command", "completion"],
)
def test_starting_imports_nothing_heavy(arguments: list[str], environ: dict[str, str]) -> None:
    code = IMPORTED.format(arguments=arguments, environ=environ)
    if environ:
        code = f"import os; os.environ.update({environ!r}); import sys; sys.argv=['xerosql']\n" + (
            "from xerosql.cli.app import app\n"
            "try:\n    app(prog_name='xerosql')\nexcept SystemExit:\n    pass\n"
            "print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
        )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - our own code
    imported = set(done.stdout.splitlines()[-1].split())
    assert "xerosql" in imported
    assert not imported & HEAVY


def test_version_is_the_packages() -> None:
    assert xerosql("--version").stdout == f"xerosql {__version__}\n"


def test_every_command_has_help() -> None:
    for command in ("demo", "login", "logout", "doctor", "query", "shell", "tables", "describe", "simulate"):
        result = xerosql(command, "--help")
        assert result.exit_code == 0
        assert "Usage:" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [["query"], ["query", "--nonsense", "SELECT 1"], ["nonsense"], ["query", "--format", "xml", "SELECT 1"]],
    ids=["no SQL", "unknown option", "unknown command", "unknown format"],
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    result = xerosql(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


@pytest.mark.parametrize("arguments", [["query", "SELECT 1"], ["shell"]], ids=["query", "shell"])
def test_nothing_configured_is_said_with_what_to_do(arguments: list[str]) -> None:
    result = xerosql(*arguments)
    assert result.exit_code == 2
    assert "--profile demo" in result.stderr
    assert "XEROSQL_CLIENT_ID" in result.stderr


def test_an_unknown_profile_is_one_line() -> None:
    result = xerosql("query", "--profile", "nowhere", "SELECT 1")
    assert result.exit_code == 1
    assert "no profile 'nowhere'" in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_profile_can_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROSQL_PROFILE", "demo")
    assert xerosql("query", "--format", "csv", "SELECT count(*) AS n FROM Projects").stdout == "n\n48\n"


def test_a_configuration_file_that_others_can_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[profiles.mine]\naccess_token = "secret-token"\n')
    path.chmod(0o644)
    result = xerosql("query", "--profile", "mine", "SELECT 1 AS a")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0].endswith(f"run: chmod 600 {path}")
    assert "secret-token" not in result.stderr
