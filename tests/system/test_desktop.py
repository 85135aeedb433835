"""A notice on the desktop: shown where there is one, and never waited for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from children import children, eventually

from innerloop.system import desktop

if TYPE_CHECKING:
    from pathlib import Path

SAID = "a <b>&c"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, at a display."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":7")
    return tmp_path


def program(folder: Path, text: str, name: str = "notify-send") -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def waiting() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == desktop.NAME]


def test_it_is_shown_and_nothing_is_left(programs: Path) -> None:
    program(programs, f'printf "%s\\n" "$@" > {programs}/new; mv {programs}/new {programs}/shown')
    before = children()
    desktop.notify(SAID)
    assert eventually((programs / "shown").exists)
    words = (programs / "shown").read_text().splitlines()
    assert words[-3:] == ["--", "loop", "a &lt;b&gt;&amp;c"]
    assert eventually(lambda: not waiting())
    assert children() == before


def test_one_that_hangs_is_ended_and_meanwhile_nobody_else_is_called(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop, "PATIENCE", 2.0)
    program(programs, f"echo $$ >> {programs}/called; exec sleep 60")
    before = children()
    began = time.monotonic()
    desktop.notify(SAID)
    desktop.notify(SAID)
    assert time.monotonic() - began < 1.5
    assert eventually(lambda: not waiting())
    assert len((programs / "called").read_text().split()) == 1
    assert children() == before


@pytest.mark.parametrize("text", ["exit 1", "kill -9 $$"])
def test_its_failure_is_nobodys(programs: Path, text: str) -> None:
    program(programs, text)
    desktop.notify(SAID)
    assert eventually(lambda: not waiting())


def test_one_that_cannot_be_started_is_nobodys_either(programs: Path) -> None:
    (programs / "notify-send").write_text("#!/nowhere/sh\n")
    (programs / "notify-send").chmod(0o755)
    desktop.notify(SAID)
    assert eventually(lambda: not waiting())


def test_without_a_display_nothing_is_called(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs, f"touch {programs}/called")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    desktop.notify(SAID)
    assert not waiting()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    desktop.notify(SAID)
    assert eventually((programs / "called").exists)
    assert eventually(lambda: not waiting())


def test_on_a_mac_the_text_is_an_argument(programs: Path) -> None:
    environ = {"PATH": str(programs)}
    assert desktop._command(SAID, environ, "darwin") == []
    program(programs, "", "osascript")
    command = desktop._command('"; do shell script "x', environ, "darwin")
    assert command[0] == "osascript"
    assert command[-1] == '"; do shell script "x'
    assert not [word for word in command[:-1] if "shell" in word]
    assert desktop._command(SAID, {**environ, "SSH_CONNECTION": "1"}, "darwin") == []
