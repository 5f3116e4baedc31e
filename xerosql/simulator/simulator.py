"""The simulator itself: one object, a whole Xero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import control, saving
from .clock import Clock, SystemClock
from .exchange import Answer, Request
from .faults import Fault
from .idempotency import APP, SCOPES
from .journal import RequestRecord
from .reads import all_rows
from .rows import Row, reread
from .service import Conditions, Service
from .state import State

if TYPE_CHECKING:
    from .server import Server

RANDOM_FAULTS = ("500", "503", "429-concurrent", "reset-before", "reset-after", "truncated")


class Simulator:
    """A stateful Xero (Projects API and sign-in) that runs on this machine.

    `handle` is the whole of it in-process; `serve` puts it behind a port. Both may be used at once, from any thread.
    The same seed gives the same organisations and the same ids.

    * `projects`, `tasks_per_project`, `time_per_task`: None gives the demo organisations; a number in any of the first
      two gives one generated organisation of that size (default 10 each, and 1 time entry a task).
    * `limits`: refuse calls beyond Xero's rate limits; `day_limit` is calls per organisation and day.
    * `auth`: accept only tokens issued here, and enforce expiry and scopes. Otherwise any bearer token will do.
    * `latency`: seconds that every API call takes. `stale_reads`: seconds during which reads miss an update.
      `stale_lists`: seconds during which lists miss a new row.
    * `key_scope`: whose an Idempotency-Key is, the "app"'s as Xero says, or the access "token"'s as was observed once.
    * `fault_rate`: share of calls, 0 to 1, that meet one of `fault_kinds`, drawn from the seed and the call's number.
    * `clock`: what tells the time and sleeps; a `ManualClock` never waits.
    * `log_requests`: keep a `RequestRecord` of every request in `requests`.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        projects: int | None = None,
        tasks_per_project: int | None = None,
        time_per_task: int | None = None,
        limits: bool = True,
        auth: bool = False,
        latency: float = 0.0,
        stale_reads: float = 0.0,
        stale_lists: float = 0.0,
        key_scope: str = APP,
        day_limit: int = 1000,
        clock: Clock | None = None,
        log_requests: bool = True,
        fault_rate: float = 0.0,
        fault_kinds: tuple[str, ...] = RANDOM_FAULTS,
        _origin: Callable[[], State] | None = None,
    ) -> None:
        if key_scope not in SCOPES:
            message = f"key_scope is one of {', '.join(SCOPES)}, not {key_scope!r}"
            raise ValueError(message)
        self.clock: Clock = clock or SystemClock()
        self._origin = _origin or partial(_founded, seed, projects, tasks_per_project, time_per_task)
        self._conditions = Conditions(
            seed,
            limits,
            auth,
            latency,
            stale_reads,
            stale_lists,
            day_limit,
            log_requests,
            fault_rate,
            fault_kinds,
            key_scope,
        )
        self.reset()

    def reset(self) -> None:
        """Back to the beginning: the first state, no faults in waiting, fresh limits, an empty log."""
        self._service = Service(self._origin(), self.clock, self._conditions)

    # What tests and tools ask

    @property
    def requests(self) -> list[RequestRecord]:
        """The log, in order of arrival."""
        return self._service.requests

    @property
    def calls(self) -> int:
        """API calls so far, refused ones included: what costs an organisation's quota, or tried to."""
        return self._service.calls

    @property
    def identity_calls(self) -> int:
        """Requests for tokens, consents and connections so far."""
        return self._service.identity_calls

    @property
    def tenants(self) -> list[tuple[str, str]]:
        """Id and name of every organisation, connected or not."""
        return [(each.tenant_id, each.name) for each in self._service.world.state.organisations]

    def rows(self, tenant_id: str) -> dict[str, list[Row]]:
        """Everything the API could say about an organisation, by kind: projects, tasks, time, users, contacts, tenants.

        The rows are new objects in the API's shape, money as Decimal; stale reads and faults do not touch them.
        `tenants` holds every connection, as GET /connections does. Raises KeyError for an unknown organisation.
        """
        with self._service.lock:
            organisation = self._service.world.organisation(tenant_id)
            if organisation is None:
                raise KeyError(tenant_id)
            rows = all_rows(organisation) | {"tenants": self._service.gate.rows()}
        return {kind: reread(each) for kind, each in rows.items()}

    def archive_contact(self, contact_id: str, *, archived: bool = True) -> None:
        """Archive a contact, or restore it. An archived one gets no new projects. KeyError for an unknown one."""
        with self._service.lock:
            for organisation in self._service.world.state.organisations:
                for contact in organisation.contacts:
                    if contact.contact_id == contact_id:
                        contact.archived = archived
                        return
        raise KeyError(contact_id)

    def add_fault(self, fault: Fault) -> None:
        """Let something go wrong with a request to come; faults strike in the order they were added."""
        self._service.faults.add(fault)

    def clear_faults(self) -> None:
        self._service.faults.clear()

    def reset_counters(self) -> None:
        """Empty the request log and set the call counts to 0; the rate limits' windows run on."""
        with self._service.lock:
            self._service.requests.clear()
            self._service.calls = self._service.identity_calls = 0

    def save(self, path: str | Path) -> None:
        """Write the whole state (not limits, keys, faults or the log) to a JSON file, all of it or nothing."""
        with self._service.lock:
            saving.write(self._service.world.state, Path(path))

    @classmethod
    def load(cls, path: str | Path, **options: Any) -> Simulator:
        """A simulator that goes on from a saved state; options as for a new one. Raises ValueError for other files."""
        content = Path(path).read_bytes()
        state = saving.read(content)
        return cls(seed=state.seed, _origin=partial(saving.read, content), **options)

    def warm(self) -> None:
        """Build every list's first page of 500, plain and packed, so that a benchmark measures its client alone."""
        for organisation in self._service.world.state.organisations:
            for project in organisation.projects:
                for kind in ("Tasks", "Time"):
                    target = f"/projects.xro/2.0/Projects/{project}/{kind}?page=1&pageSize=500"
                    request = Request("GET", target, {}, b"")
                    with self._service.lock:
                        _ = self._service.operate(request, organisation.tenant_id).body.packed

    # What clients ask

    def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request: status, headers, body (never compressed).

        `url` is a path with its query, or absolute; of an absolute one the host is ignored. Raises `ConnectionReset`
        or `Truncated` where a fault wants that to happen to the client.
        """
        request = Request(method.upper(), url, {name.lower(): value for name, value in headers.items()}, body or b"")
        answer = self.respond(request)
        raw = answer.body.raw
        answer.headers["Content-Length"] = str(len(raw))
        return answer.status, answer.headers, raw

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Server:
        """Listen on a port (0: any free one) in daemon threads. Close the server, or use it as a context manager."""
        from .server import Server

        return Server(self, host, port)

    def respond(self, request: Request) -> Answer:
        """`handle` without its conveniences, for the server: header names are lower-case already."""
        if request.path.startswith(control.PREFIX):
            return control.respond(self, request)
        return self._service.respond(request)


def _founded(seed: int, projects: int | None, tasks: int | None, time: int | None) -> State:
    """The state a new simulator starts with."""
    if projects is None and tasks is None:
        from .demo import found_demo

        return found_demo(seed)
    from .generated import found_generated

    return found_generated(
        seed,
        projects=10 if projects is None else projects,
        tasks_per_project=10 if tasks is None else tasks,
        time_per_task=1 if time is None else time,
    )
