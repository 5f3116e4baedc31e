"""From the first byte of a client to a user: TLS, the startup packet, SCRAM-SHA-256."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from xerosql.server import messages
from xerosql.server.failures import ProtocolError, RefusedError
from xerosql.server.messages import Body
from xerosql.server.scram import Exchange, Verifier
from xerosql.server.users import User, Users
from xerosql.server.wire import Wire

MECHANISM = "SCRAM-SHA-256"
OK, SASL, SASL_CONTINUE, SASL_FINAL = 0, 10, 11, 12
PROTOCOL_MAJOR = 3


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """What a client sends on a connection of its own to have another one's statement stopped."""

    pid: int
    secret: int


@dataclass(frozen=True, slots=True)
class Startup:
    """What a client asks for when it connects: the user, the database, and settings."""

    options: Mapping[str, str]

    @property
    def user(self) -> str:
        return self.options.get("user", "")

    @property
    def database(self) -> str:
        return self.options.get("database") or self.user


def begin(wire: Wire, tls: ssl.SSLContext | None, *, require_tls: bool) -> Startup | CancelRequest:
    """Negotiate encryption, and read the packet that says what the client wants."""
    while True:
        body = Body(wire.startup())
        code = body.int32()
        if code == messages.CANCEL:
            return CancelRequest(body.uint32(), body.uint32())
        if code in (messages.SSL, messages.GSS):
            negotiate(wire, tls if code == messages.SSL else None)
            continue
        if code >> 16 != PROTOCOL_MAJOR:
            raise ProtocolError(f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}", sqlstate="0A000")
        if require_tls and not wire.encrypted:
            raise RefusedError("the server takes no connection without TLS; add sslmode=require")
        startup = Startup(body.options())
        negotiate_version(wire, code, startup)
        return startup


def negotiate(wire: Wire, tls: ssl.SSLContext | None) -> None:
    if tls is None or wire.encrypted:
        wire.send(b"N")
        wire.flush()
    else:
        wire.encrypt(tls)


def negotiate_version(wire: Wire, code: int, startup: Startup) -> None:
    """Protocol options and minor versions that we do not know are told to the client, which may go on without them."""
    unknown = [name for name in startup.options if name.startswith("_pq_.")]
    if code != messages.VERSION_3 or unknown:
        count = messages.INT32.pack(len(unknown))
        named = b"".join(map(messages.text, unknown))
        wire.send(messages.message(b"v", messages.INT32.pack(0) + count + named))


def authenticate(wire: Wire, startup: Startup, users: Users) -> User:
    """The user, who has shown to know the password; RefusedError otherwise, with the same words for every reason."""
    if not startup.user:
        raise RefusedError("no PostgreSQL user name specified in startup packet")
    user = users.called(startup.user)
    if users.are_known:
        verifier = user.verifier if user is not None else None
        proved = prove(wire, verifier or users.decoy(startup.user))
        if not proved or verifier is None:
            raise RefusedError(f'password authentication failed for user "{startup.user}"', sqlstate="28P01")
    if user is None:
        raise RefusedError(f'role "{startup.user}" does not exist')
    wire.send(messages.authentication(OK))
    return user


def prove(wire: Wire, verifier: Verifier) -> bool:
    """Whether the client knows the password of the verifier."""
    exchange = Exchange(verifier)
    wire.send(messages.authentication(SASL, messages.text(MECHANISM) + b"\0"))
    first = Body(password_message(wire))
    if first.string() != MECHANISM:
        raise ProtocolError("client selected an invalid SASL authentication mechanism")
    challenge = exchange.server_first(utf8(first.value() or b""))
    wire.send(messages.authentication(SASL_CONTINUE, challenge.encode()))
    proof = exchange.server_final(utf8(password_message(wire)))
    if proof is None:
        return False
    wire.send(messages.authentication(SASL_FINAL, proof.encode()))
    return True


def password_message(wire: Wire) -> bytes:
    kind, body = wire.message()
    if kind != b"p":
        raise ProtocolError("expected SASL response")
    return body


def utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("malformed SASL message") from error
