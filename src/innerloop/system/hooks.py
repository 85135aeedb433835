"""Hooks of ours in a folder of hooks: written beside what is there, read back, taken away."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.hook import KEPT, Found, Hook, Served, read, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LEGACY = ".legacy"
"""what pre-commit and prek add to the name of a hook that they found, and run"""


class Written(NamedTuple):
    """What came of installing one hook."""

    path: str
    kept: str
    """where the hook is now that was there before; empty: there was none"""
    changed: bool
    """False: it stood there already"""
    renamed: bool = False
    """the one that was there goes by its own file name, which is another one now"""


class Removed(NamedTuple):
    """What came of uninstalling one hook."""

    path: str
    restored: bool
    """what was there before is there again"""
    left: tuple[str, ...]
    """the projects that it is still for"""
    problem: str = ""
    """why it could not be done, or not wholly"""


def look(folder: str, name: str) -> Found | None:
    """The hook of ours of that name; None: there is none, or it is somebody else's."""
    path = f"{folder}/{name}"
    with suppress(OSError), open(path, "rb") as file:
        found = read(os.fsdecode(file.read()))
        if found and os.path.islink(path):
            return Found(found.hook, intact=False)
        return found
    return None


def ailing(folder: str, name: str) -> tuple[bool, str]:
    """Whether the hook is installed, and what is wrong with it."""
    found = look(folder, name)
    if found is None:
        return False, ""
    if not found.hook or not found.intact:
        return True, "was edited since it was installed: loop will not touch it"
    gone = [one.loop for one in found.hook.served if one.loop and not os.access(one.loop, os.X_OK)]
    if gone:
        return True, f"{gone[0]} is gone: loop hook install"
    if not os.access(f"{folder}/{name}", os.X_OK):
        return True, "is not executable, so git passes it over: loop hook install"
    if found.hook.before and not os.path.lexists(f"{folder}/{found.hook.before}"):
        return True, f"{found.hook.before}, which was there before and ran first, is gone"
    return True, ""


def refuse(folder: str, name: str) -> None:
    """A `LoopError` where the hook of that name cannot be installed as things stand."""
    path = f"{folder}/{name}"
    found = look(folder, name)
    if found and not (found.hook and found.intact):
        raise LoopError(
            f"{path} was written by loop, and edited since",
            "move your lines to a file of their own and delete it, then: loop hook install",
        )
    if not found and look(folder, f"{name}{_LEGACY}"):
        raise LoopError(
            f"{path} is another program's, which keeps and runs loop's as {name}{_LEGACY}",
            f"have it give it back first (pre-commit uninstall -t {name}), if you want more",
        )
    if os.path.isdir(path) and not os.path.islink(path):
        raise LoopError(f"{path} is a folder", "git could not run it either: move it away")
    for link in () if found else _leading(folder, name):
        raise LoopError(
            f"{folder}/{link} is a link to {name}, and would lead to loop's",
            f"give what both run a name of its own: mv {name} both && ln -s both {link}",
        )


def _leading(folder: str, name: str) -> list[str]:
    """The links in the folder that lead to that name."""
    found = []
    with suppress(OSError):
        for one in sorted(os.listdir(folder)):
            path = f"{folder}/{one}"
            if one != name and os.path.islink(path):
                target = os.path.normpath(os.path.join(folder, os.readlink(path)))
                found += [one] * (target == os.path.normpath(f"{folder}/{name}"))
    return found


def install(folder: str, name: str, served: Served) -> Written:
    """Have the hook of that name serve a project; whatever stands there is kept, and runs first."""
    path = f"{folder}/{name}"
    with _writing(folder):
        refuse(folder, name)
        found = look(folder, name)
        if found and found.hook:
            hook = found.hook.serving(served)
            kept = f"{folder}/{hook.before}" if hook.before else ""
            changed = not _stands(path, written(hook))
            if changed:
                _put(path, written(hook))
            return Written(path, kept, changed)
        before = _keep(path) if os.path.lexists(path) else ""
        _put(path, written(Hook(name, before, (served,))))
        kept = f"{folder}/{before}" if before else ""
        return Written(path, kept, changed=True, renamed=bool(before) and _minds(kept))


