"""Which snapshot answers: one that is kept, one that is being read just now, or a new one."""

from __future__ import annotations

import hashlib
import os
import secrets
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, RLock
from typing import TYPE_CHECKING, Any

from xerosql.snapshots.listing import Usable
from xerosql.snapshots.moment import Moment
from xerosql.snapshots.snapshot import Key, Snapshot, Version

if TYPE_CHECKING:
    from xerosql.api.clock import Clock
    from xerosql.snapshots.listing import Listed, Listing
    from xerosql.snapshots.store import Store

#: Seconds between two looks whether another process has read what is wanted.
LOOK = 0.05
#: Seconds after the beginning of a reading in which others may still join it; its later pages must not be much younger.
JOINED = 60.0
#: Seconds after an own write for which Xero may still show what was before; nothing fetched in them is kept. The one
#: recorded case was over after 108.
SETTLING = 120.0


class Snapshots:
    """Everything that this process knows to be kept, or is reading, of one Xero. Threads share it.

    Of a Xero that lives `in_process` nothing is put into directories: other processes cannot ask it.
    """

    def __init__(self, xero: str, *, in_process: bool = False) -> None:
        self.xero = xero
        self.in_process = in_process
        self.id = secrets.token_hex(4)
        self._lock = RLock()
        self._stores: dict[Path | None, Store] = {}
        self._writes: dict[str, tuple[int, Moment]] = {}
        self._reading: weakref.WeakValueDictionary[tuple[str, Path | None, Key], Snapshot] = (
            weakref.WeakValueDictionary()
        )
        weakref.finalize(self, close_all, self._stores)

    @property
    def reader(self) -> str:
        """What tells this process' readings from those of others."""
        return f"{os.getpid()}-{self.id}"

    def wrote(self, tenant: str, now: Moment, directory: Path | None = None) -> None:
        """Something is being, or has been, written to an organisation: nothing fetched before is used any more.

        `directory` is one whose other processes are to know it too, beside those that were used here.
        """
        with self._lock:
            if directory is not None:
                self._store(directory)
            count, _ = self._writes.get(tenant, (0, now))
            self._writes[tenant] = count + 1, now
            for store in self._stores.values():
                store.wrote(self.xero, tenant, now)

    def pin(self, source: Source, key: Key, now: Moment) -> Snapshot | None:
        """The snapshot that a statement reads for `key`, from now to its end; None while another process reads it."""
        store = self._store(source.directory)
        held = store.find(source.realm, key, source.max_age, now)
        if held is not None:
            return held
        with self._lock:
            version = self._version(store, key.tenant, now)
            place = source.realm, source.directory, key
            joined = self._reading.get(place)
            if joined is not None and self._may_be_joined(joined, version, source.max_age, now):
                return joined
            if version is not None and store.directory and not store.claim(source.realm, key, self.reader, now):
                return None
            held = store.find(source.realm, key, source.max_age, now)  # it may have been read whole a moment ago
            if held is not None:
                self.release(source, [Snapshot(key, now)])
                return held
            fresh = self._reading[place] = Snapshot(key, now, version)
            return fresh

    def release(self, source: Source, snapshots: Iterable[Snapshot]) -> None:
        """A statement has ended: other processes need not wait for what it has not read whole."""
        store = self._store(source.directory)
        if store.directory and (keys := [each.key for each in snapshots if not each.complete]):
            store.release(source.realm, keys, self.reader)

    def keep(self, source: Source, snapshot: Snapshot, now: Moment) -> None:
        """A snapshot has been read whole: keep it, unless something was written meanwhile or shortly before."""
        version, store = snapshot.version, self._store(source.directory)
        with self._lock:  # nothing is written between the look and the keeping
            if version is not None and version == self._version(store, snapshot.key.tenant, now):
                store.keep(source.realm, self.xero, snapshot, version.there)
        if store.directory:
            store.release(source.realm, [snapshot.key], self.reader)

    def listing(self, source: Source) -> Listing:
        """All that is kept and all that is too old to be."""
        return self._store(source.directory).listing(source.realm)

    def _may_be_joined(self, snapshot: Snapshot, version: Version | None, max_age: float, now: Moment) -> bool:
        age = now.most_since(snapshot.began)
        young = age is not None and age <= min(max_age, JOINED)
        return young and version is not None and snapshot.version == version and not snapshot.torn

    def _version(self, store: Store, tenant: str, now: Moment) -> Version | None:
        """How many own writes there have been, here and in the directory; None while Xero may not show the last one."""
        here, there = self._writes.get(tenant, (0, None)), store.last_write(self.xero, tenant)
        times = [when for _, when in (here, there) if when is not None]
        return None if any(now.least_since(when) < SETTLING for when in times) else Version(here[0], there[0])

    def _store(self, directory: Path | None) -> Store:
        from xerosql.snapshots.store import Store  # brings sqlite3 along

        place = None if self.in_process else directory
        with self._lock:
            if place not in self._stores:
                store = self._stores[place] = Store(place)
                for tenant, (_, when) in self._writes.items() if place else ():
                    store.wrote(self.xero, tenant, when)  # what it holds may be of before
            return self._stores[place]


@dataclass(frozen=True)
class Source:
    """What the statements of one sign-in may be answered from: what is not older than `max_age` seconds.

    `realm` tells sign-ins apart, since Xero may show one what it hides from another. Without a `directory` it is what
    this process has fetched.
    """

    snapshots: Snapshots
    realm: str
    max_age: float
    clock: Clock
    directory: Path | None = None

    def pin(self, key: Key, stop: Event) -> Snapshot:
        """The snapshot that a statement reads for `key`. Waits while another process reads it, until `stop` is set."""
        while (found := self.snapshots.pin(self, key, Moment.now(self.clock))) is None:
            stop.wait(LOOK)
            if stop.is_set():
                return Snapshot(key, Moment.now(self.clock))  # nothing is asked for it any more
        return found

    def release(self, snapshots: Iterable[Snapshot]) -> None:
        """A statement has ended: other processes need not wait for what it has not read whole."""
        self.snapshots.release(self, snapshots)

    def keep(self, snapshot: Snapshot) -> None:
        """Keep one that has been read whole."""
        self.snapshots.keep(self, snapshot, Moment.now(self.clock))

    def usable(self) -> Usable:
        """What can be used at this moment."""
        return Usable(self.snapshots.listing(self), self.max_age, Moment.now(self.clock))

    def listed(self) -> Sequence[Listed]:
        """All that is kept, the oldest first."""
        from xerosql.snapshots.store import LONGEST

        oldest = Moment.now(self.clock).wall - LONGEST
        return [each for each in self.snapshots.listing(self).snapshots if each.began.wall >= oldest]


def realm_of(sign_in: str) -> str:
    """The name under which the snapshots of a sign-in are kept; nothing can be learnt from it."""
    return hashlib.sha256(sign_in.encode()).hexdigest()


def close_all(stores: Mapping[Path | None, Store]) -> None:
    for store in stores.values():
        store.close()


_PROCESS_WIDE: dict[str, Snapshots] = {}
_SIMULATED: weakref.WeakKeyDictionary[Any, Snapshots] = weakref.WeakKeyDictionary()
_LOCK = Lock()


def snapshots_for(handler: Callable[..., object] | None, base_url: str) -> Snapshots:
    """The snapshots of the Xero that is asked: one set for each address, each in-process stand-in its own."""
    with _LOCK:
        if handler is None:
            return _PROCESS_WIDE.setdefault(base_url, Snapshots(base_url))
        return _SIMULATED.setdefault(getattr(handler, "__self__", handler), Snapshots(base_url, in_process=True))
