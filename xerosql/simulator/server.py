"""The simulator behind a port: one thread accepts, one thread serves each connection."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING

from .faults import ConnectionReset, Truncated
from .wire import BadRequest, Wire

if TYPE_CHECKING:
    from types import TracebackType

    from .simulator import Simulator

BACKLOG = 128
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 seconds: closing sends RST instead of FIN


class Server:
    """A running simulator. `url` has no trailing slash and no path: append what follows the host at Xero."""

    def __init__(self, simulator: Simulator, host: str, port: int) -> None:
        self.simulator = simulator
        self._listener = socket.create_server((host, port), backlog=BACKLOG, family=_family(host))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._accept, name=f"simulator-{self.port}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and cut every open connection; calling it again does nothing."""
        with self._lock:
            self._closed.set()
            connections = list(self._open)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread, which close alone does not
        self._listener.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def join(self) -> None:
        """Wait until the server is closed."""
        self._thread.join()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if self._closed.is_set():
                    return
                continue  # the client was gone before it was let in
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def _attend(self, connection: socket.socket) -> None:
        """Serve one connection until either side ends it."""
        try:
            with contextlib.suppress(OSError):  # the client went away in the middle: nobody is left to tell
                self._converse(connection)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _converse(self, connection: socket.socket) -> None:
        wire = Wire(connection)
        while wire.keep_alive and not self._closed.is_set():
            try:
                request = wire.read()
                if request is None:
                    return
                wire.write(request, self.simulator.respond(request))
            except BadRequest as bad:
                wire.keep_alive = False
                wire.write_raw(bad.status, {"Content-Length": "0"}, b"")
            except ConnectionReset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                return
            except Truncated as cut:
                wire.write_raw(cut.status, cut.headers, cut.body)
                return


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
