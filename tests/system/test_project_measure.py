from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import psutil
import pytest

from innerloop.core.proposal import Candidate
from innerloop.system.project.measure import environment, measure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def candidate(run: str, **more: object) -> Candidate:
    made = Candidate("unit", run, "test", "", 1.0)
    return made._replace(**more)  # type: ignore[arg-type] # mixed fields


def gone(pid: int) -> bool:
    """Ended; an orphan may stay a zombie where nobody collects it."""
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_a_pass_and_a_failure_are_told_with_their_last_words(tmp_path: Path) -> None:
    passed = measure(candidate("sh -c 'echo fine; exit 0'"), str(tmp_path), os.environ)
    assert (passed.exit_code, passed.said, passed.passed) == (0, "fine", True)
    script = "sh -c 'printf \"\\033[31m=== 2 failed ===\\033[0m\\n\\n---\\n\" >&2; exit 3'"
    failed = measure(candidate(script), str(tmp_path), os.environ)
    assert (failed.exit_code, failed.said, failed.passed) == (3, "2 failed", False)


def test_seconds_are_those_it_took(tmp_path: Path) -> None:
    assert 0.3 <= measure(candidate("sleep 0.3"), str(tmp_path), os.environ).seconds < 5


def test_a_missing_program_is_127(tmp_path: Path) -> None:
    assert measure(candidate("no-such-program"), str(tmp_path), os.environ).exit_code == 127


def test_a_signal_is_told_as_a_shell_would(tmp_path: Path) -> None:
    assert measure(candidate("sh -c 'kill -9 $$'"), str(tmp_path), os.environ).exit_code == 137


def test_an_interrupt_in_the_midst_of_a_start_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, *words: Any, **more: Any) -> None:
            super().__init__(*words, **more)
            started.append(self.pid)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    with pytest.raises(KeyboardInterrupt):
        measure(candidate("sleep 60"), str(tmp_path), os.environ)
    assert gone(started[0])


def test_the_limit_ends_the_whole_group(tmp_path: Path) -> None:
    script = f"sh -c 'sleep 60 & echo $! > {tmp_path}/pid; trap \"\" TERM; wait; sleep 60'"
    began = time.monotonic()
    came = measure(candidate(script), str(tmp_path), os.environ, limit=0.5)
    assert came.exit_code is None
    assert time.monotonic() - began < 10
    assert gone(int((tmp_path / "pid").read_text()))


def test_what_a_pass_leaves_behind_is_ended_too(tmp_path: Path) -> None:
    script = f"sh -c 'sleep 60 & echo $! > {tmp_path}/pid'"
    assert measure(candidate(script), str(tmp_path), os.environ).passed
    assert gone(int((tmp_path / "pid").read_text()))


def test_an_interrupt_ends_the_group_and_is_passed_on(tmp_path: Path) -> None:
    script = f"sh -c 'echo $$ > {tmp_path}/pid; exec sleep 60'"
    me = threading.main_thread().ident
    assert me is not None
    interrupt = threading.Timer(0.5, signal.pthread_kill, (me, signal.SIGINT))
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        measure(candidate(script), str(tmp_path), os.environ)
    assert gone(int((tmp_path / "pid").read_text()))


def test_changed_is_every_file_in_several_commands(tmp_path: Path) -> None:
    hands = tuple(f"dir/file {number}.py" for number in range(1_500))
    count = f"{sys.executable} -c \"import sys; open('n', 'a').write(f'{{len(sys.argv)}} ')\""
    assert measure(
        candidate(count.replace("{{", "{").replace("}}", "}") + " {changed}", hands=hands),
        str(tmp_path),
        os.environ,
    ).passed
    assert (tmp_path / "n").read_text() == "1001 501 "


def test_one_failing_command_of_several_is_a_failure(tmp_path: Path) -> None:
    hands = tuple(f"{number}.py" for number in range(1_001))
    script = "sh -c 'test \"$1\" != ./0.py' sh {changed}"
    assert measure(candidate(script, hands=hands), str(tmp_path), os.environ).exit_code == 1


def test_the_environments_programs_go_first(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "GIT_DIR": "x"}
    assert environment(given, "") == {"PATH": "/bin"}
    assert environment(given, str(tmp_path)) == {"PATH": f"{tmp_path}/bin:/bin"}
    (tmp_path / "pyvenv.cfg").touch()
    assert environment(given, str(tmp_path))["VIRTUAL_ENV"] == str(tmp_path)
