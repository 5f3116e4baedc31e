"""What the statements of one connection share: client, engine, catalog and planner. Each is made when first needed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from threading import Event, RLock

from xerosql import catalog
from xerosql.api import Client, Connection, LimitsSnapshot, Request, Response, Tally
from xerosql.catalog import Catalog
from xerosql.config import Settings
from xerosql.errors import AuthenticationError, Error, InterfaceError, NotSupportedError
from xerosql.execute.engine import Engine
from xerosql.execute.journal import Journal
from xerosql.execute.recent import RecentWrites
from xerosql.execute.statistics import Learned
from xerosql.execute.variables import Variables
from xerosql.plan.model import Plan
from xerosql.plan.names import Names
from xerosql.plan.planner import Planner

FORBIDDEN = 403


class Session:
    """One sign-in, one engine, one set of names.

    With `beside`, it is another session on the sign-in of that one: they share the client, its organisations, the
    planner, and the engine's database. Settings, transactions and the journal are its own.
    """

    planner: Planner
    recent: RecentWrites
    scratch_changes: ScratchChanges

    def __init__(
        self,
        settings: Settings,
        make_client: Callable[[], Client],
        statistics: Learned | None = None,
        beside: Session | None = None,
    ) -> None:
        check_search_path(settings.search_path)
        self.settings = settings
        self.statistics = statistics or Learned()
        self.make_client = make_client
        self.beside = beside
        self.lock: AbstractContextManager[object] = RLock() if beside is None else beside.lock
        self.planner = Planner(settings.dialect) if beside is None else beside.planner
        self.scratch_changes = ScratchChanges() if beside is None else beside.scratch_changes
        self.names_of_change = -1
        self.names_version: Hashable = None
        self._client: Client | None = None
        self._engine: Engine | None = None
        self._names: Names | None = None
        self._default_tenant: str | None = None
        self.autocommit = settings.autocommit
        self.recent = RecentWrites() if beside is None else beside.recent
        self.variables = Variables.of(settings)
        self.journal = Journal()
        self.written_in_transaction = 0  # rows sent to Xero that a rollback cannot take back

    @property
    def client(self) -> Client:
        with self.lock:  # threads share the connection, and there is to be one client
            if self._client is None:
                self._client = self.make_client()
            return self._client

    @property
    def engine(self) -> Engine:
        with self.lock:
            if self._engine is None:
                self._engine = Engine(beside=None if self.beside is None else self.beside.engine)
            return self._engine

    @property
    def catalog(self) -> Catalog:
        return catalog.load()

    def plan(self, sql: str) -> Plan:
        with self.lock:
            return self.planner.plan(sql, self.names, self.names_version)

    @property
    def names(self) -> Names:
        """What names mean now; the scratch tables are looked up again after each change of them."""
        with self.lock:
            if self._names is None or self.names_of_change != self.scratch_changes.count:
                self.names_of_change = self.scratch_changes.count
                scratch = self.engine.scratch_tables() if self.scratch_changes.count else {}
                path, folding = self.settings.search_path, self.settings.fold_names
                self._names = Names(self.catalog, path, scratch, folding=folding)
                columns = tuple((name, *each.items()) for name, each in scratch.items())
                self.names_version = path, folding, columns  # the sessions that share a planner differ in these only
            return self._names

    def scratch_changed(self) -> None:
        with self.lock:
            self.scratch_changes.count += 1

    @property
    def search_path(self) -> tuple[str, ...]:
        """The schemas in which a bare table name is looked for, in this order."""
        return self.settings.search_path

    @search_path.setter
    def search_path(self, schemas: Sequence[str]) -> None:
        check_search_path(schemas)
        with self.lock:
            self.settings = replace(self.settings, search_path=tuple(schema.lower() for schema in schemas))
            self._names = None

    # -- Transactions --------------------------------------------------------------------------------------------------

    @property
    def engine_in_transaction(self) -> bool:
        """Whether a rollback would be expected to undo what is written now."""
        return not self.autocommit or (self._engine is not None and self._engine.in_transaction)

    def note_written(self) -> None:
        """A row has been written to Xero."""
        if self.engine_in_transaction:
            self.written_in_transaction += 1

    def begin_if_needed(self) -> None:
        if not self.autocommit:
            self.engine.begin()

    def transact(self, action: str) -> None:
        """BEGIN, COMMIT or ROLLBACK, of the scratch schema; NotSupportedError for a rollback of writes to Xero."""
        if action == "begin":
            self.engine.begin()
            return
        written, self.written_in_transaction = self.written_in_transaction, 0
        if self._engine is not None:
            self.engine.commit() if action == "commit" else self.engine.rollback()
            self.scratch_changed()
        if action == "rollback" and written:
            raise NotSupportedError(
                f"{written} row{'s' * (written != 1)} of this transaction went to Xero at once and cannot be rolled "
                "back; the scratch schema was"
            )

    # -- Organisations -------------------------------------------------------------------------------------------------

    def default_tenant(self) -> str:
        """The organisation that statements ask unless they name another; raises if it is not clear which."""
        if self._default_tenant is None:
            wanted = self.settings.tenant
            self._default_tenant = wanted if wanted and is_uuid(wanted) else self.client.tenant_id(wanted)
        return self._default_tenant

    def connected(self) -> frozenset[str]:
        """The ids of the organisations that this sign-in can see; asked once."""
        return frozenset(each.tenant_id for each in self.client.connections())

    def limits(self) -> tuple[LimitsSnapshot, ...]:
        """What is left of each organisation's quotas, as far as this process knows; no call is made."""
        return self._client.limits() if self._client is not None else ()

    def tenant_so_far(self) -> str:
        """The organisation that statements ask, empty if it would take a call to know it."""
        wanted = self.settings.tenant
        return self._default_tenant or (wanted if wanted and is_uuid(wanted) else "")

    def send(
        self, request: Request, tally: Tally, cancelled: Event, *, allow: frozenset[int] = frozenset()
    ) -> Response:
        """Send a request; an organisation that is refused because it is not connected is named, with those that are."""
        try:
            return self.client.send(request, allow=allow, tally=tally, cancelled=cancelled)
        except AuthenticationError as error:
            if error.http_status == FORBIDDEN:
                self.client.tenant_id(request.tenant)  # raises with the list, unless it is connected after all
            raise

    def active_tenant(self, connected: Sequence[Connection]) -> str | None:
        """The default organisation, or None where it is still to be chosen."""
        try:
            return self.default_tenant()
        except Error:
            return None if len(connected) != 1 else connected[0].tenant_id

    def close(self) -> None:
        if self._client is not None and self.beside is None:
            self._client.close()
        if self._engine is not None:
            self._engine.close()


class ScratchChanges:
    """How often the tables of the scratch schema may have changed, by any of the sessions that see them."""

    def __init__(self) -> None:
        self.count = 0


def check_search_path(search_path: Sequence[str]) -> None:
    """InterfaceError for a schema that there is not."""
    known = catalog.load().schemas
    for schema in search_path:
        if schema.lower() not in known:
            hint = catalog.near(schema, known) or f"; there are {', '.join(known)}"
            raise InterfaceError(f"search_path names the schema {schema!r}, which does not exist{hint}")


def is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
