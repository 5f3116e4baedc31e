"""Keeping and finding: the right snapshot or none, in memory and in a directory, whatever becomes of the file."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from xerosql.api import Response
from xerosql.api.clock import SystemClock
from xerosql.snapshots import Key, Moment, Snapshot, Snapshots, Source, Usable
from xerosql.snapshots import store as module
from xerosql.snapshots.store import CLAIMED, FILE, LONGEST, Store

XERO, REALM, TENANT = "https://xero", "somebody", "org"
LIST = Key(TENANT, "list", "/Projects?pageSize=500", "/Projects")


def moment(seconds: float) -> Moment:
    return Moment(1_700_000_000.0 + seconds, 10_000.0 + seconds)


def snapshot(*bodies: bytes, key: Key = LIST, at: float = 0.0) -> Snapshot:
    """One that has been read whole."""
    made = Snapshot(key, moment(at), pages={})
    made.complete = False
    for number, body in enumerate(bodies, start=1):
        made.page(number, lambda body=body: Response(200, body=body), NEVER)
        made.tell(number, len(bodies), 7)
    assert made.complete
    return made


class Never:
    def is_set(self) -> bool:
        return False


NEVER = Never()


@pytest.fixture(params=["memory", "directory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = Store(None if request.param == "memory" else tmp_path / "cache")
    yield made
    made.close()


def bodies(found: Snapshot | None) -> list[bytes]:
    """The pages of a snapshot, none of which is asked for."""
    assert found is not None
    return [found.page(number, lambda: pytest.fail("asked"), NEVER)[0].body for number in range(1, found.last + 1)]


def ages(store: Store, realm: str, max_age: float, now: Moment) -> dict[Key, float]:
    """What can be used, with its age in seconds."""
    listing = store.listing(realm)
    usable = Usable(listing, max_age, now)
    found = {each.key: age for each in listing.snapshots if (age := usable.age(each.key)) is not None}
    assert bool(usable) == bool(found)
    return found


def test_what_was_kept_is_found_with_all_its_pages(store: Store) -> None:
    """Byte for byte, with the moment at which it began."""
    store.keep(REALM, XERO, snapshot(b"one", b"\x00two", at=5.0), 0)
    found = store.find(REALM, LIST, 60.0, moment(20.0))
    assert bodies(found) == [b"one", b"\x00two"]
    assert found is not None
    assert (found.began, found.complete) == (moment(5.0), True)
    assert ages(store, REALM, 60.0, moment(20.0)) == {LIST: 15.0}


OTHER_KEYS = {
    "another list": Key(TENANT, "list", "/Users?pageSize=500", "/Users"),
    "another filter": Key(TENANT, "list", "/Projects?states=CLOSED&pageSize=500"),
    "another size": Key(TENANT, "list", "/Projects?pageSize=10"),
    "its count": Key(TENANT, "count", "/Projects?pageSize=500"),
    "its head": Key(TENANT, "head", "/Projects?pageSize=500"),
    "an object": Key(TENANT, "object", "/Projects?pageSize=500"),
    "another organisation": Key("other", "list", "/Projects?pageSize=500", "/Projects"),
}


@pytest.mark.parametrize("key", OTHER_KEYS.values(), ids=OTHER_KEYS)
def test_nothing_is_found_that_was_asked_otherwise(store: Store, key: Key) -> None:
    """Neither a part nor a count stands for the list, nor the list for them; each is found by what it was asked by."""
    store.keep(REALM, XERO, snapshot(b"one"), 0)
    assert store.find(REALM, key, 60.0, moment(1.0)) is None
    store.keep(REALM, XERO, snapshot(b"other", key=key), 0)
    assert bodies(store.find(REALM, key, 60.0, moment(1.0))) == [b"other"]
    assert bodies(store.find(REALM, LIST, 60.0, moment(1.0))) == [b"one"]


def test_a_listing_is_read_again_after_every_change(tmp_path: Path) -> None:
    """By this process or another one, and not before."""
    one, other = Store(tmp_path), Store(tmp_path)
    assert one.listing(REALM) is one.listing(REALM)
    one.keep(REALM, XERO, snapshot(b"one"), 0)
    assert ages(one, REALM, 60.0, moment(1.0)) == ages(other, REALM, 60.0, moment(1.0)) == {LIST: 1.0}
    assert one.listing(REALM) is one.listing(REALM)
    other.keep(REALM, XERO, snapshot(b"one", at=5.0), 0)
    assert ages(one, REALM, 60.0, moment(10.0)) == {LIST: 5.0}
    other.wrote(XERO, TENANT, moment(11.0))
    assert ages(one, REALM, 60.0, moment(12.0)) == {}
    one.wrote(XERO, TENANT, moment(12.0))
    one.keep(REALM, XERO, snapshot(b"one", at=13.0), 2)
    assert ages(one, REALM, 60.0, moment(14.0)) == {LIST: 1.0}
    one.close()
    (tmp_path / FILE).unlink()
    assert ages(one, REALM, 60.0, moment(14.0)) == {}
    one.close()
    other.close()


def test_whole_lists_are_counted_by_their_path(store: Store) -> None:
    """Those of the organisation that are young enough; parts and objects are none."""
    for place, key in enumerate((LIST, *OTHER_KEYS.values())):
        store.keep(REALM, XERO, snapshot(b"x", key=key, at=float(place)), 0)
    usable = Usable(store.listing(REALM), 60.0, moment(60.0))
    assert [usable.whole_lists("/Projects", each) for each in (TENANT, "other", "third")] == [1, 1, 0]
    assert Usable(store.listing(REALM), 60.0, moment(60.5)).whole_lists("/Projects", TENANT) == 0


def test_a_directory_that_is_opened_late_learns_of_earlier_writes(tmp_path: Path) -> None:
    """It may hold what another process kept before the write, which was made by a connection that did not know it."""
    earlier, clock = Store(tmp_path), SystemClock()
    now = Moment.now(clock)
    earlier.keep(REALM, XERO, snapshot(b"before", at=now.wall - moment(0.0).wall), 0)
    snapshots = Snapshots(XERO)
    snapshots.wrote(TENANT, now)
    source = Source(snapshots, REALM, 60.0, clock, tmp_path)
    assert list(source.listed()) == []
    assert earlier.last_write(XERO, TENANT)[0] == 1
    earlier.close()


def test_another_sign_in_finds_nothing(store: Store) -> None:
    """Xero may show one what it hides from another."""
    store.keep(REALM, XERO, snapshot(b"one"), 0)
    assert store.find("somebody else", LIST, 60.0, moment(1.0)) is None
    assert ages(store, "somebody else", 60.0, moment(1.0)) == {}


def test_what_is_too_old_is_not_found(store: Store) -> None:
    """To the second: its age is counted from before it was asked for."""
    store.keep(REALM, XERO, snapshot(b"one"), 0)
    assert store.find(REALM, LIST, 60.0, moment(60.0)) is not None
    assert store.find(REALM, LIST, 60.0, moment(60.1)) is None
    assert ages(store, REALM, 60.0, moment(60.1)) == {}


def test_what_the_clock_says_is_yet_to_come_is_not_found(store: Store) -> None:
    """A wall clock that was put back an hour tells no ages."""
    store.keep(REALM, XERO, snapshot(b"one", at=3600.0), 0)
    assert store.find(REALM, LIST, 7200.0, moment(0.0)) is None


def test_a_younger_one_takes_the_place_of_an_older_one_and_not_the_other_way(store: Store) -> None:
    """Of two processes the slower one may come last with what it began earlier."""
    store.keep(REALM, XERO, snapshot(b"old", b"old too", at=0.0), 0)
    store.keep(REALM, XERO, snapshot(b"new", at=9.0), 0)
    store.keep(REALM, XERO, snapshot(b"slow", at=5.0), 0)
    assert bodies(store.find(REALM, LIST, 60.0, moment(10.0))) == [b"new"]


def test_a_write_drops_what_is_known_of_its_organisation_only(store: Store) -> None:
    """And what was being read while it was sent is not kept afterwards."""
    other = Key("other", "list", "/Projects?pageSize=500")
    store.keep(REALM, XERO, snapshot(b"one"), 0)
    store.keep(REALM, XERO, snapshot(b"theirs", key=other), 0)
    before, _ = store.last_write(XERO, TENANT)
    store.wrote(XERO, TENANT, moment(1.0))
    assert store.find(REALM, LIST, 60.0, moment(2.0)) is None
    assert bodies(store.find(REALM, other, 60.0, moment(2.0))) == [b"theirs"]
    store.keep(REALM, XERO, snapshot(b"begun before"), before)
    assert store.find(REALM, LIST, 60.0, moment(2.0)) is None
    count, when = store.last_write(XERO, TENANT)
    assert (count, when) == (before + 1, moment(1.0))
    store.keep(REALM, XERO, snapshot(b"begun after", at=2.0), count)
    assert bodies(store.find(REALM, LIST, 60.0, moment(3.0))) == [b"begun after"]


def test_only_answers_that_say_yes_are_kept(store: Store) -> None:
    """A 404 is an answer to one statement and no knowledge for the next."""
    gone = Snapshot(LIST, moment(0.0))
    gone.page(1, lambda: Response(404), NEVER)
    assert not gone.tell(1, 1, 0)
    store.keep(REALM, XERO, gone, 0)
    assert store.find(REALM, LIST, 60.0, moment(1.0)) is None


def test_the_oldest_go_when_there_is_too_much(tmp_path: Path) -> None:
    """Never more than the bound by much, and the youngest stay."""
    store = Store(tmp_path, most=100_000)
    keys = [Key(TENANT, "list", f"/Projects/{number}/Tasks") for number in range(100)]
    for place, key in enumerate(keys):
        store.keep(REALM, XERO, snapshot(os.urandom(5_000), key=key, at=float(place)), 0)
    left = ages(store, REALM, 1_000.0, moment(100.0))
    assert 10 <= len(left) <= 22
    assert set(left) == set(keys[-len(left) :])
    store.close()


def test_what_nobody_may_use_any_more_is_deleted(tmp_path: Path) -> None:
    """Nothing of the books stays in the file for longer than a month, if it is used at all."""
    store = Store(tmp_path, most=100_000)
    store.keep(REALM, XERO, snapshot(b"old", key=OTHER_KEYS["another list"]), 0)
    store.keep(REALM, XERO, snapshot(os.urandom(50_000), at=LONGEST + 1.0), 0)
    store.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT asked FROM snapshots").fetchall() == [(LIST.asked,)]
        assert connection.execute("SELECT count(*) FROM pages").fetchone() == (1,)
    connection.close()


def test_one_that_is_larger_than_all_there_may_be_is_not_kept() -> None:
    """It would drive out everything else and itself."""
    store = Store(most=1_000)
    store.keep(REALM, XERO, snapshot(os.urandom(2_000)), 0)
    assert store.find(REALM, LIST, 60.0, moment(1.0)) is None
    store.close()


# -- The file ----------------------------------------------------------------------------------------------------------


def test_two_processes_see_what_the_other_keeps_and_drops(tmp_path: Path) -> None:
    """Two stores on one directory stand for them."""
    one, other = Store(tmp_path), Store(tmp_path)
    one.keep(REALM, XERO, snapshot(b"one"), 0)
    assert bodies(other.find(REALM, LIST, 60.0, moment(1.0))) == [b"one"]
    other.wrote(XERO, TENANT, moment(2.0))
    assert one.find(REALM, LIST, 60.0, moment(3.0)) is None
    assert one.last_write(XERO, TENANT) == (1, moment(2.0))
    one.close()
    other.close()


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such bits")
def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    """They hold somebody's books."""
    store = Store(tmp_path / "cache")
    store.keep(REALM, XERO, snapshot(b"one"), 0)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "cache").iterdir()}
    assert modes[FILE] == 0o600
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    store.close()


