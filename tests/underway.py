"""A `loop watch` under way: what it tells, what is saved meanwhile, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from conftest import LIMIT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

    from conftest import Project

Told = dict[str, Any]


class Watching:
    """Started with `--format jsonl`; a context that ends it by SIGINT if nobody has."""

    def __init__(
        self, project: Project, *words: str, env: Mapping[str, str | None] | None = None
    ) -> None:
        self.project = project
        self.process: subprocess.Popen[str] = project.start(
            "watch", "--format", "jsonl", *words, env=env
        )
        self.events: list[Told] = []
        self._heard = 0
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.ends(signal.SIGINT)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def ends(self, number: int = signal.SIGINT) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(LIMIT)
        self._reader.join(LIMIT)
        return code

    def until(self, kind: str, **fields: object) -> Told:
        """The next event of that type with these fields; those before it have been heard."""
        deadline = time.monotonic() + LIMIT
        with self._news:
            while True:
                while self._heard < len(self.events):
                    event = self.events[self._heard]
                    self._heard += 1
                    if event["type"] == kind and fields.items() <= _flat(event).items():
                        return event
                left = deadline - time.monotonic()
                assert left > 0, (kind, fields, self.events[-12:], self.process.poll())
                self._news.wait(left)

    def rested(self, verdict: str = "green") -> Told:
        event = self.until("rested")
        assert event["run"]["verdict"] == verdict, self.events
        return event

    def quiet(self, seconds: float = 0.5) -> list[Told]:
        """What is told in so many seconds."""
        time.sleep(seconds)
        with self._news:
            news = self.events[self._heard :]
            self._heard = len(self.events)
        return news

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()


def _flat(event: Told) -> Told:
    result = event.get("result") or {}
    return {
        **{k: v for k, v in event.items() if isinstance(v, str | int | float | bool)},
        **{k: v for k, v in result.items() if isinstance(v, str | int | float | bool)},
    }


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/task"))


def memory(pid: int) -> int:
    """Resident bytes."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> list[int]:
    """The process and everything it has started that still runs."""
    found = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                for child in file.read().split():
                    found += family(int(child))
    except OSError:
        return found
    return found
