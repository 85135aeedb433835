"""Snapshots: what a test's output is compared with, who keeps them, and which are a loop's own."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from innerloop.core.command import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from innerloop.core.model import Command
    from innerloop.core.unified import Diff

ACCEPTED = "__snapshots__"
"""the folder of what was accepted: snappylapy's, and syrupy's"""
RESULTS = "__test_results__"
"""the folder of what snappylapy's latest tests came to: emptied each time pytest starts"""


class Tool(StrEnum):
    """A program that keeps snapshots of what tests come to."""

    SNAPPYLAPY = "snappylapy"
    SYRUPY = "syrupy"
    INLINE = "inline-snapshot"


WRITES = {
    Tool.SNAPPYLAPY: "--snapshot-update",
    Tool.SYRUPY: "--snapshot-update",
    Tool.INLINE: "--inline-snapshot=create,fix",
}
"""the option of pytest that has the tool write what came out over what was accepted"""
REPORTS = {Tool.SYRUPY: "--snapshot-details", Tool.INLINE: "--inline-snapshot=report"}
"""the option that has it say what differs; snappylapy leaves that in files"""
ONE_PROCESS = ("-n", "0")
"""for xdist: its other options, in addopts or on the command line, stay understood"""


class State(StrEnum):
    """How a result and what was accepted stand to one another."""

    CHANGED = "changed"
    NEW = "new"
    UNCHANGED = "unchanged"
    ALIGNED = "aligned"
    """they differ, and the test that compares them passes"""
    ORPHAN = "orphan"
    """accepted, and no test of a full run has come to it"""
    UNSEEN = "unseen"
    """accepted, and nothing to compare it with: perhaps an orphan"""


PENDING = frozenset({State.CHANGED, State.NEW})


class Pair(NamedTuple):
    """One snapshot: what was accepted, and what the latest tests came to."""

    path: str
    """of what was accepted, or would be, from the root"""
    result: str
    """of what came out"""
    state: State
    old: str = ""
    """sha256 of what was accepted; empty where there is none"""
    new: str = ""
    """sha256 of what came out; empty where there is none"""
    at: float = 0.0
    """when the result was written, in seconds since the epoch"""
    diff: Diff | None = None

    @property
    def pending(self) -> bool:
        return self.state in PENDING


class Review(NamedTuple):
    """What is known of a loop's snapshots."""

    loop: str
    tools: tuple[str, ...]
    waiting: bool | None
    """whether any waits to be accepted; None: that cannot be told"""
    why: str
    """how that is known, or why it is not"""
    pairs: tuple[Pair, ...] = ()
    said: tuple[str, ...] = ()
    """what the tool itself says, where it leaves no files to compare"""


_ENTRY = re.compile(rb"^# name: (.*)$", re.MULTILINE)


def dropped(old: bytes, new: bytes) -> tuple[str, ...]:
    """The snapshots in a file of syrupy's that are not in it any more."""
    left = set(_ENTRY.findall(new))
    lost = (name for name in _ENTRY.findall(old) if name not in left)
    return tuple(name.decode("utf-8", "backslashreplace").strip() for name in lost)


class Replaced(NamedTuple):
    """A file that an acceptance has changed."""

    path: str
    old: str
    """its sha256 before; empty where it was not there"""
    new: str
    """its sha256 since; empty where it is there no more"""


class Accepted(NamedTuple):
    """An acceptance as history keeps it; when and why stand with its run."""

    loop: str
    who: str
    files: tuple[Replaced, ...]


_PYTEST = re.compile(r"(?:^|[\s/])(?:py\.test|pytest)(?=\s|$)").search


def runs_pytest(command: Command) -> bool:
    return _PYTEST(command.text) is not None


def arguments(command: Command) -> tuple[str, ...]:
    """What its pytest is handed, as far as that can be told without a shell."""
    words = command.argv or tuple(command.text.split())
    at = next((at for at, word in enumerate(words) if _PYTEST(word)), len(words))
    return words[at + 1 :]


def with_options(command: Command, options: Sequence[str]) -> Command | None:
    """The command with more options for its pytest; None where only a shell could tell where."""
    if command.shell or not runs_pytest(command):
        return None
    given = arguments(command)
    head = command.argv[: len(command.argv) - len(given)]
    end = given.index("--") if "--" in given else len(given)
    return parse((*head, *given[:end], *options, *given[end:]))


def one_process(command: Command, installed: frozenset[str]) -> tuple[str, ...]:
    """What has pytest run in one process, where a plugin might do otherwise."""
    return ONE_PROCESS if "pytest_xdist" in installed and "no:xdist" not in command.text else ()


def below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def kept(path: str) -> bool:
    """Whether it lies in a folder of accepted snapshots."""
    return f"/{ACCEPTED}/" in f"/{path}"


_NAMED = re.compile(r"\[([^\[\]/]+)\]\[").match


def module(path: str) -> str:
    """The name of the test file whose snapshot it is, by snappylapy's way of naming them."""
    for folder in (f"{ACCEPTED}/", f"{RESULTS}/"):
        _, found, name = f"/{path}".rpartition(f"/{folder}")
        if found and (named := _NAMED(name)):
            return f"{named[1].rpartition('.')[2]}.py"
    return ""


def owned(paths: Iterable[str], cwd: str, inputs: Sequence[str]) -> tuple[str, ...]:
    """Those of the accepted snapshots that tests among these inputs may compare with.

    Where a test's file is no input, neither are its snapshots.
    """
    files = {path.rpartition("/")[2] for path in inputs}
    folders = {path.rpartition("/")[0] for path in inputs}
    found = []
    for path in paths:
        if below(path, cwd) and kept(path):
            named = module(path)
            beside = f"/{path}".partition(f"/{ACCEPTED}/")[0][1:]
            if named in files if named else beside in folders:
                found.append(path)
    return tuple(found)


# Short options may be run together with their values, and with one another.
_SELECTS = re.compile(
    r"-[a-zA-Z]*[km]|--(?:lf|last-failed|sw|stepwise|deselect|ignore)\b|.*\.py::"
).match


def selects(command: Command) -> bool:
    """Whether some of the tests in its files may be left out."""
    return any(_SELECTS(word) for word in arguments(command))