def test_a_file_of_another_version_is_made_anew(tmp_path: Path) -> None:
    """What an older or a newer xerosql kept is not read by guesswork."""
    store = Store(tmp_path)
    store.keep(REALM, XERO, snapshot(b"one"), 0)
    store.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute(f"PRAGMA user_version = {module.VERSION + 1}")
        connection.execute("ALTER TABLE snapshots RENAME COLUMN asked TO question")
    connection.close()
    assert store.find(REALM, LIST, 60.0, moment(1.0)) is None
    store.keep(REALM, XERO, snapshot(b"one"), 0)
    assert bodies(store.find(REALM, LIST, 60.0, moment(1.0))) == [b"one"]
    store.close()


def garbage(path: Path) -> None:
    path.mkdir()
    (path / FILE).write_bytes(b"no database " * 1_000)


def a_file(path: Path) -> None:
    path.write_text("no directory")


@pytest.mark.parametrize("spoil", [garbage, a_file], ids=["no database", "no directory"])
def test_a_place_that_cannot_be_used_is_given_up_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    """Nothing is found and nothing fails; the warning says which option to change, once."""
    spoil(tmp_path / "cache")
    store = Store(tmp_path / "cache")
    assert store.find(REALM, LIST, 60.0, moment(1.0)) is None
    store.keep(REALM, XERO, snapshot(b"one"), 0)
    store.wrote(XERO, TENANT, moment(1.0))
    assert ages(store, REALM, 60.0, moment(1.0)) == {}
    (warned,) = [each for each in caplog.records if each.name == "xerosql.snapshots"]
    assert (warned.levelname, "cache_dir" in warned.message) == ("WARNING", True)


