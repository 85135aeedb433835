"""What every test stands on: nobody's environment, and projects to run `loop` in."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import settings

from innerloop.commit import NAME
from innerloop.core.agents import GENERIC, SHARED, SURE
from innerloop.system import state
from snapped import snappylapy, syrupy  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a shell without job control, as some CI runners do: children
    # would inherit that nobody can interrupt them, which is what many tests do.
    signal.signal(signal.SIGINT, signal.default_int_handler)

LIMIT = 30.0
LOOP = (sys.executable, "-P", "-m", "innerloop")
INHERITED = (
    *("LOOP_", "GIT_", "XDG_", "PYTEST_", "PYTHON", "CONDA_", "UV_", "COVERAGE_"),
    *("CI_", "GITHUB_", "GITLAB_", "RUNNER_"),
)
"""families of variables that no test may inherit; pytest's own are put back by it at each step"""
TOOLS = frozenset({GENERIC, "AGENT", *dict((*SURE, *SHARED))})
ALONE = TOOLS | {
    "CI",
    "VIRTUAL_ENV",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLUMNS",
    "LINES",
    "MYPYPATH",
    "TZ",
}
_GITCONFIG = "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
_MARK = """\
#!/bin/sh
echo "$1" >> "{place}/ran"
while [ -e "{place}/hold-$1" ]; do sleep 0.02; done
if [ -e "{place}/fail-$1" ]; then echo "$1 is broken"; exit 1; fi
"""


# How long an example takes says more of the machine than of us.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of nobody's, and none of the variables that whoever started us happens to have."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name in ALONE or name.startswith(INHERITED):
                patch.delenv(name)
        for name, value in isolated(home).items():
            patch.setenv(name, value)
        yield home


def isolated(home: Path) -> dict[str, str]:
    """The variables that keep a process away from the real home and the real git settings."""
    home.mkdir(parents=True, exist_ok=True)
    (home / ".gitconfig").write_text(_GITCONFIG)
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }


