"""BEGIN, COMMIT, ROLLBACK and savepoints of one client."""

from __future__ import annotations

from collections.abc import Sequence

from xerosql.server.answers import Answer, Handlers
from xerosql.server.failures import StatementError
from xerosql.server.portals import Portals, identifier
from xerosql.server.session_settings import SessionSettings, words_of
from xerosql.server.transaction import Transaction


class TransactionCommands:
    """What they do to the client's transaction, and to the cursors and settings that end with it."""

    def __init__(self, transaction: Transaction, settings: SessionSettings, portals: Portals) -> None:
        self.transaction = transaction
        self.settings = settings
        self.portals = portals
        self.handlers: Handlers = {
            "BEGIN": self.begin,
            "START": self.begin,
            "COMMIT": self.commit,
            "END": self.commit,
            "ROLLBACK": self.rollback,
            "ABORT": self.rollback,
            "SAVEPOINT": self.savepoint,
            "RELEASE": self.release,
        }

    def begin(self, sql: str, _: Sequence[object]) -> Answer:
        self.transaction.begin()
        modes = " ".join(sql.upper().split())
        if "READ ONLY" in modes:
            self.settings.set("transaction_read_only", "on", local=True)
        return Answer("BEGIN")

    def commit(self, _: str, __: Sequence[object]) -> Answer:
        self.end_of_transaction()
        return Answer(self.transaction.commit())

    def rollback(self, sql: str, _: Sequence[object]) -> Answer:
        words = [word for word in words_of(sql) if word.upper() not in ("WORK", "TRANSACTION", "SAVEPOINT")]
        if len(words) == 3 and words[1].upper() == "TO":
            self.transaction.rollback_to(identifier(words[2]))
        else:
            self.end_of_transaction()
            self.transaction.rollback()
        return Answer("ROLLBACK")

    def end_of_transaction(self) -> None:
        self.portals.end_transaction()
        self.settings.end_transaction()

    def savepoint(self, sql: str, _: Sequence[object]) -> Answer:
        self.transaction.save(self.name_in(sql))
        return Answer("SAVEPOINT")

    def release(self, sql: str, _: Sequence[object]) -> Answer:
        self.transaction.release(self.name_in(sql))
        return Answer("RELEASE")

    def name_in(self, sql: str) -> str:
        words = words_of(sql)
        if len(words) < 2:
            raise StatementError("a name is missing", sqlstate="42601")
        return identifier(words[-1])
