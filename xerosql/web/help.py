"""What to do about what can go wrong: the text that docs/queue.md has too."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from xerosql.queue.troubleshooting import codes, reasons

pages = Blueprint("help", __name__)


@pages.get("/help")
def shown() -> Any:
    return render_template("help.html", codes=codes(), reasons=reasons())
