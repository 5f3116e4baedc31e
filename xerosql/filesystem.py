"""Whether a path is on another machine's disk, where SQLite's locks do not hold."""

from __future__ import annotations

import os
from pathlib import Path, PurePath, PureWindowsPath

MOUNTS = Path("/proc/self/mounts")
NETWORK = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "gfs2", "ocfs2", "beegfs"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.cephfs", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "davfs"),
    )
)


def network_filesystem(path: Path, mounts: Path = MOUNTS) -> str | None:
    """The kind of network file system that holds `path`; None for a local one, or where that cannot be told.

    Linux tells by its list of mounts, Windows by a path that begins with the name of a machine.
    """
    whole = Path(os.path.realpath(path))
    if isinstance(whole, PureWindowsPath) and whole.drive.startswith("\\\\"):
        return "a share"
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    kind = kind_at(whole, lines)
    return kind if kind in NETWORK else None


def kind_at(path: PurePath, lines: list[str]) -> str:
    """The kind of the file system that is mounted deepest above a path."""
    best, found = -1, ""
    for line in lines:
        _, where, kind, *_ = [*line.split(" "), "", "", ""]
        where = where.replace("\\040", " ")
        if path.is_relative_to(where) and len(where) >= best:
            best, found = len(where), kind
    return found
