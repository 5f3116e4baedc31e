"""Errors as Flight's status codes, which is all that its clients tell apart; the SQLSTATE stands behind the message."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow
from pyarrow import flight

from xerosql.errors import (
    AuthenticationError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from xerosql.server.failures import RefusedError, StatementError

log = logging.getLogger(__name__)


class Quiet(Exception):  # noqa: N818 - it is mixed into errors
    """Keeps Arrow from sending the client a traceback of ours, which it does for every error that is not Flight's own.

    Arrow has `traceback` format the error and, if that fails, sends the name of its class alone. The formatting asks
    for the cause.
    """

    @property
    def __cause__(self) -> None:  # type: ignore[override]
        raise AttributeError


class InvalidArgument(Quiet, pyarrow.ArrowInvalid):  # type: ignore[misc]  # pyarrow tells no types
    """The gRPC status of that name."""


class NotFound(Quiet, pyarrow.ArrowKeyError):  # type: ignore[misc]
    """The gRPC status of that name."""


class Unimplemented(Quiet, pyarrow.ArrowNotImplementedError):  # type: ignore[misc]
    """The gRPC status of that name."""


#: By SQLSTATE, where that says more than the class.
STATES: dict[str, type[Exception]] = {
    "57014": flight.FlightCancelledError,
    "25006": flight.FlightUnauthorizedError,
    "42501": flight.FlightUnauthorizedError,
    "53300": flight.FlightUnavailableError,
    "26000": NotFound,
    "42P01": NotFound,
    "54000": InvalidArgument,
    "54001": InvalidArgument,
}
#: By class; the first that fits.
CLASSES: tuple[tuple[type[Error], type[Exception]], ...] = (
    (RefusedError, flight.FlightUnauthenticatedError),
    (NotSupportedError, Unimplemented),
    (ProgrammingError, InvalidArgument),
    (DataError, InvalidArgument),
    (IntegrityError, InvalidArgument),
    (InterfaceError, InvalidArgument),
    (StatementError, InvalidArgument),
    (AuthenticationError, flight.FlightUnavailableError),  # the server's sign-in at Xero, not the client's here
    (OperationalError, flight.FlightUnavailableError),
)
TIMED_OUT = "statement timeout"


def flight_error(error: Error) -> Exception:
    """Flight's exception for one of ours."""
    message = f"{error.message} (SQLSTATE {error.sqlstate})"
    if error.sqlstate == "57014" and TIMED_OUT in error.message:
        kind: type[Exception] = flight.FlightTimedOutError
    else:
        by_class = next((theirs for ours, theirs in CLASSES if isinstance(error, ours)), flight.FlightInternalError)
        kind = STATES.get(error.sqlstate, by_class)
    return kind(message)


@contextmanager
def told() -> Iterator[None]:
    """Whatever goes wrong within becomes what the client is told; a bug of ours is logged and ends this call only."""
    try:
        yield
    except Error as error:
        raise flight_error(error) from error
    except (flight.FlightError, Quiet):
        raise
    except ValueError as error:  # the message is none of Flight SQL's
        raise InvalidArgument(f"{error} (SQLSTATE 08P01)") from error
    except Exception as error:
        log.exception("a call failed")
        raise flight.FlightInternalError(f"internal error: {type(error).__name__} (SQLSTATE XX000)") from error
