"""State that is broken costs time, and never truth."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Maker


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("what", ["receipts/*", "cache/digests", "cache/config"])
@pytest.mark.parametrize("harm", [cut, damage, empty], ids=lambda harm: harm.__name__)
def test_broken_state_costs_time_and_never_truth(
    project: Maker, what: str, harm: Callable[[Path], None]
) -> None:
    found = project(files={"a.py": "1"})
    found.sealed()
    for path in (found.root / ".loop").glob(what):
        harm(path)

    assert found.walked() == []
    found.write({"a.py": "2"})
    assert found.walked() == ["unit"]
    assert found.walked() == []


@pytest.mark.parametrize("harm", [cut, damage, empty], ids=lambda harm: harm.__name__)
def test_a_broken_history_proves_nothing(project: Maker, harm: Callable[[Path], None]) -> None:
    found = project(files={"a.py": "1"})
    found.walked()
    harm(found.root / ".loop/history.db")

    done = found.run("inner")
    if done.code:
        done.fails(2).warns("history is damaged", "delete it: only history is lost")
        (found.root / ".loop/history.db").unlink()
        found.run("inner").ok()

    assert found.ran() == ["unit"]
    assert found.walked() == []


def test_a_broken_history_is_put_aside_with_a_warning(project: Maker) -> None:
    found = project()
    found.walked()
    (found.root / ".loop/history.db").write_bytes(b"no database" * 1000)

    found.run("plan").ok()
    found.run("inner").ok().warns("history could not be read and was put aside")

    assert list((found.root / ".loop").glob("history.db.broken-*"))
    assert found.ran() == ["unit"]


def test_state_of_a_newer_version_is_not_touched(project: Maker) -> None:
    found = project()
    found.walked()
    with closing(sqlite3.connect(found.root / ".loop/history.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    found.write({"a.py": "1"})

    found.run("inner").fails(2).warns("newer innerloop")
