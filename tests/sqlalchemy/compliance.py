"""Runs SQLAlchemy's compliance suite on scratch, and writes docs/compliance.md with what came of it.

    python tests/sqlalchemy/compliance.py            the whole suite; what `make compliance` runs
    python tests/sqlalchemy/compliance.py SelectTest  the classes of that name, without writing the page

It ends with 1 if a test fails that is not on the list of `FAILING`, or one passes that is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

SUITE = Path(__file__).parent / "suite"
PAGE = Path(__file__).parents[2] / "docs" / "compliance.md"

FOREIGN_KEYS = (
    "the engine refuses to delete a row whose referring rows were deleted in the same transaction, as the suite does "
    "between these tests"
)
ENGINES = (
    "the test makes a second SQLAlchemy engine, which has a scratch schema of its own, and looks for its tables there"
)
ONE_SCHEMA = "the test makes tables in a second schema without asking whether there is one"
QUOTIENTS = "a quotient of decimals has ten decimals and 28 digits; the test wants up to 38 of either"
UNORDERED = "the test wants rows in an order that it does not ask for"

#: Every test that fails, with the reason; of those with several cases, how many do.
FAILING: dict[str, tuple[int, str]] = {
    "AutocommitIsolationTest::test_dialect_autocommit_is_restored": (2, ENGINES),
    "CTETest::test_delete_from_round_trip": (1, FOREIGN_KEYS),
    "CTETest::test_delete_scalar_subq_round_trip": (1, FOREIGN_KEYS),
    "CTETest::test_insert_from_select_round_trip": (1, FOREIGN_KEYS),
    "CTETest::test_select_nonrecursive_round_trip": (1, FOREIGN_KEYS),
    "CTETest::test_select_recursive_round_trip": (1, FOREIGN_KEYS),
    "CTETest::test_update_from_round_trip": (1, FOREIGN_KEYS),
    "CTETest::test_values_named_via_cte": (8, FOREIGN_KEYS),
    "ComponentReflectionTestExtra::test_check_constraint_inline": (3, ONE_SCHEMA),
    "ComponentReflectionTestExtra::test_check_constraint_mixed": (1, ONE_SCHEMA),
    "ComponentReflectionTestExtra::test_check_constraint_no_constraint": (1, ONE_SCHEMA),
    "ComponentReflectionTestExtra::test_check_constraint_parenthesized_expressions": (6, ONE_SCHEMA),
    "ComponentReflectionTestExtra::test_check_constraint_standalone": (3, ONE_SCHEMA),
    "ComponentReflectionTestExtra::test_string_length_reflection": (
        1,
        "the engine's only text type is VARCHAR, not CHAR",
    ),
    "IsolationLevelTest::test_dialect_user_setting_is_restored": (
        1,
        "the test needs two isolation levels besides AUTOCOMMIT; there is one",
    ),
    "JoinTest::test_inner_join_false": (1, FOREIGN_KEYS),
    "JoinTest::test_inner_join_fk": (1, FOREIGN_KEYS),
    "JoinTest::test_inner_join_true": (1, FOREIGN_KEYS),
    "JoinTest::test_outer_join_false": (1, FOREIGN_KEYS),
    "JoinTest::test_outer_join_fk": (1, FOREIGN_KEYS),
    "TrueDivTest::test_floordiv_integer_bound": (
        1,
        "the quotient of two parameters keeps its decimals, since a statement is planned before their types are known",
    ),
    "TrueDivTest::test_truediv_divisor": (6, QUOTIENTS),
    "WindowFunctionTest::test_window_range": (1, UNORDERED),
    "WindowFunctionTest::test_window_range_numeric": (1, UNORDERED),
}


@dataclass(frozen=True)
class Outcome:
    """How often tests passed, which failed how often, and why others were skipped how often."""

    passed: int
    failed: Counter[str]
    skipped: Counter[str]


def run(classes: Sequence[str] = ()) -> Outcome:
    """Run the suite, or the classes of it, in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        chosen = ["-k", " or ".join(classes)] if classes else []
        command = [sys.executable, "-m", "pytest", "--junitxml", str(report), *chosen]
        done = subprocess.run(command, cwd=SUITE, check=False, capture_output=True, text=True)  # noqa: S603 - our own suite
        if not report.exists():
            raise RuntimeError(done.stdout + done.stderr)
        return outcome_of(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - pytest's own report


def outcome_of(cases: Iterable[ElementTree.Element]) -> Outcome:
    passed, failed, skipped = 0, Counter[str](), Counter[str]()
    for case in cases:
        kinds = {child.tag: child.get("message", "") for child in case}
        if "failure" in kinds or "error" in kinds:
            failed[name_of(case)] += 1
        elif "skipped" in kinds:
            skipped[kinds["skipped"].rpartition(" : ")[2].removesuffix(" ")] += 1
        else:
            passed += 1
    return Outcome(passed, failed, skipped)


def name_of(case: ElementTree.Element) -> str:
    """The class and the function, without the dialect and the case."""
    class_name = case.get("classname", "").rpartition("test_suite.")[2]
    return f"{class_name.partition('_xerosql')[0]}::{case.get('name', '').partition('[')[0]}"


def surprises(outcome: Outcome, classes: Sequence[str] = ()) -> list[str]:
    """What is not as listed, in sentences."""
    expected = {
        name: count for name, (count, _) in FAILING.items() if not classes or name.partition("::")[0] in classes
    }
    return [
        f"{name} fails {outcome.failed[name]} times, {expected.get(name, 0)} are listed"
        for name in sorted(expected.keys() | outcome.failed.keys())
        if outcome.failed[name] != expected.get(name, 0)
    ]


def page(outcome: Outcome) -> str:
    failed, skipped = sum(outcome.failed.values()), sum(outcome.skipped.values())
    return "\n".join(
        [
            "# SQLAlchemy's compliance suite",
            "",
            "`make compliance` runs the suite that SQLAlchemy has for its dialects, unmodified, on the `scratch`",
            "schema, and writes this page.",
            "",
            "| Passed | Failed | Skipped |",
            "|---:|---:|---:|",
            f"| {outcome.passed} | {failed} | {skipped} |",
            "",
            "## What fails, and why",
            "",
            "| Test | Cases | Why |",
            "|---|---:|---|",
            *failing_lines(),
            "",
            "## What is skipped, and why",
            "",
            "The suite asks for each test whether a dialect claims what the test is about.",
            "",
            "| Cases | Why |",
            "|---:|---|",
            *(f"| {count} | {reason} |" for reason, count in sorted(outcome.skipped.items())),
            "",
        ]
    )


def failing_lines() -> list[str]:
    """The lines of the page's list of failures."""
    return [f"| `{name}` | {count} | {reason} |" for name, (count, reason) in FAILING.items()]


def main(classes: Sequence[str]) -> int:
    outcome = run(classes)
    print(f"{outcome.passed} passed, {sum(outcome.failed.values())} failed, {sum(outcome.skipped.values())} skipped")
    complaints = surprises(outcome, classes)
    print("\n".join(complaints))
    if not classes and not complaints:
        PAGE.write_text(page(outcome), encoding="utf-8")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
