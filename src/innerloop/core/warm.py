"""What a process that is kept warm can become: Python command lines, taken apart."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOOLS = ("pytest", "py.test")
VOLATILE = frozenset({"LOOP_WALK", "LOOP_HOLDS", "COLUMNS", "LINES"})
"""variables that may differ from run to run: set as the command begins, and no earlier"""
BYTECODE = "PYTHONDONTWRITEBYTECODE"
_FLAGS = frozenset("bBEIOPqsu")
_VALUED = frozenset("WX")
_X = ("dev", "faulthandler", "frozen_modules", "int_max_str_digits", "no_debug_ranges")
_X_SETTINGS = (*_X, "pycache_prefix", "utf8", "warn_default_encoding")
# These have an interpreter do something as it starts or ends that a standby would do as well.
_OWN = (
    *("COV_CORE_SOURCE", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "PYTHONINSPECT"),
    *("PYTHONDUMPREFS", "PYTHONPROFILEIMPORTTIME", "PYTHONTRACEMALLOC", "PYTHONVERBOSE"),
)
_OFF = frozenset({"", "0", "false", "no", "off"})


class Call(NamedTuple):
    """What an interpreter is asked to run."""

    options: tuple[str, ...]
    """the interpreter's own"""
    kind: str
    """`module` or `file`"""
    target: str
    arguments: tuple[str, ...]

    @property
    def tool(self) -> bool:
        """Whether it is pytest."""
        if self.kind == "module":
            return self.target in {"pytest", "py.test"}
        return self.target.rpartition("/")[2] in TOOLS


def call(words: Sequence[str]) -> Call | None:
    """What follows an interpreter's name; None where no process can become that."""
    taken = _options(words)
    if taken is None:
        return None
    at, module = taken
    options = tuple(words[: at - 1]) if module == "-m" else tuple(words[:at])
    if module.startswith("-m") and len(module) > len("-m"):
        return Call(tuple(words[: at - 1]), "module", module[2:], tuple(words[at:]))
    if at >= len(words) or not words[at] or (not module and words[at].startswith("-")):
        return None
    kind = "module" if module else "file"
    return Call(options, kind, words[at], tuple(words[at + 1 :]))


def _options(words: Sequence[str]) -> tuple[int, str] | None:
    """How many words are options, and the `-m` that ends them, where one does."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        word = words[at]
        at += 1
        if word.startswith("-m"):
            return at, word
        if word[1:2] in _VALUED:
            if len(word) == len("-W"):
                at += 1
            value = word[2:] or "".join(words[at - 1 : at])
            if word[1] == "X" and value.partition("=")[0] not in _X_SETTINGS:
                return None
        elif word == "-" or not _FLAGS.issuperset(word[1:]):
            return None
    return at, ""


def interpreter(line: str) -> tuple[str, ...]:
    """The words that a script's first line has it run by, where that is a Python."""
    if not line.startswith("#!"):
        return ()
    # The kernel hands over what follows the program as one word.
    program, _, rest = line[2:].strip().partition(" ")
    words = (program, *((rest.strip(),) if rest.strip() else ()))
    if program.rpartition("/")[2] == "env":
        words = words[1:]
    return words if words and python(words[0]) and " " not in words[0] else ()


def python(name: str) -> bool:
    """Whether a program is called as a Python is."""
    last = name.rpartition("/")[2]
    rest = last.removeprefix("python")
    return last != rest and all(one.isdigit() for one in rest.split(".") if rest)


def unfit(environ: Mapping[str, str]) -> str:
    """The variable for which no process is kept; empty where there is none."""
    return next((name for name in _OWN if environ.get(name)), "")


def off(environ: Mapping[str, str]) -> str:
    """Why nothing is kept warm at all here; empty where it may be."""
    if environ.get("LOOP_WARM", "1").lower() in _OFF:
        return "LOOP_WARM says so"
    if environ.get("CI", "").lower() not in _OFF:
        return "CI is set, and CI runs cold"
    return ""


def lasting(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The variables that a process must have been started with."""
    return tuple(sorted((k, v) for k, v in environ.items() if k not in VOLATILE))
