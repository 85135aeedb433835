from __future__ import annotations

import marshal
import os
import zlib
from typing import TYPE_CHECKING

import pytest

from innerloop.system import digests, files
from innerloop.system.digests import Digests

if TYPE_CHECKING:
    from pathlib import Path

LATER = 10**19


class Reads:
    """What is really read, counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: list[str] = []
        monkeypatch.setattr(digests, "read", self)

    def __call__(self, path: str, found: files.Stat, *, sha256: bool = False) -> str:
        self.of.append(os.path.basename(path))
        return files.read(path, found, sha256=sha256)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    return Reads(monkeypatch)


def look(root: Path, now: int = LATER, *, save: bool = True) -> str:
    """The digest of `x`, by a memory made anew from what was saved."""
    memory = Digests(str(root), f"{root}/store")
    entry = memory.look("x", now)
    if save:
        memory.save({"x"})
    return entry.value if entry else ""


def test_an_untouched_file_is_read_once(tmp_path: Path, reads: Reads) -> None:
    (tmp_path / "x").write_text("a")

    assert look(tmp_path) == look(tmp_path)
    assert reads.of == ["x"]


def test_what_was_touched_just_now_is_read_again(tmp_path: Path, reads: Reads) -> None:
    (tmp_path / "x").write_text("a")
    now = (tmp_path / "x").stat().st_ctime_ns

    look(tmp_path, now)
    look(tmp_path, now)

    assert reads.of == ["x", "x"]


def test_a_change_within_one_tick_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a")
    now = path.stat().st_ctime_ns
    before = look(tmp_path, now)
    path.write_text("b")

    assert look(tmp_path, now) != before


def test_size_and_mtime_alone_prove_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a")
    kept = path.stat()
    before = look(tmp_path)
    path.write_text("b")
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))

    assert look(tmp_path) != before


def test_a_link_is_read_each_time(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("a")
    (tmp_path / "x").symlink_to("target")
    before = look(tmp_path)
    (tmp_path / "target").write_text("b")

    assert look(tmp_path) != before


def test_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert look(tmp_path) == ""


def wrapped(body: bytes) -> bytes:
    return digests._MAGIC + zlib.crc32(body).to_bytes(4) + body


def lies(root: Path, value: str = "100644 lie") -> bytes:
    """A memory that is whole and wrong: whoever believes it is caught."""
    stat = files.stat(f"{root}/x")
    assert stat
    return marshal.dumps((False, {"x": (tuple(stat), value)}))


def test_a_whole_memory_is_believed(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a")
    (tmp_path / "store").write_bytes(wrapped(lies(tmp_path)))

    assert look(tmp_path, save=False) == "100644 lie"


@pytest.mark.parametrize(
    "harm",
    [
        lambda _: b"",
        lambda good: good[:-1],
        lambda good: good[:-9] + b"\xff" + good[-8:],
        lambda good: b"x" + good[1:],
        lambda _: wrapped(b"no marshal"),
        lambda _: wrapped(marshal.dumps(7)),
        lambda _: wrapped(marshal.dumps((False, 7))),
    ],
    ids=["empty", "cut", "flipped", "other", "garbage", "number", "shape"],
)
def test_a_damaged_one_is_not(tmp_path: Path, harm: object) -> None:
    assert callable(harm)
    (tmp_path / "x").write_text("a")
    (tmp_path / "store").write_bytes(harm(wrapped(lies(tmp_path))))

    assert look(tmp_path) == f"100644 {files.blob(b'a')}"
    assert look(tmp_path) == f"100644 {files.blob(b'a')}"


def test_a_memory_of_another_kind_of_digest_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a")
    look(tmp_path)
    memory = Digests(str(tmp_path), f"{tmp_path}/store", sha256=True)

    found = memory.look("x", LATER)

    assert found
    assert found.value == f"100644 {files.blob(b'a', sha256=True)}"


def test_a_place_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a")
    memory = Digests(str(tmp_path), f"{tmp_path}/nowhere/store")
    memory.look("x", LATER)

    memory.save({"x"})

    assert not (tmp_path / "nowhere").exists()
