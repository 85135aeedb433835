"""A standby: a Python that has loaded what a command needs, and waits to become it, once."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import threading
import time
from typing import NamedTuple

from innerloop.core.model import COLD, WARM
from innerloop.core.warm import BYTECODE, VOLATILE, lasting
from innerloop.system import groups, reaper
from innerloop.system.channel import channel
from innerloop.system.process import Refused, Streams, spawn
from innerloop.system.warm import memory
from innerloop.system.warm.line import Line, Ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.job import Job
    from innerloop.core.world import Stoppable
    from innerloop.system.process import Child, Guard
    from innerloop.system.warm.learned import Lessons
    from innerloop.system.warm.origin import Origin

BOOTSTRAP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside", "bootstrap.py")
IDLE = 1800.0
_NUMBERS = itertools.count(1)


class Key(NamedTuple):
    """What a process is started with and cannot change: another command needs another one."""

    interpreter: tuple[str, ...]
    kind: str
    tool: bool
    cwd: str
    env: tuple[tuple[str, str], ...]
    terminal: bool
    preload: tuple[str, ...]


class Report(NamedTuple):
    """What a run said of itself as it ended."""

    whole: bool = False
    new: tuple[str, ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()
    """preloads that made it useless, and why: the command has to run again, cold"""


def key(job: Job, origin: Origin, preload: tuple[str, ...]) -> Key:
    return Key(
        origin.interpreter,
        origin.call.kind,
        origin.call.tool,
        job.cwd,
        lasting(job.env),
        job.tty is not None,
        preload,
    )


class Standby:
    """Started as soon as it is made. One thread of its own, until it is ready."""

    def __init__(
        self,
        job: Job,
        origin: Origin,
        lessons: Lessons,
        *,
        folder: str,
        root: str,
        guard: Guard | None,
        told: Callable[[Standby, Ready], None],
    ) -> None:
        self.key = key(job, origin, lessons.preload(job.preload))
        self.began = time.monotonic()
        self.expected = lessons.ready
        self._told = told
        self._guard = guard
        self._lessons = lessons
        self._root = root
        self._folder = folder
        number = f"{os.getpid()}-{next(_NUMBERS)}"
        self._report = f"{folder}/report-{number}"
        self._mark = f"{job.env.get(reaper.MARK, 'loop')}-standby-{number}"
        self._child: Child | None = None
        self._line: Line | None = None
        self._lock = threading.Lock()
        self._settled = threading.Event()
        self._ended = False
        self.outcome = Ready()
        self._thread = threading.Thread(
            target=self._live, args=(job, origin), name=f"standby {job.name}", daemon=True
        )
        self._thread.start()

    # -- until it is ready, in its own thread ------------------------------------------------

    def _live(self, job: Job, origin: Origin) -> None:
        try:
            self._start(job, origin)
            outcome = self._line.loading() if self._line else Ready()
        except (OSError, Refused) as error:
            outcome = Ready(failure=str(error))
        self.outcome = outcome._replace(seconds=time.monotonic() - self.began)
        self._told(self, self.outcome)
        self._settled.set()

    def _start(self, job: Job, origin: Origin) -> None:
        os.makedirs(f"{self._folder}/empty", mode=0o700, exist_ok=True)
        began = time.time_ns()
        if self._guard:
            self._guard.ready()
        ours, theirs = socket.socketpair()
        reader, writer = channel(job.tty)
        env = {k: v for k, v in job.env.items() if k not in VOLATILE} | {reaper.MARK: self._mark}
        argv = (*origin.interpreter, BOOTSTRAP, str(theirs.fileno()))
        try:
            with self._lock:
                if self._ended:
                    # Not wanted any more, before it was there.
                    os.close(reader)
                    ours.close()
                    return
                self._line = Line(ours, reader)
                streams = Streams(output=writer)
                keep = (theirs.fileno(),)
                self._child = spawn(argv, cwd=job.cwd, env=env, streams=streams, keep=keep)
        finally:
            os.close(writer)
            theirs.close()
        if self._guard:
            self._guard.add(self._child.pid)
        self._line.say(
            argv=origin.argv,
            kind=origin.call.kind,
            tool=origin.call.tool,
            preload=self.key.preload,
            refused=[name for name, _ in self._lessons.refused],
            blocked=[name for name, _ in self._lessons.blocked],
            empty=f"{self._folder}/empty",
            root=self._root,
            report=self._report,
            began=began,
            volatile=sorted(VOLATILE),
            idle=IDLE,
            spare=memory.SPARE,
        )

    # -- once it is ready, in the thread of the run ------------------------------------------

    def settled(self, cancel: Stoppable, patience: float) -> bool:
        """Wait until it is ready or has failed, but not for ever; whether it has."""
        woken = threading.Event()
        detach = cancel.attach(woken.set)
        try:
            until = time.monotonic() + patience
            while not self._settled.is_set() and not cancel:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._settled.wait(min(left, 0.02))
        finally:
            detach()
        return self._settled.is_set()

    def become(self, job: Job, origin: Origin) -> tuple[Child, int, str] | None:
        """Hand over: the process, its output, and `warm` or why not; None where there is none."""
        child, line = self._child, self._line
        if not self.outcome.ready or child is None or line is None or child.ended():
            return None
        line.cleared(job.tty)
        answer = line.hand(
            argv=origin.argv,
            original=origin.original,
            cwd=job.cwd,
            kind=origin.call.kind,
            target=origin.call.target,
            program=origin.program,
            command=job.argvs[0],
            env={name: job.env[name] for name in VOLATILE if name in job.env}
            | ({} if job.bytecode else {BYTECODE: "1"}),
            gone=[name for name in VOLATILE if name not in job.env],
        )
        if answer is None:
            return None
        with self._lock:
            self._ended = True  # it is the run's from here on
        return child, line.reader, f"{COLD}: {answer}" if answer else WARM

    def report(self) -> Report:
        """What the run said of itself, once it is over."""
        try:
            with open(self._report, encoding="utf-8") as file:
                lines = [line.rstrip("\n").split("\t") for line in file]
            os.unlink(self._report)
        except (OSError, UnicodeDecodeError):
            return Report()
        doubts = tuple((line[1], line[2]) for line in lines if line[0] == "doubt")
        new = tuple(line[1] for line in lines if line[0] == "new")
        return Report(["end"] in lines, new, doubts)

    def sweep(self) -> None:
        """End what the run left behind."""
        reaper.sweep(self._mark.rpartition(":")[2])

    @property
    def gone(self) -> bool:
        """Whether it was ready and is no more: it has waited too long, or memory is short."""
        return self._settled.is_set() and (
            not self.outcome.ready or self._child is None or self._child.ended()
        )

    def end(self) -> None:
        """End it, with whatever it has started, where it has become nothing."""
        with self._lock:
            ended, self._ended = self._ended, True
            child = self._child
        if ended or child is None or self._line is None:
            return
        groups.send(child.pid, signal.SIGKILL)
        if self._thread is not threading.current_thread():
            self._thread.join()
        child.reap()
        if self._guard:
            self._guard.remove(child.pid)
        self._line.close()
        self.sweep()
