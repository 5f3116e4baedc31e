"""What goes to Xero and what comes back: plain values, no connection and no tables."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, urlencode

_CORRELATION_ID = re.compile(r"[!-~]{1,100}")


class Headers(Mapping[str, str]):
    """Header fields by name, in any case. Iteration gives the names in lower case."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        given = fields or {}  # by name and not by item: urllib3's give a repeated field once for each time, not joined
        self._fields = {name.lower(): given[name] for name in given}

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


@dataclass(frozen=True, slots=True)
class Request:
    """One call, complete except for the sign-in.

    `path` stands below the base URL and is already percent-encoded (`path_of`); `query` holds plain values, encoded
    when sent. `tenant` is the id of the organisation, empty where a call belongs to none. `body` is sent byte for byte,
    on a retry too, because Xero remembers an `idempotency_key` together with the request that it came with.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)
    tenant: str = ""
    idempotency_key: str | None = None
    content_type: str = "application/json"

    @property
    def target(self) -> str:
        """Path and encoded query, as they follow the base URL."""
        return f"{self.path}?{_encoded(self.query)}" if self.query else self.path

    @property
    def writes(self) -> bool:
        """Whether this call changes something at Xero."""
        return self.method not in {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that arrived whole; the body is decompressed. Whether it is good news is for `answers` to say."""

    status: int
    headers: Headers = field(default_factory=Headers, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        """Any 2xx: Xero answers creations with 200 and 201 alike, and updates with an empty 204."""
        return 200 <= self.status < 300

    @property
    def correlation_id(self) -> str | None:
        """What Xero's support asks for; None if there is none that could be one, since it is logged and shown."""
        found = self.headers.get("Xero-Correlation-Id", "")
        return found if _CORRELATION_ID.fullmatch(found) else None


@lru_cache(maxsize=256)
def _encoded(query: tuple[tuple[str, str], ...]) -> str:
    """A scan asks every project with the same query string."""
    return urlencode(query)


def path_of(template: str, **ids: str) -> str:
    """Fill `{name}` places with percent-encoded values, slashes included, so that no id can leave its segment.

    `.` and `..` have no encoded form that servers leave alone, so they and the empty string raise ValueError.
    """
    for name, value in ids.items():
        if value in {"", ".", ".."}:
            raise ValueError(f"{value!r} cannot stand for {{{name}}} in a path")
    return template.format_map({name: quote(value, safe="") for name, value in ids.items()})


def new_idempotency_key() -> str:
    """A fresh key. Xero takes up to 128 characters and remembers the answer to a key for six minutes."""
    return str(uuid.uuid4())
