"""Mounts: a journal is not kept where locks are not to be relied on, and anywhere else it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from innerloop.core.errors import LoopError
from innerloop.system import mounts
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import Room

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """\
22 1 0:20 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/var/lib
30 22 0:25 / /home rw,relatime - nfs4 files:/home rw,vers=4.2
31 30 0:26 / /home/ada/local rw shared:2 master:1 - ext4 /dev/sda1 rw
32 22 0:27 / /mnt/team\\040disk rw - cifs //files/team rw
33 22 0:28 / /mnt/both rw - ext4 /dev/sdb1 rw
34 33 0:29 / /mnt/both rw - fuse.sshfs files: rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/shop", "overlay"),
        ("/home/ada/shop/.git", "nfs4"),
        ("/home/ada/local/shop", "ext4"),
        ("/homestead", "overlay"),
        ("/mnt/team disk/state", "cifs"),
        ("/mnt/both", "fuse.sshfs"),
    ],
)
def test_the_nearest_mount_above_a_path_says_what_it_lies_on(path: str, kind: str) -> None:
    assert mounts.found(TABLE, path) == kind


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "fuse.sshfs"])
def test_a_journal_on_a_network_filesystem_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(f"30 22 0:25 / {tmp_path} rw - {kind} files:/home rw\n")
    monkeypatch.setattr(mounts, "TABLE", str(table))
    with pytest.raises(LoopError, match=kind.replace(".", r"\.")) as caught:
        Book(Room(f"{tmp_path}/state"))
    assert "LOOP_STATE" in caught.value.hint
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("kind", ["overlay", "ext4", "tmpfs", "btrfs", "9p", "virtiofs", "fuse"])
def test_a_disk_of_this_machine_is_good_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(f"30 22 0:25 / {tmp_path} rw - {kind} disk rw\n")
    monkeypatch.setattr(mounts, "TABLE", str(table))
    Book(Room(f"{tmp_path}/state")).close()


def test_where_nothing_is_said_of_mounts_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "TABLE", str(tmp_path / "none"))
    Book(Room(f"{tmp_path}/state")).close()
