"""How a fetch is asked for among the snapshots, and which of them a statement could be answered from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from xerosql.catalog.model import AccessPath
from xerosql.execute.lanes import Job
from xerosql.plan.access import Fetch
from xerosql.snapshots import Key


def key_of(fetch: Fetch) -> Key:
    """What a fetch asks, as snapshots are told apart by it."""
    request = Job(fetch).request()
    asked = replace(request, query=tuple(each for each in request.query if each[0] != "page")).target
    if not fetch.path.paged:
        return Key(fetch.tenant, "object", asked)
    if fetch.counted is not None:
        return Key(fetch.tenant, "count", asked)
    return Key(fetch.tenant, "list", asked, fetch.path.url if fetch == fetch.whole else "")


class Held:
    """The snapshots that are young enough, as they were when a statement was planned."""

    def __init__(self, ages: Mapping[Key, float]) -> None:
        self.ages = ages
        self.lists = Counter((key.place, key.tenant) for key in ages if key.place)

    def age(self, fetch: Fetch) -> float | None:
        """How many seconds old the snapshot of a fetch is; None if there is none to be used."""
        return self.ages.get(key_of(fetch)) if self.ages else None

    def below(self, path: AccessPath, tenant: str) -> int:
        """How many whole lists of a path there are."""
        return self.lists[path.url, tenant]
