"""The application: its pages, what guards them, and how errors are shown."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, render_template
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from xerosql import Connection
from xerosql.errors import DataError, Error, IntegrityError, OperationalError, ProgrammingError
from xerosql.web import access, history, organisations, shown, task, tasks, types, verbs
from xerosql.web import help as help_page
from xerosql.web.queue import Queue

#: What an error is as an answer of HTTP; the first that fits.
STATUSES: tuple[tuple[type[Error], int], ...] = (
    (IntegrityError, 409),
    (DataError, 400),
    (ProgrammingError, 400),
    (OperationalError, 503),
    (Error, 500),
)


def create_app(
    connection: Connection, token: str, *, names: tuple[str, ...] = (), clock: Callable[[], float] = time.monotonic
) -> Flask:
    """The page of the connection's queue as a WSGI application, for who signs in with the token.

    `names` are hosts by which it may be called, besides those of the loopback interface. The connection is shared by
    all requests, and stays the caller's to close.
    """
    app = Flask("xerosql.web")
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_PARTS=2000,
    )
    app.extensions["xerosql-queue"] = Queue(connection)
    access.guard(app, access.Door(token, names, clock))
    CSRFProtect(app)
    for part in (tasks, task, verbs, history, organisations, types, help_page):
        app.register_blueprint(part.pages)
    shown.register(app)
    app.register_error_handler(Error, refused)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, not_so)
    return app


def refused(error: Error) -> tuple[str, int]:
    """What the queue or Xero says no to."""
    status = 403 if error.sqlstate == "42501" else next(code for kind, code in STATUSES if isinstance(error, kind))
    return page("That cannot be done" if status < 500 else "That does not work just now", error.message, status)


def forged(_: CSRFError) -> tuple[str, int]:
    sentence = "The form was not one of this page, or it was older than your sign-in. Go back, reload, and try again."
    return page("Nothing was changed", sentence, 400)


def not_so(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    return page(error.name, error.description or "", error.code)


def page(heading: str, sentence: str, status: int) -> tuple[str, int]:
    return render_template("error.html", heading=heading, sentence=sentence), status
