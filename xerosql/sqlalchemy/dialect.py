"""The dialect: how SQLAlchemy connects, what it may expect, and what becomes of a transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from sqlalchemy import exc, types, util
from sqlalchemy.engine import default
from sqlalchemy.engine.url import URL

import xerosql
from xerosql.option_types import READERS
from xerosql.sqlalchemy.compiler import XeroCompiler, XeroDDLCompiler, XeroIdentifierPreparer, XeroTypeCompiler
from xerosql.sqlalchemy.reflection import Reflection
from xerosql.sqlalchemy.shared import FAMILIES
from xerosql.sqlalchemy.types import Interval, JsonPath, JsonStep

#: Options that no URL may hold outside its password, which SQLAlchemy keeps out of logs.
SECRETS = ("access_token", "refresh_token", "client_secret")
ISOLATION_LEVELS = ("SNAPSHOT", "AUTOCOMMIT")
CLOSED = "08003"


def tenant_of(url: URL) -> str | None:
    """The organisation in a URL, whose escapes SQLAlchemy 1.4 leaves in it."""
    return (
        unquote(url.database) if url.database and not hasattr(default.DefaultDialect, "import_dbapi") else url.database
    )


def truth(name: str, value: object) -> bool:
    """An option of the dialect's own, which a URL has as text. InterfaceError for what is neither true nor false."""
    reader = READERS[bool][1]
    try:
        return bool(reader(value))
    except (ValueError, TypeError, KeyError) as error:
        raise xerosql.InterfaceError(f"{name} must be {READERS[bool][0]}") from error


class XeroContext(default.DefaultExecutionContext):
    """One execution."""

    def fire_sequence(self, seq: Any, type_: Any) -> Any:
        name = self.dialect.identifier_preparer.format_sequence(seq).replace("'", "''")
        return self._execute_scalar(f"SELECT nextval('{name}')", type_)


class XeroDialect(Reflection, default.DefaultDialect):
    """`xerosql://[client_id:client_secret@][profile][/tenant][?option=value&…]`."""

    name = "xerosql"
    driver = "xerosql"
    default_paramstyle = "qmark"

    execution_ctx_cls = XeroContext
    statement_compiler = XeroCompiler
    ddl_compiler = XeroDDLCompiler
    type_compiler = XeroTypeCompiler
    type_compiler_cls = XeroTypeCompiler
    preparer = XeroIdentifierPreparer
    colspecs: Any = {types.Interval: Interval, types.JSON.JSONIndexType: JsonStep, types.JSON.JSONPathType: JsonPath}  # noqa: RUF012 - SQLAlchemy reads the class attribute

    supports_statement_cache = True
    supports_alter = False  # a foreign key stands in its CREATE TABLE
    supports_comments = True
    supports_default_values = True
    supports_empty_insert = False
    supports_multivalues_insert = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_native_uuid = True
    supports_sane_rowcount = True
    supports_sane_multi_rowcount = True
    supports_schemas = True
    supports_sequences = True
    sequences_optional = True
    supports_identity_columns = True
    postfetch_lastrowid = False
    div_is_floordiv = True
    max_identifier_length = 255
    # SQLAlchemy 1.4
    implicit_returning = True
    full_returning = True
    supports_unicode_statements = True
    supports_unicode_binds = True
    returns_unicode_strings = getattr(types.String, "RETURNS_UNICODE", True)
    # SQLAlchemy 2
    insert_returning = True
    update_returning = True
    delete_returning = True
    update_returning_multifrom = True
    delete_returning_multifrom = True
    favor_returning_over_lastrowid = True
    use_insertmanyvalues = True
    insertmanyvalues_max_parameters = 32_700

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """The driver, for SQLAlchemy 2."""
        return xerosql

    @classmethod
    def dbapi(cls) -> ModuleType:  # type: ignore[override]  # SQLAlchemy 2 has an attribute of the instance here
        """The driver, for SQLAlchemy 1.4."""
        return xerosql

    # -- Connecting ----------------------------------------------------------------------------------------------------

    def create_connect_args(self, url: URL) -> Any:
        """What `connect()` is called with. InterfaceError for a secret where logs would show it."""
        options: dict[str, Any] = dict(url.query)
        shown = [name for name in SECRETS if name in options]
        if shown:
            raise xerosql.InterfaceError(
                f"{shown[0]} would be shown wherever the URL is; give it as create_engine(…, connect_args=…), in the "
                "environment, or a client's as xerosql://client_id:client_secret@/"
            )
        given = {"client_id": url.username, "client_secret": url.password, "tenant": tenant_of(url)}
        options |= {name: value for name, value in given.items() if value}
        options.setdefault("autocommit", False)
        profile = options.pop("profile", None) or url.host
        return ([profile] if profile else []), options

    def __init__(
        self,
        json_serializer: Callable[[Any], str] | None = None,
        json_deserializer: Callable[[str], Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._json_serializer = json_serializer
        self._json_deserializer = json_deserializer
        self.scratch = xerosql.Scratch()

    def connect(self, *arguments: Any, **options: Any) -> Any:
        """A connection to the engine's one scratch schema, so that it does not matter which one the pool hands out.

        With `shared` it is the scratch schema of all connections in this process that have the same options.
        """
        if truth("shared", options.pop("shared", False)):
            return FAMILIES.connect(*arguments, **options)
        return super().connect(*arguments, **({"scratch": self.scratch} | options))

    def initialize(self, connection: Any) -> None:
        super().initialize(connection)
        self.server_version_info = tuple(int(each) for each in re.findall(r"\d+", xerosql.__version__))

    def _get_default_schema_name(self, connection: Any) -> str:
        pooled = connection.connection  # in SQLAlchemy 1.4, while it initializes, the driver's own
        return str(getattr(pooled, "dbapi_connection", pooled).settings.search_path[0]).lower()

    def is_disconnect(self, e: Exception, connection: Any, cursor: Any) -> bool:
        """Only a closed connection: requests are independent, so trouble with one says nothing of the next."""
        return isinstance(e, xerosql.InterfaceError) and e.sqlstate == CLOSED

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Whether the connection is open. It makes no call."""
        try:
            dbapi_connection.check_open()
        except xerosql.InterfaceError:
            return False
        return True

    # -- Transactions --------------------------------------------------------------------------------------------------

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Undo what was done to the scratch schema; a warning if the transaction also wrote to Xero, which stays."""
        try:
            dbapi_connection.rollback()
        except xerosql.NotSupportedError as error:
            util.warn(error.message)

    def get_isolation_level_values(self, dbapi_conn: Any) -> Any:
        return ISOLATION_LEVELS

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        return self.get_isolation_level(dbapi_conn)

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        return "AUTOCOMMIT" if dbapi_connection.autocommit else "SNAPSHOT"

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        if level.replace("_", " ").upper() not in ISOLATION_LEVELS:
            raise exc.ArgumentError(f"isolation_level is one of {', '.join(ISOLATION_LEVELS)}, not {level}")
        dbapi_connection.autocommit = level.upper() == "AUTOCOMMIT"
