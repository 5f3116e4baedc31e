"""A client of the protocol that can be as rude as a test wants. It shares nothing with the server's own code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import struct
from typing import Self

PATIENCE = 20  # seconds


class RawClient:
    """A socket to the server, with messages put together by hand. `options` go into the startup packet."""

    def __init__(self, port: int, **options: str) -> None:
        self.options = options
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.buffer = b""
        self.key = (0, 0)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, *messages: bytes) -> None:
        self.socket.sendall(b"".join(messages))

    def receive(self) -> tuple[bytes, bytes]:
        """The next message: its type and body. EOFError when the server has hung up."""
        head = self.exactly(5)
        return head[:1], self.exactly(struct.unpack("!i", head[1:])[0] - 4)

    def exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.buffer += data
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def until(self, kind: bytes) -> list[tuple[bytes, bytes]]:
        """The messages up to one of that type, which is the last."""
        found = [self.receive()]
        while found[-1][0] != kind:
            found.append(self.receive())
        return found

    def kinds_until_ready(self) -> str:
        """The types of the messages up to ReadyForQuery, and its status."""
        found = self.until(b"Z")
        return "".join(kind.decode() for kind, _ in found) + f" {found[-1][1].decode()}"

    def start(self, user: str, database: str = "xero") -> None:
        given = {"user": user, "database": database, **self.options}
        options = b"".join(text(part) for pair in given.items() for part in pair) + b"\0"
        self.send(struct.pack("!ii", len(options) + 8, 196608) + options)

    def sign_in(self, user: str, password: str) -> None:
        """SCRAM-SHA-256 as a client; AssertionError unless the server lets it in and proves itself."""
        self.start(user)
        _, body = self.receive()
        assert body[:4] == struct.pack("!i", 10), body
        bare = "n=,r=abcdefghijklmnop"
        first = f"n,,{bare}".encode()
        self.send(message(b"p", text("SCRAM-SHA-256") + struct.pack("!i", len(first)) + first))
        kind, body = self.receive()
        assert kind == b"R", body
        challenge = body[4:].decode()
        nonce, salt, iterations = (part[2:] for part in challenge.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
        key = hmac.digest(salted, b"Client Key", "sha256")
        unproved = f"c=biws,r={nonce}"
        told = f"{bare},{challenge},{unproved}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), told, "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
        self.send(message(b"p", f"{unproved},p={proof}".encode()))
        kind, body = self.receive()
        assert kind == b"R", body
        proved = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), told, "sha256")
        assert body[4:] == b"v=" + base64.b64encode(proved)
        started: dict[bytes, bytes] = {}
        while b"Z" not in started:
            kind, body = self.receive()
            assert kind != b"E", body
            started[kind] = body
        self.key = struct.unpack("!II", started[b"K"])

    def prove_nothing(self) -> str:
        """Answer the challenge with a proof that is none, and return the code of the refusal."""
        assert self.receive()[1][:4] == struct.pack("!i", 10)
        first = b"n,,n=,r=abcdefghijklmnop"
        self.send(message(b"p", text("SCRAM-SHA-256") + struct.pack("!i", len(first)) + first))
        nonce = self.receive()[1][4:].decode().split(",")[0]
        self.send(message(b"p", f"c=biws,{nonce},p={base64.b64encode(bytes(32)).decode()}".encode()))
        kind, body = self.receive()
        assert kind == b"E", body
        return error_code(body)


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def text(value: str) -> bytes:
    return value.encode() + b"\0"


def query(sql: str) -> bytes:
    return message(b"Q", text(sql))


def parse(sql: str, name: str = "", *oids: int) -> bytes:
    return message(b"P", text(name) + text(sql) + struct.pack(f"!h{len(oids)}I", len(oids), *oids))


def bind(*values: bytes | None, portal: str = "", statement: str = "", results: tuple[int, ...] = ()) -> bytes:
    sent = b"".join(struct.pack("!i", -1) if each is None else struct.pack("!i", len(each)) + each for each in values)
    forms = struct.pack(f"!h{len(results)}h", len(results), *results)
    return message(b"B", text(portal) + text(statement) + struct.pack("!hh", 0, len(values)) + sent + forms)


def execute(portal: str = "", rows: int = 0) -> bytes:
    return message(b"E", text(portal) + struct.pack("!i", rows))


def describe(kind: str, name: str = "") -> bytes:
    return message(b"D", kind.encode() + text(name))


SYNC, TERMINATE, FLUSH = message(b"S"), message(b"X"), message(b"H")


def error_code(body: bytes) -> str:
    """The SQLSTATE of an ErrorResponse."""
    return next(part[1:].decode() for part in body.split(b"\0") if part.startswith(b"C"))
