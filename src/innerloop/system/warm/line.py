"""The line to a standby: what it says as it loads, and the hand-over."""

from __future__ import annotations

import json
import os
import select
import time
from contextlib import suppress
from typing import NamedTuple

from innerloop.system.channel import listen

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

STUCK = 60.0
"""seconds that one preload may take"""
_ANSWER = 10.0
_ROOM = 1 << 16


class Ready(NamedTuple):
    """How loading went."""

    ready: bool = False
    stamp: str = ""
    took: tuple[tuple[str, float], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    blocked: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    failure: str = ""
    """why there is nothing at all; empty where it answered"""


class Line:
    """Lines of JSON, both ways; and the output of a process that is not to have any yet."""

    def __init__(self, line: socket.socket, reader: int) -> None:
        self.reader = reader
        self._socket = line
        self._room = memoryview(bytearray(_ROOM))
        self._printed = b""
        self._step = ""

    def say(self, **words: object) -> None:
        self._socket.sendall(json.dumps(words).encode() + b"\n")

    def loading(self) -> Ready:
        """Hear how it gets on, to the end. What it prints on the way is nobody's."""
        rest = b""
        while True:
            came = self._hear(time.monotonic() + STUCK)
            if came is None:
                return Ready(refused=((self._step, f"took longer than {STUCK:.0f} s"),))
            if not came:
                words = self._printed.decode(errors="replace").strip().splitlines()
                return Ready(failure=words[-1] if words else "its Python ended")
            *lines, rest = (rest + came).split(b"\n")
            for line in lines:
                said: dict[str, Any] = json.loads(line)
                self._step = said.get("step", self._step)
                if "ready" in said:
                    return _outcome(said)

    def _hear(self, until: float) -> bytes | None:
        """What it says, empty at its end; None after so long."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self.reader, select.POLLIN)
        while (left := until - time.monotonic()) > 0:
            for descriptor, _ in poll.poll(left * 1000):
                if descriptor == self.reader:
                    if self._drained():
                        poll.unregister(self.reader)
                    continue
                self._drained()
                with suppress(ConnectionError):
                    return self._socket.recv(_ROOM)
                return b""
        return None

    def _drained(self) -> bool:
        """Take what it printed; whether there is nobody left to print."""
        size, over = listen(self.reader, self._room)
        self._printed = bytes(self._room[:size]) or self._printed
        return over

    def cleared(self, tty: tuple[int, int] | None) -> None:
        """Let the command begin with nothing printed, on a terminal of the right size."""
        while listen(self.reader, self._room).size == _ROOM:
            pass
        if tty:
            import termios  # noqa: PLC0415 - a pipe needs none of it

            with suppress(OSError, termios.error):
                termios.tcsetwinsize(self.reader, tty)

    def hand(self, **words: object) -> str | None:
        """Hand over: empty where it goes on warm, else why not; None where nobody answers."""
        try:
            self._socket.settimeout(_ANSWER)
            self.say(**words)
            said: dict[str, Any] = json.loads(self._socket.recv(_ROOM) or b"{}")
        except (OSError, ValueError):
            return None
        finally:
            self._socket.close()
        return None if not said else str(said.get("cold", ""))

    def close(self) -> None:
        self._socket.close()
        os.close(self.reader)


def _outcome(said: dict[str, Any]) -> Ready:
    return Ready(
        bool(said["ready"]),
        str(said["stamp"]),
        tuple(said["took"].items()),
        tuple(said["refused"].items()),
        tuple(said["blocked"].items()),
    )
