"""The PEP 249 connection: a sign-in at Xero, an engine, and the cursors that share them."""

from __future__ import annotations

import atexit
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, ClassVar, Self
from weakref import WeakKeyDictionary

from xerosql import errors
from xerosql.config import SEEING, Settings, load_settings
from xerosql.cursor import Cursor, Parameters
from xerosql.errors import InterfaceError

if TYPE_CHECKING:
    from types import TracebackType

    from xerosql.api import Client
    from xerosql.execute.describe import Description
    from xerosql.execute.engine import Engine
    from xerosql.execute.session import Session
    from xerosql.queue.model import Task
    from xerosql.queue.preview import Preview
    from xerosql.queue.worker import Report
    from xerosql.simulator import Simulator

Handler = Callable[..., tuple[int, Mapping[str, str], bytes]]

#: The profile that needs no account: a simulated organisation in this process.
DEMO = "demo"
#: The simulator of the demo has no minute to wait for, so neither has its connection.
UNLIMITED = 1_000_000


def connect(
    profile: str | None = None,
    *,
    handler: Handler | None = None,
    scratch: Scratch | None = None,
    **options: object,
) -> Connection:
    """Connect to Xero; no call is made until a statement needs one.

    `profile` names a table of the configuration file, or what `xerosql login` keeps; "demo" is a simulated agency in
    this process that needs no account. Options are those of `Settings`: `access_token`, or `client_id` and
    `client_secret` of a custom connection; `tenant`, the organisation by id or name, needed when several are
    connected; `autocommit`, `search_path`, `dialect`, time-outs. Each can stand in the environment too, as
    XEROSQL_ACCESS_TOKEN and so on.
    `handler` stands in for the network, as `Simulator.handle` does. `scratch` is a Scratch to share with other
    connections; without one the connection has its own.

    Raises InterfaceError for an unknown profile or option; what is wrong with the sign-in shows at the first statement.
    """
    if profile == DEMO and handler is None:
        simulator = demo_simulator()
        handler = simulator.handle
        options |= {name: value for name, value in demo_options(simulator).items() if options.get(name) is None}
        return Connection(load_settings(None, options, {}), handler, scratch)
    if handler is not None and options.get("queue_url") is None:
        options["queue_url"] = passing_queue(handler)
    return Connection(load_settings(profile, options, os.environ), handler, scratch)


@cache
def demo_simulator() -> Simulator:
    """The demo's Xero: one for the process, so that connections see each other's writes."""
    from xerosql.simulator import Simulator

    return Simulator(limits=False)


@cache
def passing_directory() -> str:
    """A directory that is gone with the process."""
    from tempfile import TemporaryDirectory

    directory = TemporaryDirectory(prefix="xerosql-queue-", ignore_cleanup_errors=True)
    atexit.register(directory.cleanup)
    return directory.name


_PASSING: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
_PASSING_LOCK = Lock()


def passing_queue(handler: Handler) -> str:
    """The queue of a stand-in for Xero: one for each, gone with the process, and apart from the user's own."""
    with _PASSING_LOCK:
        fresh = f"sqlite:///{passing_directory()}/{uuid.uuid4().hex}.sqlite"
        return _PASSING.setdefault(getattr(handler, "__self__", handler), fresh)


def demo_options(simulator: Simulator) -> dict[str, object]:
    return {
        "queue_url": passing_queue(simulator.handle),
        "access_token": DEMO,
        "tenant": simulator.tenants[0][0],
        "calls_per_minute": UNLIMITED,
    }


