from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
from children import Ran, children, eventually, gone

from innerloop.core.job import Completion, Job
from innerloop.system.process import supervise

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> Ran:
    return Ran(tmp_path)


def test_a_command_that_ends_well(run: Ran) -> None:
    done = run.sh("echo out; echo err >&2; echo again")

    assert done._replace(seconds=0) == Completion(0, 0, tail="out\nerr\nagain\n")
    assert run.log.read_text() == "out\nerr\nagain\n"
    assert "".join(run.shown) == "out\nerr\nagain\n"


@pytest.mark.parametrize("code", [1, 2, 3, 5, 77, 255])
def test_its_exit_code_is_the_commands(run: Ran, code: int) -> None:
    assert run.sh(f"exit {code}").exit_code == code


@pytest.mark.parametrize("name", ["SEGV", "KILL", "TERM", "INT", "ABRT"])
def test_a_signal_is_reported_as_a_shell_would(run: Ran, name: str) -> None:
    done = run.sh(f"ulimit -c 0; kill -{name} $$")

    assert done.exit_code == 128 + signal.Signals[f"SIG{name}"]
    assert not done.cancelled


def test_a_missing_program_is_named(run: Ran) -> None:
    done = run(("rufff", "check"))

    assert done.exit_code == 127
    assert done.tail == "loop: no such program: 'rufff'\n"
    assert run.log.read_text() == done.tail


def test_a_program_is_looked_for_on_the_path_it_is_given(run: Ran) -> None:
    program = run.folder / "bin" / "own"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho mine\n")
    program.chmod(0o755)

    assert run(("own",), env={"PATH": str(program.parent)}).tail == "mine\n"
    assert run(("own",), env={"PATH": "/nowhere"}).exit_code == 127


def test_a_file_that_cannot_be_run_is_named(run: Ran) -> None:
    (run.folder / "data").write_text("1\n")

    done = run(("./data",))

    assert done.exit_code == 126
    assert done.tail == "loop: cannot run './data': Permission denied\n"


def test_a_script_without_a_first_line_is_told_from_a_missing_interpreter(run: Ran) -> None:
    for name, text in (("bare", "echo hi\n"), ("lost", "#!/no/such/python\n")):
        (run.folder / name).write_text(text)
        (run.folder / name).chmod(0o755)

    assert "its first line names no interpreter" in run(("./bare",)).tail
    done = run(("./lost",))
    assert done.exit_code == 126
    assert "the interpreter named in './lost' is missing" in done.tail


def test_a_missing_folder_is_named(run: Ran) -> None:
    done = run(("true",), cwd=str(run.folder / "gone"))

    assert done.exit_code == 126
    assert f"no such folder to run in: '{run.folder / 'gone'}'" in done.tail


def test_what_the_system_cannot_pass_on_is_a_failure_not_a_crash(run: Ran) -> None:
    assert run(("echo", "a\0b")).exit_code == 126
    assert run(("echo", "x" * (1 << 22))).exit_code == 126


def test_the_first_command_that_fails_is_the_last(run: Ran) -> None:
    done = run(("echo", "one"), ("sh", "-c", "echo two; exit 3"), ("echo", "three"))

    assert done.exit_code == 3
    assert run.log.read_text() == "one\ntwo\n"


def test_several_commands_share_one_log(run: Ran) -> None:
    assert run(("echo", "one"), ("echo", "two")).tail == "one\ntwo\n"


def test_it_runs_where_and_with_what_it_is_told(run: Ran) -> None:
    done = run(("/usr/bin/env",), env={"ONLY": "this"})

    assert done.tail == "ONLY=this\n"
    assert run(("pwd",)).tail.strip() == str(run.folder)


def test_nothing_can_be_asked_of_the_person(run: Ran) -> None:
    done = run.sh(
        "read line || echo nothing to read; (: </dev/tty) 2>/dev/null || echo no terminal"
    )

    assert done.tail.startswith("nothing to read\n")
    assert done.tail.endswith("no terminal\n")


