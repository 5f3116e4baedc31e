"""What must hold after any schedule, seen from the simulator's side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tests.chaos.schedule import DONE, NOT_DONE, Claim, Report

#: What trouble on the way to Xero may be raised as; anything else is a mistake in a statement, or in the driver.
EXPECTED = {"OperationalError", "RateLimitError", "UnknownOutcomeError", "PartialWriteError"}


def check(reports: Iterable[Report], tasks: list[dict[str, Any]], requests: list[Any]) -> None:
    """Compare what was claimed with the tasks there are, and look through the log of what was asked."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for task in tasks:
        found[task["name"]].append(task)
    twice = [name for name, rows in found.items() if name.startswith("chaos") and len(rows) > 1]
    assert twice == []
    for report in reports:
        assert report.wrong_reads == []
        assert set(report.errors) <= EXPECTED
        by_name: defaultdict[str, list[Claim]] = defaultdict(list)
        for claim in report.claims:
            by_name[claim.name].append(claim)
        for name, claims in by_name.items():
            check_row(name, claims, found[name])
    check_requests(requests)


def check_row(name: str, claims: list[Claim], rows: list[dict[str, Any]]) -> None:
    """One task after its insertion and its changes, in order."""
    possible: set[object] = {None}  # what its estimate may be; "gone" where it may not be there
    for claim in claims:
        before = {"gone"} if claim.kind == "insert" else possible
        after: set[object] = {"insert": {None}, "update": {claim.estimate}, "delete": {"gone"}}[claim.kind]
        possible = after if claim.verdict == DONE else before if claim.verdict == NOT_DONE else before | after
    there = rows[0].get("estimateMinutes") if rows else "gone"
    assert there in possible, f"{name} is {there}, and was said to be {possible}: {claims}"


def check_requests(requests: list[Any]) -> None:
    """Xero's own limits refused nothing (only the faults did), and a key always came with the same request."""
    assert max((each.in_flight for each in requests), default=0) <= 5
    refused = [each for each in requests if each.status == 429 and each.fault is None]
    assert refused == []
    by_key: defaultdict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for each in requests:
        if each.idempotency_key:
            by_key[each.idempotency_key].add((each.method, each.path, each.body_sha))
    assert all(len(sent) == 1 for sent in by_key.values())
