"""The engine spec, by which Superset 6 knows `xerosql://`; it finds it by its entry point."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from flask import current_app
from sqlalchemy import types
from superset.db_engine_specs.base import BaseEngineSpec
from superset.errors import SupersetErrorType
from superset.sql import parse
from superset.utils.core import GenericDataType

from xerosql.cursor import Cursor
from xerosql.superset import cost, grains, messages
from xerosql.superset.stopping import Watch

#: Of the queries of SQL Lab that this process runs.
WATCH = Watch()

# Superset reads and writes the statements of SQL Lab before they get here; without a name it would take them for
# nobody's SQL, which has no casts with `::` and spells functions otherwise.
parse.SQLGLOT_DIALECTS.setdefault("xerosql", parse.Dialects.POSTGRES)


class XeroEngineSpec(BaseEngineSpec):  # type: ignore[misc]  # its base is not there to be checked
    """Xero through xerosql."""

    engine = "xerosql"
    engine_name = "Xero (xerosql)"
    drivers: ClassVar[Any] = {"xerosql": "The SQLAlchemy dialect of xerosql"}
    default_driver = "xerosql"
    sqlalchemy_uri_placeholder = "xerosql://profile/organisation?read_only=true&max_wait=20"
    disable_ssh_tunneling = True  # Xero is asked over HTTPS; there is no port to tunnel to
    metadata: ClassVar[Any] = {
        "description": "SQL on a Xero organisation, planned into as few calls of its API as possible.",
        "pypi_packages": ["xerosql[sqlalchemy]"],
        "connection_string": "xerosql://{profile}/{organisation}",
        "categories": ["Other Databases"],
    }

    allows_joins = True
    allows_subqueries = True
    supports_dynamic_schema = True
    supports_file_upload = False  # what is in scratch ends with the process
    supports_multivalues_insert = True
    max_column_name_length = 255

    _time_grain_expressions: ClassVar[Any] = grains.grains()
    column_type_mappings: ClassVar[Any] = (
        (re.compile(r".*\[\]$"), types.String(), GenericDataType.STRING),
        (
            re.compile(r"u?(tiny|small|big|huge)?int(eger)?$", re.IGNORECASE),
            types.BigInteger(),
            GenericDataType.NUMERIC,
        ),
        (re.compile(r"(interval|uuid|json|enum|time\b)", re.IGNORECASE), types.String(), GenericDataType.STRING),
    )
    custom_errors: ClassVar[Any] = {
        pattern: (template, SupersetErrorType(kind), {}) for pattern, (kind, template) in messages.patterns().items()
    }

    # -- Connecting ----------------------------------------------------------------------------------------------------

    @classmethod
    def adjust_engine_params(
        cls, uri: Any, connect_args: Any, catalog: str | None = None, schema: str | None = None
    ) -> Any:
        """The schema that was chosen is the one in which bare table names are looked for, as Superset's rights assume.

        The connections of a process are siblings, since Superset makes a new one for every query.
        """
        options = {} if "shared" in uri.query else {"shared": "true"}
        return uri.update_query_dict({**options, **({"search_path": schema} if schema else {})}), connect_args

    @classmethod
    def impersonate_user(cls, database: Any, username: Any, user_token: Any, url: Any, engine_kwargs: Any) -> Any:
        """Everybody asks Xero with the sign-in of the URI: a user's name in it would be taken for an app's."""
        return url, engine_kwargs

    @staticmethod
    def mutate_db_for_connection_test(database: Any) -> None:
        """Look whether the sign-in works and reaches the organisation, which takes no call of the day's.

        Superset only looks whether a connection opens, and one opens without asking Xero.
        """
        with database.get_raw_connection() as connection:
            session = connection.cursor().connection.session
            session.client.tenant_id(session.settings.tenant)

    # -- Queries -------------------------------------------------------------------------------------------------------

    @classmethod
    def convert_dttm(cls, target_type: str, dttm: datetime, db_extra: Any = None) -> str | None:
        return grains.literal(target_type, dttm)

    @classmethod
    def fetch_data(cls, cursor: Any, limit: int | None = None) -> Any:
        """The rows; none of a statement that has none, such as a SET in front of a query."""
        return super().fetch_data(cursor, limit) if cursor.description else []

    @classmethod
    def epoch_to_dttm(cls) -> str:
        return grains.EPOCH_SECONDS

    @classmethod
    def epoch_ms_to_dttm(cls) -> str:
        return grains.EPOCH_MILLISECONDS

    @classmethod
    def get_function_names(cls, database: Any) -> list[str]:
        """The functions that SQL Lab proposes: all that a statement may call."""
        from xerosql.plan.functions import CALLABLE

        return sorted(CALLABLE)

    # -- What it costs -------------------------------------------------------------------------------------------------

    @classmethod
    def get_allow_cost_estimate(cls, extra: Any) -> bool:
        return True

    @classmethod
    def estimate_statement_cost(cls, database: Any, statement: str, cursor: Any) -> dict[str, Any]:
        return cost.estimate(statement, cursor)

    @classmethod
    def query_cost_formatter(cls, raw_cost: Any) -> list[dict[str, str]]:
        return cost.shown(raw_cost)

    # -- Errors --------------------------------------------------------------------------------------------------------

    @classmethod
    def _extract_error_message(cls, ex: Any) -> str:
        return messages.told(ex) or str(super()._extract_error_message(ex))

    # -- Stopping ------------------------------------------------------------------------------------------------------

    @classmethod
    def has_implicit_cancel(cls) -> bool:
        """Superset need only write down that a query is stopped: whichever process runs it looks there."""
        return True

    @classmethod
    def execute_with_cursor(cls, cursor: Cursor, sql: str, query: Any) -> None:
        WATCH.begin(cursor, status_of(query.id))
        super().execute_with_cursor(cursor, sql, query)


def status_of(query_id: int) -> Callable[[], str | None]:
    """What tells the status of one of SQL Lab's queries, from any thread."""
    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - how Flask hands it out

    def status() -> str | None:
        from superset import db
        from superset.models.sql_lab import Query

        with app.app_context():
            found = db.session.query(Query.status).filter_by(id=query_id).scalar()
        return None if found is None else str(found)

    return status
