"""The question: mypy's own client, asking a daemon that is there already.

Run by its path, by the Python that mypy is installed for: it imports nothing of ours. It writes
what mypy would, and ends with a code that says so; or it writes why it cannot.
"""

from __future__ import annotations

import json
import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

TOLD = 100
"""and mypy's own exit code: whatever else this ends with is no verdict"""
UNASKED = 113
"""the exit code for: mypy itself has to be asked this"""
OUTDATED = 114
"""the exit code for: the daemon knows another world than this one"""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\(B")
# Where mypy ends with 2, because it can check nothing then, the daemon ends with 1.
_BLOCKING = ("[syntax]", "Cannot decode file", "ource file found twice", "Duplicate module named")


def ask(status: str, *args: str) -> None:
    """Have the daemon check what has changed, and say what it said."""
    moved = _moved(f"{status}.seen")
    if moved:
        _leave(OUTDATED, f"{'its folder' if moved == '.' else os.path.basename(moved)} changed")
    from mypy.dmypy import client  # noqa: PLC0415 - it is not needed to find that out
    from mypy.version import __version__  # noqa: PLC0415 - likewise

    said = client.request(status, "run", version=__version__, args=list(args), export_types=False)
    if "restart" in said:
        _leave(OUTDATED, str(said["restart"]))
    if "error" in said:
        raise RuntimeError(said["error"])
    _tell(said)


def _tell(said: dict[str, Any]) -> None:
    if said["err"]:
        # Not about the code, but about the command: mypy has other words for that.
        _leave(UNASKED, str(said["err"]).strip().splitlines()[-1])
    out = str(said["out"])
    plain = _COLOURS.sub("", out)
    if any(sign in plain for sign in _BLOCKING):
        _leave(UNASKED, "mypy itself has to say what keeps it from checking")
    sys.stdout.write(out)
    sys.stdout.flush()
    # To the daemon a note alone is a failure; to mypy it is none.
    raise SystemExit(TOLD + said["status"] * (": error:" in plain or said["status"] != 1))


def _moved(path: str) -> str:
    """The first of the files the daemon has read for good which is another one by now."""
    with open(path, encoding="utf-8") as file:
        seen = json.load(file)
    return next((name for name, then in seen.items() if _stamp(name) != then), "")


def _stamp(path: str) -> list[int]:
    try:
        found = os.stat(path)
    except OSError:
        return []
    if path == ".":
        return [found.st_dev, found.st_ino]
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size]


def _leave(code: int, why: str) -> NoReturn:
    print(why)
    raise SystemExit(code)


if __name__ == "__main__":
    ask(*sys.argv[1:])
