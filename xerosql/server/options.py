"""How clients are served: where, whom, and within which bounds."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from xerosql.addresses import is_loopback
from xerosql.errors import InterfaceError
from xerosql.server.guesses import FREE
from xerosql.server.users import Users

#: What the one database is called.
DATABASE = "xero"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to serve. Times are seconds; `port` 0 takes a free one.

    An address that others can reach is refused without `users` and `tls`: InterfaceError.
    """

    host: str = "127.0.0.1"
    port: int = 5432
    users: Users = field(default_factory=lambda: Users(None))
    tls: ssl.SSLContext | None = None
    max_connections: int = 100
    statement_timeout: float = 0.0  # 0: none, unless the client sets one
    sign_in_timeout: float = 10.0
    wrong_passwords: int = FREE  # of a user from an address that cost no time; after them one a second is looked at
    audit_log: Path | None = None

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and not (self.users.are_known and self.encrypts):
            raise InterfaceError(
                f"{self.host} can be reached by others, which takes a file of users (--users) and TLS (--tls-cert, "
                "--tls-key)"
            )

    @property
    def encrypts(self) -> bool:
        return self.tls is not None

    @property
    def require_tls(self) -> bool:
        return not is_loopback(self.host)
