"""`xerosql serve`: PostgreSQL's protocol in front of a connection, and Flight SQL beside it, until Ctrl-C."""

from __future__ import annotations

import signal
import ssl
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from xerosql.cli.connecting import connected
from xerosql.cli.outcome import Misuse
from xerosql.cursor import require

if TYPE_CHECKING:
    from xerosql import Connection
    from xerosql.server import Options
    from xerosql.server.flight import FlightServer


@dataclass(frozen=True, kw_only=True)
class Service:
    """The options of the command; `run` carries it out."""

    profile: str | None
    tenant: str | None
    host: str
    port: int
    flight: int | None
    users: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    max_age: str | None
    cache_dir: Path | None
    max_connections: int
    statement_timeout: float
    audit_log: Path | None

    def run(self) -> None:
        """Listen until Ctrl-C or SIGTERM."""
        from xerosql.server import Server

        options, ended = self.options(), Event()
        reuse = {"max_age": self.max_age, "cache_dir": None if self.cache_dir is None else str(self.cache_dir)}
        with ExitStack() as open_until_then:
            connection = open_until_then.enter_context(connected(self.profile, self.tenant, **reuse))
            server = open_until_then.enter_context(Server(connection, options))
            told = self.welcome(server.port, options)
            if self.flight is not None:
                flight = open_until_then.enter_context(self.flight_server(connection, options))
                told += self.welcome_to_flight(flight.port, options)
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: ended.set())
            sys.stdout.write(f"{told}Ctrl-C stops it.\n")
            sys.stdout.flush()
            while not ended.wait(0.5):
                pass  # a wait without an end would not notice Ctrl-C on Windows

    def options(self) -> Options:
        from xerosql.server import Options, Users, load_users

        return Options(
            host=self.host,
            port=self.port,
            users=Users(None) if self.users is None else load_users(self.users),
            tls=self.tls(),
            max_connections=self.max_connections,
            statement_timeout=self.statement_timeout,
            audit_log=self.audit_log,
        )

    def flight_server(self, connection: Connection, options: Options) -> FlightServer:
        """Flight SQL for the same users; InterfaceError without pyarrow."""
        require("pyarrow.flight", "flight")
        from xerosql.server.flight import FlightOptions, FlightServer

        pair = None if self.tls_cert is None or self.tls_key is None else (self.tls_cert, self.tls_key)
        return FlightServer(
            connection,
            FlightOptions(
                host=options.host,
                port=self.flight or 0,
                users=options.users,
                certificate=None if pair is None else (pair[0].read_bytes(), pair[1].read_bytes()),
                max_connections=options.max_connections,
                statement_timeout=options.statement_timeout,
                audit_log=options.audit_log,
            ),
        )

    def tls(self) -> ssl.SSLContext | None:
        """What encrypts, None without a certificate; Misuse for half of one, or one that does not work."""
        if self.tls_cert is None and self.tls_key is None:
            return None
        if self.tls_cert is None or self.tls_key is None:
            raise Misuse("TLS takes both: --tls-cert and --tls-key")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.tls_cert, self.tls_key, password=lambda: "")
        except (OSError, ValueError) as error:  # an SSLError is an OSError
            raise Misuse(f"{self.tls_cert} and {self.tls_key} are no certificate and its key: {error}") from error
        return context

    def welcome(self, port: int, options: Options) -> str:
        """Where it listens, and what to type."""
        who = "USER" if options.users.are_known else "reader"
        sslmode = " sslmode=require" if options.require_tls else ""
        rights = "those of the file may connect" if options.users.are_known else "anybody on this machine may read"
        return (
            f"A PostgreSQL server listens on {self.host}:{port}; {rights}.\n\n"
            f'  psql "host={self.host} port={port} dbname=xero user={who}{sslmode}"\n\n'
        )

    def welcome_to_flight(self, port: int, options: Options) -> str:
        scheme = "grpc" if self.tls_cert is None else "grpc+tls"
        who = ', db_kwargs={"username": "USER", "password": "…"}' if options.users.are_known else ""
        return (
            f"Arrow Flight SQL is on {self.host}:{port}.\n\n"
            f'  adbc_driver_flightsql.dbapi.connect("{scheme}://{self.host}:{port}"{who})\n\n'
        )