# P1: a pipe that fills must not stop the child.
@pytest.mark.parametrize("streams", [(2,), (1, 2)])
def test_ten_megabytes_on_either_stream_come_through(run: Ran, streams: tuple[int, ...]) -> None:
    done = run.python(f"import os\nfor n in {streams!r}:\n  os.write(n, b'x' * 10_000_000)")

    assert done.exit_code == 0
    assert run.log.stat().st_size == 10_000_000 * len(streams)


# P2: a grandchild that holds the output must not keep us waiting, nor be left behind.
def test_a_grandchild_that_holds_the_output_is_ended(run: Ran) -> None:
    began = time.monotonic()

    done = run.sh("sleep 60 & echo $!")

    assert time.monotonic() - began < 3
    assert done.exit_code == 0
    assert gone(int(done.tail))


def test_a_grandchild_that_ignores_being_told_is_killed(run: Ran) -> None:
    done = run.sh("(trap '' TERM INT; echo up; while :; do sleep 0.05; done) & echo $!; sleep 0.1")

    pid = next(int(word) for word in done.tail.split() if word.isdigit())
    assert eventually(lambda: gone(pid))


def test_the_last_words_of_a_pipeline_are_heard(run: Ran) -> None:
    # The shell ends before the grandchild that writes for it.
    assert run.sh("(sleep 0.03; echo last) & exit 0").tail == "last\n"


def test_a_stray_that_floods_the_output_does_not_keep_us(run: Ran) -> None:
    began = time.monotonic()

    done = run.sh("for n in 1 2 3 4; do setsid yes $(printf %09000d) & echo $! >>pid; done; exit 4")

    took = time.monotonic() - began
    for pid in (run.folder / "pid").read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    assert done.exit_code == 4
    assert took < 3


def test_closing_its_output_is_not_its_end(run: Ran) -> None:
    done = run.sh("exec >&- 2>&-; sleep 0.2; exit 9")

    assert done.exit_code == 9
    assert done.seconds >= 0.2


@pytest.fixture
def no_pidfd(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError("not on this system")

    monkeypatch.setattr(os, "pidfd_open", refuse)


@pytest.mark.usefixtures("no_pidfd")
def test_it_ends_without_a_pidfd_too(run: Ran) -> None:
    assert run.sh("exec >&- 2>&-; sleep 0.1; exit 9").exit_code == 9
    assert run.sh("sleep 60 & echo $!; exit 8").exit_code == 8
    assert run.sh("sleep 60", timeout=0.1).timed_out


# P10: nothing of ours is open in a child, and nothing of a child's stays open in us.
def test_a_child_inherits_three_files_and_no_more(run: Ran) -> None:
    with open(run.folder / "ours", "w") as ours:
        os.set_inheritable(ours.fileno(), True)
        done = run.python("import os; print(sorted(os.listdir('/proc/self/fd')))")

    # The fourth is the listing itself.
    assert done.tail == "['0', '1', '2', '3']\n"


def test_two_hundred_runs_leave_nothing_behind(run: Ran) -> None:
    def ours() -> tuple[object, ...]:
        return len(os.listdir("/proc/self/fd")), threading.active_count(), children()

    run(("true",))
    before = ours()
    for number in range(200):
        run(("true",) if number % 4 else ("nonesuch",), tty=(24, 80) if number % 2 else None)

    assert ours() == before


def test_a_view_that_breaks_leaves_no_child_behind(run: Ran) -> None:
    def broken(_: str) -> None:
        raise BrokenPipeError("the view is gone")

    before = len(os.listdir("/proc/self/fd"))
    job = Job(
        "unit", (("sh", "-c", "echo $$ >pid; echo hi; sleep 60"),), str(run.folder), {}, 60, ""
    )
    with pytest.raises(BrokenPipeError):
        supervise(job._replace(log=str(run.log), env=dict(os.environ)), broken, run.cancel)

    assert eventually(lambda: gone(int((run.folder / "pid").read_text())))
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_end_that_nobody_told_us_of_is_not_a_pass(run: Ran) -> None:
    old = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert run(("true",)).exit_code != 0
    finally:
        signal.signal(signal.SIGCHLD, old)
