"""The page behind a port. The only module that imports waitress."""

from __future__ import annotations

import socket
from threading import Thread
from types import TracebackType
from typing import Self

from waitress.server import create_server

from xerosql import Connection
from xerosql.errors import OperationalError
from xerosql.web.app import create_app

THREADS = 4
#: Bytes of a request; the longest is a form with a task's Parameters.
LARGEST = 1024 * 1024
#: Seconds that an answer may still take when the server ends.
LAST_ANSWER = 5


class Server:
    """Serves the page of a connection's queue on `host` and `port`, 0 for a free one, from entering it to its exit.

    `names` are hosts by which browsers reach it besides localhost, the address itself and this machine's name. Raises
    OperationalError if the port cannot be had.
    """

    def __init__(self, connection: Connection, token: str, host: str, port: int, names: tuple[str, ...] = ()) -> None:
        app = create_app(connection, token, names=(host, socket.gethostname(), *names))
        door = bound(host, port)
        self._server = create_server(app, sockets=[door], threads=THREADS, ident=None, max_request_body_size=LARGEST)
        self.port: int = door.getsockname()[1]
        app.config["SESSION_COOKIE_NAME"] = f"xerosql-queue-{self.port}"  # cookies are for all ports of a host
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.port}/"
        self._thread = Thread(target=self._server.run, name="xerosql-web", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.task_dispatcher.shutdown(timeout=LAST_ANSWER)  # an answer that is under way needs the server
        self._server.close()


def bound(host: str, port: int) -> socket.socket:
    """A socket on an address of this machine; OperationalError, and nothing left open, if it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
    except OSError as error:
        raise OperationalError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError as error:
        found.close()
        raise OperationalError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error
    return found
