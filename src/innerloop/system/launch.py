"""Commands of stages: started under a shim, and found again by whoever comes after us."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

from innerloop.core.errors import LoopError
from innerloop.core.hands import Alive, Ended, Gone, Look, Missing, Never, Orphan
from innerloop.system.crash import crash
from innerloop.system.flocks import held, take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from innerloop.core.book import Attempt
    from innerloop.core.hands import Errand
    from innerloop.core.world import Stoppable
    from innerloop.system.journal.place import Room

_SHIM = f"{os.path.dirname(__file__)}/shim.py"
_TICK = 0.05
_MOST = 1 << 20
"""bytes of a log that is added to again and again"""


def host() -> str:
    return socket.gethostname()


def boot() -> str:
    """This start of this machine's; empty where it cannot be told from another."""
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
    return ""


class Launch:
    """The commands of one run, in their folders of the journal's room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._holds: dict[str, int] = {}
        self._claims: dict[str, int] = {}
        self._shims: dict[str, subprocess.Popen[bytes]] = {}

    def claim(self, attempt: Attempt) -> None:
        """Hold its lock from before the journal says that it began, until its shim is done."""
        held, run = self._holds.get(attempt.run), f"{self._room.folder}/runs/{attempt.run}"
        if held is not None and not _there(held, f"{run}/lock"):
            raise LoopError(
                f"{run} was taken away while its run was carried on",
                "somebody else may carry it on since: loop outer status, then: loop outer resume",
            )
        self._room.make(attempt.folder)
        handle = self._room.open(f"{attempt.folder}/lock", os.O_RDWR)
        try:
            take(handle)
        except BlockingIOError as error:
            os.close(handle)
            said = f"{attempt.stage} of run {attempt.run} is begun by another process"
            raise LoopError(said, "loop outer status") from error
        self._claims[attempt.folder] = handle

    def drop(self, attempt: Attempt) -> None:
        """It does not begin after all."""
        handle = self._claims.pop(attempt.folder, None)
        if handle is not None:
            os.close(handle)

    def start(self, attempt: Attempt, errand: Errand) -> None:
        """Start its command under a shim, which has the lock from now on."""
        handle = self._claims.pop(attempt.folder)
        folder = f"{self._room.folder}/{attempt.folder}"
        alive = self._room.open(f"{attempt.folder}/alive", os.O_RDWR)
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        work = self._room.at_work(fcntl.LOCK_SH)
        assert work is not None  # noqa: S101 - it was waited for
        crash("before the shim")
        words = [sys.executable, "-I", "-S", _SHIM, folder, str(handle), str(alive)]
        words += [str(errand.timeout), *(w for name in errand.masked for w in ("--mask", name))]
        try:
            self._shims[attempt.folder] = subprocess.Popen(
                [*words, "--", *errand.argv],
                cwd=errand.cwd,
                env=dict(errand.env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=(handle, alive, work),
            )
        finally:
            os.close(handle)
            os.close(alive)
            os.close(work)
        crash("after the shim")

    def look(self, attempt: Attempt) -> Look:
        """What is to be seen of it, whoever started it."""
        folder = f"{self._room.folder}/{attempt.folder}"
        shim = self._shims.get(attempt.folder)
        ours = shim is not None and shim.poll() is None
        if ours or held(f"{folder}/lock"):
            return Alive()
        ended = _ended(folder)
        if ended is not None:
            return ended
        if held(f"{folder}/alive"):
            return Orphan()
        if not self.here(attempt):
            return Gone()
        # Made before the journal knows of it: who took it away took the lock of a living shim, too.
        if not os.path.exists(f"{folder}/lock"):
            return Missing() if shim is None else Gone()
        # On the disk before the command is started: without it, none was.
        return Gone() if os.path.exists(f"{folder}/begun") else Never()

    def here(self, attempt: Attempt) -> bool:
        """Whether it was begun on this machine, since it was started."""
        return attempt.host == host() and attempt.boot == boot()

    def wait(self, attempt: Attempt, seconds: float, stop: Stoppable) -> Look:
        """See what becomes of it; at work still where it is after so long, or we are to stop."""
        deadline = time.monotonic() + seconds
        pause = 0.002
        while True:
            found = self.look(attempt)
            if not isinstance(found, Alive | Orphan) or stop or time.monotonic() >= deadline:
                return found
            time.sleep(pause)
            pause = min(pause * 1.5, _TICK)

    def end(self, attempt: Attempt) -> None:
        """End what we started ourselves; what another process did is left alone."""
        shim = self._shims.get(attempt.folder)
        if shim is not None and shim.poll() is None:
            shim.send_signal(signal.SIGTERM)
            shim.wait()

    def log(self, attempt: Attempt) -> str:
        return f"{self._room.folder}/{attempt.output}"

    def append(self, attempt: Attempt, text: str) -> None:
        """Add to its log, as long as that is not too long."""
        self._room.make(attempt.folder)
        handle = self._room.open(attempt.output, os.O_WRONLY | os.O_APPEND)
        try:
            if os.fstat(handle).st_size < _MOST:
                os.write(handle, text.encode("utf-8", "surrogateescape"))
        finally:
            os.close(handle)

    def hold(self, run: str) -> Callable[[], None] | None:
        """Be the only process that carries a run out; None where another one is."""
        self._room.make(f"runs/{run}")
        handle = self._room.open(f"runs/{run}/lock", os.O_RDWR)
        try:
            take(handle)
        except BlockingIOError:
            os.close(handle)
            return None
        self._holds[run] = handle
        return lambda: os.close(self._holds.pop(run))

    def held(self, run: str) -> bool:
        """Whether some process carries it out."""
        return held(f"{self._room.folder}/runs/{run}/lock")

    @contextmanager
    def alone(self, run: str) -> Iterator[None]:
        """Have a run for oneself; LoopError where another process carries it out."""
        release = self.hold(run)
        if release is None:
            raise LoopError(f"run {run} is carried out by another process", "end that first")
        try:
            yield
        finally:
            release()


def _there(handle: int, path: str) -> bool:
    """Whether the file that is open is the one at the path."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), os.stat(path))
    return False


def _ended(folder: str) -> Ended | None:
    try:
        with open(f"{folder}/rc", encoding="ascii") as file:
            code, timed_out, stopped, at = file.read().split()
        return Ended(int(code), float(at), timed_out=timed_out == "1", stopped=stopped == "1")
    except (OSError, ValueError):
        return None
