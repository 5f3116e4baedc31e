"""The page on this machine that Xero sends the browser back to, listening until somebody comes.

It listens on the loopback addresses of IPv4 and IPv6, as `localhost` may mean either, and answers nobody else. The
browser is kept waiting until the caller knows whether the sign-in worked, so that the page says the truth.
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from socketserver import TCPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from xerosql.api.signin.authorise import redirect_uri
from xerosql.api.signin.pages import Page, failed, nothing_here
from xerosql.errors import InterfaceError

_LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_NO_SUCH_FAMILY = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT}
_PATIENCE = 120.0  # seconds: for a browser that connects and says nothing, and for the caller's verdict
_PATIENCE_AT_THE_END = 5.0  # seconds: for the browser to take the page


class Arrival:
    """A browser that has come back, to `target`. It waits for `reply`."""

    def __init__(self, target: str) -> None:
        self.target = target
        self._page: Page | None = None
        self._replied = Event()
        self._shown = Event()

    def reply(self, page: Page) -> None:
        """Show this page in the browser. Returns when it is sent, or the browser does not take it."""
        self._page = page
        self._replied.set()
        self._shown.wait(_PATIENCE_AT_THE_END)

    def verdict(self) -> Page:
        """The page to show, once the caller knows."""
        self._replied.wait(_PATIENCE)
        return self._page or failed("xerosql did not get ready in time; look at the terminal")

    def done(self) -> None:
        """The page has been sent, or could not be."""
        self._shown.set()

    def __repr__(self) -> str:
        return "<Arrival>"  # the target holds the code


class Callback:
    """Listens at `redirect_uri(port)` while it is open.

    Raises InterfaceError when the port is taken; another one will not do, as Xero compares addresses letter by letter.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._arrivals: Queue[Arrival] = Queue()
        self._servers: list[_Server] = []
        try:
            self._listen()
        except BaseException:
            self.close()
            raise

    def wait(self, seconds: float) -> Arrival | None:
        """The next browser that comes back; None if none does within `seconds`."""
        with suppress(Empty):
            return self._arrivals.get(timeout=max(seconds, 0.0))
        return None

    def close(self) -> None:
        """Stop listening."""
        for server in self._servers:
            server.end()
        self._servers.clear()

    def _listen(self) -> None:
        for family, host in _LOOPBACKS:
            try:
                self._servers.append(_Server(family, (host, self.port), self._arrivals))
            except OSError as error:
                if error.errno not in _NO_SUCH_FAMILY:
                    raise InterfaceError(_refused(self.port, error)) from None
        if not self._servers:
            raise InterfaceError("this machine has no loopback address to listen on; use --no-browser")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refused(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is taken, perhaps by another xerosql login; end that, or use --no-browser, or --port with "
            f"another number and add http://localhost:NUMBER/callback to the app's page at developer.xero.com"
        )
    return f"cannot listen on port {port} ({error.strerror}); use --no-browser"


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # browsers open connections in advance, and nobody is to wait for those at the end
    allow_reuse_address = os.name == "posix"  # elsewhere it would let a stranger listen beside us
    allow_reuse_port = False

    def __init__(self, family: socket.AddressFamily, address: tuple[str, int], arrivals: Queue[Arrival]) -> None:
        self.address_family = family
        self.arrivals = arrivals
        super().__init__(address, _Handler)
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def server_bind(self) -> None:
        """Without the base class's question to the name server, which can take seconds and is for log lines."""
        if self.address_family is socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no trouble of ours, and a trace would show the code."""

    def end(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "xerosql"
    sys_version = ""
    timeout = _PATIENCE

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/callback" or not parts.query:
            self._show(nothing_here(redirect_uri(self.server.server_port)))
            return
        arrival = Arrival(self.path)
        self.server.arrivals.put(arrival)
        try:
            self._show(arrival.verdict())
        finally:
            arrival.done()

    def _show(self, page: Page) -> None:
        body = page.html.encode("utf-8")
        self.send_response(HTTPStatus(page.status))
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nothing: the request line holds the code."""
