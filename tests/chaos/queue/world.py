"""The Xero of a schedule, the wire to it, and every document that it has ever had."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from tests.chaos.queue.machines import XeroClock
from tests.chaos.queue.timeline import Killed, Timeline
from xerosql.simulator import FAULT_KINDS, Fault, Simulator

API = "/projects.xro/2.0"
#: Seconds that a request may be on its way after whoever sent it has given up; together with STALE less than the quiet.
LATE = 60.0
#: Seconds after which a worker gives up waiting for an answer.
TIMEOUT = 100.0
#: Seconds in which Xero's lists may not show a new row, as was seen once.
STALE = 108.0
#: Columns by which documents are told apart, by the kind of row.
MARKS = {"projects": "name", "tasks": "name", "time": "description"}
IDS = {"projects": "projectId", "tasks": "taskId", "time": "timeEntryId"}

Answer = tuple[int, dict[str, str], bytes]


class World:
    """A simulator on the timeline. `handle` is the wire that workers use: requests may be lost, late, or cut off."""

    def __init__(self, timeline: Timeline, chance: random.Random) -> None:
        self.timeline = timeline
        self.chance = chance
        self.calm = False
        self.lost = chance.choice([0.0, 0.0, 0.05, 0.15])
        self.stale_reads = chance.choice([0.0, 0.0, STALE])
        self.key_scope = chance.choice(["app", "token"])
        #: The access token of a sign-in that all workers share; each has a sign-in of its own without one.
        self.shared_token = chance.choice([None, "kept 0"])
        self.sim = Simulator(
            seed=chance.randrange(1000),
            projects=2,
            tasks_per_project=2,
            time_per_task=0,
            auth=self.shared_token is None,
            stale_lists=chance.choice([0.0, 2.0, STALE]),
            stale_reads=self.stale_reads,
            key_scope=self.key_scope,
            day_limit=100_000,
            clock=XeroClock(timeline),
        )
        self.tenant = self.sim.tenants[0][0]
        self.rows = self.sim.rows(self.tenant)
        self.documents: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in MARKS}  # by kind and id
        self.foreign: set[str] = set()
        self.told: set[str] = set()  # ids that a worker has read in an answer, and then written something down
        self.look()

    def unleash(self) -> None:
        """Things go wrong from now on: by chance, and in a row."""
        chance, faults = self.chance, self.sim._service.faults
        faults._rate = chance.choice([0.0, 0.05, 0.2, 0.4])
        faults._random = [self.fault(kind, -1) for kind in chance.sample(FAULT_KINDS, chance.randrange(1, 6))]
        for _ in range(chance.randrange(4)):
            fault = self.fault(chance.choice(FAULT_KINDS), chance.randrange(1, 5))
            fault.after = chance.randrange(12)
            self.sim.add_fault(fault)

    def fault(self, kind: str, times: int) -> Fault:
        match = self.chance.choice([None, "^POST /projects", "^POST /projects", "^(PUT|PATCH|DELETE)"])
        wait = self.chance.choice([None, 5, 600]) if kind.startswith("429") else None
        return Fault(kind, match, times, 0, wait, self.chance.choice([1.0, 20.0]))

    def calm_down(self) -> None:
        """Nothing goes wrong any more; what is on its way still arrives."""
        self.calm = True
        self.sim.clear_faults()
        self.sim._service.faults._rate = 0.0

    # -- The wire ------------------------------------------------------------------------------------------------------

    def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, arrived: Callable[[], None]
    ) -> Answer:
        """As a worker's network: there, and back."""
        creates = method == "POST" and API in url
        if creates and not self.calm and self.chance.random() < self.lost:
            return self.astray(method, url, headers, body)
        try:
            self.timeline.pause(self.chance.choice([0.0, 0.1, 1.0]))
        except Killed:
            if creates and self.chance.random() < 0.5:  # its bytes had left
                self.later(method, url, headers, body)
            raise
        arrived()
        answer = self.deliver(method, url, headers, body)
        self.timeline.pause(self.chance.choice([0.0, 0.1, 1.0]))
        return answer

    def astray(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Nothing could be sent, or nobody answers until the time-out; then the request may arrive all the same."""
        if self.chance.random() < 0.3:
            raise ConnectionRefusedError
        self.timeline.pause(self.chance.choice([0.0, TIMEOUT]))
        if self.chance.random() < 0.7:
            self.later(method, url, headers, body)
        raise ConnectionResetError

    def later(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """The request arrives when nobody waits for its answer any more."""
        moment = self.timeline.now + self.chance.random() * LATE / 2
        self.timeline.at(moment, lambda: self.unheard(method, url, dict(headers), body))

    def unheard(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        with suppress(OSError, EOFError):  # a fault, and nobody to notice it
            self.deliver(method, url, headers, body)

    def deliver(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            return self.sim.handle(method, url, headers, body)
        finally:
            if method != "GET":
                self.look()

    # -- Documents -----------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Remember every document there is now, as it is now."""
        rows = self.sim.rows(self.tenant)
        for kind, key in IDS.items():
            self.documents[kind] |= {row[key]: row for row in rows[kind]}

    def create_foreign(self, kind: str, path: str, fields: dict[str, Any]) -> None:
        """Somebody else creates a row, with a program or a browser of their own."""
        before = set(self.documents[kind])
        headers = {"Authorization": f"Bearer {self.token()}", "Xero-Tenant-Id": self.tenant}
        self.unheard("POST", API + path, headers, json.dumps(fields).encode())
        self.foreign |= set(self.documents[kind]) - before

    def token(self) -> str:
        """An access token of the same app."""
        form = b"grant_type=client_credentials&client_id=demo&client_secret=demo-secret"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            _, _, answer = self.sim.handle("POST", "/connect/token", kind, form)
        except (OSError, EOFError):
            return ""
        return str(json.loads(answer).get("access_token"))
