"""A watcher at work in this process, and what it posts."""

from __future__ import annotations

import os
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Self

import pytest

from conftest import wait
from innerloop.config.compiled import load
from innerloop.core.events import Noted, Saved
from innerloop.system.ground import Ground
from innerloop.system.watch import watcher
from innerloop.system.watch.watcher import Watcher

if TYPE_CHECKING:
    from conftest import Project
    from innerloop.core.events import Event

PATIENCE = 20.0
END = "end-of-it.py"


def ground(project: Project) -> Ground:
    return Ground(str(project.root), load(str(project.root), store=False).config, write=True)


class Watch:
    """A context: watching is over at its end."""

    def __init__(self, project: Project, *, aftermath: bool = False) -> None:
        self.project = project
        self.aftermath = aftermath
        """whether everything is looked at once it is quiet, which would hide what is not heard"""
        self.ground = ground(project)
        self.posted: SimpleQueue[Event] = SimpleQueue()
        self.notes: list[str] = []
        self.told: list[Saved] = []
        self._patch = pytest.MonkeyPatch()
        self.watcher = Watcher(self.ground, self.ground.config.loops, self.posted.put)
        self._ends = 0

    def __enter__(self) -> Self:
        if not self.aftermath:
            self._patch.setattr(watcher, "_AFTERMATH", float("inf"))
            self._patch.setattr(watcher, "_LATEST", float("inf"))
        self.watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()
        self.watcher.close()
        self.ground.store.close()

    def next(self) -> Saved:
        """What is said of files next; what is said of the watch is noted."""
        deadline = time.monotonic() + PATIENCE
        while True:
            event = self.posted.get(timeout=max(0.01, deadline - time.monotonic()))
            if isinstance(event, Saved):
                self.told.append(event)
                return event
            assert isinstance(event, Noted)
            self.notes.append(event.message)

    def until(self, *paths: str) -> set[str]:
        """Every path told until all of these were; `everything` counts for all of them."""
        told: set[str] = set()
        while not told.issuperset(paths):
            saved = self.next()
            told.update(paths if saved.everything else saved.paths)
        return told

    def noted(self, text: str) -> str:
        """The next thing said of the watch that has this text in it."""
        for note in self.notes:
            if text in note:
                return note
        deadline = time.monotonic() + PATIENCE
        while True:
            event = self.posted.get(timeout=max(0.01, deadline - time.monotonic()))
            if isinstance(event, Noted):
                self.notes.append(event.message)
                if text in event.message and (text or not event.message):
                    return event.message

    def rest(self) -> set[str]:
        """Everything told by now: a file saved last, and heard of last, marks the end."""
        self._ends += 1
        (self.project.root / END).write_text(str(self._ends))
        told = self.until(END)
        wait(self._sure, "what is doubtful to be looked at")
        while not self.posted.empty():
            event = self.posted.get()
            told.update(event.paths if isinstance(event, Saved) else ())
            assert not (isinstance(event, Saved) and event.everything)
        return told - {END}

    def _sure(self) -> bool:
        with self.watcher._lock:
            return not self.watcher._doubtful

    def seen(self, path: str) -> bool:
        """Whether a walk would take the file for what it is, its times included."""
        looked, there = self.ground.tree.look(path), self.ground.tree.glances([path])[0]
        return (looked and looked[:2]) == (there and there[:2])

    def quiet(self) -> bool:
        try:
            event = self.posted.get_nowait()
        except Empty:
            return True
        return not isinstance(event, Saved)

    def true(self) -> bool:
        """Whether what it takes the files for is what they are, and no other files are inputs."""
        gate = self.watcher._gate
        fresh = ground(self.project)
        try:
            paths = {path for loop in fresh.config.loops for path in fresh.inputs.of(loop)}
            values = {path: fresh.tree.look(path) for path in paths}
        finally:
            fresh.store.close()
        wanted = {path: entry.value for path, entry in values.items() if entry}
        known = {path: entry.value for path, entry in gate.known.items() if entry}
        return {path: known.get(path) for path in wanted} == wanted and {
            path for path in known if path not in {"loops.yaml", "loops.local.yaml"}
        } <= wanted.keys()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"))
