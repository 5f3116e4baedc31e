"""HTTP/1.1 by hand: as much of it as a fast test server needs, read from one connection and written in one piece.

The standard library's server parses headers with the e-mail package and writes an answer in several pieces; here both
cost a tenth. A request that cannot be read ends the connection after its error answer.
"""

from __future__ import annotations

import socket
from http import HTTPStatus

from .exchange import Answer, Request

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 10 * 1024 * 1024  # Xero's own, in bytes
CHUNK = 256 * 1024
WORTH_PACKING = 500  # bytes; below that packing gains nothing

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


class BadRequest(Exception):  # noqa: N818 - named for the status it becomes
    """What came is not HTTP, or too much of it; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Wire:
    """One client's connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = b""
        self.keep_alive = True

    def read(self) -> Request | None:
        """The next request, or None when the client has gone. Raises BadRequest."""
        head = self._head()
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise BadRequest(400)
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise BadRequest(400)
            headers[name.lower()] = value.strip()
        kept = headers.get("connection", "").lower()
        self.keep_alive = kept != "close" if words[2] == "HTTP/1.1" else kept == "keep-alive"
        return Request(words[0].upper(), words[1], headers, self._body(headers))

    def write(self, request: Request, answer: Answer) -> None:
        """Send the answer, packed if the client takes gzip and it is worth it."""
        body = answer.body.raw
        if len(body) > WORTH_PACKING and "gzip" in request.headers.get("accept-encoding", ""):
            body = answer.body.packed
            answer.headers["Content-Encoding"] = "gzip"
        if answer.status != 204:
            answer.headers["Content-Length"] = str(len(body))
        self.write_raw(answer.status, answer.headers, body)

    def write_raw(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send exactly this: a `Content-Length` may promise more than the body holds."""
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        if not self.keep_alive:
            lines.append("Connection: close\r\n")
        head = f"{_STATUS_LINES[status]}{''.join(lines)}\r\n"
        self._sock.sendall(head.encode("latin-1") + body)

    def _head(self) -> bytes | None:
        """The request line and headers, without the empty line behind them; empty lines before are skipped."""
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if end:
                self._buffer = rest
                return head
            if len(self._buffer) > HEAD_LIMIT:
                raise BadRequest(431)
            if not self._more():
                return None

    def _body(self, headers: dict[str, str]) -> bytes:
        if "expect" in headers:
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise BadRequest(400)
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        """A chunked body; the lines behind the last chunk are read and dropped."""
        parts: list[bytes] = []
        total = 0
        while size := self._chunk_size():
            total += size
            if total > BODY_LIMIT:
                raise BadRequest(413)
            parts.append(self._exactly(size))
            self._line()
        while self._line():
            pass
        return b"".join(parts)

    def _chunk_size(self) -> int:
        try:
            return int(self._line().split(b";")[0], 16)
        except ValueError:
            raise BadRequest(400) from None

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            if len(self._buffer) > HEAD_LIMIT or not self._more():
                raise BadRequest(400)
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _exactly(self, count: int) -> bytes:
        if count > BODY_LIMIT:
            raise BadRequest(413)
        parts = [self._buffer]
        have = len(self._buffer)
        while have < count:
            self._buffer = b""
            if not self._more():
                raise BadRequest(400)
            parts.append(self._buffer)
            have += len(self._buffer)
        whole = b"".join(parts) if len(parts) > 1 else parts[0]
        self._buffer = whole[count:]
        return whole[:count]

    def _more(self) -> bool:
        received = self._sock.recv(CHUNK)
        self._buffer += received
        return bool(received)
