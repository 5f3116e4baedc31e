"""`xerosql queue serve`: the web page behind a port, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import secrets
import signal
import sys
from dataclasses import dataclass
from threading import Event
from types import ModuleType
from urllib.parse import urlencode

from xerosql.addresses import is_loopback
from xerosql.cli.connecting import opened
from xerosql.cli.outcome import Misuse
from xerosql.errors import InterfaceError

#: A token that people made up is no shorter; the one that is made up here has 43 characters.
SHORTEST = 16


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The options of the command; `run` carries it out. `token` None makes one up."""

    host: str
    port: int
    token: str | None
    names: tuple[str, ...]
    allow_remote: bool
    profile: str | None
    tenant: str | None

    def run(self) -> None:
        """Listen until a signal. Misuse, before anything is listened to, for what would be unsafe."""
        self.check()
        page, ended = web(), Event()
        token = self.token or secrets.token_urlsafe(32)
        with opened(self.profile, self.tenant, autocommit=True) as connection:
            server = page.Server(connection, token, self.host, self.port, self.names)
            before = {
                number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)
            }
            try:
                with server:
                    print(self.welcome(server.url, token), flush=True)
                    while not ended.wait(0.5):
                        pass  # a wait without an end would not notice Ctrl-C on Windows
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)
        print("Stopped.", file=sys.stderr)

    def check(self) -> None:
        if self.token is not None and len(self.token) < SHORTEST:
            raise Misuse(f"a token needs {SHORTEST} characters or more; without --token a good one is made up")
        if is_loopback(self.host):
            return
        if not self.allow_remote:
            raise Misuse(
                f"other machines could reach {self.host}. Listen on 127.0.0.1, or say --allow-remote and give a token "
                "of your own; the page speaks HTTP, so put a proxy with TLS before it"
            )
        if self.token is None:
            raise Misuse("--allow-remote needs a token of your own: set XEROSQL_QUEUE_TOKEN, or say --token")

    def welcome(self, url: str, token: str) -> str:
        """Where the page is. A token of one's own is not repeated."""
        if self.token is not None:
            return f"The queue is shown at {url}\nSign in with your token. Ctrl-C stops it."
        return f"The queue is shown at\n  {url}sign-in?{urlencode({'token': token})}\nCtrl-C stops it."


def web() -> ModuleType:
    """The package of the page; InterfaceError where its libraries are missing."""
    try:
        import xerosql.web as page
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in (
            "flask",
            "flask_wtf",
            "waitress",
            "werkzeug",
            "jinja2",
            "wtforms",
        ):
            raise
        raise InterfaceError(f"the page needs {error.name}: pip install 'xerosql[web]'") from error
    return page
