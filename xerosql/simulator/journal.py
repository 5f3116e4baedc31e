"""The log of what was asked: one record per request, in order of arrival."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

LONGEST = 200_000  # records; the older half is dropped beyond that, so that a long-lived server does not grow


@dataclass(slots=True)
class RequestRecord:
    """One request. `status` is 0 while under way and after a reset; `in_flight` counts this call and those beside it
    on the same organisation when it was admitted (0 if it was not). `started` is the clock's time, `seconds` how long
    it took by that clock. `ordinal` counts arrivals from 1.
    """

    method: str
    path: str
    query: str
    tenant: str | None
    idempotency_key: str | None
    body: bytes
    started: float
    status: int = 0
    seconds: float = 0.0
    in_flight: int = 0
    ordinal: int = 0
    fault: str | None = None

    @property
    def body_sha(self) -> str:
        """SHA-256 of the body, in hexadecimal."""
        return sha256(self.body).hexdigest()

    def as_row(self) -> dict[str, Any]:
        """The record for the JSON log: the body's hash in place of the body."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "tenant": self.tenant,
            "status": self.status,
            "idempotencyKey": self.idempotency_key,
            "bodySha256": self.body_sha,
            "started": self.started,
            "seconds": self.seconds,
            "inFlight": self.in_flight,
            "fault": self.fault,
        }


def note(log: list[RequestRecord], record: RequestRecord) -> None:
    log.append(record)
    if len(log) > LONGEST:
        del log[: LONGEST // 2]
