"""Every error that xerosql raises, as PEP 249 draws the tree.

    Warning
    Error
    ├── InterfaceError            the driver was used wrongly (closed cursor, unknown option)
    └── DatabaseError
        ├── DataError             a value does not fit its column
        ├── OperationalError      the world outside: network, sign-in, limits
        │   ├── AuthenticationError   no token, a wrong or expired one, a missing scope, a tenant that is not connected
        │   ├── RateLimitError        the day's quota is used up
        │   ├── BudgetError           the statement would cost more than it may: calls, the day's reserve, rows
        │   ├── UnknownOutcomeError   a write was sent and its answer never came
        │   └── PartialWriteError     a statement stopped half-way; says what became of each row
        ├── IntegrityError        Xero's rules: unknown project, invoiced task, failed validation
        ├── InternalError         a bug in xerosql
        ├── ProgrammingError      the SQL is wrong: syntax, unknown names, parameters
        └── NotSupportedError     valid SQL that a Xero table cannot do

Each carries `sqlstate` (PostgreSQL's five-character codes), `retryable` (whether the same statement may work later),
`table` and `row` where one table and one row of the statement are concerned and, where Xero answered, `http_status`,
Xero's own sentences in `details` and the `correlation_id` its support asks for. No body or secret enters a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime


class Warning(Exception):  # noqa: A001, N818 - PEP 249 fixes the name
    """An important notice, such as data truncated while inserting."""


class Error(Exception):
    """The base of every error of this package."""

    default_sqlstate = "HY000"

    def __init__(
        self,
        message: str = "",
        *,
        sqlstate: str | None = None,
        http_status: int | None = None,
        details: Sequence[str] = (),
        correlation_id: str | None = None,
        retryable: bool = False,
        table: str | None = None,
        row: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate or self.default_sqlstate
        self.http_status = http_status
        self.details = tuple(details)
        self.correlation_id = correlation_id
        self.retryable = retryable
        self.table = table
        self.row = row  # of those that the statement writes, from 1


@contextmanager
def located(*, table: str | None = None, row: int | None = None) -> Iterator[None]:
    """Errors that leave the block tell the table and the row, unless they tell others already."""
    try:
        yield
    except Error as error:
        error.table = error.table or table
        error.row = error.row or row
        raise


class InterfaceError(Error):
    """The driver itself was used wrongly, for example a cursor after `close()`."""

    default_sqlstate = "08003"


class DatabaseError(Error):
    """Anything that went wrong on the database's side."""


class DataError(DatabaseError):
    """A value does not fit: a name too long, a broken Id, a number out of range."""

    default_sqlstate = "22000"


class OperationalError(DatabaseError):
    """The world outside: network, sign-in, limits, maintenance."""

    default_sqlstate = "08000"


class AuthenticationError(OperationalError):
    """No token, a wrong or expired one, a missing scope, or an organisation that is not connected."""

    default_sqlstate = "28000"


class RateLimitError(OperationalError):
    """A quota is used up. `reset_at` (aware, UTC) is when Xero will answer again, None if it did not say."""

    default_sqlstate = "53400"

    def __init__(
        self,
        message: str = "",
        *,
        reset_at: datetime | None = None,
        http_status: int | None = 429,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(message, http_status=http_status, correlation_id=correlation_id, retryable=True)
        self.reset_at = reset_at


class BudgetError(OperationalError):
    """The statement would cost more than its budget: `max_calls`, `day_reserve` or `max_rows_affected`."""

    default_sqlstate = "54000"


class UnknownOutcomeError(OperationalError):
    """A write was sent and its answer never came, so it may or may not have been applied. Look before you repeat it."""

    default_sqlstate = "08007"


class PartialWriteError(OperationalError):
    """A statement stopped half-way.

    `written`, `failed` and `unknown` hold the Id of each target row (its position in the statement, "row 3", where it
    has no Id yet); `not_sent` those that were never tried. The error that stopped the statement is `__cause__`, and
    its status, details and correlation id are repeated here.
    """

    default_sqlstate = "25000"

    def __init__(
        self,
        message: str = "",
        *,
        written: Sequence[str] = (),
        failed: Sequence[str] = (),
        unknown: Sequence[str] = (),
        not_sent: Sequence[str] = (),
        cause: Error | None = None,
    ) -> None:
        super().__init__(message)
        if cause is not None:
            self.http_status, self.details, self.correlation_id = cause.http_status, cause.details, cause.correlation_id
        self.written = tuple(written)
        self.failed = tuple(failed)
        self.unknown = tuple(unknown)
        self.not_sent = tuple(not_sent)


class IntegrityError(DatabaseError):
    """Xero's own rules forbid it: the project does not exist, the task is invoiced, validation failed."""

    default_sqlstate = "23000"


class InternalError(DatabaseError):
    """A bug in xerosql, or an answer from Xero that makes no sense."""

    default_sqlstate = "XX000"


class ProgrammingError(DatabaseError):
    """The statement is wrong: syntax, an unknown table or column, the wrong number of parameters."""

    default_sqlstate = "42000"


class NotSupportedError(DatabaseError):
    """Valid SQL that a Xero table cannot do. The message says what to do instead."""

    default_sqlstate = "0A000"
