"""Answers that are too long, or never end: refused within bounded memory, over a real connection."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

GIGABYTE = 1024**3
MEGABYTE = 1024**2
CERTIFICATE = Path(__file__).parent / "self-signed.pem"  # made for these tests, with its key; good for a century
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"

#: Reads a table over the network; prints the error's class and sentence, and how much memory that took in megabytes.
PROGRAM = """
import json, resource, sys
import xerosql

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

options = json.loads(sys.argv[1])
connection = xerosql.connect(access_token="s3cret", tenant="00000000-0000-4000-8000-000000000000", **options)
connection.execute("SELECT 1").fetchall()
before = peak()
try:
    rows, error = connection.execute("SELECT Name FROM Users").fetchall(), None
except xerosql.Error as caught:
    rows, error = None, caught
print(json.dumps([type(error).__name__, str(error), rows, peak() - before]))
"""


class Server:
    """A listener that answers every connection with what `write` sends, until the other side has had enough."""

    def __init__(self, write: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> None:
        self.write = write
        self.tls = tls
        self.requests = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:  # closed: the test is over
                return
            with connection:
                self.answer(connection)

    def answer(self, connection: socket.socket) -> None:
        try:
            with ExitStack() as held:
                if self.tls is not None:
                    connection = held.enter_context(self.tls.wrap_socket(connection, server_side=True))
                if connection.recv(65536):
                    self.requests += 1
                    self.write(connection)
        except OSError:  # it has hung up, as it should
            return

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], Server]]:
    servers: list[Server] = []

    def start(write: Callable[[socket.socket], None]) -> Server:
        servers.append(Server(write))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunked(size: int) -> Callable[[socket.socket], None]:
    def write(connection: socket.socket) -> None:
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        piece = chunk(b" " * MEGABYTE)
        for _ in range(size // MEGABYTE):
            connection.sendall(piece)
        connection.sendall(chunk(b""))

    return write


def sized(size: int) -> Callable[[socket.socket], None]:
    def write(connection: socket.socket) -> None:
        connection.sendall(OK + b"Content-Length: %d\r\n\r\n" % size)
        for _ in range(size // MEGABYTE):
            connection.sendall(b" " * MEGABYTE)

    return write


def endless(connection: socket.socket) -> None:
    connection.sendall(OK + b"\r\n")
    while True:
        connection.sendall(b" " * MEGABYTE)


def bomb(*packings: str) -> bytes:
    """A gigabyte of spaces, packed once for each name."""
    body = gzip.compress(b" " * MEGABYTE, 9) * (GIGABYTE // MEGABYTE)  # so many parts make one file
    for _ in packings[1:]:
        body = gzip.compress(body, 9)
    return OK + f"Content-Encoding: {', '.join(packings)}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def packed(*packings: str) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(bomb(*packings))


def endless_header(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        connection.sendall(b"x" * MEGABYTE)


def many_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: x\r\n" * 10_000)


def endless_status(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x" * MEGABYTE)


TOO_BIG = "max_body_bytes"
BROKEN = "broke before the whole answer"
ANSWERS: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "a gigabyte in chunks": (chunked(GIGABYTE), TOO_BIG),
    "a gigabyte as announced": (sized(GIGABYTE), TOO_BIG),
    "a body without end": (endless, TOO_BIG),
    "a gigabyte in a megabyte": (packed("gzip"), TOO_BIG),
    "a gigabyte packed twice": (packed("gzip", "gzip"), TOO_BIG),
    "a header without end": (endless_header, BROKEN),
    "headers without end": (many_headers, BROKEN),
    "a first line without end": (endless_status, BROKEN),
}


def read_users(url: str, **options: Any) -> tuple[str, str, Any, int]:
    given = {"base_url": url, "max_wait": 1, "proxies": {}, **options}
    command = [sys.executable, "-c", PROGRAM, json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)  # noqa: S603 - our own interpreter
    kind, sentence, rows, megabytes = json.loads(done.stdout)
    return kind, sentence, rows, megabytes


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss counts kilobytes on Linux")
@pytest.mark.parametrize(("write", "sentence"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_without_measure_is_refused_within_bounded_memory(
    serve: Any, write: Callable[[socket.socket], None], sentence: str
) -> None:
    """OperationalError, with at most a few times `max_body_bytes` (here 16 MB) of memory, however long it is."""
    kind, told, _, megabytes = read_users(serve(write).url, max_body_bytes=16 * MEGABYTE)
    assert (kind, sentence in told) == ("OperationalError", True), told
    assert megabytes < 200


def test_the_same_server_is_read_when_it_behaves(serve: Any) -> None:
    """So the errors above are about the answers."""
    body = b'{"pagination":{"pageCount":1},"items":[{"name":"Ann"}]}'
    server = serve(lambda connection: connection.sendall(OK + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)))
    assert read_users(server.url)[2] == [["Ann"]]


def test_an_answer_that_is_too_large_is_not_asked_for_again(serve: Any) -> None:
    """It would be as large the next time."""
    server = serve(sized(32 * MEGABYTE))
    assert TOO_BIG in read_users(server.url, max_body_bytes=MEGABYTE)[1]
    assert server.requests == 1


@pytest.fixture
def impostor() -> Iterator[Server]:
    """A server that speaks TLS with a certificate that it has made itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)

    def write(connection: socket.socket) -> None:
        connection.sendall(OK + b"Content-Length: 2\r\n\r\n{}")

    server = Server(write, context)
    yield server
    server.close()


def test_a_server_that_nobody_vouches_for_gets_no_token(impostor: Server) -> None:
    """The certificate is checked before anything is sent, unless the caller has chosen to trust it."""
    url = impostor.url.replace("http://", "https://")
    kind, sentence, _, _ = read_users(url)
    assert (kind, "is not trusted" in sentence) == ("OperationalError", True), sentence
    assert impostor.requests == 0
    assert read_users(url, verify=str(CERTIFICATE))[0] == "InternalError"  # which is what it says of the answer
    assert impostor.requests == 1
