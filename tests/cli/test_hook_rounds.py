"""Hooks and fixes that are ended at any moment, over repositories in any state: nothing is lost.

Fifty rounds a seed, so five hundred in all, and a hundred of fixes; `LOOP_TEST_ROUNDS=1000` makes
them a campaign.
"""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import psutil
import pytest

from conftest import LIMIT, LOOP, wait
from kept import Kept, files_below, install, kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Project

    Maker = Callable[..., Project]

ROUNDS = int(os.environ.get("LOOP_TEST_ROUNDS", "500"))
SEEDS = 10
FIXES = 10
"""rounds of fixes for fifty of hooks"""
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
FIX = """\
sleep 0.02
git ls-files -z | xargs -0 sh -c '
for f; do
    [ -f "$f" ] && [ ! -L "$f" ] || continue
    ! grep -aqs untidy "$f" || sed -i s/untidy/tidy/ "$f"
    ! grep -aqs doomed "$f" || rm "$f"
done' sh
"""
FIXING = """\
version: 1
inner:
  tidy: {{run: "sh {place}/check.sh", fix: "sh {place}/fix.sh", cycle: 1s}}
"""
KILLS = """\
import os, signal, sys
left, number, root = int(sys.argv.pop(1)), int(sys.argv.pop(1)), os.getcwd() + "/"
WRITES = os.O_WRONLY | os.O_RDWR
armed = False
def called(frame, event, arg):
    global armed, left
    armed = armed or frame.f_code.co_filename.endswith("shadow/take.py")
    left -= armed
    if not left:
        os.kill(os.getpid(), number)
def opened(event, args):
    if event == "open" and args[2] & WRITES and str(args[0]).startswith(root):
        if os.path.basename(str(args[0])) in ("a.txt", "b.txt"):
            os.write(2, b"WRITTEN IN PLACE")
sys.addaudithook(opened)
sys.setprofile(called)
from innerloop.__main__ import main
sys.exit(main())
"""
"""a `loop` that is sent a signal after so many calls from where it begins to take over"""


class Chaos:
    """Whoever works in a repository without thinking."""

    words: tuple[str, ...] = ("untidy",)
    """what is mended where it is found"""

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
            (*["fine"] * 9, "tidy", *self.words, "broken", "fine\r\n", "\x00\x01", "")
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


# -- fixes ----------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """What the index holds of a path."""

    flags: str
    mode: str
    blob: str
    stage: str


def entries(listed: str) -> dict[str, Entry]:
    found = {}
    for line in listed.split("\0"):
        meta, _, path = line.partition("\t")
        if path:
            flags, mode, blob, stage = meta.split(" ")
            found[f"{path}{stage if stage != '0' else ''}"] = Entry(flags, mode, blob, stage)
    return found


def mended(text: bytes) -> bytes | None:
    """What `FIX` makes of a file; None: it is gone."""
    lines = [line.replace(b"untidy", b"tidy", 1) for line in text.split(b"\n")]
    return None if b"doomed" in text else b"\n".join(lines)


