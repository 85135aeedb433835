"""What a folder lies on: a disk of this machine's, or one that others write to as well."""

from __future__ import annotations

import os
import re

TABLE = "/proc/self/mountinfo"
# What says it is shared, and nothing that only looks so: containers are on overlay, some on 9p.
REMOTE = frozenset(
    {
        *("nfs", "nfs3", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ncpfs", "davfs"),
        *("ceph", "glusterfs", "lustre", "gpfs", "beegfs", "orangefs", "pvfs2", "coda"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.davfs2"),
        *("fuse.gcsfuse", "fuse.juicefs", "fuse.mfs", "fuse.smbnetfs", "fuse.curlftpfs"),
    }
)
_OCTAL = re.compile(r"\\([0-7]{3})")


def remote(folder: str) -> str:
    """The kind of network filesystem that a folder lies on, or will; empty where on none known."""
    try:
        with open(TABLE, encoding="utf-8", errors="surrogateescape") as file:
            kind = found(file.read(), os.path.realpath(folder))
    except OSError:
        return ""  # this system says it in another way
    return kind if kind in REMOTE else ""


def found(table: str, path: str) -> str:
    """The kind of filesystem at a path, by the table of mounts; empty where it has none."""
    best, kind = "", ""
    for line in table.splitlines():
        head, _, tail = line.partition(" - ")
        words, rest = head.split(" "), tail.split(" ")
        if len(words) <= _POINT:
            continue
        point = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), words[_POINT])
        below = path == point or path.startswith(f"{point.rstrip('/')}/")
        # Of two at one place the later one lies above the other.
        if below and len(point) >= len(best):
            best, kind = point, rest[0]
    return kind


_POINT = 4
