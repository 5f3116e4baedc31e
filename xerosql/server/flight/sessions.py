"""Those who have signed in: each has a connection, tokens that prove it, and what it has prepared and begun.

Flight's calls come one by one and a client does not say that it leaves, unless it closes its session. So sessions end
when they have not been used for a while, or are old, and the longest unused one makes room for a new one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from itertools import count
from threading import Lock
from time import monotonic

from xerosql import Connection
from xerosql.errors import Error
from xerosql.server.audit import Audit, AuditLog
from xerosql.server.failures import RefusedError
from xerosql.server.flight.handles import Handles
from xerosql.server.flight.options import FlightOptions
from xerosql.server.flight.work import Prepared, Run, Work
from xerosql.server.users import User

#: Seconds that a token is good for unused, and in all.
IDLE, LIFE = 8 * 3600, 24 * 3600
#: Seconds that a session must have been unused to make room for another.
LEAVES_ROOM = 60
#: What one session may have at a time.
MOST_PREPARED, MOST_RUNS, MOST_TRANSACTIONS = 1000, 1000, 20
NOBODY = "anonymous"


class Transaction:
    """A connection of its own for the statements of one transaction, so that the others of the session stay outside."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        connection.execute("BEGIN").close()

    def end(self, *, commit: bool) -> None:
        """Raises what `commit()` and `rollback()` raise; it is over all the same."""
        try:
            self.connection.commit() if commit else self.connection.rollback()
        finally:
            self.close()

    def close(self) -> None:
        self.connection.close()


class Session:
    """One client, with the rights of its user."""

    def __init__(self, make: Callable[[], Connection], user: User, number: int, now: float) -> None:
        self.make = make
        self.user = user
        self.number = number
        self.began = self.used = now
        self.address = ""  # known from its first call on
        self.connection = make()
        self.prepared: Handles[Prepared] = Handles("prepared statement", MOST_PREPARED)
        self.runs: Handles[Run] = Handles("statement", MOST_RUNS, forgets=True)
        self.transactions: Handles[Transaction] = Handles("transaction", MOST_TRANSACTIONS)
        self.working: dict[Work, bytes] = {}  # statements under way, with the handles of their tickets

    def connection_of(self, transaction: bytes) -> Connection:
        """The connection of a transaction, or the session's own for none."""
        return self.transactions[transaction].connection if transaction else self.connection

    def transaction_of(self, prepared: Prepared) -> bytes:
        """The transaction that a prepared statement is run in: its own or, if that has ended, the one that is open.

        ADBC goes on with statements that it prepared before a commit, and names no transaction when it runs them.
        """
        if prepared.transaction and prepared.transaction not in self.transactions and len(self.transactions) == 1:
            prepared.transaction = self.transactions.first()
        return prepared.transaction

    def begin(self) -> bytes:
        connection = self.make()
        connection.session.share_temporary(self.connection.session)
        return self.transactions.add(Transaction(connection))

    def stop(self, handle: bytes) -> bool:
        """End the statement of a ticket, or forget it if it has not begun; False if there is none."""
        forgotten = self.runs.discard(handle)
        if forgotten is not None:
            forgotten.close()
        stopped = [work for work, own in list(self.working.items()) if own == handle]
        for work in stopped:
            work.stop("user request")
        return forgotten is not None or bool(stopped)

    def stop_all(self, why: str) -> None:
        for work in list(self.working):
            work.stop(why)

    def close(self) -> None:
        self.stop_all("administrator command")
        for each in (self.runs, self.prepared, self.transactions):
            each.close()
        self.connection.close()


class Sessions:
    """All of them, by what proves that a call is of one: tokens are kept as hashes."""

    def __init__(
        self,
        connection: Connection,
        options: FlightOptions,
        audit_log: AuditLog,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.connection = connection
        self.options = options
        self.audit_log = audit_log
        self.clock = clock
        self.numbers = count(1)
        self._secret = secrets.token_bytes(32)
        self._known: dict[bytes, Session] = {}
        self._lock = Lock()

    # -- Signing in ----------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str) -> tuple[str, Session]:
        """A new session and its token; RefusedError, with the same words for every reason, if it may not be."""
        user, token = self.proved(name, password), secrets.token_urlsafe(32)
        return token, self.begin(self.key_of("token", token), user)

    def by_password(self, name: str, password: str) -> Session:
        """The session of a client that sends its password with every call."""
        user = self.proved(name, password)
        key = self.key_of("password", f"{name}:{password}")
        return self.found(key) or self.begin(key, user)

    def by_token(self, token: str) -> Session:
        found = self.found(self.key_of("token", token))
        if found is None:
            raise RefusedError("the token is not known, or no longer; sign in again")
        return found

    def by_address(self, peer: str) -> Session:
        """The session of a client that says nothing of itself, where anybody may read."""
        if self.options.users.are_known:
            raise RefusedError("sign in with a user's name and password")
        key = self.key_of("peer", peer)
        return self.found(key) or self.begin(key, User(NOBODY))

    def proved(self, name: str, password: str) -> User:
        users = self.options.users
        user = users.called(name)
        if users.are_known:
            verifier = None if user is None else user.verifier
            fits = (verifier or users.decoy(name)).fits(password)
            if user is None or verifier is None or not fits:
                error = RefusedError(f'password authentication failed for user "{name}"', sqlstate="28P01")
                self.refused(error)
                raise error
        return user or User(name)

    def refused(self, error: Error) -> None:
        Audit(self.audit_log, "", "", 0).event("refused", sqlstate=error.sqlstate, reason=error.message)

    # -- Keeping -------------------------------------------------------------------------------------------------------

    def key_of(self, kind: str, proof: str) -> bytes:
        return hmac.digest(self._secret, f"{kind} {proof}".encode(errors="replace"), hashlib.sha256)

    def found(self, key: bytes) -> Session | None:
        session, now = self._known.get(key), self.clock()
        if session is None or self.has_ended(session, now):
            return None
        session.used = now
        return session

    def has_ended(self, session: Session, now: float) -> bool:
        return now - session.used > IDLE or now - session.began > LIFE

    def begin(self, key: bytes, user: User) -> Session:
        def make() -> Connection:
            return self.connection.sibling(read_only=user.read_only, queue_rights=user.queue_rights)

        with self._lock:
            ended = self.make_room()
            session = Session(make, user, next(self.numbers), self.clock())
            self._known[key] = session
        for each in ended:
            each.close()
        return session

    def make_room(self) -> list[Session]:
        """Those that have ended, and if that is not enough the longest unused one; RefusedError if all are in use."""
        now = self.clock()
        ended = [key for key, session in self._known.items() if self.has_ended(session, now)]
        if len(self._known) - len(ended) >= self.options.max_connections:
            idle = {key: s.used for key, s in self._known.items() if key not in ended and not s.working}
            oldest = min(idle, key=idle.__getitem__, default=b"")
            if not oldest or now - idle[oldest] < LEAVES_ROOM:
                raise RefusedError("sorry, too many clients already", sqlstate="53300")
            ended.append(oldest)
        return [self._known.pop(key) for key in ended]

    def end(self, session: Session) -> None:
        """A client has said that it leaves."""
        with self._lock:
            self._known = {key: each for key, each in self._known.items() if each is not session}
        session.close()
        Audit(self.audit_log, session.user.name, session.address, session.number).event("left")

    def stop_all(self, why: str) -> None:
        for each in self:
            each.stop_all(why)

    def close(self) -> None:
        with self._lock:
            sessions, self._known = list(self._known.values()), {}
        for each in sessions:
            each.close()

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._known.values()))

    def __len__(self) -> int:
        return len(self._known)
