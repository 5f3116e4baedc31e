"""One client, from its first byte to its last: the messages it sends, and what each is answered with."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from xerosql.errors import Error, InternalError
from xerosql.server import messages
from xerosql.server.activity import Activity
from xerosql.server.answers import Answer
from xerosql.server.audit import Audit
from xerosql.server.backend import Backend
from xerosql.server.copying import CopyOut
from xerosql.server.decode import decoded
from xerosql.server.encode import encoder, rows_of
from xerosql.server.failures import ClientGone, ProtocolError, StatementError
from xerosql.server.messages import Body, Field
from xerosql.server.portals import ALL, Portal
from xerosql.server.statements import split
from xerosql.server.transaction import IDLE
from xerosql.server.watch import Watched
from xerosql.server.wire import MOST as MOST_BYTES
from xerosql.server.wire import Wire

log = logging.getLogger(__name__)
#: Rows that are fetched at a time: the first one at once, then more and more.
FIRST, BATCH = 1, 2048
#: Messages that are answered by nothing but their effect; after an error those before Sync are passed over.
SIMPLE, SYNC, TERMINATE = b"Q", b"S", b"X"


class Session:
    """The loop that reads messages. `run` returns when the client has gone."""

    def __init__(self, wire: Wire, backend: Backend, audit: Audit, watched: Watched, activity: Activity) -> None:
        self.wire = wire
        self.backend = backend
        self.audit = audit
        self.watched = watched
        self.activity = activity
        self.skipping = False
        self.handlers: dict[bytes, Callable[[Body], None]] = {
            b"P": self.parse,
            b"B": self.bind,
            b"D": self.describe,
            b"E": self.execute,
            b"C": self.close,
            b"H": self.flush,
            b"F": self.function_call,
            b"d": self.ignore,
            b"c": self.ignore,
            b"f": self.ignore,
        }

    def run(self) -> None:
        self.wire.most = MOST_BYTES
        self.send_ready()
        while True:
            kind, data = self.wire.message()
            if kind == TERMINATE:
                return
            try:
                self.handle(kind, Body(data))
            except ProtocolError as error:
                self.wire.send(messages.error_response(error, "FATAL"))
                self.wire.flush()
                return

    def handle(self, kind: bytes, body: Body) -> None:
        if kind == SIMPLE:
            self.skipping = False
            self.guarded(lambda: self.simple(body.string()))
            self.send_ready()
        elif kind == SYNC:
            self.skipping = False
            self.send_ready()
        elif kind not in self.handlers:
            raise ProtocolError(f"invalid frontend message type {kind[0]}")
        elif not self.skipping:
            self.skipping = not self.guarded(lambda: self.handlers[kind](body))

    def guarded(self, step: Callable[[], None]) -> bool:
        """Whether a step went well; an error is told to the client."""
        try:
            step()
        except (ClientGone, ProtocolError):
            raise
        except Error as error:
            self.fail(error)
        except Exception as error:  # a bug of ours must not take the other clients' server with it
            log.exception("a statement failed")
            self.fail(InternalError(f"internal error: {type(error).__name__}"))
        else:
            return True
        return False

    def fail(self, error: Error) -> None:
        told = self.backend.failed(error)
        self.audit.failed(told, self.backend.calls)
        self.rest()
        if told.sqlstate == "57014" and self.wire.deaf:
            raise ClientGone  # what it is told instead is that its connection ends
        self.wire.send(messages.error_response(told))

    def send_ready(self) -> None:
        if self.backend.transaction.status == IDLE:
            self.backend.portals.end_transaction()
            self.activity.end_transaction()
        self.wire.send(messages.ready(self.backend.transaction.status))
        self.wire.flush()

    # -- Simple queries ------------------------------------------------------------------------------------------------

    def simple(self, text: str) -> None:
        statements = split(text)
        if not statements:
            self.wire.send(messages.EMPTY_QUERY)
        for sql in statements:
            self.begin(sql)
            answer = self.backend.run(sql)
            try:
                self.answer(answer)
            finally:
                answer.rows.close()
            self.end()

    def begin(self, sql: str) -> None:
        self.audit.begin(sql)
        self.activity.begin(sql)
        self.watched.work(self.backend.settings.statement_timeout)
        if self.wire.deaf:  # ended between its message and its work, when there was nothing to cancel
            raise ClientGone

    def end(self) -> None:
        self.rest()
        self.audit.end(self.backend.calls)

    def rest(self) -> None:
        self.watched.rest()
        self.activity.rest()

    def answer(self, answer: Answer) -> None:
        """Send all of an answer."""
        formats = [0] * len(answer.fields or ())
        if answer.fields is not None and answer.copy is None:
            self.wire.send(messages.row_description(answer.fields, formats))
        sent, _ = self.send_rows(answer, answer.fields or (), formats, ALL)
        self.wire.send(messages.complete(answer.complete_tag(sent)))

    def send_rows(self, answer: Answer, fields: Sequence[Field], formats: Sequence[int], most: int) -> tuple[int, bool]:
        """Send at most so many rows; how many there were, and whether there may be more. Each batch leaves at once."""
        if answer.fields is None:
            return 0, False
        if isinstance(answer.copy, CopyOut):
            return self.send_copy(answer, answer.copy), False
        encoders = [encoder(field.oid, form) for field, form in zip(fields, formats, strict=True)]
        sent, size = 0, FIRST
        while sent < most:
            wanted = min(size, most - sent)
            rows = answer.rows.fetch(wanted)
            self.wire.send(rows_of(rows, encoders))
            sent += len(rows)
            self.audit.rows += len(rows)
            if len(rows) < wanted:
                return sent, False
            self.wire.flush()
            size = min(size * 4, BATCH)
        return sent, True

    def send_copy(self, answer: Answer, copy: CopyOut) -> int:
        fields = answer.fields or ()
        write, head, sent = copy.writer(fields), copy.head(fields), 0
        self.wire.send(copy.opening(fields))
        while rows := answer.rows.fetch(BATCH if sent else FIRST):
            if head:
                self.wire.send(copy.first(head, rows[0], fields))
                head, rows = b"", rows[1:]
                sent += 1
            self.wire.send(write(rows))
            sent += len(rows)
        self.wire.send(copy.closing(head))
        self.wire.send(messages.COPY_DONE)
        self.audit.rows += sent
        return sent

    # -- Extended queries ----------------------------------------------------------------------------------------------

    def parse(self, body: Body) -> None:
        name, sql = body.string(), body.string()
        declared = [body.uint32() for _ in range(body.count())]
        statements = split(sql)
        if len(statements) > 1:
            raise StatementError("cannot insert multiple commands into a prepared statement", sqlstate="42601")
        self.backend.statements.room(name, sql)
        self.audit.begin(sql)
        self.backend.statements.known[name] = self.backend.prepare(statements[0] if statements else "", declared)
        self.wire.send(messages.PARSE_COMPLETE)

    def bind(self, body: Body) -> None:
        portal, prepared = body.string(), self.backend.statements[body.string()]
        forms = body.many16()
        values = [body.value() for _ in range(body.count())]
        if len(values) != len(prepared.oids):
            needed = len(prepared.oids)
            sentence = f"bind message supplies {len(values)} parameters, but the statement requires {needed}"
            raise StatementError(sentence, sqlstate="08P01")
        given = zip(values, prepared.oids, spread(forms, len(values)), strict=True)
        parameters = [decoded(*each) for each in given]
        formats = spread(body.many16(), len(prepared.fields or ()))
        self.backend.portals[portal] = Portal(prepared, parameters, formats, holds=False)
        self.wire.send(messages.BIND_COMPLETE)

    def describe(self, body: Body) -> None:
        kind, name = body.take(1), body.string()
        if kind == b"S":
            prepared = self.backend.statements[name]
            self.wire.send(messages.parameter_description(prepared.oids))
            formats: Sequence[int] = [0] * len(prepared.fields or ())
        else:
            portal = self.backend.portals[name]
            prepared = portal.prepared
            formats = portal.formats or [0] * len(prepared.fields or ())
        if prepared.fields is None:
            self.wire.send(messages.NO_DATA)
        else:
            self.wire.send(messages.row_description(prepared.fields, formats))

    def execute(self, body: Body) -> None:
        portal, most = self.backend.portals[body.string()], body.int32()
        if not portal.prepared.sql:
            self.wire.send(messages.EMPTY_QUERY)
            return
        self.begin(portal.prepared.sql)
        if portal.answer is None:
            self.backend.check_unchanged(portal.prepared)
            portal.answer = self.backend.run(portal.prepared.sql, portal.parameters)
        self.send_portal(portal, portal.answer, most if most > 0 else ALL)
        self.end()

    def send_portal(self, portal: Portal, answer: Answer, most: int) -> None:
        fields = portal.prepared.fields if portal.prepared.fields is not None else answer.fields
        formats = portal.formats or [0] * len(fields or ())
        sent, more = (0, False) if portal.ended else self.send_rows(answer, fields or (), formats, most)
        portal.sent += sent
        portal.ended = not more
        if more:
            self.wire.send(messages.SUSPENDED)
        else:
            answer.rows.close()
            self.wire.send(messages.complete(answer.complete_tag(portal.sent)))

    def close(self, body: Body) -> None:
        kind, name = body.take(1), body.string()
        if kind == b"S":
            self.backend.statements.known.pop(name, None)
        else:
            self.backend.portals.close(name)
        self.wire.send(messages.CLOSE_COMPLETE)

    def flush(self, _: Body) -> None:
        self.wire.flush()

    def function_call(self, _: Body) -> None:
        raise StatementError("function calls of the protocol are not supported; SELECT the function", sqlstate="0A000")

    def ignore(self, _: Body) -> None:
        """The rest of a COPY that has failed already."""


def spread(forms: Sequence[int], count: int) -> list[int]:
    """A format for each value: none given is text, one given is for all."""
    found = list(forms) * count if len(forms) == 1 else list(forms) or [0] * count
    if len(found) != count or any(form not in (0, 1) for form in found):
        raise ProtocolError("the message has formats for another number of values, or none that exist")
    return found
