"""An environment is kept by whoever carries a run on, however long nothing is said."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from targets import Target, target

from conftest import wait
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import Room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Maker

pytestmark = pytest.mark.timeout(120)
LOOPS = """\
version: 1
inner: {unit: {run: ./smoke.sh, cycle: 1s}}
environments: {sandbox: {}, prod: {}}
outer:
  release:
    sandbox: {deploy: ./deploy.sh, environment: sandbox}
    qa: {loops: all}
    prod: {deploy: ./deploy.sh, environment: prod, lock_wait: 10m}
"""
OFTEN = """\
import sys
from innerloop.__main__ import main
from innerloop.system.journal import lease
lease.RENEWAL = 0.05
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def found(project: Maker) -> Target:
    return target(project, LOOPS)


@pytest.fixture
def carried(found: Target) -> Iterator[subprocess.Popen[str]]:
    """A run, carried on by somebody who says often that they are there."""
    found.has("hold-smoke")
    words = [sys.executable, "-P", "-c", OFTEN, "outer", "--yes"]
    pipe = subprocess.PIPE
    place, env = found.project.root, found.project.env
    with subprocess.Popen(words, cwd=place, env=env, stdout=pipe, stderr=pipe, text=True) as one:
        yield one
        one.kill()


def renewed(found: Target) -> bool:
    """Whether what is held of the sandbox is held for longer by and by."""
    query = "SELECT expires FROM lock WHERE name = 'env:sandbox' AND run != ''"
    before = found.rows(query)
    wait(lambda: found.rows(query) != before, "somebody to renew it")
    return found.rows(query) > before


def test_in_a_walk_that_prints_nothing_and_while_it_waits(
    found: Target, carried: subprocess.Popen[str]
) -> None:
    wait((found.place / "smokes").exists, "the walk", 60)
    assert renewed(found)

    held = f"'env:prod', 1, 'other', 'prod', 'Ada', 0, {time.time() + 1000}"
    found.write(f"INSERT INTO lock (name, fence, run, stage, owner, since, expires) VALUES({held})")
    found.lacks("hold-smoke")
    wait(lambda: found.status()["run"]["stages"][1]["state"] == "passed", "the walk's end", 60)
    assert renewed(found)

    found.write("UPDATE lock SET run = '', expires = 0 WHERE name = 'env:prod'")
    out, err = carried.communicate(timeout=60)
    assert carried.returncode == 0, (out, err)
    assert found.effects() == ["deploy sandbox", "deploy prod"]


def test_another_thread_takes_no_lock_away(tmp_path: Path) -> None:
    """Whoever closes a file gives up every lock on it of the whole process."""
    room = Room(str(tmp_path))
    book, began, over = Book(room), threading.Event(), threading.Event()

    def other() -> None:
        began.wait(10)
        Book(room).close()
        over.set()

    thread = threading.Thread(target=other)
    thread.start()
    with book.file.transaction():
        began.set()
        assert over.wait(10)
        code = (
            "import sqlite3, sys\n"
            "db = sqlite3.connect(sys.argv[1], timeout=0.1, isolation_level=None)\n"
            "db.execute('BEGIN IMMEDIATE')"
        )
        words = [sys.executable, "-c", code, str(tmp_path / "outer.db")]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    thread.join()
    book.close()
    assert "database is locked" in done.stderr
