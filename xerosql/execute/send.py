"""Sends the requests of a write statement one row after the other, and says what became of each."""

from __future__ import annotations

from collections.abc import Sequence

from xerosql.api import Response, Tally
from xerosql.errors import Error, OperationalError, PartialWriteError, UnknownOutcomeError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.prepared import Change, Prepared, key_of_object
from xerosql.execute.session import Session
from xerosql.payload.objects import Object, parsed

#: So many rows of each verdict are named in a message.
NAMED = 5


def send(session: Session, prepared: Prepared, tally: Tally, cancelled: Cancellation) -> list[Object]:
    """Send every change in order; the objects as they are then. The first that fails ends the statement.

    Raises the error itself where there was one request only, else PartialWriteError with a verdict for each row.
    """
    tally.lift()  # from here on, stopping would leave some rows written and others not
    table, changes = prepared.table, prepared.changes
    written: list[str] = []
    results: list[Object] = []
    cancelled.writing = True
    for place, change in enumerate(changes):
        if cancelled.is_set():
            raise cancelled_before(changes, place, written)
        answered: list[Response] = []
        try:
            for request in change.requests:
                answered.append(session.send(request, tally, cancelled))  # noqa: PERF401 - kept if a later one fails
            results.append(result_of(change, answered))
        except Error as error:
            error.row = error.row or place + 1
            if prepared.calls == 1:
                raise
            raise partial(changes, place, len(answered), written, error) from error
        written.append(key_of_object(table, results[-1]) if prepared.creates else change.label)
        session.note_written()
        if change.before is not None:
            session.recent.note(table, change.tenant, change.label, change.before, change.after)
    return results


def result_of(change: Change, answers: Sequence[Response]) -> Object:
    """The row's object once its requests are answered: what was sent, with what Xero says of a row it has created."""
    for request, answer in zip(change.requests, answers, strict=True):
        if request.method == "POST":
            return {**change.after, **created_object(answer)}
    return change.after


def cancelled_before(changes: Sequence[Change], place: int, written: Sequence[str]) -> Error:
    """The verdicts of a statement that was cancelled between two rows."""
    error = OperationalError("the statement was cancelled", sqlstate="57014")
    return stopped(changes[place:], written, [], [], error) if written else error


def created_object(response: Response) -> Object:
    """The object of a 2xx answer to a POST; UnknownOutcomeError if what came back is no object."""
    try:
        return parsed(response.body)
    except ValueError as error:
        raise UnknownOutcomeError(
            f"Xero answered {response.status}, so the row was very likely created, but with a body that cannot be "
            "read; look for it before you repeat it",
            http_status=response.status,
            correlation_id=response.correlation_id,
        ) from error


def partial(
    changes: Sequence[Change], place: int, sent: int, written: Sequence[str], error: Error
) -> PartialWriteError:
    at = changes[place]
    half = sent and len(at.requests) > 1
    label = f"{at.label} ({at.requests[0].method} applied, the rest not)" if half else at.label
    unknown = [label] if isinstance(error, UnknownOutcomeError) else []
    return stopped(changes[place + 1 :], written, [] if unknown else [label], unknown, error)


def stopped(
    rest: Sequence[Change], written: Sequence[str], failed: Sequence[str], unknown: Sequence[str], error: Error
) -> PartialWriteError:
    """The error that says what became of each row."""
    not_sent = [change.label for change in rest]
    verdicts = [("written", written), ("failed", failed), ("unknown", unknown), ("not sent", not_sent)]
    counts = ", ".join(f"{len(labels)} {name}" for name, labels in verdicts)
    named = "; ".join(f"{name}: {shortened(labels)}" for name, labels in verdicts if labels)
    stopping = PartialWriteError(
        f"the statement stopped half-way ({counts}): {error.message}. {named}",
        written=written,
        failed=failed,
        unknown=unknown,
        not_sent=not_sent,
        cause=error,
    )
    stopping.row = error.row
    return stopping


def shortened(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:NAMED])
    return shown if len(labels) <= NAMED else f"{shown} and {len(labels) - NAMED} more"
