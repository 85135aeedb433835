"""The repository a hook was called for, and the tree it is about. Nothing in it is written."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from innerloop.core.digest import blake
from innerloop.core.errors import LoopError
from innerloop.system import git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Repository(NamedTuple):
    """Where git keeps what; all absolute."""

    top: str
    """the work tree"""
    prefix: str
    """the project below it, with a slash at the end; empty: the same folder"""
    folder: str
    """of this work tree: its index, its HEAD"""
    common: str
    """of all its work trees"""
    objects: str
    staged: str
    """the index, or the one that a hook is told to look at"""
    head: str
    """the commit; empty before the first"""
    sha256: bool

    def inside(self, place: str) -> str:
        """The project, below a copy of the work tree's top."""
        return f"{place}/{self.prefix}".rstrip("/")


def repository(root: str, environ: Mapping[str, str]) -> Repository:
    """The repository around a project; the index is the one that a hook is told to look at."""
    if not git.repository(root):
        raise LoopError("git hooks need a git repository", "git init, or run 'loop inner'")
    top, prefix, folder, form, common, objects, index = _told(root)
    code, head, _ = git.finish(git.start(root, "rev-parse", "-q", "--verify", "HEAD^{commit}"))
    meant = environ.get("GIT_INDEX_FILE", "")
    return Repository(
        top,
        prefix,
        folder,
        common,
        objects,
        os.path.join(top, meant) if meant else index,
        "" if code else head.strip(),
        form == "sha256",
    )


def _told(root: str) -> list[str]:
    absolute = "--path-format=absolute"
    asked = (
        ("--show-toplevel",),
        ("--show-prefix",),
        ("--absolute-git-dir",),
        ("--show-object-format",),
        (absolute, "--git-common-dir"),
        (absolute, "--git-path", "objects"),
        (absolute, "--git-path", "index"),
    )
    if "\n" in root:
        # Git's answers are lines: each is asked for by itself.
        return [git.ask(root, "rev-parse", *one).removesuffix("\n") for one in asked]
    words = (word for one in asked for word in one)
    return git.ask(root, "rev-parse", *words).split("\n")[: len(asked)]


def tree_of(root: str, commit: str) -> str:
    """The tree of a commit."""
    return git.ask(root, "rev-parse", "--verify", "-q", f"{commit}^{{tree}}").strip()


def place(root: str, environ: Mapping[str, str], kind: str = "shadow") -> str:
    """The folder of the shadow of a work tree; one of another `kind` is another one."""
    home = os.path.expanduser("~")
    usual = f"{home}/Library/Caches" if sys.platform == "darwin" else f"{home}/.cache"
    caches = environ.get("XDG_CACHE_HOME") or usual
    name = f"{os.path.basename(root)}-{blake(os.fsencode(root))[:12]}"
    return f"{caches}/innerloop/{kind}/{name}"
