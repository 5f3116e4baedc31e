"""What every contender hands to the harness when its job is done: the sums, and how much memory it took."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

STATUS = Path("/proc/self/status")


def report(sums: Mapping[str, object] | Iterable[tuple[str, object]]) -> None:
    """Print the peak of resident memory in KB, then a line for each project with its sum, digit by digit."""
    pairs = sums.items() if isinstance(sums, Mapping) else sums
    sys.stdout.write(f"{peak_kilobytes()}\n")
    sys.stdout.write("".join(f"{project} {amount}\n" for project, amount in pairs))


def peak_kilobytes() -> int:
    """This program's own peak. Linux counts the process that started it into `ru_maxrss`, so that is second choice."""
    if STATUS.exists():
        lines = STATUS.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak
