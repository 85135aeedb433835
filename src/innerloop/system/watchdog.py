"""Watchdog: ends our groups when we are killed and can no longer do so."""

from __future__ import annotations

import os
import threading
from typing import Self

from innerloop.system.process import Refused, Streams, spawn
from innerloop.system.reaper import LASTING, MARK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from innerloop.system.process import Child

# It reads "+ GROUP" and "- GROUP"; "." is a good end. An end of input without one is our death,
# for nobody else holds the other end of that pipe.
_SCRIPT = r"""
trap '' HUP INT QUIT TERM TSTP TTIN TTOU PIPE
mark=$1 lasting=$2 groups=
while read -r what group; do
  case $what in
    +) groups="$groups $group" ;;
    -) left=
       for each in $groups; do [ "$each" = "$group" ] || left="$left $each"; done
       groups=$left ;;
    .) exit 0 ;;
  esac
done
strays() {
  [ -n "$mark" ] && [ -r /proc/self/environ ] || return 0
  for file in $(grep -ls -- "$mark" /proc/[0-9]*/environ); do
    grep -qsE -- "$lasting" "${file%environ}cmdline" && continue
    pid=${file#/proc/}
    echo "${pid%/environ}"
  done
}
all() {
  for each in $groups; do kill -s "$1" -- "-$each"; done
  for each in $(strays); do kill -s "$1" "$each"; done
}
all TERM
all CONT
sleep 0.5 || sleep 1
all KILL
"""


class Watchdog:
    """Told of every group that runs; started before the first one. Nothing fails without it."""

    def __init__(self, walk: str = "") -> None:
        self._walk = walk
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._pipe: int | None = None
        self._tried = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tell(".")
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            os.close(pipe)
        if self._child:
            self._child.reap()
            self._child = None

    def ready(self) -> None:
        """Start, if it has not: a child that is not told of yet is found by the walk's mark."""
        with self._lock:
            if not self._tried:
                self._tried = True
                self._start()

    def add(self, group: int) -> None:
        self.ready()
        self._tell(f"+ {group}")

    def remove(self, group: int) -> None:
        self._tell(f"- {group}")

    def _tell(self, line: str) -> None:
        if self._pipe is None:
            return
        try:
            os.write(self._pipe, f"{line}\n".encode())
        except OSError:
            # It was killed, or is too slow to keep up: we do without.
            return

    def _start(self) -> None:
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        lasting = "|".join(name.replace("(", "[(]") for name in LASTING)
        mark = f"{MARK}=[^=]*{self._walk}" if self._walk else ""
        argv = ("/bin/sh", "-c", _SCRIPT, "loop-watchdog", mark, lasting)
        env = {"PATH": os.environ.get("PATH", os.defpath)}
        try:
            self._child = spawn(argv, cwd="/", env=env, streams=Streams(stdin=reader))
        except Refused:
            os.close(writer)
        else:
            self._pipe = writer
        finally:
            os.close(reader)
