"""Errors as Superset's users read them: which kind it is, and what to do, by SQLSTATE.

Superset passes some errors on as text only, so the text ends with the SQLSTATE, by which it is known again.
"""

from __future__ import annotations

import re
from re import Pattern

from xerosql.errors import Error

#: SQLSTATE: the name of Superset's kind of error, and the sentence that follows what xerosql says.
ADVICE = {
    "08000": ("CONNECTION_HOST_DOWN_ERROR", "Xero could not be reached from the machine that Superset runs on."),
    "08003": ("CONNECTION_UNKNOWN_DATABASE_ERROR", "Correct the URI, or the options, under Settings, Databases."),
    "25006": ("CONNECTION_DATABASE_PERMISSIONS_ERROR", "This database was added with read_only=true."),
    "28000": (
        "CONNECTION_ACCESS_DENIED_ERROR",
        "Sign in with `xerosql login`, on Superset's machine and as its user, and put the profile's name into the URI: "
        "xerosql://PROFILE.",
    ),
    "42501": ("CONNECTION_DATABASE_PERMISSIONS_ERROR", "Ask whoever added the database."),
    "42601": ("SYNTAX_ERROR", "The SQL is PostgreSQL's."),
    "42703": ("COLUMN_DOES_NOT_EXIST_ERROR", "Sync the dataset's columns if they have changed."),
    "42P01": ("TABLE_DOES_NOT_EXIST_ERROR", "Tables of another schema need its name in front of them."),
    "53400": (
        "GENERIC_DB_ENGINE_ERROR",
        "Until then charts show what Superset has in its cache. `max_age` in the URI lets charts share what was read.",
    ),
    "54000": (
        "GENERIC_DB_ENGINE_ERROR",
        "SQL Lab's Estimate cost tells the calls beforehand; a filter on ProjectId or a date makes them fewer.",
    ),
    "57014": ("GENERIC_DB_ENGINE_ERROR", "The query was stopped; no further call was made."),
}
CODE = " (SQLSTATE {})"


def xero_error(error: object) -> Error | None:
    """The error of ours that this one is, wraps or was raised from."""
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        if isinstance(error, Error):
            return error
        seen.add(id(error))
        error = getattr(error, "orig", None) or error.__cause__
    return None


def told(error: object) -> str | None:
    """What an error of ours says, with its SQLSTATE; None for another's."""
    found = xero_error(error)
    if found is None:
        return None
    stop = "" if found.message.endswith((".", "?", "!")) else "."
    return f"{found.message}{stop}{CODE.format(found.sqlstate)}"


def patterns() -> dict[Pattern[str], tuple[str, str]]:
    """For each SQLSTATE above what finds it in a text, and kind and template, in which `said` is what xerosql said."""
    found = {}
    for sqlstate, (kind, advice) in ADVICE.items():
        code = re.escape(CODE.format(sqlstate))
        said = re.compile(rf"(?:xerosql error: )?(?P<said>.*?){code}", re.DOTALL)
        found[said] = kind, f"%(said)s {advice.replace('%', '%%')}"
    return found
