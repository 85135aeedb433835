"""Samples as they are kept: which go, what cannot be kept, and what is stopped."""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from innerloop.config.build import build
from innerloop.core.sampling import DataError, DataMovedError, StoppedError
from innerloop.engine.cancel import Cancel
from innerloop.system import locks
from innerloop.system.data import samples
from innerloop.system.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOPS = """\
version: 1
inner:
  u: {run: "x {data.a}", cycle: 1s, data: {a: {path: a.csv, key: id, rows: 2}}}
"""


@contextmanager
def ground(root: Path) -> Iterator[Ground]:
    config, _ = build(LOOPS.encode(), None)
    made = Ground(str(root), config, write=True)
    with closing(made.store):
        yield made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text("id\n1\n2\n3\n")
    return tmp_path


def handed(found: Ground, cancel: Cancel | None = None) -> str:
    (loop,) = found.config.loops
    found.prover.prove(loop)
    found.samples.begin(loop)
    return found.samples.path(loop, "a", cancel)


def test_those_that_nobody_has_used_for_longest_go(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "_KEPT", 3)
    paths = []
    with ground(root) as found:
        for n in range(6):
            (root / "a.csv").write_text(f"id\n1\n2\n{n}0\n")
            found.tree.stale()
            paths.append(handed(found))
            note = paths[-1].removesuffix(".csv")
            old = time.time() - 9000 + n
            for place in (paths[-1], note):
                os.utime(place, (old, old))
        # Used again, it is the youngest of them.
        (root / "a.csv").write_text("id\n1\n2\n30\n")
        found.tree.stale()
        assert handed(found) == paths[3]
        (root / "a.csv").write_text("id\n1\n2\n70\n")
        found.tree.stale()
        paths.append(handed(found))
    kept = [os.path.exists(path) for path in paths]
    assert kept == [False, False, False, True, False, True, True]
    assert len(os.listdir(root / ".loop/samples")) == 6


def test_one_that_is_in_use_stays(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "_KEPT", 1)
    with ground(root) as found:
        first = handed(found)
        (root / "a.csv").write_text("id\n1\n2\n")
        found.tree.stale()
        handed(found)
    assert os.path.exists(first)


def test_where_nothing_can_be_kept_it_is_said(root: Path) -> None:
    with ground(root) as found:
        (root / ".loop/samples").write_text("in the way")
        with pytest.raises(DataError, match=r"cannot keep a sample of a\.csv: file exists"):
            handed(found)


def test_nothing_is_kept_of_a_source_that_changed_since_it_was_looked_at(root: Path) -> None:
    with ground(root) as found:
        (loop,) = found.config.loops
        found.prover.prove(loop)
        (root / "a.csv").write_text("id\n1\n2\n4\n")
        with pytest.raises(DataMovedError, match=r"a\.csv changed while it was sampled"):
            found.samples.path(loop, "a", None)
    assert os.listdir(root / ".loop/samples") == []


def test_whoever_is_stopped_does_not_wait_for_another_who_cuts(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = Cancel()
    cancel.set("interrupted")
    monkeypatch.setattr(locks, "take", lambda _path: None)
    with ground(root) as found, pytest.raises(StoppedError):
        handed(found, cancel)


def test_what_was_cut_by_another_meanwhile_is_taken(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ground(root) as found:
        path = handed(found)
        real, asked = locks.take, []

        def busy(place: str) -> object:
            asked.append(place)
            return None if len(asked) == 1 else real(place)

        os.rename(path, f"{path}.away")
        monkeypatch.setattr(locks, "take", busy)
        monkeypatch.setattr(time, "sleep", lambda _: os.rename(f"{path}.away", path))
        before = os.stat(f"{path}.away").st_mtime_ns
        assert handed(found) == path
        assert os.stat(path).st_mtime_ns == before


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.unlink(root / "a.csv")
    os.mkfifo(root / "a.csv")
    with ground(root) as found, pytest.raises(DataError, match=r"a\.csv is no file"):
        handed(found)
