"""What Harlequin's editor offers besides the catalog: the functions that may be called, settings, words of ours."""

from __future__ import annotations

from typing import Any

from harlequin.autocomplete.completion import HarlequinCompletion

import xerosql
from xerosql.plan.functions import CALLABLE

WORDS = ("ANALYZE", "CALL", "EXPLAIN", "RESET", "RETURNING", "SHOW")
PROCEDURES = ("GetLimitInfo()",)
#: Harlequin's own numbers for keywords and functions, and one between them; the lowest come first.
KEYWORD, SETTING, FUNCTION = 100, 700, 1000


def completions_of(connection: xerosql.Connection) -> list[Any]:
    """Asks for no call to Xero."""
    settings = [name for (name,) in connection.execute("SELECT name FROM sys.variables ORDER BY name")]
    return [
        *completions(WORDS, "kw", KEYWORD),
        *completions(settings, "set", SETTING),
        *completions(PROCEDURES, "proc", FUNCTION),
        *completions(sorted(CALLABLE), "fn", FUNCTION),
    ]


def completions(names: Any, label: str, priority: int) -> list[Any]:
    return [HarlequinCompletion(label=name, type_label=label, value=name, priority=priority) for name in names]
