"""Who may see the page: the token, the session, the host by which it is called, and the headers of every answer."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from threading import Lock
from typing import Any

from flask import Flask, Response, abort, flash, redirect, render_template, request, session, url_for

from xerosql.addresses import is_address, is_loopback

#: Wrong tokens from one address before it has to wait, and for how many seconds.
ATTEMPTS, PAUSE = 5, 60.0
#: Seconds after which one has to sign in again.
SHIFT = 12 * 60 * 60.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: What can be seen without having signed in.
OPEN = ("sign_in", "static")

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Door:
    """Lets in who has the token, by one of the names that the page has. Safe for threads."""

    def __init__(self, token: str, names: tuple[str, ...], clock: Callable[[], float]) -> None:
        self._token = token.encode()
        self._names = {name.lower() for name in (*LOOPBACK, *names)}
        self._clock = clock
        self._lock = Lock()
        self._wrong: dict[str, list[float]] = {}
        self._sessions: dict[str, float] = {}
        #: A page that only this machine reaches is called by a name of the loopback interface, or not at all.
        self._remote = any(not is_loopback(name) for name in names[:1])

    def knows(self, host: str) -> bool:
        """Whether the Host header names this page. Another name that leads here is somebody's trick (DNS rebinding)."""
        name = hostname(host)
        return name in self._names or (self._remote and is_address(name))

    def wait(self, address: str) -> float:
        """Seconds for which no token of this address is looked at."""
        now = self._clock()
        with self._lock:
            recent = [moment for moment in self._wrong.get(address, ()) if now - moment < PAUSE]
            if not recent:
                self._wrong.pop(address, None)
            return 0.0 if len(recent) < ATTEMPTS else recent[0] + PAUSE - now

    def enter(self, token: str, address: str) -> str | None:
        """The name of a new session, None for a wrong token."""
        if not hmac.compare_digest(token.encode(), self._token):
            with self._lock:
                self._wrong.setdefault(address, []).append(self._clock())
            return None
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._wrong.pop(address, None)
            self._sessions[name] = self._clock()
        return name

    def is_inside(self, name: object) -> bool:
        with self._lock:
            began = self._sessions.get(str(name))
            return began is not None and self._clock() - began < SHIFT

    def leave(self, name: object) -> None:
        with self._lock:
            self._sessions.pop(str(name), None)


def guard(app: Flask, door: Door) -> None:
    """Put the door before all pages of the application."""

    @app.before_request
    def _check() -> Any:
        if not door.knows(request.host):
            abort(400, "This address is not one of the page's names; xerosql queue serve --name adds one.")
        if request.endpoint not in OPEN and not door.is_inside(session.get("name")):
            session.clear()
            return redirect(url_for("sign_in")) if request.method == "GET" else abort(403, "Sign in first.")
        return None

    @app.after_request
    def _seal(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    @app.route("/sign-in", methods=["GET", "POST"])
    def sign_in() -> Any:
        """A form for the token, which the address that was printed at the start brings along."""
        address = request.remote_addr or ""
        token = request.form.get("token", request.args.get("token"))
        if door.wait(address):
            return too_many(door.wait(address))
        if token is None:
            return render_template("sign_in.html")
        name = door.enter(token.strip(), address)
        if name is None:
            return render_template("sign_in.html", wrong=True), 403
        session.clear()
        session["name"] = name
        return redirect(url_for("tasks.listed"))

    @app.post("/sign-out")
    def sign_out() -> Any:
        door.leave(session.get("name"))
        session.clear()
        flash("You are signed out.")
        return redirect(url_for("sign_in"))


def too_many(seconds: float) -> Any:
    response = Response(render_template("sign_in.html", seconds=round(seconds + 0.5)), 429)
    response.headers["Retry-After"] = str(round(seconds + 0.5))
    return response


def hostname(host: str) -> str:
    """The name in a Host header, without its port and brackets."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]
