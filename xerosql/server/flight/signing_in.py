"""Who a call is of: a password once, by the handshake, then the token that it gave; or a password with every call."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pyarrow import flight

from xerosql.server.failures import RefusedError
from xerosql.server.flight.failures import told
from xerosql.server.flight.sessions import Session, Sessions

HEADER = "authorization"
#: The name under which a call finds what its middleware knows.
MIDDLEWARE = "sign in"


class Handshake(flight.ServerAuthHandler):  # type: ignore[misc]  # pyarrow tells no types
    """Lets the handshake through, whose header has been looked at by then."""

    def authenticate(self, outgoing: Any, incoming: Any) -> None:
        """Nothing is left to ask."""

    def is_valid(self, token: bytes) -> bytes:
        return b""


class Caller(flight.ServerMiddleware):  # type: ignore[misc]  # pyarrow tells no types
    """What is known of a call: how to find its session, and the token that its client is to be told."""

    def __init__(self, session_at: Callable[[str], Session], token: str = "") -> None:
        super().__init__()
        self.session_at = session_at
        self.token = token

    def sending_headers(self) -> Mapping[str, str]:
        return {HEADER: f"Bearer {self.token}"} if self.token else {}


class SigningIn(flight.ServerMiddlewareFactory):  # type: ignore[misc]  # pyarrow tells no types
    """Looks at the header of every call; a call of nobody ends here, before its message is looked at."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__()
        self.sessions = sessions

    def start_call(self, info: flight.CallInfo, headers: Mapping[str, Sequence[str | bytes]]) -> Caller:
        with told():
            return self.caller(info.method == flight.FlightMethod.HANDSHAKE, header_of(headers))

    def caller(self, is_handshake: bool, header: str) -> Caller:
        kind, _, proof = header.partition(" ")
        if not header:
            if self.sessions.options.users.are_known:
                raise RefusedError("sign in with a user's name and password")
            return Caller(self.sessions.by_address)
        if kind.lower() == "bearer":
            session, token = self.sessions.by_token(proof), ""
        elif kind.lower() == "basic":
            name, password = name_and_password(proof)
            if is_handshake:
                token, session = self.sessions.sign_in(name, password)
            else:
                session, token = self.sessions.by_password(name, password), ""
        else:
            raise RefusedError("sign in with a user's name and password, or the token that they gave")
        return Caller(lambda peer: session, token)


def header_of(headers: Mapping[str, Sequence[str | bytes]]) -> str:
    found = next(iter(headers.get(HEADER, ())), "")
    return found if isinstance(found, str) else found.decode(errors="replace")


def name_and_password(proof: str) -> tuple[str, str]:
    """The parts of a Basic header (RFC 7617). Some clients leave out what fills the base64 up."""
    try:
        text = base64.b64decode(proof + "=" * (-len(proof) % 4), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise RefusedError("the header is no Basic authorization") from error
    name, colon, password = text.partition(":")
    if not colon:
        raise RefusedError("the header is no Basic authorization")
    return name, password
