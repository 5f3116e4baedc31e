"""What can be said on Harlequin's command line and in its profiles, and how it becomes options of `connect()`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harlequin.options import SelectOption, TextOption

#: By the option of `connect()`; a token or a secret comes from the environment, since command lines are seen by all.
TEXTS: Mapping[str, str] = {
    "tenant": "The organisation, by id or name. Needed when several are connected.",
    "max_calls": "The calls to Xero that a statement may make; one that needs more is refused before its first call.",
    "day_reserve": "The share of the day's calls, 0 to 1, that statements leave unused.",
    "max_age": "How old data may be that was fetched before, such as 15min; 0, none is reused, if that is not said.",
    "max_rows_affected": "The rows that an UPDATE or DELETE may change; 100 if that is not said.",
    "search_path": "The schemas in which a bare table name is looked for, with commas. projects,queue if not said.",
}
WRITE_MODES = ["direct", "queued"]


def decl(name: str) -> str:
    """An option's name as the command line has it."""
    return name.replace("_", "-")


OPTIONS = [
    *(TextOption(name=decl(name), description=description) for name, description in TEXTS.items()),
    SelectOption(
        name="write-mode",
        description="direct: writes are sent at once. queued: they are committed to the write queue.",
        choices=WRITE_MODES,
        default=WRITE_MODES[0],
    ),
]


def connect_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of our options that were given. Harlequin passes others too, and a hyphen or an underline as it likes."""
    ours = {name.replace("-", "_"): value for name, value in given.items()}
    return {name: ours[name] for name in (*TEXTS, "write_mode") if ours.get(name) not in (None, "")}
