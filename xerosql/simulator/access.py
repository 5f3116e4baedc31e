"""Who may do what: the bearer token, its scopes, the organisation it is used on, and the list of connections."""

from __future__ import annotations

from .clock import moment
from .exchange import Answer, Refused, Request, empty, forbidden, not_allowed, not_found, ok, unauthorized
from .identity import CLIENT_ID
from .queries import Query
from .rows import Row, connection_row
from .state import Connection, Grant
from .world import World

READ_SCOPES = {"projects", "projects.read"}
WRITE_SCOPES = {"projects"}


class Gate:
    """Checks every API call. Where `strict` is off, any bearer passes and reaches every connected organisation."""

    def __init__(self, world: World, *, strict: bool) -> None:
        self._world = world
        self._strict = strict

    def sign_in(self, request: Request) -> Grant | None:
        """What the bearer token allows (None: a token we did not issue, let through); raises Refused with 401."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        known = self._world.state.access_tokens.get(token)
        if kind.lower() != "bearer" or not token or (known is None and self._strict):
            raise Refused(unauthorized(request))
        if known is None:
            request.app = CLIENT_ID
            return None
        if self._strict and self._world.clock.now() >= known.expires:
            raise Refused(unauthorized(request, f"TokenExpired: it was good until {moment(known.expires)}"))
        request.app = known.grant.client_id
        return known.grant

    def tenant(self, request: Request) -> str:
        """The organisation named by `Xero-Tenant-Id`; only a custom connection may leave it out. Raises Refused."""
        grant = self.sign_in(request)
        self._check_scope(request, grant)
        tenant = request.headers.get("xero-tenant-id", "").strip().lower()
        if not tenant and grant is not None and grant.custom:
            tenant = self._first
        if not any(each.tenant_id == tenant for each in self._reach(grant)):
            raise Refused(forbidden(request))
        return tenant

    def connections(self, request: Request) -> Answer:
        """GET /connections and DELETE /connections/{id}."""
        reach = self._reach(self.sign_in(request))
        words = request.path.strip("/").split("/")
        if len(words) == 1 and request.method == "GET":
            events = Query(request.query).ids("authEventId")
            return ok(self.rows([each for each in reach if events is None or each.auth_event_id in events]))
        if len(words) == 2 and request.method == "DELETE":
            for connection in reach:
                if connection.connection_id == words[1].lower():
                    self._world.state.connections.remove(connection)
                    return empty()
            return not_found(request, "connection")
        return not_allowed(request)

    def rows(self, connections: list[Connection] | None = None) -> list[Row]:
        rows = []
        for connection in self._world.state.connections if connections is None else connections:
            organisation = self._world.organisation(connection.tenant_id)
            if organisation is not None:
                rows.append(connection_row(connection, organisation))
        return rows

    @property
    def _first(self) -> str:
        return self._world.state.organisations[0].tenant_id

    def _reach(self, grant: Grant | None) -> list[Connection]:
        """The connections that a token may use: a custom connection has only the first organisation."""
        connections = self._world.state.connections
        if self._strict and grant is not None and grant.custom:
            return [each for each in connections if each.tenant_id == self._first]
        return connections

    def _check_scope(self, request: Request, grant: Grant | None) -> None:
        needed = READ_SCOPES if request.method == "GET" else WRITE_SCOPES
        if self._strict and grant is not None and not needed & set(grant.scopes):
            raise Refused(unauthorized(request, "AuthorizationUnsuccessful"))
