"""Mounts whose files others may write: the kernel here hears nothing of it."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|v9fs|virtiofs|drvfs|vboxsf|vmhgfs|prl_fs|afs|ceph|glusterfs|lustre|"
    r"ncpfs|beegfs|gpfs|fuse\.(?!fuseblk|ext|ntfs|exfat|portal|gvfsd-fuse|snapfuse|squashfuse).+"
).fullmatch
_ESCAPE = re.compile(r"\\(\d{3})")
_TABLE = "/proc/self/mountinfo"


def remote(folders: Iterable[str], table: str = _TABLE) -> frozenset[str]:
    """Those of the folders (absolute, no links in them) that lie on such a mount."""
    mounts = _mounts(table)
    if not any(_REMOTE(kind) for kind in mounts.values()):
        return frozenset()
    return frozenset(folder for folder in folders if _REMOTE(_kind(mounts, folder)))


def _kind(mounts: dict[str, str], folder: str) -> str:
    while folder not in mounts and folder not in {"", "/"}:
        folder = folder.rpartition("/")[0]
    return mounts.get(folder or "/", "")


def _mounts(table: str) -> dict[str, str]:
    """Mount point -> kind of filesystem; of several at one point, the last covers the others."""
    try:
        with open(table, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        words = line.split(" ")
        if " - " in line:
            point = _ESCAPE.sub(lambda code: chr(int(code.group(1), 8)), words[4])
            found[point] = words[words.index("-", 6) + 1]
    return found
