"""AI coding tools, told by the variables they set for the commands they run."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

OVERRIDE = "LOOP_AGENT"
GENERIC = "AI_AGENT"
"""what several tools set to a name of theirs"""
SURE = (
    ("CLAUDE_CODE_CHILD_SESSION", "Claude Code"),
    ("CODEX_THREAD_ID", "Codex"),
    ("CODEX_CI", "Codex"),
    ("CODEX_SANDBOX", "Codex"),
    ("CURSOR_AGENT", "Cursor"),
    ("GEMINI_CLI", "Gemini CLI"),
    ("COPILOT_AGENT", "Copilot"),
    ("COPILOT_CLI", "Copilot"),
    ("CLINE_ACTIVE", "Cline"),
    ("GOOSE_TERMINAL", "goose"),
)
"""set for nothing but the tool's own commands"""
SHARED = (("CLAUDECODE", "Claude Code"), ("OPENCODE", "opencode"))
"""found in terminals that a person types in, too: believed only where nobody sits at one"""
NAMED = (("amp", "Amp"), ("goose", "goose"))
"""values of `AGENT` that are a tool; it is too common a word to be believed with any other"""
_NO = frozenset({"", "0", "false", "no", "off"})


def detected(environ: Mapping[str, str], *, terminal: bool) -> str:
    """The tool whose command this is, by its name; empty where a person's, as far as is known.

    `terminal`: what we write is read on one. `LOOP_AGENT` says it for sure, either way.
    """
    said = environ.get(OVERRIDE, "")
    if said:
        return (_found(environ, terminal=False) or "an AI tool") if _yes(said) else ""
    return _found(environ, terminal=terminal)


def _found(environ: Mapping[str, str], *, terminal: bool) -> str:
    for name, tool in SURE if terminal else (*SURE, *SHARED):
        if _yes(environ.get(name, "")):
            return tool
    for value, tool in NAMED:
        if environ.get("AGENT", "").lower() == value:
            return tool
    generic = environ.get(GENERIC, "")
    return generic if _yes(generic) else ""


def _yes(value: str) -> bool:
    return value.strip().lower() not in _NO
