"""A hook's script: what it was told can be read back, and whoever edits it is noticed."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.hook import NAMES, Found, Hook, Served, read, written

if TYPE_CHECKING:
    from pathlib import Path

# What a path can be: any bytes but 0 and, for one component, the slash.
PATHS = st.binary(max_size=20).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"")))
HOOKS = st.builds(
    Hook,
    st.sampled_from(NAMES),
    st.sampled_from(["", "pre-commit.before-loop", "pre-push.before-loop.2"]),
    st.lists(st.builds(Served, PATHS, PATHS), max_size=3).map(tuple),
)


@given(HOOKS)
def test_what_it_was_told_is_read_back(hook: Hook) -> None:
    assert read(written(hook)) == Found(hook, intact=True)


@given(HOOKS, st.data())
def test_an_edit_is_noticed(hook: Hook, data: st.DataObject) -> None:
    lines = written(hook).split("\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    lines.insert(at, "echo mine")

    found = read("\n".join(lines))

    assert found is None or not found.intact


@pytest.mark.parametrize("text", ["", "#!/bin/sh\nexit 0\n", "\0\xff", "# innerloop hook"])
def test_somebody_elses(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "data", ["", "{}", "nonsense", '{"name": 1, "before": "", "served": [1]}', '{"served": null}']
)
def test_what_cannot_be_read_is_ours_and_not_intact(data: str) -> None:
    assert read(f"#!/bin/sh\n# innerloop hook 0 {data}\n") == Found(None, intact=False)


def test_line_endings_of_another_system_are_an_edit() -> None:
    text = written(Hook("pre-commit", "", (Served("", "/bin/loop"),)))
    assert "\r" not in text

    found = read(text.replace("\n", "\r\n"))

    assert found is None or not found.intact


def test_projects_come_and_go() -> None:
    hook = Hook("pre-commit", "", (Served("b", "/1"),))

    more = hook.serving(Served("a", "/2")).serving(Served("b", "/3"))

    assert more.served == (Served("a", "/2"), Served("b", "/3"))
    assert more.without(("a",)).served == (Served("b", "/3"),)


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
@pytest.mark.parametrize("name", NAMES)
def test_shells_can_read_it(name: str, shell: str, tmp_path: Path) -> None:
    odd = 'it\'s $HOME `x` "q" \\ \n end'
    hook = Hook(name, "before", (Served(odd, odd), Served("", "")))
    (tmp_path / "hook").write_text(written(hook))
    words = [shell, "sh", "-n", "hook"] if shell == "busybox" else [shell, "-n", "hook"]
    try:
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip(f"there is no {shell} here")

    assert (done.returncode, done.stderr) == (0, "")
