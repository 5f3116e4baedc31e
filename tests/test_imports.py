"""What importing costs: the heavy libraries wait until something needs them."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "duckdb",
    "sqlglot",
    "pyarrow",
    "pandas",
    "polars",
    "requests",
    "msgspec",
    "arro3",
    "urllib3",
    "numpy",
    "keyring",
    "filelock",
    "sqlalchemy",
    "asyncio",
    "concurrent",
)


def modules_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import xerosql",
        "import xerosql; xerosql.connect(access_token='x', tenant='y')",
        "import xerosql; connection = xerosql.connect(access_token='x'); connection.cursor(); connection.close()",
    ],
)
def test_importing_and_connecting_load_no_heavy_library(code: str) -> None:
    """Import, connect() and cursor() load neither engine nor parser nor HTTP client; the first statement does."""
    assert modules_after(code) & set(HEAVY) == set()


def test_the_async_connection_is_loaded_only_when_it_is_imported() -> None:
    """Whoever imports it pays for asyncio and for nothing heavier."""
    assert modules_after("import xerosql.aio") & set(HEAVY) == {"asyncio", "concurrent"}


def test_a_query_needs_no_optional_library() -> None:
    """The demo answers a query without pyarrow, pandas and polars."""
    code = "import xerosql; assert xerosql.connect('demo').execute('SELECT count(*) FROM Projects').fetchone()[0]"
    assert modules_after(code) & {"pyarrow", "pandas", "polars"} == set()
