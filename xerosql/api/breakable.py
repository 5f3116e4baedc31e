"""Connections whose request can be broken off by another thread: their socket is shut down, and the wait for it ends.

A connection that was shut down is never used again, not even where the answer had come and the connection was back in
its pool by then: the next request on it is refused before a byte of it has left. So a write, which nobody breaks off,
cannot be lost to somebody else's cancellation. Importing this module imports urllib3.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from threading import Lock, local
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import NewConnectionError

from xerosql.api.stop import Stop, apart
from xerosql.errors import OperationalError

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection
    from urllib3.connectionpool import ConnectionPool

    Base = HTTPConnection
else:
    Base = object

#: Held for moments only: while a request takes its connection, and while one is shut down.
LOCK = Lock()


class Call:
    """One request that may be broken off, and the connection that it has by now."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self.connection: Breakable | None = None

    def end(self) -> None:
        """Break it off, if it still has its connection. From any thread."""
        with LOCK:
            connection = self.connection
            if connection is not None and connection.call is self:
                connection.shut_down()


class Current(local):
    """The call that a thread is making, as the connection learns it through the libraries in between."""

    call: Call | None = None


CURRENT = Current()


@contextmanager
def breakable(stop: Stop) -> Iterator[None]:
    """Break off the request that is made inside, on this thread, once the stop is set."""
    call = Call(stop)
    CURRENT.call = call
    try:
        with stop.telling(call.end):
            yield
    finally:
        CURRENT.call = None
        call.connection = None


class Breakable(Base):
    """What is added to urllib3's connections."""

    call: Call | None = None
    last: socket.socket | None = None  # still open where the library has let go of it, as it does before a last body
    broken = False

    def connect(self) -> None:
        """As it was; nobody waits for it any longer once the call is stopped."""
        call, self.last = CURRENT.call, None
        if call is None:
            super().connect()
            return
        try:
            apart(partial(self.connect_unless_stopped, call.stop), call.stop)
        except OperationalError as error:
            raise self.refusal() from error

    def connect_unless_stopped(self, stop: Stop) -> None:
        super().connect()
        if stop.is_set():
            self.close()

    def request(self, *given: Any, **more: Any) -> None:
        """As it was, for the call that this thread makes; refused if the connection has been shut down."""
        with LOCK:
            self.call = CURRENT.call
            if self.broken or (self.call is not None and self.call.stop.is_set()):
                raise self.refusal()
            if self.call is not None:
                self.call.connection = self
        super().request(*given, **more)

    def getresponse(self) -> Any:
        """As it was; the socket is remembered, since of a connection that ends with this answer it is let go here."""
        self.last = self.sock
        return super().getresponse()

    def close(self) -> None:
        """As it was; the next connection, which urllib3 may make with the same object, is a new one."""
        super().close()
        self.broken = False

    def shut_down(self) -> None:
        self.broken = True
        connected = self.sock or self.last
        if connected is not None:
            with suppress(OSError, AttributeError):  # closed by now, or one that a library has put in between
                shut_down(connected)

    def refusal(self) -> NewConnectionError:
        return NewConnectionError(self, "nothing was sent: the statement was cancelled")


def shut_down(connected: Any) -> None:
    """End what other threads wait for at the socket; under TLS without its farewell, which its own thread may be at."""
    if isinstance(connected, socket.socket):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
    else:
        connected.shutdown(socket.SHUT_RDWR)


def make_breakable(pool: ConnectionPool) -> None:
    """Let the pool make connections that can be broken off, of whatever kind its own are."""
    kind: type[HTTPConnection] = pool.ConnectionCls  # type: ignore[attr-defined]  # of all pools for HTTP
    if not issubclass(kind, Breakable):
        pool.ConnectionCls = breakable_kind(kind)  # type: ignore[arg-type, attr-defined]  # a class can be hashed


@cache
def breakable_kind(kind: type[HTTPConnection]) -> type[HTTPConnection]:
    return type(f"Breakable{kind.__name__}", (Breakable, kind), {})
