"""A daemon of ours: started, known to be ready, ended with us. Never the one of an editor."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.digest import blake
from innerloop.system.groups import end
from innerloop.system.process import spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.dmypy.question import Question
    from innerloop.system.process import Child, Guard

IDLE = 1800
"""seconds after which a daemon that nobody asks ends by itself"""
HERE = os.path.dirname(os.path.abspath(__file__))
SUFFIXES = ("", ".seen", ".why")
_UNFIT = 3


class Readiness(NamedTuple):
    """Whether a daemon can be asked."""

    why: str
    """why not; empty where it can"""
    ended: bool = False
    unfit: bool = False
    """it will never do for this question"""


class Daemon:
    """One daemon, for one question, in a session of its own."""

    def __init__(self, child: Child, status: str, guard: Guard | None) -> None:
        self.pid = child.pid
        self.status = status
        self._child = child
        self._guard = guard

    def ready(self) -> Readiness:
        """Never waits."""
        if not self._child.ended():
            # It writes this file once its first check is behind it.
            there = os.path.exists(self.status)
            return Readiness("" if there else "its daemon is not ready yet")
        if self._child.code == _UNFIT:
            return Readiness(_read(f"{self.status}.why"), ended=True, unfit=True)
        return Readiness("its daemon has ended", ended=True)

    @property
    def crashed(self) -> bool:
        """Whether it has ended, and neither because it had nothing to do nor because we said so."""
        return self._child.code not in {None, 0, _UNFIT}

    def close(self) -> None:
        """End it, and leave nothing of it behind."""
        socket = _socket(self.status)
        end(self.pid)
        self._child.reap()
        if self._guard:
            self._guard.remove(self.pid)
        for suffix in SUFFIXES:
            _unlink(f"{self.status}{suffix}")
        if socket:
            # A daemon that was killed leaves it lying about.
            _unlink(socket)
            _unlink(os.path.dirname(socket), os.rmdir)


def start(asked: Question, name: str, state: str, guard: Guard | None) -> Daemon:
    """Start a daemon that checks at once what it will be asked about; raises Refused."""
    folder = f"{state}/cache/dmypy"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    status = f"{folder}/{os.getpid()}-{blake(name.encode())[:16]}"
    for suffix in SUFFIXES:
        _unlink(f"{status}{suffix}")
    if guard:
        guard.ready()
    child = spawn(
        (*asked.python, f"{HERE}/serve.py", status, asked.folder, str(IDLE), *asked.arguments),
        cwd=asked.cwd,
        env=dict(asked.env),
    )
    if guard:
        guard.add(child.pid)
    return Daemon(child, status, guard)


def tidy(state: str) -> None:
    """Remove the files of daemons whose owner was killed; the watchdog has ended those."""
    folder = f"{state}/cache/dmypy"
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        owner = name.partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            _unlink(f"{folder}/{name}")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def _socket(status: str) -> str:
    import json  # noqa: PLC0415 - only where there is a daemon

    try:
        return str(json.loads(_read(status))["connection_name"])
    except (ValueError, KeyError, TypeError):
        return ""


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def _unlink(path: str, remove: object = None) -> None:
    try:
        (remove if callable(remove) else os.unlink)(path)
    except OSError:
        return
