"""Hooks that are ended at any moment, over repositories in any state: nothing is ever lost.

Fifty rounds a seed, so five hundred in all; `LOOP_TEST_ROUNDS=1000` makes them a campaign.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from conftest import LIMIT, LOOP
from kept import files_below, install, kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Project

    Maker = Callable[..., Project]

ROUNDS = int(os.environ.get("LOOP_TEST_ROUNDS", "500"))
SEEDS = 10
NAMES = ("a.txt", "b.txt", "dir/c.txt", "dir/d e.txt", "run.sh", "new.txt", "kept.ignored")
LOOPS = """\
version: 1
hook: {needs: ['*.ignored', cache, far/models]}
inner:
  tidy: {run: sh tidy.sh, cycle: 1s, writes: true, inputs: ['*.txt']}
  sound: {run: sh check.sh, cycle: 2s}
"""
TIDY = "sleep 0.03; for f in *.txt; do ! grep -qs untidy $f || sed -i s/untidy/tidy/ $f; done\n"
CHECK = "sleep 0.05; ! grep -rqs broken *.txt dir\n"


class Chaos:
    """Whoever works in a repository without thinking."""

    def __init__(self, project: Project, seed: int) -> None:
        self.project = project
        self.dice = random.Random(seed)

    def work(self) -> None:
        for _ in range(self.dice.randint(1, 5)):
            deeds = (self.write, self.write, self.add, self.remove, self.mode, self.intend)
            more = (self.unstage, self.stash, self.conflict, self.link, self.folder)
            self.dice.choice((*deeds, *more))()

    def git(self, *words: str) -> int:
        return subprocess.run(
            ["git", *words],
            cwd=self.project.root,
            env=self.project.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        ).returncode

    def write(self) -> None:
        word = self.dice.choice(
            (*["fine"] * 9, "tidy", "untidy", "broken", "fine\r\n", "\x00\x01", "")
        )
        lines = [f"{word} {self.dice.randrange(9)}" for _ in range(self.dice.randint(0, 4))]
        path = self.project.root / self.dice.choice(NAMES)
        path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes("\n".join(lines).encode())

    def add(self) -> None:
        self.git("add", self.dice.choice(("-A", *NAMES)))

    def remove(self) -> None:
        (self.project.root / self.dice.choice(NAMES)).unlink(missing_ok=True)

    def mode(self) -> None:
        path = self.project.root / "run.sh"
        if path.is_file() and not path.is_symlink():
            path.chmod(self.dice.choice((0o644, 0o755)))

    def intend(self) -> None:
        self.git("add", "-N", self.dice.choice(NAMES))

    def unstage(self) -> None:
        self.git("reset", "-q", "--", self.dice.choice(NAMES))

    def stash(self) -> None:
        self.git("stash", "-u")

    def link(self) -> None:
        path = self.project.root / self.dice.choice(NAMES)
        path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to("a.txt")

    def folder(self) -> None:
        """A link to a folder of the project, or to one that is none of its."""
        for name, target in (("near", "dir"), ("far", "../outside")):
            path = self.project.root / name
            if path.is_symlink():
                path.unlink()
            elif self.dice.random() < 0.5:
                path.symlink_to(target)

    def conflict(self) -> None:
        if self.git("merge", "-q", "side"):
            self.dice.choice((self.git, lambda *_: 0))("merge", "--abort")
        else:
            self.git("reset", "-q", "--hard", "main")

    def rest(self) -> None:
        """Begin the next rounds from what was committed."""
        self.git("merge", "--abort")
        self.git("reset", "-q", "--hard", "main")
        self.git("clean", "-fdq")


def called(project: Project, dice: random.Random) -> tuple[str, int]:
    """The hook, by hand or by git; ended early more often than not. How, and the exit code."""
    how = dice.choice(("alone", "alone", "commit"))
    words = [*LOOP, "hook", "run", "pre-commit"]
    process = subprocess.Popen(
        ["git", "commit", "-qm", "round"] if how == "commit" else words,
        cwd=project.root,
        env=project.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    number = dice.choice((0, 0, signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
    if number:
        time.sleep(dice.uniform(0.0, 0.4))
        for _ in range(dice.choice((1, 1, 5)) if number == signal.SIGINT else 1):
            _sent(process, number, everyone=how == "commit")
    return how, process.wait(LIMIT)


def _sent(process: subprocess.Popen[bytes], number: int, *, everyone: bool) -> None:
    # Ctrl-C is for all that run in the terminal, so for git and for its hook.
    try:
        if everyone:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    except ProcessLookupError:
        return


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost_whenever_a_hook_ends(project: Maker, seed: int) -> None:
    made = project(LOOPS, {"tidy.sh": TIDY, "check.sh": CHECK, ".gitignore": "*.ignored\n/cache\n"})
    made.write({name: f"fine {name}\n" for name in NAMES[:5]})
    made.commit()
    made.git("switch", "-qc", "side")
    made.write({"a.txt": "side\n"})
    made.commit()
    made.git("switch", "-q", "main")
    made.write({"a.txt": "main\n"})
    made.commit()
    install(made.root, made.env)
    outside = made.place / "outside"
    made.write({"cache/a": "mine", "../outside/a.txt": "mine", "../outside/models/m": "mine"})
    chaos, main = Chaos(made, seed), made.git("rev-parse", "main")
    codes = set()
    for number in range(ROUNDS // SEEDS):
        if number % 6 == 0:
            chaos.rest()
        chaos.work()
        before, beyond = kept(made.root, made.env), files_below(outside)
        how, code = called(made, chaos.dice)
        codes.add(code)
        _unlocked(made)
        after = kept(made.root, made.env)
        assert files_below(outside) == beyond
        if how == "commit":
            # A commit that came about moves a branch, as it should; and git refreshes its index.
            assert after.files == before.files
            assert after.stash == before.stash
            chaos.git("update-ref", "refs/heads/main", main)
        else:
            assert after == before, (seed, number)
    assert {0, 1} <= codes, "not every kind of end was seen"


def _unlocked(made: Project) -> None:
    """Git itself may have been killed: what it leaves then is its own."""
    (made.root / ".git/index.lock").unlink(missing_ok=True)
