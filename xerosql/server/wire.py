"""A client's socket: whole messages in, buffered messages out. Frontend/Backend Protocol 3.0 of PostgreSQL."""

from __future__ import annotations

import selectors
import socket
import ssl
import struct
from contextlib import suppress

from xerosql.server.failures import ClientGone, ProtocolError

#: Bytes of a message before the client is known; PostgreSQL's own limit.
MOST_AT_STARTUP = 10_000
#: Bytes of a message afterwards. A statement is refused earlier, see `statements.py`.
MOST = 64 * 1024 * 1024
#: Bytes that are gathered before they are sent.
FULL = 64 * 1024
CHUNK = 64 * 1024
LENGTH = struct.Struct("!i")


class Wire:
    """Messages over one socket. Reading and writing block; nothing is kept but the message at hand and one buffer."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self.most = MOST_AT_STARTUP
        self.deaf = False  # whether no further message is read
        self._ended = False

    # -- In ------------------------------------------------------------------------------------------------------------

    def startup(self) -> bytes:
        """The first packet, which has no type."""
        return self._body(self._exactly(4))

    def message(self) -> tuple[bytes, bytes]:
        """The next message: its type, one byte, and its body. What was written is sent first."""
        if not self._incoming:
            self.flush()
        kind = self._exactly(1)
        body = self._body(self._exactly(4))
        if self.deaf:  # asked last: bytes that come while the thread has yet to wake up are still received
            raise ClientGone
        return kind, body

    def _body(self, length: bytes) -> bytes:
        size = LENGTH.unpack(length)[0] - 4
        if not 0 <= size <= self.most:
            raise ProtocolError("invalid message length")
        return self._exactly(size)

    def _exactly(self, count: int) -> bytes:
        incoming = self._incoming
        while len(incoming) < count:
            incoming += self._received()
        taken = bytes(incoming[:count])
        del incoming[:count]
        return taken

    def _received(self) -> bytes:
        try:
            self._await()
            data = self.socket.recv(CHUNK)
        except (OSError, ValueError) as error:  # a time-out and TLS errors among them; a socket that was closed
            raise ClientGone from error
        if not data:
            raise ClientGone
        return data

    def _await(self) -> None:
        """Wait for bytes under TLS, which would not survive to find the end of them: nothing could be said any more."""
        if isinstance(self.socket, ssl.SSLSocket) and not self.socket.pending():
            with selectors.DefaultSelector() as selector:
                selector.register(self.socket, selectors.EVENT_READ)
                selector.select()
            if self.deaf:
                raise ClientGone

    # -- Out -----------------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Write a message, or several; they leave when there are enough, or with `flush()`."""
        self._outgoing += data
        if len(self._outgoing) >= FULL:
            self.flush()

    def flush(self) -> None:
        """Send what was written. Blocks while the client takes nothing."""
        if not self._outgoing:
            return
        data, self._outgoing = self._outgoing, bytearray()
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise ClientGone from error

    # -- TLS and the end -----------------------------------------------------------------------------------------------

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Agree to TLS and go on under it. What came before the handshake may be a stranger's: ProtocolError."""
        if self._incoming:
            raise ProtocolError("received unencrypted data after SSL request")
        self.send(b"S")
        self.flush()
        try:
            self.socket = wrapped = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            if self._ended:  # while neither socket could be told
                raise ClientGone
            wrapped.do_handshake()
        except (OSError, ValueError) as error:
            raise ClientGone from error

    @property
    def encrypted(self) -> bool:
        return isinstance(self.socket, ssl.SSLSocket)

    def is_open(self) -> bool:
        """Whether the client is still there, as far as can be told without reading from it. For any thread."""
        try:
            return peeked(self.socket) != b""
        except (BlockingIOError, InterruptedError):
            return True
        except (OSError, ValueError):
            return False

    def deafen(self) -> None:
        """Read nothing more, so that a thread that does gets ClientGone; it can still say something. For any thread."""
        self.deaf = True
        with suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RD)  # past SSLSocket, which would forget its keys

    def hang_up(self) -> None:
        """End it: a thread that reads or writes gets ClientGone. For any thread.

        The socket is left open until that thread closes it, which might not be woken for one that is no more.
        """
        self._ended = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up, and close the socket. For the thread that reads."""
        self.hang_up()
        with suppress(OSError):
            self.socket.close()


def peeked(connected: socket.socket) -> bytes:
    """The next raw byte, left where it is; b"" at the end, BlockingIOError if there is none yet."""
    flags = socket.MSG_PEEK | getattr(socket, "MSG_DONTWAIT", 0)
    return socket.socket.recv(connected, 1, flags)  # past SSLSocket, which takes no flags
