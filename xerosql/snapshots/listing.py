"""What there is for the statements of one sign-in, and what of it is young enough at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from xerosql.snapshots.moment import Moment
from xerosql.snapshots.snapshot import Key


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of a kept snapshot without its pages: how many rows its list has, and its size in bytes."""

    key: Key
    began: Moment
    rows: int | None
    size: int


class Listing:
    """All that there is, the oldest first. It is read once for many statements, which look only for what they need."""

    def __init__(self, snapshots: Sequence[Listed] = ()) -> None:
        self.snapshots = snapshots
        self.began = {each.key: each.began for each in snapshots}
        self.places: dict[tuple[str, str], list[Moment]] = defaultdict(list)
        for each in snapshots:
            if each.key.place:
                self.places[each.key.place, each.key.tenant].append(each.began)


class Usable:
    """What of a listing is not older than `max_age` seconds now."""

    def __init__(self, listing: Listing, max_age: float, now: Moment) -> None:
        self._listing = listing
        self._max_age = max_age
        self._now = now

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return any(self._age(each.began) is not None for each in reversed(self._listing.snapshots))

    def age(self, key: Key) -> float | None:
        """How many seconds old a snapshot is; None if there is none to be used."""
        began = self._listing.began.get(key)
        return None if began is None else self._age(began)

    def whole_lists(self, place: str, tenant: str) -> int:
        """How many whole lists of a path there are."""
        return sum(self._age(began) is not None for began in self._listing.places.get((place, tenant), ()))

    def _age(self, began: Moment) -> float | None:
        age = self._now.most_since(began)
        return age if age is not None and age <= self._max_age else None


NOTHING = Usable(Listing(), 0.0, Moment(0.0, 0.0))
