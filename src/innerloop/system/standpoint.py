"""What a run is of: the commit that stands here, what was changed beside it, and whose it is."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.outputs import within
from innerloop.system import git, handoff
from innerloop.system.who import login

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from innerloop.system.ground import Ground

_LISTED = ("ls-files", "-v", "-s", "-z", "--", ".")


class Standpoint(NamedTuple):
    """Where the work tree stands."""

    commit: str = ""
    branch: str = ""
    changed: tuple[str, ...] = ()
    """what is not committed, from the root; less what stages leave"""
    in_git: bool = True

    @property
    def dirty(self) -> bool:
        return bool(self.changed)


def standpoint(ground: Ground, outputs: Iterable[str] = ()) -> Standpoint:
    """Where it stands now; `outputs` are no changes."""
    if not ground.tree.in_git:
        return Standpoint(in_git=False)
    asked = (
        git.start(ground.root, "rev-parse", "-q", "--verify", "HEAD"),
        git.start(ground.root, "symbolic-ref", "-q", "--short", "HEAD"),
        git.start(
            ground.root,
            *("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all"),
            *("--ignore-submodules=none", "--", "."),
        ),
        git.start(ground.root, *_LISTED),
    )
    (_, commit, _), (_, branch, _), (code, status, _), (_, listed, _) = map(git.finish, asked)
    if code:
        raise LoopError("git cannot say what is committed", "git status")
    prefix = _prefix(ground.root)
    left = tuple(outputs)
    told = (one[3:].removeprefix(prefix).rstrip("/") for one in status.split("\0") if one)
    paths = dict.fromkeys((*told, *_overlooked(ground, listed)))
    changed = tuple(path for path in paths if not within(path, left))
    branch = branch.strip() or os.environ.get("GITHUB_HEAD_REF", "")
    branch = branch or os.environ.get("CI_COMMIT_REF_NAME", os.environ.get("GITHUB_REF_NAME", ""))
    return Standpoint(commit.strip(), branch, changed)


def _overlooked(ground: Ground, listed: str) -> Iterator[str]:
    """Files that are another thing than git has, and that it was told not to look at.

    `git ls-files -v`: a small letter is `--assume-unchanged`, S is `--skip-worktree`.
    """
    ground.tree.stale()
    for row in listed.split("\0"):
        entry, _, path = row.partition("\t")
        flag, _, known = entry.partition(" ")
        if flag == "S" or flag.islower():
            found = ground.tree.look(path)
            if found and found.value != known.rpartition(" ")[0]:
                yield path


def _prefix(root: str) -> str:
    """What git's paths begin with, which are from the top."""
    top = git.repository(root)
    below = os.path.relpath(root, top) if top else "."
    return "" if below == "." else f"{below}/"


def content(ground: Ground, outputs: Iterable[str] = ()) -> str:
    """Every file as it stands, as one digest; less what stages leave."""
    left = tuple(outputs)
    ground.tree.stale()
    paths = tuple(path for path in ground.tree.paths() if not within(path, left))
    looked = zip(paths, ground.tree.looks(paths), strict=True)
    return handoff.content({path: entry.value for path, entry in looked if entry})


def rewritten(ground: Ground, commit: str, outputs: Iterable[str] = ()) -> str:
    """How a file that a commit has is another now; empty: all are as it has them.

    What is beside them is no matter: checks leave their reports where they like.
    """
    words = ("diff", "--name-only", "--no-renames", "--relative", "-z", commit, "--", ".")
    asked = (git.start(ground.root, *words), git.start(ground.root, *_LISTED))
    (code, changed, _), (_, listed, _) = map(git.finish, asked)
    if code:
        raise LoopError(f"git cannot say what differs from {commit[:10]}", "git status")
    left = tuple(outputs)
    every = (*filter(None, changed.split("\0")), *_overlooked(ground, listed))
    paths = [path for path in every if not within(path, left)]
    return f"{paths[0]!r} was changed" if paths else ""


def altered(ground: Ground, commit: str, held: str, outputs: Iterable[str] = ()) -> str:
    """How the files that stand here are not those of a commit, or `held`; empty: they are.

    Where HEAD is meanwhile is no matter. `held`: their digest, where they were not all committed.
    """
    if held:
        return "" if content(ground, outputs) == held else "files were changed"
    now = standpoint(ground, outputs)
    if now.commit == commit:
        paths = now.changed
    else:
        left = tuple(outputs)
        _, listed, _ = git.finish(git.start(ground.root, *_LISTED))
        since = (*sorted(git.changed_since(ground.root, commit)), *_overlooked(ground, listed))
        paths = tuple(path for path in since if not within(path, left))
    return f"{paths[0]!r} was changed" if paths else ""


def author(root: str) -> str:
    """Who wrote the commit that stands here."""
    code, out, _ = git.finish(git.start(root, "log", "-1", "--format=%an <%ae>"))
    return out.strip() if code == 0 else ""


def identity(root: str) -> str:
    """Who we are, as git and this machine have it: nobody vouches for that."""
    name = os.environ.get("GITHUB_ACTOR") or os.environ.get("GITLAB_USER_LOGIN") or login()
    said = []
    for key in ("user.name", "user.email"):
        _, out, _ = git.finish(git.start(root, "config", "--get", key))
        said.append(out.strip())
    return f"{said[0] or name} <{said[1]}> ({name})" if said[1] else (said[0] or name)
