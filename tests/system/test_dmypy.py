"""mypy's daemon: it says what mypy says, and where it cannot be asked mypy itself is."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from children import eventually, gone, pids, script

from innerloop.core.job import Completion, Job
from innerloop.core.mask import Mask
from innerloop.engine.cancel import Cancel
from innerloop.system.dmypy import daemon
from innerloop.system.dmypy.question import question
from innerloop.system.reaper import MARK, sweep
from innerloop.system.runners.dmypy import Dmypy
from innerloop.system.runners.local import local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from innerloop.core.world import Runner, Stoppable
    from innerloop.system.dmypy.daemon import Daemon

LIMIT = 40.0
PYTHON = (sys.executable, "-m", "mypy", "pkg")
ABOUT = "def f(x: int) -> int:\n    return x\n"
USE = "from pkg.a import f\n\nprint(f(1))\n"
ONCE = re.compile(r".*note: (?:See https|\(or run|Hint:).*\n|\d+ source files?|for \d+ files?")


class Checked:
    """A project that mypy checks, through the daemon and without it."""

    def __init__(self, root: Path, cold: Runner | None = None, patience: float = LIMIT) -> None:
        self.root = root
        self.state = root / ".loop"
        self.clock = time.time() - 10_000
        self.fresh()
        self.write("mypy.ini", "[mypy]\nstrict = True\n")
        self.runner = Dmypy(cold or local(), str(self.state), patience=patience)

    def close(self) -> None:
        self.runner.close()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        # mypy's own cache compares times in whole seconds.
        self.clock += 2
        os.utime(path, (self.clock, self.clock))

    def fresh(self) -> Checked:
        """As it was in the beginning, its daemon aside."""
        for name in ("pkg", ".mypy_cache"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        self.write("pkg/__init__.py", "")
        self.write("pkg/a.py", ABOUT)
        self.write("pkg/b.py", USE)
        self.cancel = Cancel()
        return self

    def job(self, **changes: object) -> Job:
        env = {**os.environ, "TERM": "xterm-256color", MARK: "1-1.1"}
        env.pop("PYTEST_CURRENT_TEST", None)  # another one at each step
        log = str(self.root / "log")
        job = Job("types", (PYTHON,), str(self.root), env, LIMIT, log, warm=True)
        return job._replace(**changes)  # type: ignore[arg-type] # a test knows its fields

    def ask(self, **changes: object) -> Completion:
        return self.runner(self.job(**changes), lambda _: None, self.cancel)

    def itself(self, **changes: object) -> Completion:
        return local()(self.job(**changes), lambda _: None, Cancel())

    @property
    def said(self) -> str:
        return (self.root / "log").read_text()

    @property
    def daemon(self) -> Daemon | None:
        return self.runner._places["types"].daemon

    @property
    def pid(self) -> int:
        return self.daemon.pid if self.daemon else 0

    def warmed(self, **changes: object) -> Checked:
        """With a daemon that is ready."""
        assert self.ask(**changes).mode.startswith("cold")
        return self.waited()

    def waited(self) -> Checked:
        """With the daemon it has, once that is ready."""
        found = self.daemon
        assert found is not None
        assert eventually(lambda: not found.ready().why or found.ready().ended, LIMIT)
        return self


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    with closing(Checked(tmp_path_factory.mktemp("project"))) as made:
        yield made


@pytest.fixture
def checked(kept: Checked) -> Checked:
    """A project whose daemon is ready: the one of the test before, where that left it so."""
    kept.fresh()
    return kept if kept.ask().mode == "warm" else kept.waited()


@pytest.fixture
def cheap(tmp_path: Path) -> Iterator[Checked]:
    """A project of its own, in which what is cold takes no time."""
    with closing(Checked(tmp_path, passing([]))) as made:
        yield made


def essence(text: str) -> list[str]:
    """What is said, but for the order of files, and for hints that are given only once."""
    return sorted(ONCE.sub("", text).splitlines())


STORY: tuple[tuple[str, dict[str, str | None], int], ...] = (
    ("nothing", {}, 0),
    ("an error in a file that stayed as it was", {"pkg/a.py": ABOUT.replace("int", "str")}, 1),
    ("mended", {"pkg/a.py": f"{ABOUT}\n"}, 0),
    ("a note alone", {"pkg/b.py": f"{USE}reveal_type(f(1))\n"}, 0),
    ("an error and a note", {"pkg/b.py": f"{USE}reveal_type(f(''))\n"}, 1),
    ("a broken file", {"pkg/b.py": "print(1\n"}, 2),
    ("and not any more", {"pkg/b.py": USE}, 0),
    ("a new file", {"pkg/c.py": "import pkg.later\nx: int = ''\n"}, 1),
    ("what it imports", {"pkg/later.py": "y = 1\n"}, 1),
    ("gone again", {"pkg/later.py": None}, 1),
    ("a deleted file", {"pkg/c.py": None, "pkg/a.py": None}, 1),
    ("put back", {"pkg/a.py": ABOUT}, 0),
    ("nothing typed", {"pkg/b.py": "def h(x):\n    return x\n"}, 1),
    ("an ignore for nothing", {"pkg/b.py": "x: int = 1  # type: ignore\n"}, 1),
    ("a stranger", {"pkg/b.py": "import nobody.knows\nx = []\n"}, 1),
    ("all well", {"pkg/b.py": USE}, 0),
)


@pytest.mark.timeout(120)
def test_it_says_what_mypy_says(checked: Checked) -> None:
    modes = []
    for what, files, code in STORY:
        for name, text in files.items():
            if text is None:
                (checked.root / name).unlink()
            else:
                checked.write(name, text)
        warm = checked.ask()
        told = checked.said
        cold = checked.itself()
        assert (warm.exit_code, cold.exit_code) == (code, code), (what, told, checked.said)
        assert essence(told) == essence(checked.said), what
        modes.append(warm.mode)
    unable = "cold: mypy itself has to say what keeps it from checking"
    assert modes == ["warm"] * 5 + [unable] + ["warm"] * (len(STORY) - 6)


def test_what_the_daemon_says_is_masked(checked: Checked) -> None:
    checked.write("pkg/b.py", "print(hunter2)\n")
    shown: list[str] = []
    done = checked.runner(checked.job(mask=Mask(["hunter2"])), shown.append, checked.cancel)

    assert done.mode == "warm"
    assert 'Name "***" is not defined' in done.tail
    assert "hunter2" not in checked.said + done.tail + "".join(shown)


def test_two_saves_of_one_size_and_time_are_two(checked: Checked) -> None:
    about = checked.root / "pkg/a.py"
    then = about.stat()
    for text, code in ((ABOUT.replace("int", "str"), 1), (ABOUT, 0)):
        about.write_text(text)
        os.utime(about, ns=(then.st_atime_ns, then.st_mtime_ns))
        done = checked.ask()
        assert (done.mode, done.exit_code) == ("warm", code), checked.said


def test_the_terminal_gets_colours_as_from_mypy(checked: Checked) -> None:
    checked.write("pkg/b.py", f"{USE}f('')\nreveal_type(f(1))\n")
    warm, told = checked.ask(tty=(24, 100)), checked.said
    cold = checked.itself(tty=(24, 100))
    assert (warm.mode, warm.exit_code, cold.exit_code) == ("warm", 1, 1)
    assert told == checked.said
    assert "\x1b[" in told


# -- what the daemon does not know of ---------------------------------------------------------


def test_another_configuration_or_plugin_asks_mypy_itself_and_then_a_new_daemon(
    cheap: Checked,
) -> None:
    plugin = "from mypy.plugin import Plugin\n\ndef plugin(version: str):\n    return Plugin\n"
    cheap.write("rules.py", plugin)
    cheap.warmed()
    first = cheap.pid
    cheap.write("mypy.ini", "[mypy]\nplugins = rules.py\n")
    assert cheap.ask().mode == "cold: mypy.ini changed"
    second = cheap.waited().pid
    assert gone(first)
    assert cheap.ask().mode == "warm"
    cheap.write("rules.py", f"{plugin}\nTHRESHOLD = 1\n")
    assert cheap.ask().mode == "cold: rules.py changed"
    assert second != cheap.waited().pid
    assert cheap.ask().mode == "warm"


def test_another_environment_gets_another_daemon(cheap: Checked) -> None:
    cheap.warmed()
    first = cheap.pid
    cheap.write("more/extra.py", "x: int = 1\n")
    cheap.write("pkg/b.py", "from extra import x\n\nprint(x)\n")
    env = {**os.environ, "MYPYPATH": "more"}
    done = cheap.ask(env=env)
    assert (done.exit_code, done.mode) == (0, "cold: its daemon is not started yet")
    assert gone(first)
    # A second time the same: it is worth one.
    assert cheap.ask(env=env).exit_code == 0
    done = cheap.waited().ask(env=env)
    assert (done.exit_code, done.mode) == (0, "warm")


def test_arguments_that_are_others_each_time_start_no_daemon(cheap: Checked) -> None:
    cheap.ask()
    for name in ("pkg/a.py", "pkg/b.py", "pkg/a.py"):
        cheap.ask(argvs=((*PYTHON[:3], name),))
        assert cheap.daemon is None


@pytest.mark.parametrize(
    ("config", "words", "why"),
    [
        ("follow_imports = silent", (), "it follows imports silently"),
        ("[mypy-pkg.*]\nfollow_imports = silent", (), "it follows imports silently"),
        ("local_partial_types = False", (), "local_partial_types is off"),
        ("no_such_key = 1", (), "its configuration has mistakes"),
        ("", ("--junit-xml", "out.xml"), "it writes reports"),
        ("", ("--no-incremental",), "it is not incremental"),
        ("", ("--install-types",), "it installs types"),
        ("", ("--no-such-option",), "mypy does not take its arguments"),
        ("", ("--version",), "mypy does not take its arguments"),
    ],
)
def test_what_the_daemon_does_not_take_is_left_to_mypy(
    tmp_path: Path, config: str, words: tuple[str, ...], why: str
) -> None:
    given: list[Job] = []
    with closing(Checked(tmp_path, passing(given))) as checked:
        checked.write("mypy.ini", f"[mypy]\n{config}\n")
        argvs = ((*PYTHON, *words),)
        assert checked.warmed(argvs=argvs).ask(argvs=argvs).mode == f"cold: {why}"
        assert checked.daemon is None
        # It is not ours any more: whoever keeps other processes may keep one for it.
        assert given[-1] == checked.job(argvs=argvs)


@pytest.mark.parametrize(
    ("argv", "arguments"),
    [
        (("mypy", "pkg"), ("pkg",)),
        (("python", "-m", "mypy", "--strict", "pkg"), ("--strict", "pkg")),
        (("python", "-X", "dev", "-mmypy"), ()),
        (("python", "-m", "mypy.dmypy", "run"), None),
        (("python", "-m", "pytest"), None),
        (("dmypy", "run", "--", "pkg"), None),
        (("sh", "-c", "mypy pkg"), None),
        (("other", "pkg"), None),
    ],
)
def test_a_question_to_mypy_is_recognised(
    tmp_path: Path, argv: tuple[str, ...], arguments: tuple[str, ...] | None
) -> None:
    for name in ("mypy", "dmypy", "other"):
        (tmp_path / name).write_text(f"#!{sys.executable}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.path.dirname(sys.executable)}:/usr/bin:/bin"
    job = Job("types", (argv,), str(tmp_path), {"PATH": path}, 1.0, "log")
    found = question(job)
    assert (found and found.arguments) == arguments
    if found:
        assert found.folder == str(tmp_path)
        assert question(job._replace(argvs=(argv, argv))) is None


def test_everything_else_is_somebody_elses(tmp_path: Path) -> None:
    given: list[Job] = []
    with closing(Checked(tmp_path, passing(given))) as checked:
        for job in (checked.job(warm=False), checked.job(argvs=(("true",),))):
            assert checked.runner(job, lambda _: None, checked.cancel).mode == ""
            assert given.pop() is job
        assert not checked.runner._places


def passing(given: list[Job]) -> Runner:
    """A runner that keeps what it is given."""

    def run(job: Job, _emit: Callable[[str], None], _cancel: Stoppable, /) -> Completion:
        given.append(job)
        return Completion(0, 0.1)

    return run


# -- faults -----------------------------------------------------------------------------------


def test_until_it_is_ready_mypy_is_asked(cheap: Checked) -> None:
    cheap.runner.expect(cheap.job())
    os.kill(cheap.pid, signal.SIGSTOP)
    assert cheap.ask().mode == "cold: its daemon is not ready yet"
    os.kill(cheap.pid, signal.SIGCONT)
    assert cheap.waited().ask().mode == "warm"


def test_a_cancelled_question_leaves_the_daemon_to_answer_the_next(checked: Checked) -> None:
    pid = checked.pid
    os.kill(pid, signal.SIGSTOP)
    done: list[Completion] = []
    asking = threading.Thread(target=lambda: done.append(checked.ask(grace=(0.2, 0.2))))
    asking.start()
    # Its client is the newest of our children, and waits for an answer by now or soon.
    assert eventually(lambda: "ask.py" in commands(), LIMIT)
    checked.cancel.set()
    asking.join(LIMIT)
    assert [one.cancelled for one in done] == [True]
    assert eventually(lambda: "ask.py" not in commands(), LIMIT)
    os.kill(pid, signal.SIGCONT)
    checked.cancel = Cancel()
    checked.write("pkg/b.py", f"{USE}f('')\n")
    answer = checked.ask()
    assert (answer.mode, answer.exit_code, checked.pid) == ("warm", 1, pid)


def commands() -> str:
    """The command lines of our children."""
    import psutil  # noqa: PLC0415 - for one test

    lines = []
    for process in psutil.Process().children():
        try:
            lines.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return "\n".join(lines)


def test_one_that_hangs_is_ended_and_mypy_is_asked(tmp_path: Path) -> None:
    with closing(Checked(tmp_path, passing([]), patience=0.5)) as checked:
        pid = checked.warmed().pid
        os.kill(pid, signal.SIGSTOP)
        done = checked.ask()
        assert (done.exit_code, done.mode) == (0, "cold: its daemon did not answer in 0s")
        assert done.seconds < LIMIT / 2
        assert gone(pid)
        assert checked.waited().pid != pid


def test_one_that_dies_is_replaced_but_not_for_ever(cheap: Checked) -> None:
    cheap.ask()
    for _ in range(2):
        os.kill(cheap.pid, signal.SIGKILL)
        assert eventually(lambda: gone(cheap.pid), LIMIT)
        assert cheap.ask().mode == "cold: its daemon has ended"
    assert cheap.daemon is None
    assert cheap.ask().mode == "cold: its daemon fails"


def test_a_client_that_fails_gives_no_verdict(checked: Checked) -> None:
    assert checked.daemon is not None
    os.unlink(f"{checked.daemon.status}.seen")
    done = checked.ask()
    assert (done.exit_code, done.mode) == (0, "cold: its daemon failed")
    assert "Success" in checked.said


def test_an_idle_one_ends_by_itself(cheap: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "IDLE", 1)
    pid = cheap.warmed().pid
    assert eventually(lambda: gone(pid), LIMIT)
    assert cheap.ask().mode == "cold: its daemon has ended"
    assert cheap.runner._places["types"].failed == 0


# -- what is left -----------------------------------------------------------------------------


def test_closing_leaves_nothing(cheap: Checked) -> None:
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    pid = cheap.warmed().pid
    assert cheap.daemon
    socket = daemon._socket(cheap.daemon.status)
    assert os.path.exists(socket)
    os.kill(pid, signal.SIGKILL)  # so that it cannot clean up after itself
    cheap.close()
    assert gone(pid)
    assert not os.path.exists(os.path.dirname(socket))
    assert os.listdir(cheap.state / "cache/dmypy") == []
    if before:
        assert len(os.listdir("/proc/self/fd")) == before
    cheap.runner.expect(cheap.job())
    assert cheap.daemon is None


def test_the_editors_daemon_is_left_alone(checked: Checked) -> None:
    status = checked.root / ".dmypy.json"
    status.write_text(f'{{"pid": {os.getpid()}, "connection_name": "/nowhere"}}')
    checked.write("pkg/b.py", f"{USE}\n")
    assert checked.ask().mode == "warm"
    assert str(os.getpid()) in status.read_text()
    assert checked.daemon is not None
    assert str(checked.root / ".loop") in checked.daemon.status


def test_the_sweep_of_a_walk_spares_it(checked: Checked) -> None:
    sweep("1-1.1")
    assert not gone(checked.pid)
    assert checked.ask().mode == "warm"


LOOP = """
import os, sys, time
from innerloop.core.job import Job
from innerloop.system.runners.dmypy import Dmypy
from innerloop.system.runners.local import local
from innerloop.system.watchdog import Watchdog
root = sys.argv[1]
argv = (sys.executable, "-m", "mypy", "pkg")
with Watchdog("1-1") as dog:
    runner = Dmypy(local(dog), root + "/.loop", dog)
    runner.expect(Job("types", (argv,), root, dict(os.environ), 30.0, root + "/log", warm=True))
    with open(root + "/pids", "w") as file:
        print(runner._places["types"].daemon.pid, file=file)
    time.sleep(60)
"""


def test_a_killed_loop_leaves_no_daemon_and_the_next_one_no_file(cheap: Checked) -> None:
    with script(LOOP, str(cheap.root)) as loop:
        pid = pids(cheap.root / "pids", 1)[0]
        folder = cheap.state / "cache/dmypy"
        # The files are there once the daemon is.
        assert eventually(lambda: len(os.listdir(folder)) > 1, LIMIT)
        loop.kill()
    assert eventually(lambda: gone(pid), LIMIT)
    kept = folder / f"{os.getpid()}-kept"
    kept.write_text("")
    left = folder / f"{loop.pid}-left"
    left.write_text("")
    Dmypy(local(), str(cheap.state)).close()
    assert os.listdir(folder) == [kept.name]