class Scratch:
    """A scratch schema for several connections, as in `connect(scratch=…)`. Each has transactions of its own.

    It lasts as long as it is referred to, by a program or by an open connection. What one connection changes the others
    see once it is committed; of two that change the same row at once, the later gets OperationalError.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._first: Engine | None = None

    def engine(self) -> Engine:
        """An engine for one more connection."""
        from xerosql.execute.engine import Engine

        with self._lock:
            if self._first is None:
                self._first = Engine()
            return Engine(beside=self._first)


class ExceptionAttributes:
    """PEP 249: the exceptions as attributes of a connection."""

    Warning = errors.Warning
    Error = errors.Error
    InterfaceError = errors.InterfaceError
    DatabaseError = errors.DatabaseError
    DataError = errors.DataError
    OperationalError = errors.OperationalError
    IntegrityError = errors.IntegrityError
    InternalError = errors.InternalError
    ProgrammingError = errors.ProgrammingError
    NotSupportedError = errors.NotSupportedError


class Connection(ExceptionAttributes):
    """Statements on one Xero sign-in. Threads may share it, each with cursors of its own.

    Writes to Xero's tables take effect at once and cannot be rolled back. Transactions are those of the local
    `scratch` schema: with `autocommit` off a change there begins one, until `commit()` or `rollback()`.

    With `write_mode="queued"` writes to Xero's tables are part of the transaction too: `commit()` gives all of them to
    the queue, `rollback()` drops them, and a worker sends them. `autocommit` is off then unless it is switched on.
    """

    cursor_class: ClassVar[type[Cursor]] = Cursor

    def __init__(
        self,
        settings: Settings,
        handler: Handler | None = None,
        scratch: Scratch | None = None,
        *,
        beside: Connection | None = None,
    ) -> None:
        self.settings = settings
        self._handler = handler
        self._scratch = scratch
        self._beside = beside
        self._session: Session | None = None
        self._lock = Lock()
        self._autocommit = bool(settings.autocommit)
        self._closed = False

    @property
    def session(self) -> Session:
        """What this connection's statements share; made when the first one needs it."""
        self.check_open()
        with self._lock:
            if self._session is None:
                from xerosql.execute.session import Session
                from xerosql.execute.statistics import statistics_for
                from xerosql.snapshots import snapshots_for

                statistics = statistics_for(self._handler, self.settings.base_url)
                beside = None if self._beside is None else self._beside.session
                shared = self._scratch.engine if self._scratch else None
                snapshots = snapshots_for(self._handler, self.settings.base_url)
                session = Session(
                    self.settings, self._client, statistics, snapshots, beside=beside, shared_engine=shared
                )
                session.autocommit = self._autocommit
                self._session = session
            return self._session

    def sibling(
        self,
        *,
        read_only: bool | None = None,
        search_path: Sequence[str] | None = None,
        fold_names: bool | None = None,
        queue_rights: Sequence[str] | None = None,
    ) -> Connection:
        """Another connection on the same sign-in, for another user of this process. Closing it leaves this one open.

        They share the limiter, what was learnt of lists, the plans, and the tables of the `scratch` schema. Settings,
        transactions and `sys.statements` are its own; the options given here replace those of this connection. No
        right on the queue comes in addition.
        """
        self.check_open()
        options = {"read_only": read_only, "search_path": search_path, "fold_names": fold_names}
        given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        own = self.settings.queue_rights or ()
        wanted = queue_rights if queue_rights is not None else SEEING if read_only else own
        given["queue_rights"] = tuple(right for right in wanted if right in own) or ("none",)
        return Connection(replace(self.settings, **given), self._handler, beside=self)

    def describe(self, operation: str, parameters: Parameters | None = None) -> Description:
        """What a statement takes and returns, without running it: no call is made and nothing changes.

        `parameters` are values of the types that will be given later; without them the statement's own types count.
        Raises as `execute` does for a statement that cannot be planned.
        """
        from xerosql.execute.describe import describe

        return describe(self.session, operation, parameters)

    @property
    def search_path(self) -> tuple[str, ...]:
        """The schemas in which a bare table name is looked for, in this order. Setting it holds until it is closed."""
        return self.session.search_path

    @search_path.setter
    def search_path(self, schemas: Sequence[str]) -> None:
        self.session.search_path = tuple(schemas)

    def _client(self) -> Client:
        from xerosql.api import Client
        from xerosql.snapshots import Moment, snapshots_for

        if self._beside is not None:
            return self._beside.session.client
        snapshots, directory = snapshots_for(self._handler, self.settings.base_url), self.settings.cache_path

        def wrote(tenant: str) -> None:
            snapshots.wrote(tenant, Moment.now(client.clock), directory)

        client = Client(self.settings, handler=self._handler, on_write=wrote)
        return client

    # -- PEP 249 -------------------------------------------------------------------------------------------------------

    def cursor(self) -> Cursor:
        """A new cursor."""
        self.check_open()
        return self.cursor_class(self)

    def execute(self, operation: str, parameters: Parameters | None = None) -> Cursor:
        """Run a statement on a new cursor, and return that."""
        return self.cursor().execute(operation, parameters)

    def commit(self) -> None:
        """Keep what was changed in the scratch schema. Xero has had its writes since they were executed.

        With `write_mode="queued"` the queue takes them now, all or none: IntegrityError or DataError for a row that
        names another which will never be there, OperationalError for a queue that cannot be used just now; then the
        writes are still there, and commit() may be called again.
        """
        self._transact("commit")

    def rollback(self) -> None:
        """Undo what was changed in the scratch schema since the last commit, and drop the writes for the queue.

        Raises NotSupportedError, with the scratch schema rolled back, if the transaction also wrote to Xero.
        """
        self._transact("rollback")

    def _transact(self, action: str) -> None:
        self.check_open()
        if self._session is not None:
            self._session.transact(action)

    # -- The queue -----------------------------------------------------------------------------------------------------

    def run_queue(
        self,
        max_seconds: float | None = None,
        *,
        drain: bool = True,
        threads: int | None = None,
        watch: Callable[[Report, Task], None] | None = None,
        stop: Event | None = None,
    ) -> Report:
        """Send what is in the queue and can be sent now, for every organisation that this sign-in reaches.

        Returns when nothing more can be sent: what is left waits for a delay, a quota, another task or a person. With
        `max_seconds` delays and pauses that end within that time are waited for. Without `drain` it goes on, with what
        is added meanwhile too, until that time is over or somebody sets `stop`; what is on its way then is waited for.
        `threads` tasks are sent at a time, as many as Xero takes of an organisation if that is not said. `watch` is
        called after each task with the report so far and the task, at the status that it has then. Any number of
        workers may run at the same time, in any number of processes.

        Raises AuthenticationError where the sign-in fails, OperationalError where Xero or the queue cannot be reached.
        What goes wrong with a task is told by its row in XeroTasks.
        """
        from xerosql.queue.worker import worker_for

        session = self.session
        seen = watch or (lambda report, task: None)
        worker = worker_for(session.queue, session.client, self.settings, threads=threads, watch=seen, stop=stop)
        return worker.run(drain=drain, max_seconds=max_seconds)

    def preview_queue(self, tasks: Sequence[int] | None = None, *, limit: int = 20) -> list[Preview]:
        """What a worker would send next, or for these tasks, without sending it: at most `limit` requests, in order.

        The objects that an update changes are read, as a worker would; each preview lists the calls that were made.
        No call is made that changes anything, and neither the tasks nor the queue are touched.

        Raises ProgrammingError (42501) without the right xero_tasks, and what reading from Xero raises.
        """
        from xerosql.execute.queue_preview import preview

        return preview(self.session, tasks, limit)

    @property
    def autocommit(self) -> bool:
        """Whether each statement on the scratch schema stands alone. Setting it commits what is open."""
        return self._autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        self.commit()
        self._autocommit = bool(value)
        if self._session is not None:
            self._session.autocommit = self._autocommit

    def close(self) -> None:
        """End the connection; an open transaction is rolled back, and its cursors cannot be used after."""
        if self._session is not None:
            self._session.close()
            self._session = None
        self._closed = True

    def check_open(self) -> None:
        """InterfaceError once the connection is closed."""
        if self._closed:
            raise InterfaceError("the connection is closed")

    # -- Context manager -----------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.check_open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or undo the scratch schema's changes after an exception, and close."""
        if not self._closed and self._session is not None and error is None:
            self._session.transact("commit")
        self.close()

    def __repr__(self) -> str:
        where = "demo" if self._handler is not None else self.settings.base_url
        return f"<xerosql.Connection to {where}{' (closed)' if self._closed else ''}>"

    def __getstate__(self) -> Any:
        raise InterfaceError("a connection cannot be pickled; connect() again in the other process")
