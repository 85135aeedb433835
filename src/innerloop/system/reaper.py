"""Strays: processes that left their group, found by the walk's mark in their environment."""

from __future__ import annotations

import os
import select
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "LOOP_WALK"
# Servers that a command starts on purpose for the next command to find. Whoever needs another
# spared runs it as `env -u LOOP_WALK ...`.
LASTING = ("dmypy", "watchman", "fsmonitor--daemon", "sccache", "ccache", "bazel(", "GradleDaemon")
_GRACE = 0.5
_ROUNDS = 5
_USUAL = 1 << 14


def sweep(walk: str) -> tuple[int, ...]:
    """End every process of this user that carries the walk's mark; which they were."""
    if not walk:
        return ()
    find = _linux if os.path.exists("/proc/self/environ") else _elsewhere
    ended: list[int] = []
    # They may have started more of their kind while we looked.
    for _ in range(_ROUNDS):
        found = find(walk)
        if not found:
            break
        ended += found
    return tuple(ended)


def _linux(walk: str) -> tuple[int, ...]:
    marked = [pid for pid in _candidates() if _carries(pid, walk)]
    if not marked:
        return ()
    family = set(_ancestors())
    held = {pid: _hold(pid, walk) for pid in marked if pid not in family}
    strays = {pid: descriptor for pid, descriptor in held.items() if descriptor is not None}
    try:
        _end(strays)
    finally:
        for descriptor in strays.values():
            os.close(descriptor)
    return tuple(strays)


def _candidates() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _carries(pid: int, walk: str) -> bool:
    # Only root can read those of others, and is asked whose they are when one is found.
    block = _read(f"/proc/{pid}/environ")
    name, wanted = f"{MARK}=".encode(), walk.encode()
    return wanted in block and any(
        wanted in entry.removeprefix(name).split(b":")
        for entry in block.split(b"\0")
        if entry.startswith(name)
    )


def _hold(pid: int, walk: str) -> int | None:
    """A pidfd of a stray: it stays that process's, whatever becomes of the number."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return None
    # Looked at again, for it may have been somebody else when we looked first.
    if _ours(pid) and _carries(pid, walk) and not _lasts(_read(f"/proc/{pid}/cmdline")):
        return descriptor
    os.close(descriptor)
    return None


def _ours(pid: int) -> bool:
    try:
        return os.stat(f"/proc/{pid}").st_uid == os.getuid()
    except OSError:
        return False


def _lasts(command: bytes) -> bool:
    return any(name.encode() in command for name in LASTING)


def _ancestors() -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
        pid = int(fields[1]) if len(fields) > 1 else 0


def _read(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        found = os.read(descriptor, _USUAL)
        while len(found) % _USUAL == 0 and (more := os.read(descriptor, _USUAL)):
            found += more
    except OSError:
        return b""
    finally:
        os.close(descriptor)
    return found


def _end(strays: dict[int, int]) -> None:
    for descriptor in strays.values():
        _signal(descriptor, signal.SIGTERM)
        _signal(descriptor, signal.SIGCONT)
    stubborn = _left(set(strays.values()))
    for descriptor in stubborn:
        _signal(descriptor, signal.SIGKILL)
    _left(stubborn)


def _left(descriptors: set[int]) -> set[int]:
    """Those that have not ended after a short grace."""
    left = set(descriptors)
    poll = select.poll()
    for descriptor in left:
        poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + _GRACE
    while left and (patience := deadline - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(patience * 1000):
            poll.unregister(descriptor)
            left.discard(descriptor)
    return left


def _signal(descriptor: int, number: signal.Signals) -> None:
    try:
        signal.pidfd_send_signal(descriptor, number)
    except OSError:
        # It ended by itself, or has become another user's.
        return


def _elsewhere(walk: str) -> tuple[int, ...]:
    import psutil  # noqa: PLC0415 - 47 ms, for systems without /proc alone

    family = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    strays = []
    for process in psutil.process_iter():
        try:
            marked = walk in process.environ().get(MARK, "").split(":")
            if marked and process.pid not in family and not _lasts(_command(process.cmdline())):
                process.terminate()
                strays.append(process)
        except psutil.Error:
            continue
    for process in psutil.wait_procs(strays, timeout=_GRACE)[1]:
        try:
            process.kill()
        except psutil.Error:
            continue
    return tuple(process.pid for process in strays)


def _command(words: list[str]) -> bytes:
    return "\0".join(words).encode(errors="replace")
