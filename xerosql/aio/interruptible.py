"""The cursor that works on a thread for an async one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xerosql.connection import Connection
from xerosql.cursor import Cursor
from xerosql.errors import OperationalError

if TYPE_CHECKING:
    from xerosql.execute.run import Statement

CANCELLED = "57014"


class Interruptible(Cursor):
    """A cursor whose call can be cancelled at any moment, also while its statement is still to be made."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._stopped = False
        self._executing = False

    def begin(self) -> None:
        """A call is about to be handed to a thread."""
        self._stopped = self._executing = False

    def _start(self, operation: str, *, arrow: bool = False) -> Statement:
        statement = super()._start(operation, arrow=arrow)
        self._executing = True
        if self._stopped:  # set before `cancel` looked for a statement, or seen by it
            statement.cancel()
        return statement

    @property
    def statement(self) -> Statement | None:
        """The statement whose rows are fetched now."""
        return self._statement

    def cancel(self) -> None:
        """Stop the call under way, from another thread."""
        self._stopped = True
        super().cancel()

    @property
    def writing(self) -> bool:
        """Whether the call is a statement that has come to its writes."""
        return self._executing and self._statement is not None and self._statement.cancelled.writing

    def verdict(self, error: BaseException | None) -> str | None:
        """What became of a statement's writes: nothing to say where none was begun."""
        if error is None:
            rows = self.rowcount
            return f"the statement had been carried out, {rows} row{'s' * (rows != 1)}" if rows >= 0 else None
        if isinstance(error, OperationalError) and error.sqlstate == CANCELLED:
            return None
        return str(error)
