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
