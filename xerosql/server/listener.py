"""The server: listens, gives each client a thread, and lets clients stop each other's statements with the right key."""

from __future__ import annotations

import logging
import re
import secrets
import socket
from collections import Counter
from itertools import count
from threading import Event, Lock, Thread, Timer
from time import monotonic
from types import TracebackType
from typing import Self

from xerosql import Connection
from xerosql.errors import DatabaseError, Error, InterfaceError
from xerosql.server import messages
from xerosql.server.activity import Activities, Activity
from xerosql.server.audit import Audit, AuditLog
from xerosql.server.backend import Backend
from xerosql.server.failures import ClientGone, RefusedError, StatementError
from xerosql.server.guesses import Guesses
from xerosql.server.introspection import Introspection
from xerosql.server.options import DATABASE, Options
from xerosql.server.pg_catalog.store import Store
from xerosql.server.session import Session
from xerosql.server.session_settings import REPORTED, SessionSettings
from xerosql.server.signing_in import CancelRequest, Startup, authenticate, begin
from xerosql.server.users import User
from xerosql.server.watch import Watched, Watcher
from xerosql.server.wire import Wire

log = logging.getLogger(__name__)
#: Connections beyond those that may work: clients that sign in, and cancel requests.
SPARE = 20
BACKLOG = 128
#: Seconds in which a client that somebody has ended may take what is still to be said, and Xero answer its last write.
FAREWELL = 60.0
ENDED = "terminating connection due to administrator command"
TOO_MANY = "too many wrong passwords for this user from this address; wait a while before the next one"


class Server:
    """PostgreSQL's protocol in front of a connection, whose sign-in, limits and plans all clients share.

    Use it in `with`, or `start()` and `stop()` it. Closing the connection is left to its owner.
    """

    def __init__(self, connection: Connection, options: Options | None = None) -> None:
        self.connection = connection
        self.options = options or Options()
        self.store = Store(connection, DATABASE)
        self.activities = Activities(DATABASE)
        self.guesses = Guesses(self.options.wrong_passwords)
        self.audit_log = AuditLog(self.options.audit_log)
        self.watcher = Watcher()
        self.clients: dict[int, Client] = {}
        self.threads: set[Thread] = set()
        self.lock = Lock()
        self.stopping = False
        self.pids = count(1)
        self.socket = listening(self.options)
        self.port: int = self.socket.getsockname()[1]
        self._accepting = Thread(target=self._accept, name="xerosql-serve", daemon=True)

    def start(self) -> None:
        """Begin to take clients."""
        self.watcher.start()
        self._accepting.start()

    def stop(self) -> None:
        """Take no more clients, stop what runs, hang up, and wait for the threads to end."""
        self.stopping = True
        wake(self.options.host, self.port)
        if self._accepting.ident is not None:
            self._accepting.join()
            self.watcher.stop()
        self.socket.close()
        with self.lock:
            clients, threads = list(self.clients.values()), list(self.threads)
        for client in clients:
            client.hang_up()
        for thread in threads:
            thread.join()
        self.store.close()
        self.audit_log.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self) -> None:
        while True:
            try:
                connected, address = self.socket.accept()
            except OSError:  # closed, or a client that was gone before it was taken
                if self.stopping:
                    return
                continue
            if self.stopping:
                connected.close()
                return
            self._take(connected, str(address[0]), int(address[1]))

    def _take(self, connected: socket.socket, address: str, port: int) -> None:
        with self.lock:
            if len(self.clients) >= self.options.max_connections + SPARE and not self._make_room():
                connected.close()
                return
            client = Client(self, Wire(connected), address, port, next(self.pids))
            self.clients[client.pid] = client
            thread = Thread(target=client.run, name=f"xerosql-serve-{client.pid}", daemon=True)
            self.threads.add(thread)
            client.thread = thread
        thread.start()

    def _make_room(self) -> bool:
        """Hang up on one who has yet to sign in: of the address that has the most of those, the one that came first.

        So nobody keeps others out by opening connections and saying nothing.
        """
        waiting = [each for each in self.clients.values() if each.backend is None]
        if not waiting:
            return False
        addresses = Counter(each.address for each in waiting)
        first = max(waiting, key=lambda each: (addresses[each.address], -each.pid))
        self.clients.pop(first.pid)
        first.dropped()
        return True

    def left(self, client: Client) -> None:
        """A client has gone."""
        with self.lock:
            self.clients.pop(client.pid, None)
            if client.thread is not None:
                self.threads.discard(client.thread)

    def cancel(self, request: CancelRequest) -> None:
        """Stop what the client of that number runs, if the key is its own."""
        client = self.clients.get(request.pid)
        if client is not None and secrets.compare_digest(str(client.secret), str(request.secret)):
            client.cancel("user request")

    def working(self) -> int:
        """Clients that have signed in."""
        return sum(client.backend is not None for client in list(self.clients.values()))


