"""What this connection wrote lately, for updates that would otherwise build on a stale read.

Xero has been seen to answer a read right after a PUT with the object as it was before (a read, minutes later, had
the change). An update sends whole objects, so building on such an answer would undo the earlier write.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from time import monotonic

from xerosql.catalog.model import Table
from xerosql.payload.objects import Object, value_at

#: Seconds for which a read may be staler than our own write. The one recorded case was fresh after 108.
WINDOW = 120.0


@dataclass(frozen=True, slots=True)
class Written:
    """An object before and after a write, and when that was (monotonic seconds)."""

    before: Object
    after: Object
    at: float


class RecentWrites:
    """Remembers each object this connection changed, for as long as a read may not show it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._written: dict[tuple[str, str, str], Written] = {}

    def note(self, table: Table, tenant: str, key: str, before: Object, after: Object) -> None:
        """An update has been carried out."""
        now = monotonic()
        with self._lock:
            self._written = {each: known for each, known in self._written.items() if now - known.at < WINDOW}
            self._written[table.full_name, tenant, key] = Written(before, after, now)

    def present(self, table: Table, tenant: str, key: str, read: Object) -> Object:
        """The object to build an update on: what was read, unless that is what it was before our own last write."""
        with self._lock:
            known = self._written.get((table.full_name, tenant, key))
        if (
            known is None
            or monotonic() - known.at >= WINDOW
            or settings_of(table, read) != settings_of(table, known.before)
        ):
            return read
        return known.after


def settings_of(table: Table, source: Object) -> list[object]:
    """The values of an object that an update can change."""
    return [value_at(source, table[name].json) for name in sorted(table.settable)]
