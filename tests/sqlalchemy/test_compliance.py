"""A short part of SQLAlchemy's compliance suite, and whether its page is true; `make compliance` runs all."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest

from tests.sqlalchemy import compliance

pytestmark = pytest.mark.skipif(version("sqlalchemy") < "2", reason="the suite of SQLAlchemy 1.4 is another one")

#: Some of each kind: writes, RETURNING, sequences, types, SELECT; one with tests that fail.
SHORT = (
    "DistinctOnTest",
    "ExistsTest",
    "FetchLimitOffsetTest",
    "InsertBehaviorTest",
    "NumericTest",
    "SequenceTest",
    "WindowFunctionTest",
)


def test_a_short_part_of_the_suite_ends_as_listed() -> None:
    outcome = compliance.run(SHORT)
    assert compliance.surprises(outcome, SHORT) == []
    assert outcome.passed > 60


def test_the_page_lists_every_failure_with_its_reason() -> None:
    text = compliance.PAGE.read_text(encoding="utf-8")
    found = [line for line in text.splitlines() if line.startswith("| `")]
    assert found == compliance.failing_lines(), "run `make compliance`"


def test_every_skip_on_the_page_has_a_reason_of_ours_or_the_suites() -> None:
    """Nothing is just marked as skipped."""
    text = compliance.PAGE.read_text(encoding="utf-8").partition("## What is skipped")[2]
    reasons = re.findall(r"^\| \d+ \| (.*) \|$", text, re.MULTILINE)
    assert reasons
    assert not [reason for reason in reasons if "marked as skip" in reason]


def test_more_passes_than_with_sqlite() -> None:
    """Which passed 682 of the suite with schemas and temporary tables closed."""
    passed, failed = re.findall(r"^\| (\d+) \| (\d+) \|", compliance.PAGE.read_text(encoding="utf-8"), re.MULTILINE)[0]
    assert int(passed) > 682
    assert int(failed) == sum(count for count, _ in compliance.FAILING.values())
