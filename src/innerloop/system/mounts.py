"""What a folder lies on, by the table of mounts; and where a journal is not to be kept."""

from __future__ import annotations

import os
import re

TABLE = "/proc/self/mountinfo"
# What says it is shared, and nothing that only looks so: containers are on overlay, some on 9p.
_SHARED = frozenset(
    {
        *("nfs", "nfs3", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ncpfs", "davfs"),
        *("ceph", "glusterfs", "lustre", "gpfs", "beegfs", "orangefs", "pvfs2", "coda"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.davfs2"),
        *("fuse.gcsfuse", "fuse.juicefs", "fuse.mfs", "fuse.smbnetfs", "fuse.curlftpfs"),
    }
)
_ESCAPE = re.compile(r"\\(\d{3})")


def shared(folder: str) -> str:
    """The kind of network filesystem that a folder lies on, or will; empty where on none known."""
    kind = under(kinds(TABLE), os.path.realpath(folder))
    return kind if kind in _SHARED else ""


def under(mounts: dict[str, str], folder: str) -> str:
    """The kind of filesystem that a folder (absolute, no links in it) lies on."""
    while folder not in mounts and folder not in {"", "/"}:
        folder = folder.rpartition("/")[0]
    return mounts.get(folder or "/", "")


def kinds(table: str) -> dict[str, str]:
    """Mount point -> kind of filesystem; of several at one point, the last covers the others."""
    try:
        with open(table, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return {}  # this system says it in another way
    found = {}
    for line in lines:
        words = line.split(" ")
        if " - " in line:
            point = _ESCAPE.sub(lambda code: chr(int(code.group(1), 8)), words[4])
            found[point] = words[words.index("-", 6) + 1]
    return found