def uninstall(folder: str, name: str, project: str) -> Removed | None:
    """Take a project's share of a hook away; None where there is none.

    That is its own, or its nearest parent's; at neither, all that are below it.
    Where nothing is left to serve, what was there before is put back.
    """
    path = f"{folder}/{name}"
    found = look(folder, name)
    if found is None:
        if not look(folder, f"{name}{_LEGACY}"):
            return None
        said = f"is another program's, which keeps and runs loop's as {name}{_LEGACY}: have it "
        said += f"give it back first (pre-commit uninstall -t {name})"
        return Removed(path, restored=False, left=(), problem=said)
    if not found.hook or not found.intact:
        said = "was edited after loop wrote it, and is left as it is: delete it by hand"
        return Removed(path, restored=False, left=(), problem=said)
    with _writing(folder):
        hook = found.hook.without(_meant(found.hook, project))
        if hook == found.hook:
            return None
        left = tuple(served.path for served in hook.served)
        if left:
            _put(path, written(hook))
            return Removed(path, restored=False, left=left)
        if not hook.before:
            os.unlink(path)
            return Removed(path, restored=False, left=())
        if os.path.lexists(f"{folder}/{hook.before}"):
            os.replace(f"{folder}/{hook.before}", path)
            return Removed(path, restored=True, left=())
        os.unlink(path)
        said = f"is taken away, but {hook.before}, which was there before it, is gone"
        return Removed(path, restored=False, left=(), problem=said)


def _meant(hook: Hook, project: str) -> tuple[str, ...]:
    paths = [served.path for served in hook.served]
    above = [path for path in paths if not path or _below(project, path)]
    if above:
        return (max(above, key=len),)
    return tuple(path for path in paths if not project or _below(path, project))


def _minds(path: str) -> bool:
    """Whether a script looks at the name it was called by, as dispatchers for all hooks do."""
    try:
        with open(path, "rb") as file:
            text = file.read(1 << 16)
    except OSError:
        return False
    return b"${0##*/}" in text or (b"basename" in text and (b"$0" in text or b"argv[0]" in text))


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _stands(path: str, text: str) -> bool:
    with open(path, "rb") as file:
        same = file.read() == os.fsencode(text)
    return same and os.access(path, os.X_OK)


def _keep(path: str) -> str:
    """Give what stands there a second name beside it, never one that is taken; the name."""
    name = os.path.basename(path)
    tried = 1
    while True:
        before = f"{name}.{KEPT}" if tried == 1 else f"{name}.{KEPT}.{tried}"
        target = f"{os.path.dirname(path)}/{before}"
        if not os.path.lexists(target):
            break
        tried += 1
    try:
        # With two names it is never missing: ours then takes the place of the first.
        os.link(path, target, follow_symlinks=False)
    except OSError:
        os.rename(path, target)  # where files have one name each
    return before


def _put(path: str, text: str) -> None:
    """Write a script whole, executable for whom the umask lets."""
    draft = f"{path}.{os.getpid()}.new"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with open(os.open(draft, flags, 0o777), "wb") as file:
            file.write(os.fsencode(text))
        os.replace(draft, path)
    except OSError:
        with suppress(OSError):
            os.unlink(draft)
        raise


@contextmanager
def _writing(folder: str) -> Iterator[None]:
    """One at a time; what the file system refuses is said as it is."""
    try:
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with suppress(OSError):  # not every file system has locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        raise LoopError(
            f"cannot write the hooks in {folder}: {error.strerror}",
            "make the folder writable for you, or ask whoever owns the repository",
        ) from error
