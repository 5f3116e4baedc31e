"""From the options to a connection, or to a sentence about what is not configured."""

from __future__ import annotations

import os
import warnings
from typing import Any

import xerosql
from xerosql.cli.outcome import Misuse, complain
from xerosql.connection import DEMO

NOT_CONFIGURED = (
    "no Xero organisation is configured. Try it without one: --profile demo. For your own, run xerosql login, or set "
    "XEROSQL_CLIENT_ID and XEROSQL_CLIENT_SECRET (a custom connection) or XEROSQL_ACCESS_TOKEN, or write a profile"
)


def connected(profile: str | None, tenant: str | None = None, **options: object) -> xerosql.Connection:
    """The connection that a command runs on. Misuse when nothing says how to sign in."""
    connection = opened(profile, tenant, **options)
    settings = connection.settings
    if not (settings.access_token or settings.refresh_token or settings.token_file or settings.client_secret):
        connection.close()
        raise Misuse(NOT_CONFIGURED)
    return connection


def opened(profile: str | None, tenant: str | None = None, **options: object) -> xerosql.Connection:
    """The same for a command that does without Xero, such as one that looks at the queue."""
    profile = profile or os.environ.get("XEROSQL_PROFILE") or None
    given: dict[str, Any] = {name: value for name, value in {"tenant": tenant, **options}.items() if value is not None}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        connection = xerosql.connect(profile, **given)
    for warning in warned:
        complain(str(warning.message))
    return connection


def catalog_connection() -> xerosql.Connection:
    """A connection for the tables about tables, which are the same for everybody and cost no call."""
    return xerosql.connect(DEMO)
