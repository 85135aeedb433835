"""The receipt: nothing moved since this very command line ended green, so it ends green again.

Read before anything else is imported, and by stat alone: it lists every file and folder that the
walk saw, with size, times, inode and mode. `system.receipts` writes it, and says when one may be.
"""

from __future__ import annotations

import os
import sys
import time

from innerloop import __version__
from innerloop.core.digest import blake
from innerloop.core.sealed import opened
from innerloop.core.variables import telling, unattended

MAGIC = b"innerloop receipt 2\n"
_ALSO = (
    "CONDA_PREFIX",
    "HOME",
    "LOOP_HOLDS",
    "PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "UV_PROJECT_ENVIRONMENT",
    "VIRTUAL_ENV",
    "XDG_CONFIG_HOME",
)
"""variables that decide where things are found, beside those that change verdicts"""


def answer(words: list[str]) -> int | None:
    """The exit code, its line printed, where nothing moved; None: go the long way."""
    # In CI a walk leaves reports, and takes less for a pass.
    if unattended(os.environ):
        return None
    if words[:3] == ["hook", "run", "pre-commit"] and words[3:] in ([], ["--"]):
        from innerloop.commit import answer as committed  # noqa: PLC0415 - one way or the other

        return committed()
    if words[:1] != ["inner"]:
        return None
    try:
        here = os.getcwd()
    except OSError:
        return None
    root = above(here)
    if root and _sent_back(root):
        return None  # what the outer loop has found is to be shown
    found = said(f"{root}/.loop/receipts/{key(here, words)}") if root else None
    return told(root, here, found) if found else None


def _sent_back(root: str) -> bool:
    try:
        return bool(os.listdir(f"{root}/.loop/findings"))
    except OSError:
        return False


def told(root: str, here: str, found: tuple) -> int | None:  # type: ignore[type-arg]  # marshal's
    """The exit code, the receipt's line printed, where nothing it names has moved."""
    message, names, digest, expires, absent, inodes, stats, led = found
    if digest != environment(names) or not time.time() < expires:
        return None
    os.chdir(root)
    try:
        if not _still(absent, inodes, stats, led):
            return None
    finally:
        os.chdir(here)
    try:
        print(_painted(message), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except OSError:
        return None  # the long way says what is wrong with it
    return 0


def key(here: str, words: list[str]) -> str:
    """The name of the receipt for this command line, given in this folder."""
    return blake("\0".join((here, *words)).encode("utf-8", "surrogateescape"))


def environment(names: tuple[str, ...]) -> str:
    """The digest of every variable a receipt depends on; `names` are those that loops name."""
    environ = os.environ
    chosen = {*telling(environ), *_ALSO, *names}
    chosen.update(name for name in environ if name.startswith("GIT_CONFIG"))
    told = [f"{name}={environ[name]}\0" if name in environ else name for name in sorted(chosen)]
    return blake("\0".join(told).encode("utf-8", "surrogateescape"))


def version() -> str:
    """Which program wrote it: another one may see other things."""
    return f"{__version__} {sys.version}"


def above(folder: str) -> str:
    """The project at or above a folder, or the empty text."""
    while not os.path.lexists(f"{folder}/loops.yaml"):
        folder, last = os.path.dirname(folder), folder
        if folder == last:
            return ""
    return folder


def said(path: str, magic: bytes = MAGIC) -> tuple | None:  # type: ignore[type-arg]  # marshal's
    """What a receipt says, where this very program wrote it."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return None
    wrote, *rest = opened(magic, raw) or ("",)
    return tuple(rest) if wrote == version() else None


def _still(
    absent: list[str],
    inodes: list[tuple[str, int]],
    stats: list[tuple],  # type: ignore[type-arg]
    led: list[tuple],  # type: ignore[type-arg]
) -> bool:
    try:
        # Links twice: as they are, and as what they lead to, through however many more.
        for look, seen in ((os.lstat, stats), (os.stat, led)):
            for path, size, mtime, ctime, inode, mode in seen:
                now = look(path)
                if (
                    now.st_mtime_ns != mtime
                    or now.st_ctime_ns != ctime
                    or now.st_size != size
                    or now.st_ino != inode
                    or now.st_mode != mode
                ):
                    return False
        for path, inode in inodes:
            if os.lstat(path).st_ino != inode:
                return False
    except OSError:
        return False
    return not any(map(os.path.lexists, absent))


def _painted(message: str) -> str:
    colour = "FORCE_COLOR" in os.environ or sys.stdout.isatty()
    if not colour or os.environ.get("NO_COLOR"):
        return message
    head, colon, rest = message.partition(":")
    return f"\x1b[32;1m{head}\x1b[0m{colon}{rest}"
