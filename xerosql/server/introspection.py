"""What a client asks of PostgreSQL's catalog, told apart from what it asks of Xero, and answered without a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xerosql import Connection
from xerosql.api.stop import check_cancelled
from xerosql.catalog import SCRATCH, TEMPORARY
from xerosql.cursor import Row
from xerosql.execute.cancel import Cancellation
from xerosql.execute.introspection import Columns
from xerosql.execute.result import Result
from xerosql.plan.introspection import Facts, Question, read
from xerosql.plan.model import PlainColumn
from xerosql.server import oids
from xerosql.server.activity import Activities, Activity
from xerosql.server.answers import Answer, Catalogued
from xerosql.server.messages import Field
from xerosql.server.oids import PgType
from xerosql.server.pg_catalog import rows
from xerosql.server.pg_catalog.macros import ignored_arguments, names_of_scalars, names_of_tables
from xerosql.server.pg_catalog.own import OwnTables
from xerosql.server.pg_catalog.store import Store
from xerosql.server.pg_catalog.tables import oid_of
from xerosql.server.portals import Prepared
from xerosql.server.session_settings import SessionSettings

#: Schemas that xerosql has, and those that only PostgreSQL's catalog has.
CATALOG = "pg_catalog"
VERSION = "PostgreSQL 15.8 (xerosql) on x86_64-pc-linux-gnu, 64-bit"
#: The types that only the catalog's columns have.
TYPES = {"UINTEGER": oids.OID, "USMALLINT[]": oids.INT2VECTOR, "UBIGINT[]": oids.OIDVECTOR, "UINTEGER[]": 1028}
#: Questions that are remembered with the engine's SQL for them, unless they have so many characters.
LONG = 20_000
REMEMBERED = 200
SCALARS, TABLES, IGNORED = names_of_scalars(), names_of_tables(), ignored_arguments()


class Introspection:
    """One client's questions about the catalog. `tell` sends it a notice: severity, sentence, SQLSTATE."""

    def __init__(
        self,
        store: Store,
        connection: Connection,
        settings: SessionSettings,
        activity: Activity,
        activities: Activities,
        tell: Callable[[str, str, str], None],
    ) -> None:
        self.store = store
        self.connection = connection
        self.own = OwnTables(store, connection)
        self.settings = settings
        self.activity = activity
        self.activities = activities
        self.tell = tell
        self.first_path = connection.search_path
        self.questions: dict[object, Question | None] = {}
        self.relations = store.columns_by_relation

    # -- Asking --------------------------------------------------------------------------------------------------------

    def prepare(self, sql: str, declared: Sequence[int]) -> Prepared | None:
        """The types and columns of a question, None for a statement that asks nothing of the catalog."""
        question = self.question(sql)
        if question is None:
            return None
        inferred = [self.store.numbers.get(kind or "text") or type_of(kind or "").oid for kind in question.parameters]
        given = [*declared, *[0] * len(inferred)]
        types = [one or other for one, other in zip(given, inferred, strict=False)]
        none = f"SELECT * FROM ({question.sql}) LIMIT 0"
        values = [None] * len(question.uses)
        result = self.store.catalog.query(
            none, values, Cancellation(), self.momentary(question), self.own.contents_for(question.sql)
        )
        result.close()
        return Prepared(sql, "SELECT", types, self.fields_of(result, question))

    def run(
        self, sql: str, parameters: Sequence[object], cancelled: Cancellation, finished: Callable[[], None]
    ) -> Answer | None:
        """The answer to a question, None for what asks nothing of the catalog. `finished` is called at its end."""
        question = self.question(sql)
        if question is None:
            return None
        for name, value, local in question.assignments:
            self.assign(name, value, local)
        values = [parameters[index] for index in question.uses]
        result = self.store.catalog.query(
            question.sql, values, cancelled, self.momentary(question), self.own.contents_for(question.sql)
        )
        fields = self.fields_of(result, question)
        named = [(place, field.oid) for place, field in enumerate(fields) if field.oid in oids.NAMED]
        path = (CATALOG, *self.connection.search_path)

        def finish(row: Row) -> Row:
            row = self.signalled(row, question, cancelled) if question.signals else row
            return self.store.with_names(row, named, path, self.own.names) if named else row

        return Answer("SELECT", fields, Catalogued(result, finish, finished), counted=True)

    def fields_of(self, result: Result, question: Question) -> list[Field]:
        """The columns of a question's result: as PostgreSQL has them where that is known, else as the engine has."""
        known = question.columns or []
        fields = [type_of(kind.sql).field(name) for name, kind in result.columns]
        if len(known) == len(fields):
            fields = [self.store.typed(field, *column) for field, column in zip(fields, known, strict=True)]
        for signal in question.signals:
            fields[signal.place] = PgType(oids.BOOL).field(fields[signal.place].name)
        return fields

    def with_origins(self, fields: Sequence[Field], plain: Sequence[PlainColumn | None]) -> Sequence[Field]:
        """The fields of another statement's result, with the catalog's numbers of tables and columns."""
        if not any(plain):
            return fields
        _ = self.store.catalog
        return self.store.with_origins(fields, plain, self.own.columns)

    def question(self, sql: str) -> Question | None:
        if len(sql) >= LONG:
            return read(sql, self.facts())
        key = sql, self.connection.search_path, tuple(self.settings.values.items()), self.store.seen, self.own.version
        if key not in self.questions:
            if len(self.questions) >= REMEMBERED:
                self.questions.clear()
            self.questions[key] = read(sql, self.facts())
        return self.questions[key]

    def facts(self) -> Facts:
        own = self.own.schema
        path = (CATALOG, *(own or each if each == TEMPORARY else each for each in self.connection.search_path))
        return Facts(
            relations=self.relations,
            functions=SCALARS,
            table_functions=TABLES,
            constants=self.constants(),
            settings=self.settings.get,
            find=lambda kind, name: self.own.find(kind, name) or self.store.find(kind, name, path),
            visible=tuple(
                self.store.namespace(schema) for schema in ((own, *path) if own and own not in path else path)
            ),
            path=path,
            read_only=self.connection.settings.read_only,
            ignored=IGNORED,
            hidden=frozenset(table.name.lower() for table in self.own.tables),
            temporary=(own, oid_of(own)) if own else None,
            column_types=self.store.column_types,
        )

    def constants(self) -> dict[str, object]:
        user = self.settings["session_authorization"]
        return {
            "version": VERSION,
            "current_database": self.store.database,
            "current_catalog": self.store.database,
            "current_user": user,
            "session_user": user,
            "user": user,
            "current_role": user,
            "getpgusername": user,
            "pg_backend_pid": self.activity.pid,
            "inet_client_addr": self.activity.address,
            "inet_server_addr": None,
        }

    # -- The sessions of the server -----------------------------------------------------------------------------------

    def momentary(self, question: Question) -> Mapping[str, tuple[Columns, Sequence[Row]]]:
        """The tables that a question brings along, with the rows that this user may see."""
        relations = {name: self.store.relations[CATALOG, name] for name in question.momentary}
        told = {"pg_stat_activity": self.activities.told_to, "pg_stat_gssapi": self.activities.kerberos_told_to}
        return {
            name: (relation.engine_columns, rows.filled(relation, told[name](self.activity.user)))
            for name, relation in relations.items()
        }

    def signalled(self, row: Row, question: Question, cancelled: Cancellation) -> Row:
        """A row with whether there was a session in the place of its number; what was asked for has been done to it."""
        values = list(row)
        for signal in question.signals:
            pid = values[signal.place]
            if isinstance(pid, int):
                values[signal.place] = self.activities.signal(pid, self.activity.user, terminate=signal.terminate)
                if not values[signal.place]:
                    self.tell("WARNING", f"PID {pid} is not a PostgreSQL server process", "01000")
        check_cancelled(cancelled)  # which may have been this session itself
        return tuple(values)

    # -- Settings that belong to the catalog ---------------------------------------------------------------------------

    def assign(self, name: str, value: str, local: bool) -> None:
        if name.lower() == "search_path":
            self.search(self.connection, [part.strip().strip('"') for part in value.split(",") if part.strip()] or None)
        self.settings.set(name, value, local=local)

    def search(self, connection: Connection, schemas: Sequence[str] | None) -> None:
        """Set the search path, without the schemas that do not exist, as PostgreSQL does; None sets the first path."""
        known = self.store.schemas() | {SCRATCH, TEMPORARY}
        found = [schema for schema in schemas or () if schema.lower() in known]
        connection.search_path = self.first_path if schemas is None or not found else found


def type_of(kind: str) -> PgType:
    """PostgreSQL's type of a column of the catalog."""
    if kind.startswith("ENUM"):
        return PgType(oids.CHAR)
    return PgType(TYPES[kind]) if kind in TYPES else oids.type_of(kind)
