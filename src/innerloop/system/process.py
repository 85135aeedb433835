"""Child processes: started, heard, stopped; every command of a loop is started here.

A child is easy to start and hard to end. Four things are always true here.
It runs in a session of its own, so that a signal for its group reaches whatever it started, and
nothing it does to a terminal reaches ours.
We wait for the child and for its output at once, and the child decides: a grandchild may hold the
pipe open for hours, so an end of output is never waited for.
The answer to "is it over?" comes from the kernel (a pidfd, where there is one), not from a thread
that would be left behind.
Whoever is left in the group when the child has ended is ended too, on every path out.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from functools import partial
from typing import NamedTuple, Protocol

from innerloop.core.job import Completion
from innerloop.system.channel import channel
from innerloop.system.follow import Bell, End, Limits, follow
from innerloop.system.groups import RUNNING
from innerloop.system.output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from innerloop.core.job import Job
    from innerloop.core.world import Stoppable

    Start = Callable[[Job, Sequence[str]], "tuple[Child, int]"]

NOT_FOUND = 127
NOT_STARTED = 126
TIMED_OUT = 124
_SIGNALLED = 128
# For a command that ended well when it was told to stop: that is not a pass.
_ENDED = {End.OWN: 0, End.CANCELLED: _SIGNALLED + signal.SIGINT, End.TIMED_OUT: TIMED_OUT}


class Guard(Protocol):
    """Somebody who ends the groups it knows of, should we be killed."""

    def ready(self) -> None:
        """Be there: a child is about to be started."""

    def add(self, group: int) -> None: ...

    def remove(self, group: int) -> None: ...


class Refused(Exception):  # noqa: N818 - it is the system that refused, and a shell's code says so
    """Nothing was started: why, and what a shell would exit with."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Streams(NamedTuple):
    """Where a child's standard streams go; None: where ours go."""

    stdin: int | None = subprocess.DEVNULL
    output: int | None = subprocess.DEVNULL


QUIET = Streams()


class Child:
    """A started process, which leads its group. Waited for here and nowhere else."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self._popen = popen
        self.pid = popen.pid
        self.code: int | None = None
        """once it has ended, as a shell would give it"""

    def ended(self) -> bool:
        """Whether it has ended by now. Never waits."""
        return self.code is not None or self.settle(self.wait(os.WNOHANG))

    def reap(self) -> int:
        """Wait for its end; its code."""
        while self.code is None:
            self.settle(self.wait())
        return self.code

    def wait(self, options: int = 0) -> int | None:
        """The kernel's word on it; None while there is no news."""
        try:
            pid, status = os.waitpid(self.pid, options)
        except ChildProcessError:
            # SIGCHLD is ignored, or somebody else waited: what is unknown is never a pass.
            return NOT_STARTED << 8
        return status if pid else None

    def abandon(self) -> None:
        """It was killed, and the kernel will come round to it: reap it if that is already so."""
        if not self.settle(self.wait(os.WNOHANG)):
            self._popen.returncode = -signal.SIGKILL

    def settle(self, status: int | None) -> bool:
        """Take that word; whether it was the last one."""
        if status is None or os.WIFSTOPPED(status):
            return False
        code = os.waitstatus_to_exitcode(status)
        self.code = code if code >= 0 else _SIGNALLED - code
        self._popen.returncode = code
        return True


def spawn(
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str],
    streams: Streams = QUIET,
    session: bool = True,
    keep: tuple[int, ...] = (),
) -> Child:
    """Start a program, in a session or only a group of its own; raises Refused.

    It inherits the descriptors to `keep`, and no others but its streams.
    """
    stdin, output = streams
    try:
        return Child(
            subprocess.Popen(
                argv,
                cwd=cwd,
                env=env,
                stdin=stdin,
                stdout=output,
                stderr=output,
                start_new_session=session,
                process_group=None if session else 0,
                pass_fds=keep,
            )
        )
    except (OSError, ValueError) as error:
        raise _refusal(argv[0], cwd, error) from error


def _refusal(program: str, cwd: str, error: Exception) -> Refused:
    if not os.path.isdir(cwd):
        return Refused(NOT_STARTED, f"no such folder to run in: {cwd!r}")
    if isinstance(error, FileNotFoundError):
        if "/" in program and os.path.exists(os.path.join(cwd, program)):
            return Refused(NOT_STARTED, f"the interpreter named in {program!r} is missing")
        return Refused(NOT_FOUND, f"no such program: {program!r}")
    if isinstance(error, OSError) and error.errno == errno.ENOEXEC:
        return Refused(NOT_STARTED, f"cannot run {program!r}: its first line names no interpreter")
    if isinstance(error, OSError):
        return Refused(NOT_STARTED, f"cannot run {program!r}: {error.strerror}")
    return Refused(NOT_STARTED, f"cannot run {program!r}: {error}")


def supervise(
    job: Job,
    emit: Callable[[str], None],
    cancel: Stoppable,
    guard: Guard | None = None,
    start: Start | None = None,
) -> Completion:
    """Run a job to its end, and leave none of its group behind. Blocks; raises what `emit` does.

    `start` may give a process that has been started already, to be followed from here on.
    """
    began = RUNNING.clock()
    bell = Bell()
    detach = cancel.attach(bell.ring)
    limits = Limits(cancel, bell, began + job.timeout, job.grace)
    try:
        with Output(job.log, emit, RUNNING.clock, job.mask) as output:
            code, end = _commands(job, output, limits, guard, start or started)
            output.flush(last=True)
    finally:
        detach()
        bell.close()
    return Completion(
        exit_code=code or _ENDED[end],
        seconds=RUNNING.clock() - began,
        timed_out=end is End.TIMED_OUT,
        cancelled=end is End.CANCELLED,
        tail=output.tail,
    )


def _commands(
    job: Job, output: Output, limits: Limits, guard: Guard | None, start: Start
) -> tuple[int, End]:
    for at, argv in enumerate(job.argvs):
        if limits.cancel:
            return 0, End.CANCELLED
        if guard:
            guard.ready()
        one = job._replace(env=job.environ(at))
        code, end = _command(partial(start, one, argv), output, limits, guard)
        if end is End.TIMED_OUT:
            output.say(_overdue(job))
        if code or end is not End.OWN:
            return code, end
    return 0, End.OWN


def _command(
    start: Callable[[], tuple[Child, int]], output: Output, limits: Limits, guard: Guard | None
) -> tuple[int, End]:
    try:
        child, reader = start()
    except Refused as refusal:
        output.say(refusal.message)
        return refusal.code, End.OWN
    if guard:
        guard.add(child.pid)
    RUNNING.add(child.pid)
    try:
        return follow(child, reader, output, limits)
    finally:
        RUNNING.drop(child.pid)
        if guard:
            guard.remove(child.pid)


def started(job: Job, argv: Sequence[str]) -> tuple[Child, int]:
    """A command of the job, started; the end of its output that we read. Raises Refused."""
    try:
        reader, writer = channel(job.tty)
    except OSError as error:
        raise Refused(NOT_STARTED, f"cannot run {argv[0]!r}: {error.strerror}") from error
    try:
        return spawn(argv, cwd=job.cwd, env=job.env, streams=Streams(output=writer)), reader
    except Refused:
        os.close(reader)
        raise
    finally:
        os.close(writer)


def _overdue(job: Job) -> str:
    from innerloop.core.text import seconds  # noqa: PLC0415 - it imports re, and most end in time

    return f"{job.name!r} ran longer than its timeout of {seconds(job.timeout)} and was ended"
