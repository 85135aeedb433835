"""secrets: what nobody is to read is in no output, no log, no record and no fingerprint."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import wait

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Maker, Project

SECRET = "hunter2-ä/x y"
LOOPS = f"""
version: 1
secrets: [TOKEN]
inner:
  leak:
    run: {sys.executable} leak.py
    cycle: 1s
    env_inputs: [TOKEN]
"""
LEAK = """\
import base64, os, sys, time
token = os.environ["TOKEN"]
print("raw", token, flush=True)
for part in (token[:3], token[3:7], token[7:]):
    print(end=part, flush=True)
    time.sleep(0.05)
print(flush=True)
print("basic", base64.b64encode(b"me:" + token.encode()).decode(), flush=True)
print(f'leak.py:1: error: "{token}" is wrong', file=sys.stderr)
sys.exit(sys.argv[1:] != ["ok"])
"""


@pytest.fixture
def leaking(project: Maker) -> Project:
    return project(LOOPS, {"leak.py": LEAK})


def traces(found: Project, *texts: str) -> list[str]:
    """Whatever holds a part of it, in text, in the folder and what was shown."""
    inner = base64.b64encode(b"me:" + SECRET.encode())[8:18].decode()
    words = ("hunter2-", "r2-", inner)
    kept = [path.read_bytes() for path in (found.root / ".loop").rglob("*") if path.is_file()]
    shown = [text.encode("utf-8", "surrogateescape") for text in texts]
    return [word for word in words for one in (*kept, *shown) if word.encode() in one]


@pytest.mark.parametrize("form", ["plain", "jsonl", "github", "gitlab"])
def test_it_is_nowhere(form: str, leaking: Project, tmp_path: Path) -> None:
    env = {"TOKEN": SECRET, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}

    done = leaking.run(
        "inner", "--format", form, "-m", f"is {SECRET} it?", env={**env, "CI": "1"}
    ).fails(1)

    log = next((leaking.root / ".loop/runs").rglob("output.log")).read_text()
    assert log.startswith("raw ***\n***\nbasic ")
    told = done.out + done.err
    summary = tmp_path / "summary.md"
    report = leaking.root / "gl-code-quality-report.json"
    written = [one.read_text() for one in (summary, report) if one.exists()]
    assert len(written) == (form in {"github", "gitlab"})
    assert traces(leaking, told, *written) == []
    assert "***" in told
    shown = leaking.run("show", "--json").ok().out + leaking.run("history").ok().out
    assert "is *** it?" in shown
    assert traces(leaking, shown) == []
    assert "***" in (leaking.root / ".loop/locations").read_text()


def test_without_the_key_it_is_everywhere(leaking: Project) -> None:
    leaking.loops(LOOPS.replace("secrets: [TOKEN]\n", ""))

    done = leaking.run("inner", env={"TOKEN": SECRET}).fails(1)

    assert set(traces(leaking, done.out)) == {"hunter2-", "r2-", traces(leaking, done.out)[-1]}


def test_from_an_environment_file_and_from_loops_yaml(leaking: Project) -> None:
    leaking.loops(LOOPS.replace("inner:", "env_file: .env\ninner:"))
    leaking.write({".env": f"TOKEN='{SECRET}'\n", ".gitignore": ".env\n"})
    first = leaking.run("inner").fails(1).quiet()
    leaking.loops(LOOPS.replace("env_inputs: [TOKEN]", f"env: {{TOKEN: '{SECRET}'}}"))
    second = leaking.run("inner").fails(1).quiet()

    assert "raw ***" in first.out
    assert "raw ***" in second.out
    assert traces(leaking, first.out, second.out) == []


def test_it_is_in_no_fingerprint(project: Maker) -> None:
    found = project(
        """
        version: 1
        secrets: [TOKEN, PIN]
        env_file: .env
        inner:
          unit: {run: mark unit, cycle: 1s, env_inputs: [TOKEN, MODEL], env: {PIN: first}}
        """,
        {".env": "PIN=of-the-file\n", ".gitignore": ".env\n"},
    )
    env = {"TOKEN": "the first one", "MODEL": "small"}
    found.run("inner", env=env).ok()
    assert found.ran() == ["unit"]

    found.write({".env": "PIN=another\n"})
    found.run("inner", env={**env, "TOKEN": "another one"}).ok().prints("passed before")
    assert found.ran() == []

    found.run("inner", env={**env, "MODEL": "large"}).ok()
    assert found.ran() == ["unit"], "what is no secret still is"


def test_what_is_missing_is_named_before_anything_starts(project: Maker) -> None:
    found = project(
        """
        version: 1
        secrets: [TOKEN, PIN]
        inner:
          a: {run: mark a, cycle: 1s}
          b: {run: mark b, cycle: 2s}
        """
    )
    found.hold("a")
    process = found.start("inner", env={"PIN": "123"})
    found.underway("a")
    assert process.stderr is not None
    said = process.stderr.readline(), process.stderr.readline()
    found.release("a")
    _, rest = process.communicate(timeout=20)

    assert said == (
        "warning: the secret TOKEN is not set\n",
        "warning: the secret PIN has under 4 characters: it is not masked\n",
    )
    assert rest == ""
    found.run("plan").ok().quiet()
    found.run("run", "a").ok().warns("TOKEN is not set")


def test_it_must_be_names_of_variables(project: Maker) -> None:
    found = project("version: 1\nsecrets: ['a b', 7x]\ninner: {unit: {run: 'true', cycle: 1s}}")

    found.run("check").fails(2).warns("'a b' is no name of a variable", "'7x' is no name")


def test_a_command_that_says_it_is_told_and_kept_without(leaking: Project) -> None:
    leaking.loops(LOOPS.replace("leak.py", f"leak.py '{SECRET}'"))
    env = {"TOKEN": SECRET}

    done = leaking.run("inner", "--format", "jsonl", env=env).fails(1)

    assert "leak.py '***'" in done.out
    assert traces(leaking, done.out, done.err, leaking.run("show", "--json").ok().out) == []
    assert watched(leaking, "jsonl") == []


def test_a_watch_masks_too(leaking: Project) -> None:
    assert watched(leaking, "plain") == []


def watched(found: Project, form: str) -> list[str]:
    """What is left of the secret by a watch that walks once."""
    last = found.root / ".loop/last.json"
    last.unlink(missing_ok=True)
    process = found.start("watch", "--format", form, env={"TOKEN": SECRET})
    try:
        wait(last.exists, "the first walk")
    finally:
        process.terminate()
        out, err = process.communicate(timeout=20)
    assert "***" in out
    return traces(found, out, err)
