"""What a server's rows cost while they stream: how soon the first comes, how long all take, and how much memory."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path


def streamed(rows: Callable[[], Iterable[object]], pid: int) -> tuple[float, float, float]:
    """Rows that are read and dropped: seconds to the first and in all, and the MB of the server `pid` at its peak above
    those before.
    """
    idle, most, done = resident(pid), 0.0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, resident(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, first = time.perf_counter(), 0.0
    for _ in rows():
        first = first or time.perf_counter() - began
    taken = time.perf_counter() - began
    done.set()
    watcher.join()
    return first, taken, most - idle


def resident(pid: int) -> float:
    """The MB of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
