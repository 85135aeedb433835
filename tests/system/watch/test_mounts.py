from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from innerloop.system.watch.mounts import remote

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:5 / /proc rw - proc proc rw
30 21 0:40 / /mnt/c rw,noatime - 9p C: rw,aname=drvfs
31 21 0:41 / /srv rw shared:7 master:2 - nfs4 server:/srv rw
32 31 0:42 / /srv/ada/local rw - xfs /dev/sdb rw
33 21 0:43 / /with\\040space rw - {kind} what rw
34 21 0:44 / /over rw - ext4 /dev/sdc rw
35 34 0:45 / /over rw - cifs //server/share rw
not a mount
"""


@pytest.mark.parametrize(
    ("folder", "far"),
    [
        ("/", False),
        ("/srv2/x", False),
        ("/srv", True),
        ("/srv/ada/project/src", True),
        ("/srv/ada/local/project", False),
        ("/mnt/c/Users/ada", True),
        ("/mnt/cc", False),
        ("/over/x", True),
    ],
)
def test_folders_are_told_apart_by_the_mount_they_lie_on(
    tmp_path: Path, folder: str, *, far: bool
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE.format(kind="ext4"))

    assert remote([folder], str(table)) == ({folder} if far else set())


@pytest.mark.parametrize(
    ("kind", "far"),
    [
        *((kind, True) for kind in ("nfs", "cifs", "smb3", "virtiofs", "fuse.sshfs", "vboxsf")),
        *((kind, False) for kind in ("ext4", "btrfs", "tmpfs", "overlay", "fuseblk", "fuse")),
    ],
)
def test_kinds_of_filesystems_that_others_write(tmp_path: Path, kind: str, *, far: bool) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE.format(kind=kind))

    assert bool(remote(["/with space/x"], str(table))) is far


def test_where_nobody_tells_of_mounts_none_is_remote(tmp_path: Path) -> None:
    assert remote(["/"], str(tmp_path / "nothing")) == frozenset()
