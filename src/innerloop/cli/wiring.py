"""Who is introduced to whom."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import NamedTuple

from innerloop.config.compiled import load
from innerloop.config.find import find
from innerloop.core.agents import detected
from innerloop.core.errors import LoopError
from innerloop.system import state
from innerloop.system.ground import Ground
from innerloop.views.streams import Streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    from innerloop.core.events import Event

    class View(Protocol):
        """What is shown while it happens."""

        def __call__(self, event: Event) -> None: ...

        def close(self) -> None:
            """Give the terminal back as it was."""


class Project(NamedTuple):
    """A project that a command is about."""

    root: str
    ground: Ground


@contextmanager
def project(*, write: bool, warn: bool = True) -> Iterator[Project]:
    """The project this folder belongs to; `write=False` leaves no trace of having looked."""
    root = find(os.getcwd())
    if root is None:
        raise LoopError("there is no loops.yaml here or above", "loop init writes one")
    if write:
        state.make(root)  # first, so that what is compiled now can be kept there
    loaded = load(root, store=write)
    if warn and loaded.warnings:
        from innerloop.views import problems  # noqa: PLC0415 - only for mistakes

        for problem in loaded.warnings:
            print(problems.warn(problem, colour=streams().colour), file=sys.stderr)
    ground = Ground(root, loaded.config, write=write)
    try:
        for message in ground.warnings():
            print(f"warning: {message}", file=sys.stderr)
        yield Project(root, ground)
    finally:
        ground.store.close()


def caution(found: Project) -> None:
    """Say what is the matter with the secrets, before anything starts."""
    for message in found.ground.veil.warnings():
        print(f"warning: {message}", file=sys.stderr)


def streams() -> Streams:
    """What our two streams can show, and may."""
    environ = os.environ
    shows = sys.stdout.isatty() and environ.get("TERM") != "dumb" and not agent()
    terminal = shows and sys.stderr.isatty()
    colour = shows
    if environ.get("FORCE_COLOR"):
        colour = True
    if environ.get("NO_COLOR"):
        colour = False
    width = 80
    if terminal:
        width = os.get_terminal_size(sys.stdout.fileno()).columns or width
    return Streams(colour, terminal, width)


def agent() -> str:
    """The AI coding tool whose command this is, by its name; empty where it is a person's."""
    return detected(os.environ, terminal=sys.stdout.isatty())


def tty(shown: Streams) -> tuple[int, int] | None:
    """The terminal that children are to believe in: rows and columns; None: a pipe."""
    if not shown.terminal or not shown.colour:
        return None
    size = os.get_terminal_size(sys.stdout.fileno())
    return (size.lines, size.columns) if size.columns else None


def view(name: str, shown: Streams, root: str) -> View:
    """The view of that name; without one, what the terminal can show."""
    name = name or ("agent" if agent() else "live" if shown.terminal else "plain")
    read = log_reader(root)
    if name == "jsonl":
        from innerloop.views.jsonl import Jsonl  # noqa: PLC0415 - json takes 6 ms

        return Jsonl(shown)
    if name == "live":
        from innerloop.views.live import Live  # noqa: PLC0415 - only on a terminal

        return Live(shown, read)
    if name == "agent":
        from innerloop.views.agent import Agent  # noqa: PLC0415 - one view a walk

        return Agent(shown, read, root)
    if name == "plain":
        from innerloop.views.plain import Plain  # noqa: PLC0415 - one view a walk

        return Plain(shown, read)
    if name in {"github", "gitlab"}:
        raise LoopError(f"--format {name} shows one walk", f"loop inner --format {name}")
    raise LoopError(
        f"there is no format called {name!r}", "live, plain, jsonl, agent, github or gitlab"
    )


def _report(root: str, log: str) -> str:
    """What there is to say of a loop's cases, which stands beside its log; mostly nothing."""
    try:
        with open(f"{root}/{os.path.dirname(log)}/report.txt", encoding="utf-8") as file:
            return f"\n{file.read()}"
    except OSError:
        return ""


def log_reader(root: str) -> Callable[[str], str]:
    """How views read a log, given its path from the root."""

    def read(path: str) -> str:
        from innerloop.views.logs import shown  # noqa: PLC0415 - only after a failure

        try:
            with open(f"{root}/{path}", "rb") as file:
                return shown(file, os.fstat(file.fileno()).st_size, path) + _report(root, path)
        except OSError as error:
            return f"[the log is gone: {error.strerror}]\n"

    return read
