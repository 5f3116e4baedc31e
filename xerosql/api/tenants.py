"""Choosing the organisation that a connection talks to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from xerosql.api.request import Request, Response
from xerosql.errors import AuthenticationError, InternalError

_TENANT_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
CONNECTIONS = Request("GET", "/connections")
"""Belongs to no organisation and counts against no organisation's quota."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One organisation that the user has connected to the app. `id` is the connection's, `tenant_id` its own."""

    id: str
    tenant_id: str
    name: str
    type: str


def connections_of(response: Response) -> tuple[Connection, ...]:
    """Read Xero's answer to `CONNECTIONS`."""
    try:
        return tuple(_connection(entry) for entry in json.loads(response.body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    raise InternalError("Xero's list of connections could not be read", http_status=response.status)


def _connection(entry: dict[str, object]) -> Connection:
    """Custom connections have been seen without a name, so only the tenant's id must be there."""
    name, kind = entry.get("tenantName") or "", entry.get("tenantType") or "ORGANISATION"
    if not is_tenant_id(tenant_id := str(entry["tenantId"])):
        raise ValueError("no id")
    return Connection(str(entry.get("id") or ""), tenant_id, str(name), str(kind))


def is_tenant_id(text: str) -> bool:
    """Whether this can be an organisation's id, and so stand in a header. Xero's are UUIDs, which is not relied on."""
    return _TENANT_ID.fullmatch(text) is not None


def find(connections: Iterable[Connection], wanted: str) -> Connection:
    """The organisation with this id, or with this name in any case.

    Raises AuthenticationError naming those that are connected, also when two have the same name: taking the first
    would send the user's writes to the wrong books.
    """
    connected = tuple(connections)
    folded = wanted.strip().casefold()
    by_id = [one for one in connected if one.tenant_id.casefold() == folded]
    found = by_id or [one for one in connected if one.name.casefold() == folded]
    if len(found) == 1:
        return found[0]
    problem = "is the name of several organisations; give the id" if found else "is not connected"
    raise AuthenticationError(f"the organisation {wanted!r} {problem}. {_listed(connected)}")


def the_only_one(connections: Iterable[Connection]) -> Connection:
    """The organisation when none was named. Raises AuthenticationError unless exactly one is connected."""
    connected = tuple(one for one in connections if one.type == "ORGANISATION")
    if len(connected) == 1:
        return connected[0]
    problem = "several organisations are connected; say which one with tenant=" if connected else "none is connected"
    raise AuthenticationError(f"{problem}. {_listed(connected)}" if connected else _NONE)


_MOST_LISTED = 50
_NONE = "no organisation is connected to this sign-in; sign in again and choose one"


def _listed(connected: tuple[Connection, ...]) -> str:
    if not connected:
        return _NONE[0].upper() + _NONE[1:]
    listed = ", ".join(f"{one.name or 'without a name'} ({one.tenant_id})" for one in connected[:_MOST_LISTED])
    more = f" and {len(connected) - _MOST_LISTED} more" if len(connected) > _MOST_LISTED else ""
    return f"Connected: {listed}{more}"
