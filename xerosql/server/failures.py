"""What ends a statement, or a connection of a client."""

from __future__ import annotations

from xerosql.errors import DatabaseError


class ClientGone(Exception):  # noqa: N818 - reads as what it is where it is raised
    """The client hung up, took too long to sign in, or broke TLS: nobody is left to be told."""


class ProtocolError(DatabaseError):
    """The client broke the protocol. It is told, and the connection ends."""

    default_sqlstate = "08P01"


class RefusedError(DatabaseError):
    """The client may not connect. It is told, and the connection ends."""

    default_sqlstate = "28000"


class StatementError(DatabaseError):
    """A statement that the server itself cannot carry out, with PostgreSQL's SQLSTATE."""

    default_sqlstate = "XX000"
