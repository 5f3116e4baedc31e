"""The PEP 249 connection: a sign-in at Xero, an engine, and the cursors that share them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Self

from xerosql import errors
from xerosql.config import Settings, load_settings
from xerosql.cursor import Cursor, Parameters
from xerosql.errors import InterfaceError

if TYPE_CHECKING:
    from types import TracebackType

    from xerosql.api import Client
    from xerosql.execute.describe import Description
    from xerosql.execute.session import Session
    from xerosql.simulator import Simulator

Handler = Callable[..., tuple[int, Mapping[str, str], bytes]]

#: The profile that needs no account: a simulated organisation in this process.
DEMO = "demo"
#: The simulator of the demo has no minute to wait for, so neither has its connection.
UNLIMITED = 1_000_000


def connect(profile: str | None = None, *, handler: Handler | None = None, **options: object) -> Connection:
    """Connect to Xero; no call is made until a statement needs one.

    `profile` names a table of the configuration file, or what `xerosql login` keeps; "demo" is a simulated agency in
    this process that needs no account. Options are those of `Settings`: `access_token`, or `client_id` and
    `client_secret` of a custom connection; `tenant`, the organisation by id or name, needed when several are
    connected; `autocommit`, `search_path`, `dialect`, time-outs. Each can stand in the environment too, as
    XEROSQL_ACCESS_TOKEN and so on.
    `handler` stands in for the network, as `Simulator.handle` does.

    Raises InterfaceError for an unknown profile or option; what is wrong with the sign-in shows at the first statement.
    """
    if profile == DEMO and handler is None:
        simulator = demo_simulator()
        handler = simulator.handle
        options |= {name: value for name, value in demo_options(simulator).items() if options.get(name) is None}
        return Connection(load_settings(None, options, {}), handler)
    return Connection(load_settings(profile, options, os.environ), handler)


@cache
def demo_simulator() -> Simulator:
    """The demo's Xero: one for the process, so that connections see each other's writes."""
    from xerosql.simulator import Simulator

    return Simulator(limits=False)


def demo_options(simulator: Simulator) -> dict[str, object]:
    return {
        "access_token": DEMO,
        "tenant": simulator.tenants[0][0],
        "calls_per_minute": UNLIMITED,
    }


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
    """

    cursor_class: ClassVar[type[Cursor]] = Cursor

    def __init__(self, settings: Settings, handler: Handler | None = None, *, beside: Connection | None = None) -> None:
        self.settings = settings
        self._handler = handler
        self._beside = beside
        self._session: Session | None = None
        self._lock = Lock()
        self._autocommit = settings.autocommit
        self._closed = False

    @property
    def session(self) -> Session:
        """What this connection's statements share; made when the first one needs it."""
        self.check_open()
        with self._lock:
            if self._session is None:
                from xerosql.execute.session import Session
                from xerosql.execute.statistics import statistics_for

                statistics = statistics_for(self._handler, self.settings.base_url)
                beside = None if self._beside is None else self._beside.session
                session = Session(self.settings, self._client, statistics, beside)
                session.autocommit = self._autocommit
                self._session = session
            return self._session

    def sibling(
        self,
        *,
        read_only: bool | None = None,
        search_path: Sequence[str] | None = None,
        fold_names: bool | None = None,
    ) -> Connection:
        """Another connection on the same sign-in, for another user of this process. Closing it leaves this one open.

        They share the limiter, what was learnt of lists, the plans, and the tables of the `scratch` schema. Settings,
        transactions and `sys.statements` are its own; the options given here replace those of this connection.
        """
        self.check_open()
        options = {"read_only": read_only, "search_path": search_path, "fold_names": fold_names}
        given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
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

        return Client(self.settings, handler=self._handler) if self._beside is None else self._beside.session.client

    # -- PEP 249 -------------------------------------------------------------------------------------------------------

    def cursor(self) -> Cursor:
        """A new cursor."""
        self.check_open()
        return self.cursor_class(self)

    def execute(self, operation: str, parameters: Parameters | None = None) -> Cursor:
        """Run a statement on a new cursor, and return that."""
        return self.cursor().execute(operation, parameters)

    def commit(self) -> None:
        """Keep what was changed in the scratch schema. Xero has had its writes since they were executed."""
        self._transact("commit")

    def rollback(self) -> None:
        """Undo what was changed in the scratch schema since the last commit.

        Raises NotSupportedError, with the scratch schema rolled back, if the transaction also wrote to Xero.
        """
        self._transact("rollback")

    def _transact(self, action: str) -> None:
        self.check_open()
        if self._session is not None:
            self._session.transact(action)

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
