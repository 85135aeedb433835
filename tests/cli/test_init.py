from __future__ import annotations

import signal
import subprocess
import sys
import time

import pexpect
import psutil
import pytest
import yaml

from innerloop.cli.init import init
from innerloop.config.compiled import load
from innerloop.core.errors import LoopError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

INIT = (
    "import sys; from innerloop.cli.init import init; "
    "sys.exit(init('.', yes='--yes' in sys.argv, force=False, measure=True))"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose tools are two small scripts, which leave a trace when they run."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    root = tmp_path / "project"
    tool(root / ".venv/bin/python", f'exec {sys.executable} "$@"')
    tool(root / ".venv/bin/ruff", "touch ran-ruff")
    tool(root / ".venv/bin/pytest", "touch ran-pytest; echo 1 failed; exit 1")
    (root / "ruff.toml").touch()
    (root / "Makefile").write_text("deploy:\n\ttouch deployed\nbench:\n\ttouch benched\n")
    (root / "train.py").write_text("open('trained', 'w')\n")
    (root / "tests").mkdir()
    (root / "tests/test_a.py").write_text("import pytest\n")
    return root


def tool(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_the_recognised_tools_are_run_and_nothing_else(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(str(project), yes=True, force=False, measure=True) == 0
    shown = capsys.readouterr()
    assert "lint 1s passed" in " ".join(shown.out.split())
    assert "unit ~10s failed" in " ".join(shown.out.split())
    assert "failed" in shown.out
    assert ": 1 failed" in shown.out
    assert "loop inner" in shown.out
    assert "pytest -q tests" in shown.err
    found = {path.name for path in project.iterdir()}
    assert {"ran-ruff", "ran-pytest"} <= found
    assert not {"deployed", "benched", "trained"} & found
    assert not [name for name in found if name.endswith(".new")]


def test_what_is_written_loads_without_a_word(project: Path) -> None:
    init(str(project), yes=True, force=False, measure=True)
    loaded = load(str(project), store=False)
    assert [loop.name for loop in loaded.config.loops] == ["lint", "unit"]
    assert loaded.warnings == ()


def test_what_is_offered_loads_too_once_uncommented(project: Path) -> None:
    (project / "dvc.yaml").write_text(
        "stages:\n  prepare: {cmd: python a.py, deps: [a.py], outs: [b.csv]}\n"
        "  watch: {cmd: 'python b.py  # \"x: y\"', deps: [b.csv], wdir: sub}\n"
    )
    (project / "one.ipynb").touch()
    (project / "mypy.ini").touch()
    init(str(project), yes=False, force=False, measure=False)
    path = project / "loops.yaml"
    active, found, offered = path.read_text().partition("  # Found, and not run")
    assert found
    lines = [line.replace("  # ", "  ", 1) for line in offered.splitlines()[1:]]
    lines = [line for line in lines if not line.startswith("  Left out")]
    path.write_text(active + "\n".join(lines) + "\n")
    names = {loop.name for loop in load(str(project), store=False).config.loops}
    stages = {"prepare", "python-watch"}
    assert names == {"lint", "unit", "typecheck", "bench", "notebooks", *stages}


def test_no_measure_runs_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(str(project), yes=True, force=False, measure=False)
    assert not [path for path in project.iterdir() if path.name.startswith("ran-")]
    assert "not measured" in capsys.readouterr().out
    assert "cycle is a guess" in (project / "loops.yaml").read_text()


def test_without_a_terminal_nothing_is_run_and_that_is_said(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INIT],
        cwd=project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "not a terminal, so nothing is run" in done.stderr
    assert (project / "loops.yaml").exists()
    assert not [path for path in project.iterdir() if path.name.startswith("ran-")]


@pytest.mark.parametrize(("answer", "ran"), [("y", True), ("", True), ("n", False), ("x", False)])
def test_on_a_terminal_it_asks(project: Path, answer: str, *, ran: bool) -> None:
    child = pexpect.spawn(sys.executable, ["-c", INIT], cwd=str(project), encoding="utf-8")
    child.expect_exact("ruff check (2 files)")
    child.expect_exact("run them? [Y/n] ")
    assert not (project / "ran-ruff").exists()
    child.sendline(answer)
    child.expect_exact("loop inner")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert (project / "ran-ruff").exists() is ran


def test_an_existing_file_is_kept_without_force(project: Path) -> None:
    path = project / "loops.yaml"
    path.write_text("mine")
    with pytest.raises(LoopError, match="already"):
        init(str(project), yes=True, force=False, measure=True)
    assert path.read_text() == "mine"
    assert not (project / "ran-ruff").exists()
    init(str(project), yes=False, force=True, measure=False)
    assert path.read_text() != "mine"


def test_a_file_that_appears_meanwhile_is_kept(project: Path) -> None:
    tool(project / ".venv/bin/ruff", "echo theirs > loops.yaml")
    with pytest.raises(LoopError, match="just now"):
        init(str(project), yes=True, force=False, measure=True)
    assert (project / "loops.yaml").read_text() == "theirs\n"


def test_force_writes_through_a_link(project: Path) -> None:
    (project / "real.yaml").write_text("old")
    (project / "loops.yaml").symlink_to("real.yaml")
    init(str(project), yes=False, force=True, measure=False)
    assert (project / "loops.yaml").is_symlink()
    assert yaml.safe_load((project / "real.yaml").read_text())["version"] == 1


def test_an_interrupt_writes_nothing_and_leaves_nothing(project: Path) -> None:
    tool(project / ".venv/bin/ruff", "echo $$ > pid; exec sleep 60")
    child = subprocess.Popen(
        [sys.executable, "-c", INIT, "--yes"],
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: (project / "pid").exists() and (project / "pid").read_text() != "")
    child.send_signal(signal.SIGINT)
    assert child.wait(10) in {-signal.SIGINT, 130}
    pid = int((project / "pid").read_text())
    wait_for(lambda: not psutil.pid_exists(pid))
    assert not (project / "loops.yaml").exists()


def wait_for(true: object, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    assert callable(true)
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_folder_of_scripts_gets_a_loop_that_compiles(tmp_path: Path) -> None:
    (tmp_path / "a b.py").write_text("x = 1\n")
    init(str(tmp_path), yes=True, force=False, measure=True)
    (loop,) = load(str(tmp_path), store=False).config.loops
    assert loop.name == "compile"
    assert "passed in" in (tmp_path / "loops.yaml").read_text()


def test_a_folder_without_python_is_refused_with_an_example(tmp_path: Path) -> None:
    with pytest.raises(LoopError, match="no Python here") as refused:
        init(str(tmp_path), yes=True, force=False, measure=True)
    assert not (tmp_path / "loops.yaml").exists()
    example = refused.value.hint.partition("\n")[2]
    assert list(yaml.safe_load(example)["inner"]) == ["test"]