def test_pages_that_were_damaged_are_not_found(tmp_path: Path) -> None:
    """Compressed pages carry a check sum."""
    store = Store(tmp_path)
    store.keep(REALM, XERO, snapshot(b"one" * 100), 0)
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE pages SET body = CAST(substr(body, 1, length(body) - 2) || x'0000' AS BLOB)")
    connection.close()
    assert store.find(REALM, LIST, 60.0, moment(1.0)) is None
    store.close()


# -- Who reads what ----------------------------------------------------------------------------------------------------


def test_a_reading_is_claimed_by_one_process_for_a_while(tmp_path: Path) -> None:
    """One that was killed keeps the others waiting for seconds, one that says it has ended not at all."""
    one, other = Store(tmp_path), Store(tmp_path)
    assert one.claim(REALM, LIST, "one", moment(0.0))
    assert one.claim(REALM, LIST, "one", moment(1.0))
    assert not other.claim(REALM, LIST, "other", moment(2.0))
    assert other.claim(REALM, OTHER_KEYS["another list"], "other", moment(2.0))
    assert other.claim("somebody else", LIST, "other", moment(2.0))
    assert other.claim(REALM, LIST, "other", moment(1.0 + CLAIMED))
    one.release(REALM, [LIST], "one")  # too late: it is not its own any more
    assert not one.claim(REALM, LIST, "one", moment(2.0 + CLAIMED))
    other.release(REALM, [LIST], "other")
    assert one.claim(REALM, LIST, "one", moment(2.0 + CLAIMED))
    one.close()
    other.close()


