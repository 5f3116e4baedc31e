"""Xero over HTTP: signed in, within its limits, retried where that is safe. Knows no SQL and no tables."""

from xerosql.api.client import Client
from xerosql.api.limits import LimitsSnapshot
from xerosql.api.paging import FIRST_PAGE, MAX_PAGES, PAGE_SIZE, next_page, pages_after
from xerosql.api.request import Request, Response, new_idempotency_key, path_of
from xerosql.api.tally import Tally
from xerosql.api.tenants import Connection

__all__ = [
    "FIRST_PAGE",
    "MAX_PAGES",
    "PAGE_SIZE",
    "Client",
    "Connection",
    "LimitsSnapshot",
    "Request",
    "Response",
    "Tally",
    "new_idempotency_key",
    "next_page",
    "pages_after",
    "path_of",
]
