"""The server: listens for gRPC, and ends what its clients have under way when it stops."""

from __future__ import annotations

import logging
from threading import Thread
from types import TracebackType
from typing import Self

import pyarrow

from xerosql import Connection
from xerosql.errors import InterfaceError
from xerosql.server.audit import AuditLog
from xerosql.server.flight.options import FlightOptions
from xerosql.server.flight.service import Service
from xerosql.server.flight.sessions import Sessions
from xerosql.server.flight.signing_in import MIDDLEWARE, Handshake, SigningIn
from xerosql.server.watch import Watcher

log = logging.getLogger(__name__)
#: Seconds that a stop waits for calls whose clients take no more rows.
PATIENCE = 5.0


class FlightServer:
    """Arrow Flight SQL in front of a connection, whose sign-in, limits and plans all clients share.

    Use it in `with`, or `start()` and `stop()` it. Closing the connection is left to its owner.
    """

    def __init__(self, connection: Connection, options: FlightOptions | None = None) -> None:
        self.options = options or FlightOptions()
        self.audit_log = AuditLog(self.options.audit_log)
        self.sessions = Sessions(connection, self.options, self.audit_log)
        self.watcher = Watcher()
        self.service: Service | None = None

    def start(self) -> None:
        """Begin to take clients; InterfaceError where the address is not to be had."""
        host, port = self.options.host, self.options.port
        shown = f"[{host}]" if ":" in host else host
        scheme = "grpc+tls" if self.options.encrypts else "grpc"
        certificates = [self.options.certificate] if self.options.certificate else []
        try:
            self.service = Service(
                self,
                f"{scheme}://{shown}:{port}",
                auth_handler=Handshake(),
                tls_certificates=certificates,
                middleware={MIDDLEWARE: SigningIn(self.sessions)},
            )
        except (pyarrow.ArrowException, OSError) as error:
            raise InterfaceError(f"cannot listen on {shown}:{port}: is it in use, or another machine's?") from error
        self.watcher.start()

    @property
    def port(self) -> int:
        """Where it listens; InterfaceError before it has been started."""
        if self.service is None:
            raise InterfaceError("the server has not been started")
        return int(self.service.port)

    def stop(self) -> None:
        """Take no more clients, stop what runs, and let go of everything."""
        self.sessions.stop_all("administrator command")
        if self.service is not None:
            # The shutdown waits for every call; one whose client takes no more rows would keep it for ever.
            ending = Thread(target=self.service.shutdown, name="xerosql-flight-stop", daemon=True)
            ending.start()
            ending.join(PATIENCE)
            if ending.is_alive():
                log.warning("a client that takes no rows was left behind")
            self.watcher.stop()
        self.sessions.close()
        self.audit_log.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