@pytest.mark.parametrize("reason", ["written meanwhile", "too large"])
def test_what_was_read_and_is_not_kept_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """Another process may read it at once."""
    ours, theirs, clock = Snapshots(XERO), Snapshots(XERO), SystemClock()
    one, other = (Source(each, REALM, 60.0, clock, tmp_path) for each in (ours, theirs))
    if reason == "too large":
        monkeypatch.setattr(module, "MOST_IN_DIRECTORY", 1)
    read = one.pin(LIST, threading.Event())
    assert theirs.pin(other, LIST, Moment.now(clock)) is None
    read.page(1, lambda: Response(200, body=b"one"), threading.Event())
    assert read.tell(1, 1, 7)
    if reason == "written meanwhile":
        ours.wrote(TENANT, Moment.now(clock), tmp_path)
    one.keep(read)
    assert list(other.listed()) == []
    assert theirs.pin(other, LIST, Moment.now(clock)) is not None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_process_opens_its_own(tmp_path: Path) -> None:
    """Servers that fork their workers must not share a connection, nor a lock that another thread held."""
    store = Store(tmp_path)
    store.keep(REALM, XERO, snapshot(b"one"), 0)
    inherited = store._file._connection
    store._file._lock.acquire()  # as another thread may have at that moment
    store._file.forked()
    assert bodies(store.find(REALM, LIST, 60.0, moment(1.0))) == [b"one"]
    assert store._file._connection is not inherited
    store.close()
    assert inherited is not None
    inherited.close()
