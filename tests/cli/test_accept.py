"""loop accept with a command of the loop's own: what is asked, kept, said and left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from conftest import LOOP, ended, wait

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker, Project

LOOPS = """
steps: {run: diff accepted made, accept: 'mark write; cp made accepted', cycle: 1s}
lint: {run: mark lint, cycle: 2s}
"""


@pytest.fixture
def found(project: Maker) -> Project:
    """A loop that compares two files, which differ."""
    made = project(LOOPS, {"accepted": "one\n", "made": "two\n"}).commit()
    made.env["PATH"] += f":{made.bin}"
    return made


def copies(found: Project) -> list[Path]:
    return sorted(one for one in (found.root / ".loop/replaced").rglob("*") if one.is_file())


def test_what_the_command_writes_is_accepted_and_proven(found: Project) -> None:
    found.run("inner").fails(1).prints("next: loop review steps")

    said = found.run("accept", "steps", "-m", "two is right").ok()

    said.prints("green: 1 loop passed", "steps: accepted, 1 file: accepted (loop show 2)")
    assert found.ran() == ["write"], "of the others nothing was asked"
    (copy,) = copies(found)
    assert copy.read_text() == "one\n"
    assert copy.stat().st_mode & 0o077 or oct(copy.parent.stat().st_mode)[-2:] == "00"
    found.run("inner").ok()


def test_a_loop_that_is_the_only_one_that_fails_need_not_be_named(found: Project) -> None:
    found.loops(f"{LOOPS}other: {{run: mark other, accept: mark never, cycle: 3s}}\n")
    found.run("accept", "-m", "x").fails(2).warns("which loop's snapshots", "steps, other")
    found.run("inner").fails(1)

    found.run("accept", "-m", "x").ok().prints("steps: accepted")
    assert "never" not in found.ran()


def test_a_loop_that_is_not_there_is_told(found: Project) -> None:
    found.run("accept", "stepps", "-m", "x").fails(2).warns("did you mean 'steps'?")


def test_where_nothing_was_written_nothing_was_waiting(found: Project) -> None:
    found.run("accept", "steps", "-m", "x").ok()
    found.run("accept", "steps", "-m", "x").ok().prints("steps: nothing was waiting")

    assert len(copies(found)) == 1, "of what stays as it is no copy is kept"
    assert json.loads(found.run("show", "--json").ok().out)["accepted"] == []


def test_what_fails_all_the_same_is_said_kept_and_can_be_had_back(found: Project) -> None:
    found.loops("steps: {run: diff accepted made, accept: 'echo three > accepted', cycle: 1s}")

    said = found.run("accept", "steps", "-m", "x").fails(1)

    said.prints("red", "steps: written, and NOT PROVEN, 1 file: accepted", "cp -R .loop/replaced/")
    found.run("show").ok().prints("#1  red", "why      x", "accepted of steps by Ada")
    place = said.out.partition("cp -R ")[2].split()[0]
    subprocess.run(["cp", "-R", place, "."], cwd=found.root, check=True)
    assert found.git("status", "--porcelain", "accepted") == ""


def test_a_file_that_was_not_there_is_named_apart(found: Project) -> None:
    found.loops("steps: {run: diff fresh made, accept: 'echo x > fresh', cycle: 1s}")

    said = found.run("accept", "steps", "-m", "x").fails(1)

    said.prints("not there before: fresh")
    assert "cp -R" not in said.out
    found.run("show").ok().prints("fresh  new -> ")


def test_a_file_that_is_taken_away_is_recorded_as_gone(found: Project) -> None:
    found.loops("steps: {run: test ! -e accepted, accept: rm accepted, cycle: 1s}")

    found.run("accept", "steps", "-m", "x").ok()

    found.run("show").ok().prints(" -> gone")


def test_a_command_that_is_not_there_accepts_nothing(found: Project) -> None:
    found.loops("steps: {run: diff accepted made, accept: no-such-program, cycle: 1s}")

    said = found.run("accept", "steps", "-m", "x").fails(1)

    said.prints("the command that accepts ended with exit 127").warns("no-such-program")
    assert found.runs() == 0, "nothing was walked"


def test_a_verdict_on_the_same_content_does_not_stand_in_for_the_proof(project: Maker) -> None:
    # Not among its inputs, so nothing that has passed says anything of what is accepted.
    found = project(
        "steps: {run: 'mark run', accept: 'echo x >> accepted', inputs: [made], cycle: 1s}",
        {"made": "", "accepted": ""},
    )
    found.run("inner").ok()
    found.ran()

    found.run("accept", "steps", "-m", "x").ok()
    assert found.ran() == ["run"]


def test_placeholders_are_filled_in(project: Maker) -> None:
    found = project(
        """
        steps:
          run: diff accepted made
          accept: "test -d {out} && test -d {cache} && echo {files} && cp made accepted"
          files: [made]
          cycle: 1s
        """,
        {"made": "two\n", "accepted": ""},
    )
    found.run("accept", "steps", "-m", "x").ok().warns("accept steps: test -d {out}")


def test_an_interruption_says_what_was_written_by_then(found: Project) -> None:
    found.loops(LOOPS.replace("cp made accepted", "cp made accepted; mark slow"))
    found.hold("slow")
    process = found.start("accept", "steps", "-m", "x")
    found.underway("slow")

    process.send_signal(signal.SIGINT)

    said = ended(process, "accept").fails(130)
    said.prints("written, and NOT PROVEN, 1 file: accepted", "cp -R .loop/replaced/")
    found.run("show").ok().prints("interrupted", "why      x", "accepted of steps by")


def test_an_interrupted_proof_is_none(found: Project) -> None:
    found.loops(LOOPS.replace("diff accepted made", "diff accepted made && mark proof"))
    found.hold("proof")
    process = found.start("accept", "steps", "-m", "x")
    found.underway("proof")

    process.send_signal(signal.SIGTERM)

    ended(process, "accept").fails(143).prints("written, and NOT PROVEN")


def test_a_loop_whose_turn_it_is_not_is_not_touched(found: Project) -> None:
    found.loops(
        """
        other: {run: mark other, mutex: m, cycle: 1s}
        steps: {run: diff accepted made, accept: cp made accepted, mutex: m, cycle: 2s}
        """
    )
    found.hold("other")
    process = found.start("inner", "other")
    found.underway("other")

    found.run("accept", "steps", "-m", "x").fails(2).warns("cannot accept 'steps' now", "'m'")

    assert (found.root / "accepted").read_text() == "one\n"
    found.release("other")
    ended(process).ok()


def test_a_secret_in_a_reason_is_masked(found: Project) -> None:
    found.loops(f"version: 1\nsecrets: [TOKEN]\ninner:\n{indented(LOOPS)}")
    env = {"TOKEN": "s3cret-s3cret"}

    found.run("accept", "steps", "-m", "since s3cret-s3cret said so", env=env).ok()

    assert "s3cret" not in found.run("show", env=env).ok().out


def test_a_secret_is_masked_in_what_was_interrupted_as_well(found: Project) -> None:
    slow = LOOPS.replace("cp made accepted", "cp made accepted; mark slow")
    found.loops(f"version: 1\nsecrets: [TOKEN]\ninner:\n{indented(slow)}")
    env = {"TOKEN": "s3cret-s3cret"}
    found.hold("slow")
    process = found.start("accept", "steps", "-m", "as s3cret-s3cret", env=env)
    found.underway("slow")

    process.send_signal(signal.SIGINT)

    ended(process, "accept").fails(130)
    assert "s3cret" not in found.run("show", env=env).ok().prints("why      as ").out


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.strip().splitlines())


def test_a_timeout_ends_it(found: Project) -> None:
    found.loops("steps: {run: 'true', accept: sleep 60, cycle: 1s, timeout: 500ms}")

    found.run("accept", "steps", "-m", "x").fails(1).prints("ended with exit 124")


def test_another_code_for_tools_that_act_on_it_only(found: Project) -> None:
    found.loops("steps: {run: 'false', accept: 'true', cycle: 1s}")

    found.run("accept", "steps", "-m", "x", "--fail-code", "2").fails(2)
    found.run("review", "steps", "--fail-code", "7").fails(7)


def test_a_history_of_an_older_version_is_shown_as_it_is(found: Project) -> None:
    found.run("inner").fails(1)
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('DROP TABLE accepted');"
        "c.execute('PRAGMA user_version = 5'); c.commit(); c.close()"
    )
    place = str(found.root / ".loop/history.db")
    subprocess.run([sys.executable, "-c", script, place], check=True)

    found.run("show").ok().prints("#1  red")
    found.run("accept", "steps", "-m", "x").ok()
    found.run("show").ok().prints("accepted of steps by")


def test_without_git_it_is_the_systems_user_who_accepts(project: Maker) -> None:
    found = project(LOOPS, {"accepted": "one\n", "made": "two\n"}, git=False)
    (found.place / "home/.gitconfig").unlink()

    found.run("accept", "steps", "-m", "x").ok()

    assert "@" in found.run("show").ok().out.partition("accepted of steps by ")[2]


# -- at a terminal ---------------------------------------------------------------------------


def asked(found: Project) -> pexpect.spawn[str]:
    child = pexpect.spawn(
        LOOP[0],
        [*LOOP[1:], "accept", "steps"],
        cwd=str(found.root),
        env={**found.env, "TERM": "xterm", "NO_COLOR": "1"},
        encoding="utf-8",
        timeout=30,
    )
    child.expect("why is this right\\? ")
    return child


def test_at_a_terminal_the_reason_is_asked_for(found: Project) -> None:
    child = asked(found)
    child.sendline("two is right")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 0
    found.run("show").ok().prints("why      two is right")


@pytest.mark.parametrize("answer", ["", "   "])
def test_no_answer_accepts_nothing(found: Project, answer: str) -> None:
    child = asked(found)
    child.sendline(answer)
    child.expect("no reason was given")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 2
    assert (found.root / "accepted").read_text() == "one\n"


def test_a_tool_at_a_terminal_is_not_asked(found: Project) -> None:
    child = pexpect.spawn(
        LOOP[0],
        [*LOOP[1:], "accept", "steps"],
        cwd=str(found.root),
        env={**found.env, "TERM": "xterm", "LOOP_AGENT": "1"},
        encoding="utf-8",
        timeout=30,
    )
    child.expect("say it: loop accept")
    child.expect(pexpect.EOF)
    wait(lambda: not child.isalive(), "it to end")
    child.close()
    assert child.exitstatus == 2
