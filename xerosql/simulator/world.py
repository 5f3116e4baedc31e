"""The state at work: looking things up, making ids, marking changes, and remembering what was true a moment ago."""

from __future__ import annotations

from copy import copy
from typing import TypeVar

from .clock import Clock
from .exchange import Refused, Request, not_found
from .ids import stable_id
from .state import Organisation, Project, State, Task, TimeEntry
from .totals import Ledger

Item = TypeVar("Item", Project, Task, TimeEntry)


class Staleness:
    """Reads that lag behind writes: for some seconds after an update the object looks as it did before.

    The real API was recorded doing this within the same second. Here it happens every time while the window is open,
    to single reads and lists alike; derived totals follow the old fields and the live time entries.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self.seconds = seconds
        self._clock = clock
        self._before: dict[str, tuple[float, Project | Task | TimeEntry]] = {}

    def remember(self, key: str, item: Item) -> None:
        """Keep the item as it is, before it is changed."""
        if self.seconds > 0:
            self._before[key] = (self._clock.now() + self.seconds, copy(item))

    def seen(self, key: str, item: Item) -> Item:
        """The item as a reader sees it now."""
        until, before = self._before.get(key, (0.0, item))
        if self._clock.now() >= until:
            self._before.pop(key, None)
            return item
        assert isinstance(before, type(item))  # noqa: S101 - narrows the type; keys are unique over the kinds
        return before


class Lists:
    """Lists that lag behind creations: for some seconds they miss a new row. Single reads have it at once."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self.seconds = seconds
        self._clock = clock
        self._new: dict[str, float] = {}

    def added(self, key: str) -> None:
        """An item has been created."""
        if self.seconds > 0:
            self._new[key] = self._clock.now() + self.seconds

    def shown(self, items: dict[str, Item]) -> list[Item]:
        """The items that a list has now."""
        if self._new:
            now = self._clock.now()
            self._new = {key: until for key, until in self._new.items() if until > now}
        return [each for key, each in items.items() if key not in self._new]


class World:
    """A state with the clock that drives it."""

    def __init__(self, state: State, clock: Clock, stale_reads: float = 0.0, stale_lists: float = 0.0) -> None:
        self.state = state
        self.clock = clock
        self.ledger = Ledger()
        self.stale = Staleness(stale_reads, clock)
        self.lists = Lists(stale_lists, clock)
        self._organisations = {each.tenant_id: each for each in state.organisations}

    def organisation(self, tenant_id: str) -> Organisation | None:
        return self._organisations.get(tenant_id.lower())

    def new_id(self, kind: str) -> str:
        """An id no record has yet; the n-th one is the same for the same seed."""
        self.state.serial += 1
        return stable_id(self.state.seed, "new", kind, self.state.serial)

    def touch(self, organisation: Organisation, project: Project) -> None:
        """Say that the project changed, so that whatever was computed from it is thrown away."""
        organisation.version += 1
        project.version += 1


class Call:
    """One operation at work: whose organisation, which ids in the path, what was asked."""

    __slots__ = ("ids", "organisation", "request", "world")

    def __init__(self, world: World, organisation: Organisation, request: Request, ids: list[str]) -> None:
        self.world = world
        self.organisation = organisation
        self.request = request
        self.ids = ids

    @property
    def project(self) -> Project:
        return self._found(self.organisation.projects.get(self.ids[0]), "project")

    @property
    def task(self) -> Task:
        return self._found(self.project.tasks.get(self.ids[1]), "task")

    @property
    def entry(self) -> TimeEntry:
        return self._found(self.project.time.get(self.ids[1]), "time entry")

    def _found(self, item: Item | None, kind: str) -> Item:
        if item is None:
            raise Refused(not_found(self.request, kind))
        return item
