"""Which machine this is, which of its processes live, its steady clock, and what its paths are on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from tests.queue.kit import Clock
from xerosql import filesystem
from xerosql.filesystem import kind_at, network_filesystem
from xerosql.queue import machine
from xerosql.queue.machine import clock_mark, is_alive, seconds_since, worker_name

MOUNTS = [
    "overlay / overlay rw 0 0",
    "nas:/export /mnt/nas nfs4 rw 0 0",
    "/dev/sda1 /mnt/nas/local ext4 rw 0 0",
    "me@host: /mnt/with\\040space fuse.sshfs rw 0 0",
    "tmpfs /mnt/nas/local tmpfs rw 0 0",
    "broken",
    "",
]


def test_this_process_lives_and_one_that_has_ended_does_not() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert is_alive(os.getpid())
    assert not is_alive(done.pid)


def test_a_process_that_may_not_be_asked_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(machine.os, "kill", refuse)
    assert is_alive(1)


def test_no_two_workers_have_the_same_name() -> None:
    assert len({worker_name() for _ in range(50)}) == 50


def test_a_mark_tells_how_long_ago_it_was_made() -> None:
    """By the clock that does not jump."""
    clock = Clock()
    mark = clock_mark(clock)
    clock.advance(61.5)
    clock.jumped = 3600
    assert seconds_since(mark, clock) == 61.5


@pytest.mark.parametrize("mark", [None, "", "another-boot/pid 1000.0", "1000.0"])
def test_a_mark_of_another_machine_tells_nothing(mark: str | None) -> None:
    """Nor does one from before this machine was started anew."""
    assert seconds_since(mark, Clock()) is None


def test_a_machine_that_cannot_be_told_concludes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "machine", lambda: "")
    clock = Clock()
    assert seconds_since(clock_mark(clock), clock) is None


@pytest.mark.skipif(sys.platform != "linux", reason="the name of a machine's start is read from Linux's /proc")
def test_a_start_of_a_machine_has_one_name() -> None:
    """The same in each of its processes."""
    code = "from xerosql.queue.machine import machine; print(machine())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert told.stdout.strip() == machine.machine() != ""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/q.sqlite", "overlay"),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nas/q.sqlite", "nfs4"),
        ("/mnt/nasty/q.sqlite", "overlay"),
        ("/mnt/nas/local/q.sqlite", "tmpfs"),
        ("/mnt/with space/q.sqlite", "fuse.sshfs"),
    ],
)
def test_a_path_is_on_what_is_mounted_deepest_above_it(path: str, kind: str) -> None:
    """And of two at the same place on the later one."""
    assert kind_at(PurePosixPath(path), MOUNTS) == kind


def test_network_file_systems_are_told(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"overlay / overlay rw 0 0\nnas:/x {tmp_path.resolve()}/nas cifs rw 0 0\n", encoding="utf-8")
    assert network_filesystem(tmp_path / "nas" / "q.sqlite", mounts) == "cifs"
    assert network_filesystem(tmp_path / "q.sqlite", mounts) is None


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The file is where it is, not where its name is."""
    (tmp_path / "nas").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "nas")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"nas:/x {tmp_path.resolve()}/nas nfs rw 0 0\n", encoding="utf-8")
    assert network_filesystem(tmp_path / "here" / "q.sqlite", mounts) == "nfs"


def test_without_a_list_of_mounts_nothing_is_told(tmp_path: Path) -> None:
    assert network_filesystem(tmp_path / "q.sqlite", tmp_path / "nothing") is None


def test_windows_shares_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import PureWindowsPath

    monkeypatch.setattr(filesystem, "Path", PureWindowsPath)
    monkeypatch.setattr(filesystem.os.path, "realpath", str)
    assert network_filesystem(r"\\nas\share\q.sqlite") == "a share"  # type: ignore[arg-type]
