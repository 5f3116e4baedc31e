"""The public dbapi-compliance suite, unmodified, on scratch, for each connection option that it could notice."""

from __future__ import annotations

import unittest
from typing import Any

import dbapi20
import pytest

import xerosql

#: Every test that does not pass, with the words it fails with; why that is right stands beside it.
FAILING = {
    # The suite calls lower(), as a procedure; ours are few, and PEP 249 makes callproc() optional.
    "test_callproc": 'ProgrammingError: there is no procedure "lower"',
    # Closing twice is harmless here, as it is in sqlite3 and psycopg; the suite itself calls this debatable.
    "test_non_idempotent_close": "Error not raised by close",
    # Raises in the suite itself: "Drivers need to override this test". Ours is in test_dbapi.py.
    "test_nextset": "NotImplementedError: Drivers need to override this test",
    # Raises in the suite itself: "Driver needed to override this test". Ours is in test_dbapi.py.
    "test_setoutputsize": "NotImplementedError: Driver needed to override this test",
}

SCRATCH_FIRST: dict[str, Any] = {"search_path": ("scratch", "projects")}
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "autocommit off": {"autocommit": False},
    "scratch alone": {"search_path": ("scratch",)},
    "search path as text": {"search_path": "scratch, projects, information_schema"},
    "no pushdown": {"pushdown": False},
    "one call at a time": {"max_in_flight": 1, "max_wait": 1.0},
    "dialect postgres": {"dialect": "postgres"},
    "dialect duckdb": {"dialect": "duckdb"},
    "dialect tsql": {"dialect": "tsql"},
}
NAMES = unittest.defaultTestLoader.getTestCaseNames(dbapi20.DatabaseAPI20Test)


def outcome(name: str, options: dict[str, Any]) -> unittest.TestResult:
    """Run one test of the suite, with its own setUp and tearDown."""
    members = {"driver": xerosql, "connect_args": ("demo",), "connect_kw_args": SCRATCH_FIRST | options}
    result = unittest.TestResult()
    type("Compliance", (dbapi20.DatabaseAPI20Test,), members)(name).run(result)
    return result


@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_compliance_suite_ends_as_listed(name: str, options: dict[str, Any]) -> None:
    """A test of the suite passes, or fails for the very reason that is listed for it."""
    result = outcome(name, options)
    complaints = "".join(text for _, text in [*result.failures, *result.errors])
    assert result.testsRun == 1
    assert not result.skipped
    if name in FAILING:
        assert FAILING[name] in complaints, complaints or f"{name} passes now; take it off the list"
    else:
        assert result.wasSuccessful(), complaints


def test_every_listed_failure_is_a_test_of_the_suite() -> None:
    """The list of failures holds no name that the suite does not have."""
    assert set(FAILING) <= set(NAMES)
    assert len(NAMES) >= 35
