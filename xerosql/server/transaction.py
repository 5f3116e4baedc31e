"""Whether a client is in a transaction, and what of one can be had: Xero has none, the scratch schema has.

A write to Xero stays, whatever follows it; a client is told so where it asks for the contrary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xerosql import Connection
from xerosql.errors import NotSupportedError
from xerosql.server.failures import StatementError

IDLE, OPEN, FAILED = "I", "T", "E"
ABORTED = "current transaction is aborted, commands ignored until end of transaction block"


@dataclass
class Savepoint:
    """A name, and the number of changes that the transaction had made by then."""

    name: str
    changes: int


class Transaction:
    """One client's transaction; `status` is what ReadyForQuery says. `warn` sends a warning."""

    def __init__(self, connection: Connection, warn: Callable[[str, str], None]) -> None:
        self.connection = connection
        self.warn = warn
        self.status = IDLE
        self.changes = 0
        self.savepoints: list[Savepoint] = []

    def check(self) -> None:
        """StatementError (25P02) while the transaction can only be rolled back."""
        if self.status == FAILED:
            raise StatementError(ABORTED, sqlstate="25P02")

    def fail(self) -> None:
        """A statement failed."""
        if self.status == OPEN:
            self.status = FAILED

    def begin(self) -> None:
        self.check()
        if self.status == OPEN:
            self.warn("there is already a transaction in progress", "25001")
            return
        self.connection.execute("BEGIN").close()
        self.status, self.changes, self.savepoints = OPEN, 0, []

    def commit(self) -> str:
        """End it, keeping what was done; the tag of the answer, ROLLBACK for one that has failed."""
        if self.status == FAILED:
            self.rollback()
            return "ROLLBACK"
        if self.status == IDLE:
            self.warn("there is no transaction in progress", "25P01")
        self.status = IDLE
        self.connection.execute("COMMIT").close()
        return "COMMIT"

    def rollback(self) -> None:
        if self.status == IDLE:
            self.warn("there is no transaction in progress", "25P01")
            return
        self.status = IDLE
        try:
            self.connection.execute("ROLLBACK").close()
        except NotSupportedError as error:  # a client that is told that its ROLLBACK failed has no way to go on
            self.warn(error.message, "25000")

    # -- Savepoints ----------------------------------------------------------------------------------------------------

    def save(self, name: str) -> None:
        self.need("SAVEPOINT")
        self.check()
        self.savepoints.append(Savepoint(name, self.changes))

    def release(self, name: str) -> None:
        self.need("RELEASE SAVEPOINT")
        self.check()
        del self.savepoints[self.place_of(name) :]

    def rollback_to(self, name: str) -> None:
        """Go on from a savepoint; NotSupportedError if something was changed since, for that cannot be undone."""
        self.need("ROLLBACK TO SAVEPOINT")
        place = self.place_of(name)
        if self.changes != self.savepoints[place].changes:
            self.status = FAILED
            raise NotSupportedError(
                "what was changed since the savepoint cannot be undone; ROLLBACK ends the transaction"
            )
        del self.savepoints[place + 1 :]
        self.status = OPEN

    def need(self, command: str) -> None:
        if self.status == IDLE:
            raise StatementError(f"{command} can only be used in transaction blocks", sqlstate="25P01")

    def place_of(self, name: str) -> int:
        for place in range(len(self.savepoints) - 1, -1, -1):
            if self.savepoints[place].name == name:
                return place
        raise StatementError(f'savepoint "{name}" does not exist', sqlstate="3B001")
