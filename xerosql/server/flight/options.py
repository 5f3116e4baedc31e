"""How Flight is served: what PostgreSQL's clients are served by too, but for the certificate."""

from __future__ import annotations

from dataclasses import dataclass, field

from xerosql.server.options import Options

#: Where Flight SQL servers usually listen.
PORT = 31337


@dataclass(frozen=True, kw_only=True)
class FlightOptions(Options):
    """As Options. gRPC encrypts by itself, so TLS takes the certificate and its key, as PEM, in the place of `tls`."""

    port: int = PORT
    certificate: tuple[bytes, bytes] | None = field(default=None, repr=False)

    @property
    def encrypts(self) -> bool:
        return self.certificate is not None
