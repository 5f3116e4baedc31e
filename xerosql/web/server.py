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


class Server:
    """Serves the page of a connection's queue on `host` and `port`, 0 for a free one, from entering it to its exit.

    `names` are hosts by which browsers reach it besides localhost, the address itself and this machine's name. Raises
    OperationalError if the port cannot be had.
    """

    def __init__(self, connection: Connection, token: str, host: str, port: int, names: tuple[str, ...] = ()) -> None:
        app = create_app(connection, token, names=(host, socket.gethostname(), *names))
        try:
            self._server = create_server(
                app, host=host, port=port, threads=THREADS, ident=None, max_request_body_size=LARGEST
            )
        except OSError as error:
            raise OperationalError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error
        self.port: int = self._server.effective_port
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
        self._server.close()