class Done:
    """A command that has ended; what is claimed of it raises unless it is so."""

    def __init__(self, words: tuple[str, ...], code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err
        self._story = f"$ loop {' '.join(words)}  ->  {code}\n{out}\n-- stderr:\n{err}"

    def ok(self) -> Done:
        return self.fails(0)

    def fails(self, code: int) -> Done:
        assert self.code == code, self._story
        return self

    def prints(self, *texts: str) -> Done:
        for text in texts:
            assert text in self.out, f"{text!r} is not in\n{self._story}"
        return self

    def warns(self, *texts: str) -> Done:
        for text in texts:
            assert text in self.err, f"{text!r} is not on stderr of\n{self._story}"
        return self

    def quiet(self) -> Done:
        assert not self.err, self._story
        return self


class Project:
    """A folder with a loops.yaml, and an environment with nothing in it but what is put there.

    `mark NAME` is a program on its PATH that leaves a trace of having run, waits while
    `hold(NAME)` stands, and fails while `breaks(NAME)` does: none of which is an input.
    """

    def __init__(self, place: Path, root: Path) -> None:
        self.place = place
        self.root = root
        self.limit = LIMIT
        self.bin = place / "bin"
        git = os.path.dirname(shutil.which("git") or "/usr/bin/git")
        self.env = {
            **isolated(place / "home"),
            "PATH": f"{self.bin}:{git}:/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
        }
        self.program("mark", _MARK.format(place=place))
        # A Python of its own with nothing installed: this machine's would be looked through.
        self.program("python3", "exit 0")
        (place / "pyvenv.cfg").write_text("home = /nowhere/bin\n")

    def loops(self, text: str) -> Project:
        """Write loops.yaml: whole, or only what stands under `inner`."""
        text = textwrap.dedent(text).strip()
        if not text.startswith("version:"):
            text = f"version: 1\ninner:\n{textwrap.indent(text, '  ')}"
        return self.write({"loops.yaml": f"{text}\n"})

    def write(self, files: Mapping[str, str]) -> Project:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def program(self, name: str, text: str, folder: Path | None = None) -> Path:
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def git(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=cwd or self.root,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def commit(self) -> Project:
        self.git("add", "-A")
        self.git("commit", "-qm", "as it stands")
        return self

    def start(
        self, *words: str, cwd: Path | None = None, env: Mapping[str, str | None] | None = None
    ) -> subprocess.Popen[str]:
        """`loop`, in a process of its own that goes on."""
        return subprocess.Popen(
            [*LOOP, *words],
            cwd=cwd or self.root,
            env={k: v for k, v in {**self.env, **(env or {})}.items() if v is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
        )

    def run(
        self, *words: str, cwd: Path | None = None, env: Mapping[str, str | None] | None = None
    ) -> Done:
        """`loop`, to its end."""
        return ended(self.start(*words, cwd=cwd, env=env), *words, limit=self.limit)

    def ran(self) -> list[str]:
        """What `mark` was called with since this was last asked."""
        trace = self.place / "ran"
        names = trace.read_text().split() if trace.exists() else []
        trace.unlink(missing_ok=True)
        return names

    def walked(self, *words: str) -> list[str]:
        """What runs in a walk that has to end green."""
        self.run("inner", *words).ok()
        return self.ran()

    def breaks(self, name: str) -> None:
        (self.place / f"fail-{name}").touch()

    def mends(self, name: str) -> None:
        (self.place / f"fail-{name}").unlink()

    def hold(self, name: str) -> None:
        (self.place / f"hold-{name}").touch()

    def release(self, name: str) -> None:
        (self.place / f"hold-{name}").unlink()

    def underway(self, name: str) -> None:
        """Wait until `mark NAME` has started."""
        trace = self.place / "ran"
        wait(lambda: trace.exists() and name in trace.read_text().split(), f"{name} to start")

    def receipts(self) -> list[Path]:
        """Those of walks; the one for commits is another thing."""
        found = sorted((self.root / ".loop/receipts").glob("*"))
        return [one for one in found if one.name != NAME]

    def _receipts(self) -> list[tuple[Path, int]]:
        return [(path, path.stat().st_mtime_ns) for path in self.receipts()]

    def runs(self) -> int:
        """How many walks history knows of: a receipt's answer is none."""
        with closing(sqlite3.connect(self.root / ".loop/history.db")) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM runs").fetchone()[0])

    def sealed(self, *words: str, cwd: Path | None = None) -> list[str]:
        """Walk until the receipt answers for this command line; what ran on the way."""
        before = self._receipts()
        if not (self.root / ".loop").exists():
            # Made by the walk itself, it would be too young for a receipt at its end.
            state.put(f"{state.make(str(self.root))}/revoked", b"never")

        def written() -> bool:
            self.run("inner", *words, cwd=cwd).ok()
            return self._receipts() != before

        wait(written, "a receipt")
        walks = self.runs()
        self.run("inner", *words, cwd=cwd).ok().quiet().prints("passed before")
        assert self.runs() == walks, "the receipt did not answer"
        return self.ran()


class Maker(Protocol):
    """How a test asks for a project."""

    def __call__(
        self,
        loops: str = ...,
        files: Mapping[str, str] = ...,
        *,
        git: bool = ...,
        root: str = ...,
    ) -> Project: ...


def ended(process: subprocess.Popen[str], *words: str, limit: float = LIMIT) -> Done:
    """A started command, waited for."""
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        pytest.fail(f"loop {' '.join(words)} does not end\n{out}\n{err}")
    return Done(words, process.returncode, out, err)


def wait(claim: object, what: str, patience: float = 10.0) -> None:
    """Until it is so; a failure that names what did not come."""
    assert callable(claim)
    deadline = time.monotonic() + patience
    while not claim():
        assert time.monotonic() < deadline, f"waited {patience} s for {what}"
        time.sleep(0.01)


@pytest.fixture
def project(tmp_path: Path) -> Maker:
    """Projects in a temporary folder: `project(loops=..., files={...}).run("inner").ok()`."""

    def make(
        loops: str = "unit: {run: mark unit, cycle: 1s}",
        files: Mapping[str, str] | None = None,
        *,
        git: bool = True,
        root: str = "project",
    ) -> Project:
        place = tmp_path / root
        place.mkdir(parents=True)
        made = Project(tmp_path, place)
        if git:
            made.git("init", "-q")
        return made.write(files or {}).loops(loops)

    return make
