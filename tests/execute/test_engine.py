"""The engine below the planner: DuckDB itself refuses files, extensions, settings and Python variables."""

from __future__ import annotations

from pathlib import Path

import pytest

import xerosql
from xerosql.execute.cancel import Cancellation
from xerosql.execute.engine import Engine


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that no statement may read."""
    path = tmp_path_factory.mktemp("machine") / "secret.csv"
    path.write_text("x\nthe-secret\n")
    return path


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{file}.out'",
        "ATTACH '{file}.db' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD icu_from_elsewhere",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET threads = 1",
        "SET allowed_directories = ['/']",
        "RESET lock_configuration",
        "PRAGMA enable_profiling",
        "PRAGMA threads = 1",
        "EXPORT DATABASE '{file}.d'",
        "CREATE PERSISTENT SECRET s (TYPE S3)",
        "SELECT * FROM a_python_frame",
        "SELECT * FROM 'https://example.com/x.parquet'",
    ],
)
def test_duckdb_itself_refuses_even_if_the_planner_did_not(secret: Path, sql: str) -> None:
    """Below the planner the engine is locked too: files, extensions, settings and variables raise a PEP 249 error."""
    a_python_frame = [1]
    engine = Engine()
    with pytest.raises(xerosql.Error) as caught:
        engine.query(sql.format(file=secret), (), {}, in_transaction=False, cancelled=Cancellation()).fetch(None)
    assert "the-secret" not in str(caught.value)
    assert [path.name for path in secret.parent.iterdir()] == ["secret.csv"]
    assert a_python_frame == [1]
    engine.close()
