"""The hooks of a repository: where git looks for them, and ours written, read and taken away."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from enum import Enum
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.hook import KEPT, Found, Hook, Served, read, written
from innerloop.system import git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS = ("local", "worktree")
"""the scopes of a setting that are this repository's alone"""


class Reach(Enum):
    """Whom a folder of hooks is for."""

    REPOSITORY = "this repository"
    COMMITTED = "a folder of the work tree, and so committed with it"
    OUTSIDE = "a folder outside the repository, which others may use"


class Place(NamedTuple):
    """Where git looks for the hooks of a work tree."""

    top: str
    folder: str
    reach: Reach


class Foreign(NamedTuple):
    """A place that is not for us to write to: what it is, and what to do."""

    message: str
    hint: str


class Written(NamedTuple):
    """What came of installing one hook."""

    path: str
    kept: str
    """where the hook is now that was there before; empty: there was none"""
    changed: bool
    """False: it stood there already"""


class Removed(NamedTuple):
    """What came of uninstalling one hook."""

    path: str
    restored: bool
    """what was there before is there again"""
    left: tuple[str, ...]
    """the projects that it is still for"""
    problem: str = ""
    """why it could not be done, or not wholly"""


def top(folder: str) -> str:
    """The top of the work tree around a folder."""
    if _asked(folder, "rev-parse", "--is-bare-repository") == "true":
        raise LoopError(
            "this is a bare repository: nothing is committed in it",
            "install the hooks in a clone or a worktree of it",
        )
    found = _asked(folder, "rev-parse", "--show-toplevel")
    if found:
        return found
    if git.repository(folder):
        # Inside .git, or git does not trust the repository: its own words say which.
        git.ask(folder, "rev-parse", "--show-toplevel")
    raise LoopError("this is not a git repository", "git init, then: loop hook install")


def place(root: str) -> Place | Foreign:
    """Where git looks for hooks, seen from the top of a work tree."""
    common = _seen(root, _asked(root, "rev-parse", "--git-common-dir"))
    folder = _seen(root, _asked(root, "rev-parse", "--git-path", "hooks"))
    default = f"{common}/hooks"
    told = _asked(root, "config", "--show-scope", "--get", "core.hooksPath")
    scope, _, value = told.partition("\t")
    if told and scope not in _OURS:
        return Foreign(
            f"core.hooksPath is {value!r} for more than this repository ({scope} settings)",
            "a hook written there would run in every repository. Call it from your own hook "
            "there ([ ! -f loops.yaml ] || loop hook run pre-commit), or give this repository "
            f"hooks of its own: git config core.hooksPath {default}",
        )
    if told and (not value or (os.path.lexists(folder) and not os.path.isdir(folder))):
        return Foreign(
            f"core.hooksPath is {value!r}, which switches hooks off",
            "git config --unset core.hooksPath",
        )
    real = os.path.realpath(folder)
    if os.path.isfile(f"{real}/h") and os.path.basename(real) == "_":
        beside = os.path.relpath(os.path.dirname(real), os.path.realpath(root))
        return Foreign(
            f"husky writes the hooks in {os.path.relpath(real, os.path.realpath(root))} anew",
            f"add a line to {beside}/pre-commit: loop hook run pre-commit; "
            f'and to {beside}/pre-push: loop hook run pre-push "$@"',
        )
    return Place(root, real, _reach(root, real, os.path.realpath(common)))


def folders(root: str) -> tuple[str, ...]:
    """Where hooks of ours may be: where git looks now, and where it would look by itself."""
    found = place(root)
    default = f"{_seen(root, _asked(root, 'rev-parse', '--git-common-dir'))}/hooks"
    named = (found.folder,) if isinstance(found, Place) else ()
    return tuple(dict.fromkeys((*named, os.path.realpath(default))))


def _reach(root: str, folder: str, common: str) -> Reach:
    if _below(folder, common):
        return Reach.REPOSITORY
    if not _below(folder, os.path.realpath(root)):
        return Reach.OUTSIDE
    inside = os.path.relpath(folder, os.path.realpath(root))
    return Reach.REPOSITORY if git.ignored(root, [f"{inside}/pre-commit"]) else Reach.COMMITTED


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _seen(folder: str, path: str) -> str:
    return os.path.normpath(os.path.join(folder, path))


def _asked(folder: str, *words: str) -> str:
    """Git's answer, or nothing where it has none."""
    code, out, _ = git.finish(git.start(folder, *words))
    return "" if code else out.removesuffix("\n")


def look(folder: str, name: str) -> Found | None:
    """The hook of ours of that name; None: there is none, or it is somebody else's."""
    path = f"{folder}/{name}"
    with suppress(OSError), open(path, "rb") as file:
        found = read(os.fsdecode(file.read()))
        if found and os.path.islink(path):
            return Found(found.hook, intact=False)
        return found
    return None


def install(folder: str, name: str, served: Served) -> Written:
    """Have the hook of that name serve a project; whatever stands there is kept, and runs first."""
    path = f"{folder}/{name}"
    with _writing(folder):
        found = look(folder, name)
        if found and not (found.hook and found.intact):
            raise LoopError(
                f"{path} was written by loop, and edited since",
                "move your lines to a file of their own and delete it, then: loop hook install",
            )
        if found and found.hook:
            hook = found.hook.serving(served)
            kept = f"{folder}/{hook.before}" if hook.before else ""
            changed = not _stands(path, written(hook))
            if changed:
                _put(path, written(hook))
            return Written(path, kept, changed)
        before = _keep(path) if os.path.lexists(path) else ""
        _put(path, written(Hook(name, before, (served,))))
        return Written(path, f"{folder}/{before}" if before else "", changed=True)


def uninstall(folder: str, name: str, project: str) -> Removed | None:
    """Take a project's share of a hook away; None where there is none.

    That is its own, or its nearest parent's; at neither, all that are below it.
    Where nothing is left to serve, what was there before is put back.
    """
    path = f"{folder}/{name}"
    found = look(folder, name)
    if found is None:
        return None
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


def _stands(path: str, text: str) -> bool:
    with open(path, "rb") as file:
        same = file.read() == os.fsencode(text)
    return same and os.access(path, os.X_OK)


def _keep(path: str) -> str:
    """Give what stands there a second name beside it, never one that is taken; the name."""
    if stat.S_ISDIR(os.lstat(path).st_mode):
        raise LoopError(f"{path} is a folder", "git could not run it either: move it away")
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
