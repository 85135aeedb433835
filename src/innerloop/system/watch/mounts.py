"""Mounts whose files others may write: the kernel here hears nothing of it."""

from __future__ import annotations

import re

from innerloop.system.mounts import TABLE, kinds, under

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|v9fs|virtiofs|drvfs|vboxsf|vmhgfs|prl_fs|afs|ceph|glusterfs|lustre|"
    r"ncpfs|beegfs|gpfs|fuse\.(?!fuseblk|ext|ntfs|exfat|portal|gvfsd-fuse|snapfuse|squashfuse).+"
).fullmatch


def remote(folders: Iterable[str], table: str = TABLE) -> frozenset[str]:
    """Those of the folders (absolute, no links in them) that lie on such a mount."""
    mounts = kinds(table)
    if not any(_REMOTE(kind) for kind in mounts.values()):
        return frozenset()
    return frozenset(folder for folder in folders if _REMOTE(under(mounts, folder)))
