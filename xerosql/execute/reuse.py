"""How a fetch is asked for among the snapshots, and which of them a statement could be answered from."""

from __future__ import annotations

from functools import cached_property

from xerosql.api import Request, path_of
from xerosql.catalog.model import AccessPath
from xerosql.plan.access import Fetch, always
from xerosql.snapshots import NOTHING, Key, Source


def key_of(fetch: Fetch) -> Key:
    """What a fetch asks, as snapshots are told apart by it."""
    path = path_of(fetch.path.url, **dict(fetch.ids)) if fetch.ids else fetch.path.url
    if not fetch.path.paged:
        return Key(fetch.tenant, "object", Request("GET", path, fetch.query).target)
    size = ("pageSize", str(fetch.page_size))
    asked = Request("GET", path, (*fetch.query, size)).target
    if fetch.counted is not None:
        return Key(fetch.tenant, "count", asked)
    if fetch.enough is not None:
        first = ("page", "1" if fetch.enough == 1 else f"1-{fetch.enough}")
        return Key(fetch.tenant, "head", Request("GET", path, (*fetch.query, first, size)).target)
    whole = fetch.page_size == fetch.path.page_size and fetch.query == always(fetch.path)
    return Key(fetch.tenant, "list", asked, fetch.path.url if whole else "")


class Held:
    """The snapshots that are young enough, as they were when a statement was planned."""

    def __init__(self, source: Source | None) -> None:
        self.usable = NOTHING if source is None else source.usable()

    @cached_property
    def any(self) -> bool:
        """Whether there are some."""
        return bool(self.usable)

    def age(self, fetch: Fetch) -> float | None:
        """How many seconds old the snapshot of a fetch is; None if there is none to be used."""
        return self.usable.age(key_of(fetch)) if self.any else None

    def below(self, path: AccessPath, tenant: str) -> int:
        """How many whole lists of a path there are."""
        return self.usable.whole_lists(path.url, tenant)