def blob_of(made: Project, text: bytes) -> str:
    done = subprocess.run(
        ["git", "hash-object", "--stdin"],
        cwd=made.root,
        env=made.env,
        input=text,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip()


def exact(made: Project, before: Kept) -> dict[str, bytes]:
    """The files of which the work tree holds just what is staged."""
    found = {}
    tree = made.git("write-tree") if not made.git("ls-files", "-u") else ""
    staged = made.git("ls-tree", "-r", "--name-only", "-z", tree).split("\0") if tree else []
    for path, entry in entries(before.entries).items():
        mode, link, text = before.files.get(path, (0, "", b""))
        behind = any(part.is_symlink() for part in (made.root / path).parents)
        same = stat.S_ISREG(mode) and bool(mode & 0o100) is (entry.mode == "100755") and not link
        if same and path in staged and not behind and blob_of(made, text) == entry.blob:
            found[path] = text
    return found


def only_fixed(made: Project, before: Kept, fixable: dict[str, bytes]) -> int:
    """See that nothing but fixes came about, each whole; in how many files."""
    after = kept(made.root, made.env)
    assert (after.refs, after.stash, after.head) == (before.refs, before.stash, before.head)
    assert after.config == before.config
    assert not after.files.keys() - before.files.keys(), "nothing is left in the work tree"
    then, now = entries(before.entries), entries(after.entries)
    assert not now.keys() - then.keys()
    changed = 0
    for path, was in before.files.items():
        there = after.files.get(path)
        if there != was:
            changed += 1
            fixed = mended(fixable[path])
            assert there == (None if fixed is None else (was[0], "", fixed)), path
    for path, entry in then.items():
        kept_as = now.get(path)
        if kept_as != entry:
            fixed = mended(fixable[path])
            blob = fixed if fixed is None else blob_of(made, fixed)
            assert kept_as == (None if blob is None else entry._replace(blob=blob)), path
    return changed


def fixed(project: Project, dice: random.Random) -> int:
    """`loop fix --staged`, ended early more often than not; its exit code."""
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGKILL, signal.SIGKILL)
    number = dice.choice((0, 0, 0, *ends))
    step = dice.choice((0, int(2 ** dice.uniform(0, 12))))
    words = [*LOOP, "fix", "--staged"]
    if number and step:
        words = [sys.executable, "-c", KILLS, str(step), str(int(number)), "fix", "--staged"]
    process = subprocess.Popen(
        words,
        cwd=project.root,
        env=project.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if number and not step:
        time.sleep(dice.uniform(0.1, 0.9))
        _sent(process, number, everyone=dice.random() < 0.5)
    code = process.wait(LIMIT)
    # Git may have been started by whoever was killed, and go on.
    wait(lambda: not _session(process.pid), "whoever it started to end")
    return code


def _session(number: int) -> list[int]:
    found = []
    for one in psutil.process_iter():
        try:
            if os.getsid(one.pid) == number and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one.pid)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(SEEDS // 2))
def test_nothing_but_fixes_comes_about_whenever_a_fix_ends(project: Maker, seed: int) -> None:
    made = project()
    made.loops(FIXING.format(place=made.place))
    made.write({"../fix.sh": FIX, "../check.sh": "! grep -raqs untidy --include='*.txt' .\n"})
    made.write({".gitignore": "*.ignored\n/cache\n"})
    made.write({name: f"fine {name}\n" for name in NAMES[:5]})
    made.commit()
    made.git("switch", "-qc", "side")
    made.write({"a.txt": "side\n"})
    made.commit()
    made.git("switch", "-q", "main")
    made.write({"a.txt": "main\n"})
    made.commit()
    outside = made.place / "outside"
    made.write({"../outside/a.txt": "untidy", "cache/a": "untidy"})
    chaos = Chaos(made, seed + 1000)
    chaos.words = ("untidy",) * 12 + ("doomed",) * 2
    codes, changed = set(), 0
    for number in range(ROUNDS * FIXES // 50 // (SEEDS // 2)):
        if number % 6 == 0:
            chaos.rest()
        for _ in range(6):
            chaos.write()
        chaos.git("add", "-A")
        if chaos.dice.random() < 0.6:
            chaos.work()
        before, beyond = kept(made.root, made.env), files_below(outside)
        fixable = exact(made, before)
        codes.add(fixed(made, chaos.dice))
        _unlocked(made)
        assert files_below(outside) == beyond
        changed += only_fixed(made, before, fixable)
    assert changed, "nothing was ever fixed"
    assert {0, -signal.SIGKILL} <= codes, "not every kind of end was seen"


def test_a_fix_is_never_written_in_place(project: Maker) -> None:
    """Whoever was killed in the midst of that would leave half of a file."""
    made = project("t: {run: 'true', fix: 'sed -i s/x/y/ a.txt b.txt', cycle: 1s}")
    made.write({"a.txt": "x\n", "b.txt": "x\n"}).commit()
    done = subprocess.run(
        [sys.executable, "-c", KILLS, str(10**9), "9", "fix", "--staged"],
        cwd=made.root,
        env=made.env,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    assert (made.root / "a.txt").read_text() == "y\n"
    assert "WRITTEN IN PLACE" not in done.stderr
