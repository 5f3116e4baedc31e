"""What the server's clients do, as pg_stat_activity tells it, and how one client ends what another one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from xerosql.server.failures import StatementError
from xerosql.server.pg_catalog.rows import Rows
from xerosql.server.pg_catalog.tables import oid_of
from xerosql.server.transaction import FAILED, OPEN

#: Bytes of a statement that are shown, as at PostgreSQL unless somebody has said otherwise.
SHOWN = 1023
#: What is said of a client's statement to those who are another user.
HIDDEN = "<insufficient privilege>"
BETWEEN = {OPEN: "idle in transaction", FAILED: "idle in transaction (aborted)"}


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Activity:
    """What one client does. `user` is who signed in, whatever the client's settings say.

    `application` and `status` tell the program's own name and the state of its transaction. `cancel` ends its
    statement, `terminate` its connection.
    """

    pid: int
    user: str
    address: str
    port: int
    application: Callable[[], str]
    status: Callable[[], str]
    cancel: Callable[[], None]
    terminate: Callable[[], None]
    began: datetime = field(default_factory=now)
    query: str = ""
    working: bool = False
    query_start: datetime | None = None
    transaction_start: datetime | None = None
    changed: datetime | None = None

    def begin(self, sql: str) -> None:
        """A statement begins, and with it a transaction unless it is in one."""
        self.query = sql.encode()[:SHOWN].decode(errors="ignore")
        self.query_start = self.changed = now()
        self.transaction_start = self.transaction_start or self.query_start
        self.working = True

    def rest(self) -> None:
        """It has ended."""
        self.working, self.changed = False, now()

    def end_transaction(self) -> None:
        self.transaction_start = None

    def told_to(self, user: str) -> dict[str, object]:
        """Its row: to other users who is there, and nothing of what for, since when and from where."""
        known: dict[str, object] = {"pid": self.pid, "usename": self.user, "usesysid": oid_of(f"role {self.user}")}
        known |= {"application_name": self.application()}
        if user != self.user:
            return known | {"query": HIDDEN}
        state = "active" if self.working else BETWEEN.get(self.status(), "idle")
        waits: dict[str, object] = {} if self.working else {"wait_event_type": "Client", "wait_event": "ClientRead"}
        return (
            known
            | {"client_addr": self.address, "client_port": self.port, "backend_start": self.began}
            | {"xact_start": self.transaction_start, "query_start": self.query_start, "state_change": self.changed}
            | {"state": state, "query": self.query, "backend_type": "client backend"}
            | waits
        )


class Activities:
    """What all clients do that have signed in, by the numbers of their sessions."""

    def __init__(self, database: str) -> None:
        self.database = {"datid": oid_of(f"database {database}"), "datname": database}
        self._lock = Lock()
        self._all: dict[int, Activity] = {}

    def add(self, activity: Activity) -> None:
        with self._lock:
            self._all[activity.pid] = activity

    def remove(self, pid: int) -> None:
        with self._lock:
            self._all.pop(pid, None)

    def told_to(self, user: str) -> Rows:
        """The rows of pg_stat_activity, as this user may see them."""
        with self._lock:
            found = list(self._all.values())
        return [self.database | each.told_to(user) for each in found]

    def kerberos_told_to(self, user: str) -> Rows:
        """The rows of pg_stat_gssapi: nobody signs in with Kerberos."""
        with self._lock:
            return [{"pid": pid, "gss_authenticated": False, "encrypted": False} for pid in self._all]

    def signal(self, pid: int, user: str, *, terminate: bool) -> bool:
        """End what a session does, or the session; whether there is such a one. StatementError (42501) if it is another
        user's."""
        with self._lock:
            found = self._all.get(pid)
        if found is None:
            return False
        if found.user != user:
            what = "process is being terminated" if terminate else "query is being canceled"
            raise StatementError(
                f"must be a member of the role whose {what} or member of pg_signal_backend", sqlstate="42501"
            )
        if terminate:
            found.terminate()
        else:
            found.cancel()
        return True
