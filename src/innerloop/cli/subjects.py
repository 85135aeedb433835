"""What a hook is about: the trees that are checked, and the project as each of them has it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import NamedTuple

from innerloop.cli.wiring import Project, project
from innerloop.config.compiled import stated
from innerloop.config.find import NAME
from innerloop.core.errors import LoopError
from innerloop.core.model import Config
from innerloop.core.pushes import Push, pushes
from innerloop.system import git, hookpath
from innerloop.system.ground import Ground
from innerloop.system.shadow.repository import tree_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from innerloop.system.shadow.shadow import Shadow

_TIMES = 3


class Subject(NamedTuple):
    """A tree that is checked, and the commit that is its HEAD."""

    tree: str
    head: str
    made: bool = False
    """`head` is the very commit that has this tree"""

    @property
    def said(self) -> str:
        return f"in {self.head[:10]}" if self.made else "staged"


def staged(shadow: Shadow) -> Iterator[Subject]:
    """What would be committed, until it is no more another tree than the last one was."""
    checked = ""
    for _ in range(_TIMES):
        # Git reads the index again after the hook: what was staged meanwhile is committed, too.
        tree = shadow.staged()
        if tree == checked:
            return
        yield Subject(tree, shadow.real.head)
        checked = tree
    if shadow.staged() != checked:
        raise LoopError("what is staged changes all the time", "commit again when it is done")


def pushed(root: str, shadow: Shadow, lines: list[str]) -> Iterator[Subject]:
    """Each tree that would be pushed, once."""
    known: set[str] = set()
    # Called by hand, say: then what would be pushed is what is there.
    head = (Push("HEAD", shadow.real.head, "", ""),) if shadow.real.head else ()
    for push in pushes(lines, os.environ) or head:
        if push.deletes:
            continue
        tree = tree_of(root, push.commit)
        if tree not in known:
            known.add(tree)
            commit = git.ask(root, "rev-parse", f"{push.commit}^{{commit}}").strip()
            yield Subject(tree, commit, made=True)


@contextmanager
def standing(below: str | None) -> Iterator[Project]:
    """The project a hook is for. `below`: its folder from the top, with a loops.yaml or without.

    The branch that is checked out may have none, and what is staged or pushed one all the same.
    """
    if below is not None:
        root = os.path.join(hookpath.top(os.getcwd()), below).rstrip("/")
        os.makedirs(root, exist_ok=True)
        os.chdir(root)
        if not os.path.isfile(NAME):
            yield from _closed(Project(root, Ground(root, Config(()), write=True)))
            return
    with project(write=True) as found:
        yield found


@contextmanager
def restated(found: Project, shadow: Shadow, listed: Mapping[str, str]) -> Iterator[Project]:
    """The project with the loops.yaml of the tree that is checked."""
    config = stated(found.root, shadow.blob(listed[NAME].partition(" ")[2]))
    yield from _closed(Project(found.root, Ground(found.root, config, write=True)))


def _closed(found: Project) -> Iterator[Project]:
    try:
        yield found
    finally:
        found.ground.store.close()


def loopless(found: Project, listed: Mapping[str, str]) -> bool:
    """Whether the tree has no loops: no loops.yaml, nor does git leave that to each person."""
    if NAME in listed:
        return False
    own = os.path.isfile(f"{found.root}/{NAME}")
    return not own or bool(git.ask(found.root, "ls-files", "-z", "--", NAME))
