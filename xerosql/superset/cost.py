"""What SQL Lab shows as the estimated cost of a statement, from EXPLAIN. Nothing is asked of Xero for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from xerosql.cursor import Cursor
from xerosql.errors import BudgetError, NotSupportedError

#: Why a statement that is no query has no estimate.
UNKNOWN = "not known before: a write reads its rows first"
FREE = {"calls": 0, "most_calls": 0, "seconds": 0.0, "minute_share": 0.0, "day_share": 0.0}


def estimate(statement: str, cursor: Cursor) -> dict[str, Any]:
    """The `total` of the statement's EXPLAIN (FORMAT JSON); empty for a write, whose rows would have to be read.

    Raises as planning the statement does: ProgrammingError for wrong SQL and unknown names.
    """
    with cursor.connection.sibling(read_only=True) as aside:
        aside.execute("SET max_calls = 0")
        try:
            row = aside.execute(f"EXPLAIN (FORMAT JSON) {statement}").fetchone()
        except BudgetError:
            return {}
        except NotSupportedError:  # of SET, SHOW and CALL, which ask nothing of Xero
            return dict(FREE)
    return dict(json.loads(row[0])["total"]) if row else {}


def shown(totals: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """A line for each statement, in words; one for all of them follows where there are several."""
    known = [total for total in totals if total]
    lines = [line(total) for total in totals]
    return [*lines, {**line(together(known)), "Statement": "all"}] if len(known) > 1 else lines


def line(total: Mapping[str, Any]) -> dict[str, str]:
    if not total:
        return {"Calls to Xero": UNKNOWN}
    left = total.get("day_left")
    return {
        "Calls to Xero": calls(total),
        "Seconds": f"{total['seconds']:,.1f}",
        "Of the minute": share(total["minute_share"]),
        "Of the day": share(total["day_share"]) + ("" if left is None else f"; {left:,} calls are left"),
    }


def calls(total: Mapping[str, Any]) -> str:
    most = total.get("most_calls")
    if most == total["calls"]:
        return f"{most:,}"
    return f"{total['calls']:,} ({'no bound known yet' if most is None else f'at most {most:,}'})"


def share(value: float) -> str:
    return f"{100 * value:.1f} %"


def together(totals: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The sum of several statements."""
    found: dict[str, Any] = {name: sum(total[name] for total in totals) for name in FREE if name != "most_calls"}
    bounds = [total.get("most_calls") for total in totals]
    return {
        **found,
        "most_calls": None if None in bounds else sum(each or 0 for each in bounds),
        "day_left": next((total["day_left"] for total in totals if total.get("day_left") is not None), None),
    }
