"""Sends the requests of a write statement one row after the other, and says what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xerosql.api import Request, Response, Tally
from xerosql.catalog.model import Table
from xerosql.errors import Error, OperationalError, PartialWriteError, UnknownOutcomeError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.objects import Object, parsed, value_at
from xerosql.execute.session import Session

#: So many rows of each verdict are named in a message.
NAMED = 5


@dataclass
class Change:
    """One row to write: the requests that do it, and the object as it will be."""

    label: str
    tenant: str
    requests: list[Request]
    result: Object = field(default_factory=dict)
    before: Object | None = None

    @property
    def creates(self) -> bool:
        return self.requests[0].method == "POST"


def send(session: Session, table: Table, changes: Sequence[Change], tally: Tally, cancelled: Cancellation) -> None:
    """Send every change in order. The first that fails ends the statement, with a verdict for each row.

    Raises the error itself where there was one request only, else PartialWriteError.
    """
    written: list[str] = []
    for place, change in enumerate(changes):
        sent = 0
        if cancelled.is_set():
            raise cancelled_before(changes, place, written)
        try:
            for request in change.requests:
                response = session.send(request, tally, cancelled)
                sent += 1
                if request.method == "POST":
                    change.result = {**change.result, **created_object(response)}
        except Error as error:
            error.row = error.row or place + 1
            if len(changes) == 1 and len(change.requests) == 1:
                raise
            raise partial(changes, place, sent, written, error) from error
        written.append(key_of_object(table, change.result) if change.creates else change.label)
        session.note_written()
        if change.before is not None:
            session.recent.note(table, change.tenant, change.label, change.before, change.result)


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
            correlation_id=response.headers.get("Xero-Correlation-Id"),
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


def key_of_object(table: Table, source: Object) -> str:
    parts = table.identity or table.key
    return "/".join(str(value_at(source, table[name].json)) for name in parts)