def listening(options: Options) -> socket.socket:
    """A socket that listens at the address."""
    try:
        family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        return socket.create_server((options.host, options.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise InterfaceError(f"cannot listen on {options.host}:{options.port}: {error.strerror or error}") from error


def wake(host: str, port: int) -> None:
    """End an accept() that does not notice that its socket was closed."""
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return


class Client:
    """One connection of a client, on a thread of its own."""

    def __init__(self, server: Server, wire: Wire, address: str, port: int, pid: int) -> None:
        self.server = server
        self.wire = wire
        self.address = address
        self.port = port
        self.pid = pid
        self.secret = secrets.randbits(32)
        self.ended = Event()  # hung up on, while it waits to be looked at
        self.backend: Backend | None = None
        self.thread: Thread | None = None
        self.farewell: Timer | None = None
        self.watched = Watched(lambda why: self.dropped(), self.wire.is_open)  # while it signs in

    def run(self) -> None:
        """Everything, from the handshake on; whatever goes wrong ends this client only."""
        self.server.watcher.add(self.watched)
        try:
            self.serve()
        except ClientGone:
            if self.wire.deaf:
                self.say_fatal(StatementError(ENDED, sqlstate="57P01"))
        except Error as error:
            self.refuse(error)
        except Exception:
            log.exception("a client's connection failed")
        finally:
            self.end()

    def serve(self) -> None:
        options = self.server.options
        self.watched.work(options.sign_in_timeout)
        self.wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        wanted = begin(self.wire, options.tls, require_tls=options.require_tls)
        if isinstance(wanted, CancelRequest):
            self.server.cancel(wanted)
            return
        user = self.signed_in(wanted)
        self.check(wanted)
        self.watched.rest()
        self.work(wanted, user)

    def signed_in(self, wanted: Startup) -> User:
        """The user, once a password may be looked at; RefusedError where that would take too long, or it is wrong."""
        guesses, key, users = self.server.guesses, (self.address, wanted.user), self.server.options.users
        if not users.are_known:
            return authenticate(self.wire, wanted, users)
        seconds = guesses.wait(key, monotonic())
        if seconds >= self.server.options.sign_in_timeout:
            raise RefusedError(TOO_MANY, sqlstate="28P01")
        if seconds:
            self.ended.wait(seconds)
        try:
            user = authenticate(self.wire, wanted, users)
        except RefusedError:
            guesses.wrong(key, monotonic())
            raise
        guesses.right(key)
        return user

    def check(self, wanted: Startup) -> None:
        if wanted.options.get("replication", "false").lower() not in ("false", "off", "no", "0"):
            raise RefusedError("replication is not supported", sqlstate="0A000")
        if wanted.database.lower() != DATABASE:
            raise RefusedError(f'database "{wanted.database}" does not exist; there is "{DATABASE}"', sqlstate="3D000")
        if self.server.working() >= self.server.options.max_connections:
            raise RefusedError("sorry, too many clients already", sqlstate="53300")

    def work(self, wanted: Startup, user: User) -> None:
        backend, activity = self.backend_for(user)
        self.backend = backend
        audit = Audit(self.server.audit_log, user.name, self.address, self.pid)
        self.apply(wanted, backend)
        for name in REPORTED:
            self.wire.send(messages.parameter_status(name, backend.settings[name]))
        self.wire.send(messages.backend_key(self.pid, self.secret))
        backend.settings.changed = self.report
        self.server.watcher.remove(self.watched)
        self.watched = Watched(backend.cancel, self.wire.is_open)
        self.server.watcher.add(self.watched)
        self.server.activities.add(activity)
        audit.event("connected", tls=self.wire.encrypted)
        Session(self.wire, backend, audit, self.watched, activity).run()
        audit.event("left")

    def backend_for(self, user: User) -> tuple[Backend, Activity]:
        self.server.store.know_role(user.name, writes=not user.read_only)
        connection = self.server.connection.sibling(
            read_only=user.read_only, fold_names=True, queue_rights=user.queue_rights
        )
        settings = SessionSettings(self.server.store.settings, user.name)
        settings.default("search_path", ", ".join(connection.search_path))
        settings.default("statement_timeout", f"{self.server.options.statement_timeout}s")
        if user.changes_nothing:
            settings.default("default_transaction_read_only", "on")
        activity = Activity(
            self.pid,
            user.name,
            self.address,
            self.port,
            application=lambda: settings["application_name"],
            status=lambda: backend.transaction.status,
            cancel=lambda: self.cancel("user request"),
            terminate=self.terminate,
        )
        introspection = Introspection(
            self.server.store, connection, settings, activity, self.server.activities, self.tell
        )
        backend = Backend(connection, settings, introspection, self.tell)
        return backend, activity

    def apply(self, wanted: Startup, backend: Backend) -> None:
        """The settings that the client asks for at once; those that nobody knows are errors, as at PostgreSQL.

        RESET goes back to them.
        """
        asked = [
            (name, value) for name, value in wanted.options.items() if name not in ("user", "database", "replication")
        ]
        for name, value in [*asked, *command_line(wanted.options.get("options", ""))]:
            if name != "options" and not name.startswith("_pq_."):
                backend.setting_commands.begin_with(name, value.strip("'"))  # asyncpg quotes the encoding

    def report(self, name: str, value: str) -> None:
        if name in REPORTED:
            self.wire.send(messages.parameter_status(name, value))

    def tell(self, severity: str, sentence: str, sqlstate: str) -> None:
        self.wire.send(messages.notice(severity, sentence, sqlstate))

    def cancel(self, why: str) -> None:
        """Stop what it runs, if it runs something."""
        if self.backend is not None:
            self.watched.cancel(why)

    def terminate(self) -> None:
        """End it: what it runs, then its connection, and tell it so if it listens."""
        self.wire.deafen()
        self.cancel("administrator command")
        if self.farewell is not None:
            return
        self.farewell = Timer(FAREWELL, self.dropped)
        self.farewell.daemon = True
        self.farewell.start()

    def hang_up(self) -> None:
        self.cancel("administrator command")
        self.dropped()

    def dropped(self) -> None:
        self.ended.set()
        self.wire.hang_up()

    def refuse(self, error: Error) -> None:
        """Tell the client why it cannot connect."""
        audit = Audit(self.server.audit_log, "", self.address, self.pid)
        audit.event("refused", sqlstate=error.sqlstate, reason=error.message)
        told = error if isinstance(error, DatabaseError) else StatementError(error.message, sqlstate=error.sqlstate)
        self.say_fatal(told)

    def say_fatal(self, error: DatabaseError) -> None:
        try:
            self.wire.send(messages.error_response(error, "FATAL"))
            self.wire.flush()
        except ClientGone:
            return

    def end(self) -> None:
        self.server.watcher.remove(self.watched)
        self.server.activities.remove(self.pid)
        if self.farewell is not None:
            self.farewell.cancel()
        self.wire.close()
        if self.backend is not None:
            self.backend.close()
        self.server.left(self)


def command_line(options: str) -> list[tuple[str, str]]:
    """`-c name=value` and `--name=value`, as the startup option `options` has them."""
    words = [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r"(?:\\.|[^\s\\])+", options)]
    pairs = [word.removeprefix("-c").removeprefix("--") for word in words if word != "-c"]
    split = [pair.partition("=") for pair in pairs]
    return [(name.replace("-", "_"), value) for name, equals, value in split if equals]
