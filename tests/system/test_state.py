from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from innerloop.core.errors import LoopError
from innerloop.system import state

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_its_owner_s_alone_and_ignored_by_git(tmp_path: Path) -> None:
    place = tmp_path / ".loop"

    assert state.folder(str(tmp_path)) == str(place)
    assert not place.exists()
    assert state.make(str(tmp_path)) == str(place)

    assert (place / ".gitignore").read_text() == "*\n"
    assert sorted(one.name for one in place.iterdir() if one.is_dir()) == [
        *("cache", "locks", "receipts", "runs")
    ]
    assert {mode(one) for one in (place, *place.iterdir()) if one.is_dir()} == {0o700}


def test_made_twice_it_keeps_what_is_there(tmp_path: Path) -> None:
    place = tmp_path / state.make(str(tmp_path))
    (place / ".gitignore").write_text("mine\n")

    state.make(str(tmp_path))

    assert (place / ".gitignore").read_text() == "mine\n"


def test_half_made_it_is_made_whole(tmp_path: Path) -> None:
    (tmp_path / ".loop").mkdir()

    state.make(str(tmp_path))

    assert (tmp_path / ".loop" / "locks").is_dir()
    assert (tmp_path / ".loop" / ".gitignore").exists()


def test_where_it_cannot_be_made_that_is_said(tmp_path: Path) -> None:
    (tmp_path / ".loop").write_text("a file")

    with pytest.raises(LoopError, match=r"cannot keep state in .*\.loop: .+") as caught:
        state.make(str(tmp_path))

    assert "writable" in caught.value.hint


def test_a_file_is_put_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "handoff.json"
    path.write_text("old")
    path.chmod(0o644)

    state.put(str(path), b"new")

    assert path.read_bytes() == b"new"
    assert mode(path) == 0o600
    assert os.listdir(tmp_path) == ["handoff.json"]


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    bodies = [letter * 200_000 for letter in (b"a", b"b")]
    state.put(str(path), bodies[0])
    over = threading.Event()
    seen: set[bytes] = set()

    def look() -> None:
        while not over.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(200):
        state.put(str(path), bodies[number % 2])
    over.set()
    reader.join()

    assert seen <= set(bodies)


def test_a_run_s_folder_is_empty_and_named_from_the_root(tmp_path: Path) -> None:
    place = state.run_folder(str(tmp_path), "7", "unit")
    assert place == ".loop/runs/7/unit"
    (tmp_path / place / "old.log").write_text("of another history")

    assert state.run_folder(str(tmp_path), "7", "unit") == place

    assert os.listdir(tmp_path / place) == []
    assert mode(tmp_path / place) == 0o700


def test_old_logs_go_and_what_may_still_count_stays(tmp_path: Path) -> None:
    for name in ("1", "2", "3", "8", "9", "10", "notes"):
        (tmp_path / ".loop" / "runs" / name / "unit").mkdir(parents=True)

    state.prune(str(tmp_path), {"2"}, newest=10, most=2)

    assert sorted(os.listdir(tmp_path / ".loop" / "runs")) == ["10", "2", "9", "notes"]


def test_nothing_to_prune_is_nothing_to_say(tmp_path: Path) -> None:
    state.prune(str(tmp_path), set(), newest=10, most=2)
