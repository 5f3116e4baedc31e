"""SCRAM-SHA-256, the server's side (RFC 5802, RFC 7677), as PostgreSQL has it.

libpq leaves the user's name in the exchange empty, since the startup packet has it; libraries for SCRAM refuse that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import stringprep
import unicodedata
from dataclasses import dataclass

from xerosql.server.failures import ProtocolError

ITERATIONS = 4096  # PostgreSQL's
SALT, KEY = 16, 32  # bytes
VERIFIER = re.compile(r"SCRAM-SHA-256\$(\d{1,9}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]{44}):([A-Za-z0-9+/=]{44})")
#: No channel binding: `y` from a client that has it and thinks that we do not, which is so.
CLIENT_FIRST = re.compile(
    r"(?P<header>(?P<binding>[ny]),(?:a=[^,]*)?,)(?P<bare>n=[^,]*,r=(?P<nonce>[!-+\--~]+)(?:,.*)?)"
)
CLIENT_FINAL = re.compile(r"(?P<unproved>c=(?P<binding>[^,]*),r=(?P<nonce>[^,]*)(?:,.*)?),p=(?P<proof>[A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class Verifier:
    """What proves a password without holding it, written as in PostgreSQL's `pg_authid`."""

    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes

    @classmethod
    def read(cls, text: str) -> Verifier:
        """From `SCRAM-SHA-256$4096:salt$stored:server`; ValueError for anything else."""
        found = VERIFIER.fullmatch(text)
        if found is None or int(found[1]) < ITERATIONS:
            raise ValueError
        salt, stored, server = (decoded(found[place]) for place in (2, 3, 4))
        return cls(int(found[1]), salt, stored, server)

    @classmethod
    def of(cls, password: str) -> Verifier:
        """A new one for a password."""
        salt = secrets.token_bytes(SALT)
        salted = hashlib.pbkdf2_hmac("sha256", prepared(password).encode(), salt, ITERATIONS)
        stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
        return cls(ITERATIONS, salt, stored, hmac.digest(salted, b"Server Key", "sha256"))

    def fits(self, password: str) -> bool:
        """Whether it is the verifier of that password, for who is told it in clear."""
        salted = hashlib.pbkdf2_hmac("sha256", prepared(password).encode(), self.salt, self.iterations)
        stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
        return hmac.compare_digest(stored, self.stored_key)

    def __str__(self) -> str:
        keys = f"{encoded(self.stored_key)}:{encoded(self.server_key)}"
        return f"SCRAM-SHA-256${self.iterations}:{encoded(self.salt)}${keys}"

    def __repr__(self) -> str:
        return "Verifier(…)"


class Exchange:
    """One client's proof. The messages are those that the SASL messages of the protocol carry."""

    def __init__(self, verifier: Verifier) -> None:
        self.verifier = verifier
        self.header, self.bare, self.nonce, self.first = "", "", "", ""

    def server_first(self, client_first: str) -> str:
        """The challenge; ProtocolError for a message that is none."""
        found = CLIENT_FIRST.fullmatch(client_first)
        if found is None:
            raise ProtocolError("malformed SCRAM message")
        self.header, self.bare = found["header"], found["bare"]
        self.nonce = found["nonce"] + encoded(secrets.token_bytes(18))
        self.first = f"r={self.nonce},s={encoded(self.verifier.salt)},i={self.verifier.iterations}"
        return self.first

    def server_final(self, client_final: str) -> str | None:
        """The server's own proof; None if the client has not proved to know the password."""
        found = CLIENT_FINAL.fullmatch(client_final)
        if found is None:
            raise ProtocolError("malformed SCRAM message")
        try:
            binding, proof = decoded(found["binding"]), decoded(found["proof"])
        except ValueError as error:
            raise ProtocolError("malformed SCRAM message") from error
        if binding != self.header.encode() or found["nonce"] != self.nonce or len(proof) != KEY:
            return None
        told = f"{self.bare},{self.first},{found['unproved']}".encode()
        signature = hmac.digest(self.verifier.stored_key, told, "sha256")
        key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(key).digest(), self.verifier.stored_key):
            return None
        return f"v={encoded(hmac.digest(self.verifier.server_key, told, 'sha256'))}"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes:
    """ValueError for what is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError from error


def prepared(password: str) -> str:
    """The password after SASLprep (RFC 4013), or as it is where that forbids it, as PostgreSQL does."""
    mapped = "".join(
        " " if stringprep.in_table_c12(each) else each for each in password if not stringprep.in_table_b1(each)
    )
    found = unicodedata.normalize("NFKC", mapped)
    prohibited = (stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4, stringprep.in_table_c5)
    if not found or any(within(each) for each in found for within in (*prohibited, stringprep.in_table_c8)):
        return password
    return found
