"""Whose command this is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from innerloop.core.agents import GENERIC, NAMED, OVERRIDE, SHARED, SURE, detected

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/guide/agents.md"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_persons_command_is_no_tools(*, terminal: bool) -> None:
    environ = {
        "TERM_PROGRAM": "vscode",
        "CURSOR_TRACE_ID": "7f",
        "AGENT": "linux-build-7",
        "CODEX_HOME": "/srv/codex",
        "CLAUDE_CODE_SSE_PORT": "4000",
        "OPENCODE_BIN_PATH": "/srv/opencode",
    }
    assert detected(environ, terminal=terminal) == ""


@pytest.mark.parametrize(("name", "tool"), SURE)
def test_what_is_set_for_a_tools_commands_alone_is_believed(name: str, tool: str) -> None:
    assert detected({name: "1"}, terminal=True) == tool
    assert detected({name: "1"}, terminal=False) == tool


@pytest.mark.parametrize(("name", "tool"), SHARED)
def test_what_an_integrated_terminal_has_too_is_not_believed_at_a_terminal(
    name: str, tool: str
) -> None:
    assert detected({name: "1"}, terminal=True) == ""
    assert detected({name: "1"}, terminal=False) == tool


@pytest.mark.parametrize(("value", "tool"), NAMED)
def test_a_common_name_is_believed_by_its_value(value: str, tool: str) -> None:
    assert detected({"AGENT": value}, terminal=True) == tool
    assert detected({"AGENT": f"{value}-pool"}, terminal=True) == ""


def test_a_tool_may_name_itself() -> None:
    assert detected({GENERIC: "my-tool"}, terminal=True) == "my-tool"


@pytest.mark.parametrize("value", ["", "0", "false", "No", " off "])
def test_a_variable_may_say_no(value: str) -> None:
    for name, _ in (*SURE, *SHARED, (GENERIC, "")):
        assert detected({name: value}, terminal=False) == ""


def test_the_person_has_the_last_word() -> None:
    assert detected({OVERRIDE: "0", "GEMINI_CLI": "1"}, terminal=False) == ""
    assert detected({OVERRIDE: "1"}, terminal=True) == "an AI tool"
    assert detected({OVERRIDE: "1", "CLAUDECODE": "1"}, terminal=True) == "Claude Code"
    assert detected({OVERRIDE: "", "GEMINI_CLI": "1"}, terminal=True) == "Gemini CLI"


def test_every_variable_is_on_the_page_with_where_it_is_known_from() -> None:
    rows = re.findall(r"(?m)^\| (`.*?) \| .* \| .*<https://.*> \|$", PAGE.read_text())
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named == {*dict(SURE), *dict(SHARED), GENERIC, "AGENT"}
