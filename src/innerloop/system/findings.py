"""Findings, kept below .loop until the loop that they were sent to has passed."""

from __future__ import annotations

import os
from contextlib import suppress

from innerloop.system import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from innerloop.core.findings import Finding

VERSION = 1


def folder(root: str) -> str:
    return f"{state.folder(root)}/findings"


def any_open(root: str) -> bool:
    """Whether there is any. Cheap: asked at the beginning of every walk."""
    try:
        return any(name.endswith(".json") for name in os.listdir(folder(root)))
    except OSError:
        return False


def still_open(root: str) -> tuple[Finding, ...]:
    """Every finding that is open, the oldest first, each once."""
    if not any_open(root):
        return ()
    from innerloop.core.findings import once  # noqa: PLC0415 - only where something is open

    found = [one for name in _names(root) for one in _read(f"{folder(root)}/{name}")]
    return once(sorted(found, key=lambda one: one.at))


def add(root: str, run: str, findings: Iterable[Finding]) -> None:
    """Keep what a run has found, beside what it had found before."""
    from innerloop.core.findings import once  # noqa: PLC0415 - only where something was found

    state.make(root)
    os.makedirs(folder(root), mode=0o700, exist_ok=True)
    path = f"{folder(root)}/{run}.json"
    _write(path, run, once((*_read(path), *findings)))


def clear(root: str, done: Callable[[Finding], bool]) -> int:
    """Take away those that are done with; how many that were."""
    count = 0
    for name in _names(root) if any_open(root) else ():
        path = f"{folder(root)}/{name}"
        found = _read(path)
        left = tuple(one for one in found if not done(one))
        if len(left) == len(found) and found:
            continue
        count += len(found) - len(left)
        if left:
            _write(path, left[0].run, left)
        else:
            with suppress(OSError):
                os.unlink(path)
    return count


def _names(root: str) -> list[str]:
    return sorted(name for name in os.listdir(folder(root)) if name.endswith(".json"))


def _read(path: str) -> tuple[Finding, ...]:
    import json  # noqa: PLC0415 - only where something is open

    from innerloop.core.findings import Finding  # noqa: PLC0415 - likewise

    try:
        with open(path, encoding="utf-8") as file:
            rows = json.load(file)["findings"]
        known = Finding._fields
        return tuple(Finding(**{k: v for k, v in row.items() if k in known}) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def _write(path: str, run: str, findings: tuple[Finding, ...]) -> None:
    import json  # noqa: PLC0415 - only where something was found

    rows = [one._asdict() for one in findings]
    body = json.dumps({"version": VERSION, "run": run, "findings": rows}, indent=1) + "\n"
    state.put(path, body.encode("utf-8", "surrogateescape"))
