"""Which machine this is, which of its processes are alive, and its clock that does not jump."""

from __future__ import annotations

import os
import socket
import uuid
from functools import cache
from pathlib import Path

from xerosql.api.clock import Clock


@cache
def machine() -> str:
    """A name for this start of this machine, and for the part of it whose process numbers mean the same.

    Empty where that cannot be told: nothing is then concluded from process numbers and monotonic clocks.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def is_alive(process: int) -> bool:
    """Whether a process of this machine runs, or another one under its number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def worker_name() -> str:
    """A name that no other worker has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


def clock_mark(clock: Clock) -> str:
    """Where the clock that does not jump stands."""
    return f"{machine()} {clock.monotonic()!r}"


def seconds_since(mark: str | None, clock: Clock) -> float | None:
    """How long ago a mark was made; None if this machine has been started anew since, or another one made it."""
    name, _, at = (mark or "").rpartition(" ")
    if not name or name != machine():
        return None
    return clock.monotonic() - float(at)
