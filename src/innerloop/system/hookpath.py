"""Where git looks for the hooks of a work tree, and whether that is a place for us to write to."""

from __future__ import annotations

import os
from enum import Enum
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.system import git

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


def top(folder: str) -> str:
    """The top of the work tree around a folder."""
    if _asked(folder, "rev-parse", "--is-bare-repository") == "true":
        raise LoopError(
            "this is a bare repository: nothing is committed in it",
            "install the hooks in a clone or a worktree of it",
        )
    code, out, said = git.finish(git.start(folder, "rev-parse", "--show-toplevel"))
    if not code:
        return out.removesuffix("\n")
    if git.repository(folder):
        # Inside .git, or git does not trust the repository: its own words say which.
        lines = said.removeprefix("fatal: ").split("\n")
        raise LoopError(f"git does not answer here: {lines[0]}", "".join(lines[1:][-2:]).strip())
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
