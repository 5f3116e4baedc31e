"""What the statements of one connection share: client, engine, catalog and planner. Each is made when first needed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from threading import Event, RLock
from typing import TYPE_CHECKING

from xerosql import catalog
from xerosql.api import Client, Connection, LimitsSnapshot, Request, Response, Tally
from xerosql.catalog import Catalog
from xerosql.catalog.relation import Local
from xerosql.config import Settings
from xerosql.errors import AuthenticationError, Error, InterfaceError, NotSupportedError, OperationalError
from xerosql.execute.engine import Changes, Engine
from xerosql.execute.journal import Journal
from xerosql.execute.local import local_columns, local_relations, local_views, temporary_indexes
from xerosql.execute.recent import RecentWrites
from xerosql.execute.statistics import Learned
from xerosql.execute.temporary import Temporary
from xerosql.execute.variables import Variables
from xerosql.plan.model import Plan
from xerosql.plan.names import Names, TemporaryWanted
from xerosql.plan.planner import Planner
from xerosql.snapshots import Snapshots, Source, realm_of

if TYPE_CHECKING:
    from xerosql.execute.describe import Description
    from xerosql.execute.outbox import Outbox
    from xerosql.queue.store import Queue

FORBIDDEN = 403


class Session:
    """One sign-in, one engine, one set of names.

    With `beside`, it is another session on the sign-in of that one: they share the client, its organisations, the
    planner, and the engine's database. Settings, transactions and the journal are its own.
    """

    planner: Planner
    recent: RecentWrites

    def __init__(
        self,
        settings: Settings,
        make_client: Callable[[], Client],
        statistics: Learned | None = None,
        snapshots: Snapshots | None = None,
        *,
        beside: Session | None = None,
        shared_engine: Callable[[], Engine] | None = None,
    ) -> None:
        check_search_path(settings.search_path)
        self.settings = settings
        self.statistics = statistics or Learned()
        self.snapshots = snapshots or Snapshots(settings.base_url, in_process=True)
        self.make_client = make_client
        self.beside = beside
        self.shared_engine = shared_engine
        self.lock: AbstractContextManager[object] = RLock() if beside is None else beside.lock
        self.planner = Planner(settings.dialect) if beside is None else beside.planner
        self.descriptions: dict[tuple[str, Hashable], Description] = {} if beside is None else beside.descriptions
        self.names_version: Hashable = None
        self.names_as_of = 0, 0
        self.changed_in_transaction: list[Changes | Temporary] = []
        self._client: Client | None = None
        self._engine: Engine | None = None
        self._names: Names | None = None
        self._default_tenant: str | None = None
        self.autocommit = bool(settings.autocommit)
        self.recent = RecentWrites() if beside is None else beside.recent
        self.variables = Variables.of(settings)
        self.journal = Journal()
        self.written_in_transaction = 0  # rows sent to Xero that a rollback cannot take back
        self._queue: Queue | None = None
        self._outbox: Outbox | None = None

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
                self._engine = self.shared_engine() if self.shared_engine else self.own_engine()
            return self._engine

    def own_engine(self) -> Engine:
        """A database of one's own, or the one of the session that this one stands beside."""
        return Engine(beside=None if self.beside is None else self.beside.engine)

    @property
    def queued(self) -> bool:
        """Whether writes go into the queue instead of to Xero."""
        return self.settings.write_mode == "queued"

    @property
    def queue(self) -> Queue:
        """The queue that this connection writes to and shows; its database is opened when first used."""
        with self.lock:
            if self._queue is None:
                self._queue = opened_queue(self.settings) if self.beside is None else self.beside.queue
            return self._queue

    @property
    def outbox(self) -> Outbox:
        """The writes that are not committed yet."""
        from xerosql.execute.outbox import Outbox

        with self.lock:
            if self._outbox is None:
                self._outbox = Outbox(self.queue)
            return self._outbox

    @property
    def catalog(self) -> Catalog:
        return catalog.load()

    def plan(self, sql: str) -> Plan:
        with self.lock:
            names, version = self.names, self.names_version
        try:
            return self.planner.plan(sql, names, version)  # which may take long, and the lock is everybody's
        except TemporaryWanted:
            with self.lock:
                self.engine.temporary.want()
                self._names = None
            return self.plan(sql)

    @property
    def names(self) -> Names:
        """What names mean now; the local tables are looked up again after each change of them."""
        with self.lock:
            shared = self.shared_engine or self.beside or self._engine is not None
            changes = (self.engine.changes.count, self.engine.temporary.count) if shared else (0, 0)
            temporary = self.engine.temporary.name if shared else ""
            if self._names is None or self.names_as_of != changes:
                try:
                    found, views = (local_columns(self.engine), local_views(self.engine)) if any(changes) else ({}, {})
                    indexes = temporary_indexes(self.engine) if changes[1] else frozenset()
                except OperationalError:
                    if self._names is None or not self.engine.in_transaction:
                        raise
                    return self._names  # a statement of the transaction failed, and the ROLLBACK has to be planned
                self.names_as_of = changes
                types = {place: {each.lower(): kind for each, kind in of.items()} for place, of in found.items()}
                spelling = {place: {each.lower(): each for each in of} for place, of in found.items()}
                path, folding = self.settings.search_path, self.settings.fold_names
                self._names = Names(self.catalog, path, types, spelling, temporary, indexes, views, folding=folding)
                columns = tuple((place, *each.items()) for place, each in found.items())
                # the sessions that share a planner differ in these only
                self.names_version = path, folding, columns, temporary, indexes, tuple(views.items())
            return self._names

    def names_now(self) -> Hashable:
        """What differs whenever names mean something else."""
        with self.lock:
            _ = self.names
            return self.names_version

    def local(self) -> Local:
        """The local schemas as they are now, with all that is known of them."""
        return local_relations(self.engine)

    def local_changed(self, *, temporary: bool = False) -> None:
        """Tables were made, changed or dropped: names are looked up again, here and once more when it is committed.

        Where only temporary ones were, nobody else has to look.
        """
        changed = self.engine.temporary if temporary else self.engine.changes
        changed.count += 1
        if self.engine.in_transaction and not any(each is changed for each in self.changed_in_transaction):
            self.changed_in_transaction.append(changed)

    def settle(self) -> None:
        """After a statement that stands alone, do to temporary tables what is to be done on commit."""
        if not self.engine.in_transaction:
            self.engine.temporary.settle(self.engine)

    def discard_temporary(self) -> None:
        """Drop all temporary tables, within the open transaction if there is one."""
        if not self.engine.temporary.name:
            return
        self.begin_if_needed()
        self.engine.temporary.empty(self.engine)
        self.local_changed(temporary=True)

    def share_temporary(self, other: Session) -> None:
        """Have the temporary tables of another session on the same database instead of ones of its own."""
        self.engine.temporary, self.engine.owns_temporary = other.engine.temporary, False

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
        """BEGIN, COMMIT or ROLLBACK, of the local schemas; NotSupportedError for a rollback of writes to Xero."""
        if action == "begin":
            self.engine.begin()
            return
        written, self.written_in_transaction = self.written_in_transaction, 0
        try:
            if action == "commit":
                self.commit()
            else:
                self.drop_outbox()
                if self._engine is not None:
                    self.engine.rollback()
        finally:  # a commit that fails is a rollback
            if self._engine is not None and not self.engine.in_transaction:
                changed, self.changed_in_transaction = self.changed_in_transaction, []
                for each in changed:
                    each.count += 1
        if action == "rollback" and written:
            raise NotSupportedError(
                f"{written} row{'s' * (written != 1)} of this transaction went to Xero at once and cannot be rolled "
                "back; the scratch schema was"
            )

    def commit(self) -> None:
        """Keep the local changes and publish what was queued, or neither if a statement on local tables failed."""
        if self._engine is not None:
            try:
                self.engine.ready()
            except Error:
                self.drop_outbox()
                raise
        with self.lock:  # another thread may be adding to it
            if self._outbox is not None:
                self._outbox.publish(self.day_left)
        if self._engine is not None:
            self.engine.commit()

    def drop_outbox(self) -> None:
        """Forget the writes that are not committed."""
        with self.lock:
            if self._outbox is not None:
                self._outbox.drop()

    # -- Reuse ---------------------------------------------------------------------------------------------------------

    def source(self) -> Source | None:
        """What a statement may be answered from that begins now; None if all is to be asked of Xero."""
        return self.kept() if self.variables.max_age else None

    def kept(self) -> Source:
        """What has been fetched with this sign-in, and is used as far as it is not older than `max_age`."""
        realm, max_age = realm_of(self.client.sign_in()), self.variables.max_age
        return Source(self.snapshots, realm, max_age, self.client.clock, self.settings.cache_path)

    # -- Organisations -------------------------------------------------------------------------------------------------

    def default_tenant(self, cancelled: Event | None = None) -> str:
        """The organisation that statements ask unless they name another; raises if it is not clear which."""
        if self._default_tenant is None:
            wanted = self.settings.tenant
            known = wanted if wanted and is_uuid(wanted) else None
            self._default_tenant = known or self.client.tenant_id(wanted, cancelled=cancelled)
        return self._default_tenant

    def connected(self, cancelled: Event | None = None) -> frozenset[str]:
        """The ids of the organisations that this sign-in can see; asked once."""
        return frozenset(each.tenant_id for each in self.client.connections(cancelled=cancelled))

    def limits(self) -> tuple[LimitsSnapshot, ...]:
        """What is left of each organisation's quotas, as far as this process knows; no call is made."""
        return self._client.limits() if self._client is not None else ()

    def day_left(self, tenant: str) -> int | None:
        """Calls left of an organisation's day, by Xero's last answer or else by the settings."""
        for each in self.limits():
            if each.tenant == tenant and each.day_remaining is not None:
                return each.day_remaining
        return self.settings.calls_per_day

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
        for each in (self._client, self._queue) if self.beside is None else ():
            if each is not None:
                each.close()
        if self._engine is not None:
            self._engine.close()


def opened_queue(settings: Settings) -> Queue:
    """The queue at `queue_url`; InterfaceError where the libraries for it are missing."""
    try:
        from xerosql.queue.store import Queue
    except ModuleNotFoundError as error:
        if error.name != "sqlalchemy":
            raise
        raise InterfaceError("the queue needs SQLAlchemy: pip install 'xerosql[queue]'") from error
    return Queue(settings.queue_url or default_queue_url())


def default_queue_url() -> str:
    """`queue.sqlite` where the user's programs keep their state."""
    import platformdirs

    return f"sqlite:///{platformdirs.user_state_dir('xerosql', appauthor=False)}/queue.sqlite"


def check_search_path(search_path: Sequence[str]) -> None:
    """InterfaceError for a schema that there is not."""
    known = (*catalog.load().schemas, catalog.TEMPORARY)
    for schema in search_path:
        if schema.lower() not in known:
            hint = catalog.near(schema, known) or f"; there are {', '.join(known)}"
            raise InterfaceError(f"search_path names the schema {schema!r}, which does not exist{hint}")


def is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
