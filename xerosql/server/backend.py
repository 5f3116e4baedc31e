"""One client's statements: which part of the server answers each, and what is said and logged of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from xerosql import Connection, Cursor
from xerosql.errors import Error, NotSupportedError, OperationalError
from xerosql.execute.cancel import Cancellation
from xerosql.execute.result import ColumnType
from xerosql.plan.model import PlainColumn
from xerosql.server import oids
from xerosql.server.answers import Answer, CursorRows, Handlers, fields_of
from xerosql.server.copying import CopyOut
from xerosql.server.failures import StatementError
from xerosql.server.introspection import Introspection
from xerosql.server.messages import Field
from xerosql.server.portals import Declaration, Movement, Portal, PortalRows, Portals, Prepared, identifier
from xerosql.server.preparing import Execution, Preparation, Statements
from xerosql.server.samples import samples_of
from xerosql.server.session_settings import SessionSettings, words_of
from xerosql.server.setting_commands import SettingCommands
from xerosql.server.statements import bare, check_length, first_word
from xerosql.server.transaction import IDLE, Transaction
from xerosql.server.transaction_commands import TransactionCommands

#: Statements that may be in a transaction that has failed.
ENDING = ("COMMIT", "END", "ROLLBACK", "ABORT")
READING = ("SELECT", "EXPLAIN", "SHOW", "CALL")
#: Statements whose tag says what kind of thing they make, change or drop.
CHANGING = ("CREATE", "DROP", "ALTER", "TRUNCATE")
#: What asks for nothing that there is here, and is done therefore.
NOTHING_TO_DO = {"LISTEN": "LISTEN", "UNLISTEN": "UNLISTEN"}
#: What DISCARD takes, by the words for it.
DISCARDED = {"ALL": "ALL", "PLANS": "PLANS", "SEQUENCES": "SEQUENCES", "TEMP": "TEMP", "TEMPORARY": "TEMP"}
#: Statements of so many characters are not remembered.
LONG = 20_000
#: How many statements are known by their description, which clients ask for again and again.
DESCRIBED = 200


class Backend:
    """Runs statements for one client. `tell` sends a notice: severity, sentence, SQLSTATE."""

    def __init__(
        self,
        connection: Connection,
        settings: SessionSettings,
        introspection: Introspection,
        tell: Callable[[str, str, str], None],
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.introspection = introspection
        self.tell = tell
        self.transaction = Transaction(connection, lambda sentence, state: self.say("WARNING", sentence, state))
        self.portals = Portals()
        self.statements = Statements()
        self.described: dict[object, Prepared] = {}
        self.running: Callable[[], None] | None = None  # what cancels the statement at hand
        self.stopped: str | None = None  # why the statement that is running was cancelled
        self.calls = 0  # of Xero's API, by the statement at hand
        self.setting_commands = SettingCommands(connection, settings, introspection)
        self.handlers: Handlers = {
            **TransactionCommands(self.transaction, settings, self.portals).handlers,
            **self.setting_commands.handlers,
            "DISCARD": self.discard,
            "DECLARE": self.declare,
            "FETCH": self.fetch,
            "MOVE": self.move,
            "CLOSE": self.close_cursor,
            "COPY": self.copy,
            "PREPARE": self.keep_prepared,
            "EXECUTE": self.execute_prepared,
            "DEALLOCATE": self.deallocate,
            **dict.fromkeys(NOTHING_TO_DO, self.nothing),
        }

    # -- What a statement is -------------------------------------------------------------------------------------------

    def prepare(self, sql: str, declared: Sequence[int] = ()) -> Prepared:
        """The types and columns of a statement, without running it. Raises as running it would, where it can tell."""
        check_length(sql)
        word = word_of(sql)
        if word not in ENDING:
            self.transaction.check()
        if word in self.handlers:
            return Prepared(sql, word, declared, self.columns_of_command(word, sql))
        names = self.connection.session.names_now()
        key = sql, tuple(declared), names, self.introspection.own.version
        if key in self.described:
            return self.described[key]
        prepared = replace(self.described_statement(sql, word, declared), as_of=names)
        path = self.connection.search_path
        if len(sql) < LONG and "scratch" not in f"{sql} {path}".lower():  # whose tables come and go
            if len(self.described) >= DESCRIBED:
                self.described.clear()
            self.described[key] = prepared
        return prepared

    def check_unchanged(self, prepared: Prepared) -> None:
        """StatementError (0A000) if a prepared statement would have other columns now than its client was told."""
        if prepared.as_of is None or prepared.as_of == self.connection.session.names_now():
            return
        told, now = prepared.fields, self.prepare(prepared.sql, prepared.oids).fields
        if shape(told) != shape(now):
            raise StatementError("cached plan must not change result type", sqlstate="0A000")

    def described_statement(self, sql: str, word: str, declared: Sequence[int]) -> Prepared:
        if not bare(sql):
            return Prepared(sql, "")
        if (found := self.introspection.prepare(sql, declared)) is not None:
            return found
        described = self.connection.describe(sql)
        inferred = [oids.TEXT if kind is None else oids.type_of(kind).oid for kind in described.parameters]
        types = [given or own for given, own in zip([*declared, *[0] * len(inferred)], inferred, strict=False)]
        if any(oid not in (0, oids.UNKNOWN) for oid in declared):
            described = self.connection.describe(sql, samples_of(types))
        columns = None if described.columns is None else self.fields(described.columns, described.plain)
        return Prepared(sql, word, types, columns)

    def fields(self, columns: Sequence[tuple[str, ColumnType]], plain: Sequence[PlainColumn | None]) -> Sequence[Field]:
        return self.introspection.with_origins([field_of(*each) for each in columns], plain)

    def columns_of_command(self, word: str, sql: str) -> Sequence[Field] | None:
        if word == "SHOW":
            return self.setting_commands.show(sql, ()).fields
        if word == "FETCH":
            return self.portals[Movement.of(sql).name].prepared.fields
        if word == "EXECUTE":
            found, prepared = self.executed(sql)
            return self.prepare(f"{found.explain} {prepared.sql}").fields if found.explain else prepared.fields
        return None

    # -- Running -------------------------------------------------------------------------------------------------------

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Answer:
        """Begin a statement. Its rows come as they are taken; raises what is wrong with it."""
        check_length(sql)
        word = word_of(sql)
        if word not in ENDING:
            self.transaction.check()
        self.stopped, self.calls = None, 0
        handler = self.handlers.get(word, self.query)
        return handler(sql, parameters)

    def query(self, sql: str, parameters: Sequence[object]) -> Answer:
        if (found := self.question(sql, parameters)) is not None:
            return found
        if self.settings["transaction_read_only"] == "on":
            described = self.connection.describe(sql)
            if described.kind not in READING and not described.passing:
                raise StatementError("cannot change anything in a read-only transaction", sqlstate="25006")
        cursor = self.connection.cursor()
        self.running = cursor.cancel
        try:
            cursor.execute(sql, parameters)
        except Error:
            self.finish(cursor)
            raise
        return self.answer_of(cursor, sql)

    def question(self, sql: str, parameters: Sequence[object]) -> Answer | None:
        """The answer to what is asked of the catalog, None for a statement that asks something else."""
        cancelled = Cancellation()

        def finished() -> None:
            if self.running == cancelled.set:
                self.running = None

        self.running = cancelled.set
        try:
            found = self.introspection.run(sql, parameters, cancelled, finished)
        except BaseException:
            finished()
            raise
        if found is None:
            finished()
        return found

    def answer_of(self, cursor: Cursor, sql: str) -> Answer:
        kind, described = cursor.kind or "", fields_of(cursor)
        fields = None if described is None else self.introspection.with_origins(described, cursor.plain)
        if kind not in READING:
            self.transaction.changes += 1
        counted = kind in ("SELECT", "INSERT", "UPDATE", "DELETE")
        affected = cursor.rowcount if counted and kind != "SELECT" else None
        tag = f"{kind} {made_in(sql)}" if kind in CHANGING else kind
        rows = CursorRows(cursor, self.finish)
        if fields is None:
            rows.close()
        return Answer(tag, fields, rows, counted, affected)

    def finish(self, cursor: Cursor) -> None:
        """Say what a statement has cost, once its last row is there."""
        if self.running == cursor.cancel:
            self.running = None
        stats = cursor.stats
        self.calls = 0 if stats is None else stats.api_calls
        if self.calls:
            self.say("NOTICE", f"{self.calls} call{'s' * (self.calls != 1)} to Xero", "00000")

    def say(self, severity: str, sentence: str, sqlstate: str) -> None:
        quiet = ("warning", "error") if severity == "NOTICE" else ("error",)
        if self.settings["client_min_messages"].lower() not in quiet:
            self.tell(severity, sentence, sqlstate)

    def cancel(self, why: str) -> None:
        """Stop what is running, from another thread: no further call is made for it."""
        cancel = self.running
        if cancel is not None:
            self.stopped = why
            cancel()

    def failed(self, error: Error) -> Error:
        """What to tell the client of an error, after which a transaction can only be rolled back."""
        self.transaction.fail()
        if error.sqlstate == "57014" and self.stopped is not None:
            return OperationalError(f"canceling statement due to {self.stopped}", sqlstate="57014")
        return error

    def close(self) -> None:
        self.portals.close_all()
        self.connection.close()

    # -- Commands -----------------------------------------------------------------------------------------------------

    def discard(self, sql: str, _: Sequence[object]) -> Answer:
        what = DISCARDED.get(" ".join(words_of(sql)[1:]).upper())
        if what is None:
            raise StatementError("DISCARD takes ALL, PLANS, SEQUENCES or TEMP", sqlstate="42601")
        if what == "ALL":
            if self.transaction.status != IDLE:
                raise StatementError("DISCARD ALL cannot run inside a transaction block", sqlstate="25001")
            self.portals.close_all()
            self.statements.known.clear()
            self.setting_commands.reset("RESET ALL", ())
        if what in ("ALL", "TEMP"):
            self.connection.session.discard_temporary()
            self.transaction.changes += 1
        return Answer(f"DISCARD {what}")

    def nothing(self, sql: str, _: Sequence[object]) -> Answer:
        return Answer(NOTHING_TO_DO[first_word(sql)])

    # -- Prepared statements -------------------------------------------------------------------------------------------

    def keep_prepared(self, sql: str, _: Sequence[object]) -> Answer:
        given = Preparation.of(sql, self.introspection.store.find_type)
        self.statements.room(given.name, given.sql)
        if first_word(given.sql) in self.handlers:
            raise NotSupportedError("PREPARE takes SELECT, INSERT, UPDATE, DELETE and VALUES")
        self.statements.known[given.name] = self.prepare(given.sql, given.declared)
        return Answer("PREPARE")

    def executed(self, sql: str) -> tuple[Execution, Prepared]:
        found = Execution.of(sql)
        if found is None:
            raise StatementError("syntax error in EXECUTE", sqlstate="42601")
        return found, self.statements[found.name]

    def execute_prepared(self, sql: str, parameters: Sequence[object]) -> Answer:
        found, prepared = self.executed(sql)
        values = found.parameters(self.connection, prepared, parameters)
        return self.run(f"{found.explain} {prepared.sql}" if found.explain else prepared.sql, values)

    def deallocate(self, sql: str, _: Sequence[object]) -> Answer:
        return Answer(self.statements.deallocate(sql))

    # -- Cursors and COPY ----------------------------------------------------------------------------------------------

    def declare(self, sql: str, parameters: Sequence[object]) -> Answer:
        declared = Declaration.of(sql)
        if self.transaction.status != "T" and not declared.holds:
            raise StatementError("DECLARE CURSOR can only be used in transaction blocks", sqlstate="25P01")
        prepared = self.prepare(declared.query)
        if prepared.fields is None:
            raise NotSupportedError("a cursor is for a query that returns rows")
        self.portals[declared.name] = Portal(prepared, parameters, holds=declared.holds)
        return Answer("DECLARE CURSOR")

    def fetch(self, sql: str, _: Sequence[object]) -> Answer:
        movement = Movement.of(sql)
        portal = self.portals[movement.name]
        rows = PortalRows(portal, movement.count, partial(self.start, portal))
        return Answer("FETCH", portal.prepared.fields, rows, counted=True)

    def start(self, portal: Portal) -> Answer:
        return self.run(portal.prepared.sql, portal.parameters)

    def move(self, sql: str, _: Sequence[object]) -> Answer:
        rows, moved = self.fetch(sql, ()).rows, 0
        while taken := len(rows.fetch(1000)):
            moved += taken
        return Answer("MOVE", counted=True, affected=moved)

    def close_cursor(self, sql: str, _: Sequence[object]) -> Answer:
        name = words_of(sql)[-1]
        if name.upper() == "ALL":
            self.portals.close_all()
        else:
            self.portals.need(identifier(name))
            self.portals.close(identifier(name))
        return Answer("CLOSE CURSOR")

    def copy(self, sql: str, _: Sequence[object]) -> Answer:
        copy = CopyOut.of(sql)
        answer = self.run(copy.query)
        if answer.fields is None:
            raise NotSupportedError("COPY takes a query that returns rows")
        return Answer("COPY", answer.fields, answer.rows, counted=True, copy=copy)


def word_of(sql: str) -> str:
    """The word that tells what answers the statement."""
    word = first_word(sql)
    return "EXECUTE" if word == "EXPLAIN" and Execution.of(sql) is not None else word


def shape(fields: Sequence[Field] | None) -> list[tuple[str, int]] | None:
    """The names and types of columns."""
    return None if fields is None else [(each.name, each.oid) for each in fields]


def made_in(sql: str) -> str:
    """The word for what DDL makes, changes or drops."""
    words = [word.upper() for word in words_of(sql)]
    return next((word for word in words if word in ("TABLE", "VIEW", "INDEX", "SEQUENCE")), "TABLE")


def field_of(name: str, kind: ColumnType) -> Field:
    return oids.type_of(kind.sql).field(name)
