"""The shim: runs one command of a stage, outlives whoever started it, and writes down how it ended.

Run by path, as `python -I -S shim.py FOLDER LOCK ALIVE TIMEOUT [--mask NAME]... -- ARGV...`, in a
session of its own, with the descriptor of the locked file LOCK. While it is there that lock is
held: this, and never a process id, says that the command may still run. The command does not get
it, since what it leaves behind must not hold it; it gets ALIVE, which tells, where the shim itself
was killed, that something of the command's is still at work.

In FOLDER: `begun` is there before the command is, `rc` once it has ended. Both are on the disk
before anything follows from them.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

GRACE = 10.0
_NOT_FOUND, _NOT_STARTED, _SIGNALLED = 127, 126, 128
_stopped = [False]


def main(words: list[str]) -> int:
    """Run the command; write its end."""
    cut = words.index("--")
    folder, _lock, alive, timeout, *options = words[:cut]
    masked = tuple(options[1::2])
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    put(folder, "begun", str(time.time()))
    _crash(1)
    code, timed_out = _run(words[cut + 1 :], folder, int(alive), float(timeout), masked)
    _crash(2)
    put(folder, "rc", f"{code} {int(timed_out)} {int(_stopped[0])} {time.time()}\n")
    _crash(4)
    return 0


def _stop(_number: int, _frame: object) -> None:
    _stopped[0] = True


def put(folder: str, name: str, text: str) -> None:
    """Write a file so that it is there whole, and still is when the power has gone."""
    staged = f"{folder}/{name}.new"
    handle = _opened(staged, os.O_TRUNC)
    os.write(handle, text.encode())
    os.fsync(handle)
    os.close(handle)
    if name == "rc":
        _crash(3)
    os.rename(staged, f"{folder}/{name}")
    place = os.open(folder, os.O_RDONLY)
    os.fsync(place)
    os.close(place)


def _opened(path: str, flags: int) -> int:
    """A file for whom its folder is for: its owner, or a group."""
    mode = os.stat(os.path.dirname(path)).st_mode & 0o660
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | flags, mode)
    with suppress(PermissionError):  # somebody else's, who has done so
        os.fchmod(handle, mode)
    return handle


def _run(
    argv: list[str], folder: str, alive: int, timeout: float, masked: tuple[str, ...]
) -> tuple[int, bool]:
    log = _opened(f"{folder}/output.log", os.O_APPEND)
    # Without secrets straight into the file: no reader of it can die.
    sink, reader = (log, None) if not masked else _veiled(log, masked)
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            process_group=0,
            pass_fds=(alive,),
        )
    except (OSError, ValueError) as error:
        os.write(log, f"loop: cannot run {argv[0]!r}: {error}\n".encode(errors="replace"))
        missing = isinstance(error, FileNotFoundError)
        return (_NOT_FOUND if missing else _NOT_STARTED), False
    finally:
        os.close(alive)
        if reader is not None:
            os.close(sink)
    code, timed_out = _waited(child, timeout, f"{folder}/alive")
    if reader is not None:
        reader.wait(1.0)
    if timed_out:
        said = f"loop: it ran longer than its timeout of {timeout:g}s and was ended\n"
        os.write(log, said.encode())
    return (code if code >= 0 else _SIGNALLED - code), timed_out


def _waited(child: subprocess.Popen[bytes], timeout: float, alive: str) -> tuple[int, bool]:
    """Wait for its end; end it where it takes too long, or we are told to."""
    deadline = time.monotonic() + timeout
    pause = 0.002
    while child.poll() is None:
        late = time.monotonic() >= deadline
        if late or _stopped[0]:
            return _ended(child, alive), late and not _stopped[0]
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    return child.returncode, False


def _ended(child: subprocess.Popen[bytes], alive: str) -> int:
    """End its whole group: asked first, then made to. Also who is in it when its leader is gone."""
    for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 2.0)):
        # It is not reaped yet, so its id, which its group has too, is nobody else's.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        deadline = time.monotonic() + patience
        while (_runs(child) or _held(alive)) and time.monotonic() < deadline:
            time.sleep(0.02)
    return child.wait()


def _runs(child: subprocess.Popen[bytes]) -> bool:
    """Whether it runs; where the system can tell, it is not reaped by this."""
    if not hasattr(os, "waitid"):
        return child.poll() is None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _held(path: str) -> bool:
    """Whether somebody has the lock of a file; where that cannot be seen, nobody has."""
    # As in flocks.py: run by path, and alone, the shim can import nothing of ours.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


class _Reader:
    """Covers secrets in what comes through a pipe, on a thread, until the pipe is closed."""

    def __init__(self, source: int, log: int, values: list[str]) -> None:
        import threading  # noqa: PLC0415 - only where something is secret

        # The package beside us: -I keeps it from being found.
        sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
        from innerloop.core.mask import Mask, Stream  # noqa: PLC0415 - as above

        self._stream = Stream(Mask(values))
        self._source, self._log = source, log
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while data := os.read(self._source, 1 << 16):
            self._write(bytes(self._stream.feed(data)))
        self._write(self._stream.flush())

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._log, data) :]

    def wait(self, patience: float) -> None:
        """What the command has left behind may hold the pipe for as long as it likes."""
        self._thread.join(patience)


def _veiled(log: int, masked: tuple[str, ...]) -> tuple[int, _Reader]:
    source, sink = os.pipe()
    values = [os.environ[name] for name in masked if os.environ.get(name)]
    return sink, _Reader(source, log, values)


def _crash(place: int) -> None:
    """Be killed here, where a test has asked for it of this very attempt."""
    asked = f"{os.path.basename(sys.argv[1])}:{place}"
    if "LOOP_CRASH_TEST" in os.environ and os.environ.get("LOOP_SHIM_CRASH_AT") == asked:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
