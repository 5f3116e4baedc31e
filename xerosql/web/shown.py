"""How values look on the pages: times, bodies, statuses, and the words of the menu."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from flask import Flask
from markupsafe import Markup, escape

from xerosql import __version__
from xerosql.web.queue import the_queue

STATUSES = ("Pending", "Running", "Error", "Uncertain", "Failed", "Completed", "Cancelled", "Skipped")
#: What a status means, for who points at it.
MEANINGS = {
    "Pending": "It will be sent.",
    "Running": "It is on its way.",
    "Error": "There was trouble on the way; it is tried again by itself.",
    "Uncertain": "It was sent, and nobody knows yet whether Xero has it.",
    "Failed": "Xero or a check refused it; it needs you.",
    "Completed": "Xero has it.",
    "Cancelled": "It was cancelled, and is not sent.",
    "Skipped": "It was left out.",
}
#: What a person can do, as the buttons say it.
VERBS = {
    "retry": "Send again",
    "absent": "It is not at Xero: send again",
    "resolve": "It did happen",
    "edit": "Edit what is sent",
    "skip": "Skip",
    "cancel": "Cancel",
}
FOR_EVER = 9999


def register(app: Flask) -> None:
    """Give the templates their filters and words."""
    app.jinja_env.filters |= {"moment": moment, "body": body, "prose": prose, "short": short}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def _words() -> dict[str, Any]:
        rights = the_queue().rights
        return {
            "version": __version__,
            "can": {name: name in rights for name in ("xero_tasks", "xero_tasks_control", "xero_task_types")},
            "can_edit_types": "xero_task_types_edit" in rights,
            "statuses": STATUSES,
            "meanings": MEANINGS,
            "verbs": VERBS,
        }


def moment(value: datetime | None) -> Markup | str:
    """A time for people, to the second, with the machine-readable one beside it."""
    if value is None:
        return ""
    if value.year >= FOR_EVER:
        return "until it is resumed"
    html = f'<time datetime="{value:%Y-%m-%dT%H:%M:%S}Z">{value:%Y-%m-%d %H:%M:%S}</time>'
    return Markup(html)  # noqa: S704 - digits alone


def body(value: str | None) -> str:
    """JSON with a line for each value, its amounts digit by digit."""
    if not value:
        return ""
    try:
        return msgspec.json.format(value.encode(), indent=2).decode()
    except msgspec.DecodeError:
        return value


def prose(text: str) -> Markup:
    """A sentence of the advice: `code` and <links> of its Markdown as HTML."""
    html = str(escape(text))
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", html)
    link = r'<a href="\1" rel="noreferrer">\1</a>'
    html = re.sub(r"&lt;(https://[^&]+)&gt;", link, html)
    return Markup(html)  # noqa: S704 - escaped before


def short(value: str | None) -> str:
    """The beginning of an id."""
    text = value or ""
    return f"{text[:8]}…" if len(text) == 36 and text.count("-") == 4 else text
