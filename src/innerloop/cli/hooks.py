"""loop hook install and uninstall: what is written where, and said."""

from __future__ import annotations

import os
import sys

from innerloop.config.find import find
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.hook import NAMES, Served
from innerloop.core.text import visible
from innerloop.system import hookpath, hooks, state
from innerloop.system.hookpath import Foreign, Reach
from innerloop.system.shadow import repository as shadows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.system.hookpath import Place
    from innerloop.system.hooks import Removed, Written


def install(names: tuple[str, ...], *, shared: bool) -> int:
    """Write the hooks for the project of this folder, and say where."""
    chosen = _known(names)
    top = hookpath.top(os.getcwd())
    project = _project(top)
    place = hookpath.place(top)
    if isinstance(place, Foreign):
        raise LoopError(place.message, place.hint)
    committed = place.reach is Reach.COMMITTED
    if committed and not shared:
        raise LoopError(
            f"core.hooksPath is {_shown(place.folder)}, which is committed with the rest",
            "loop hook install --shared writes there, for everybody; "
            "or add to a hook of your own there: loop hook run pre-commit",
        )
    served = Served(project, "" if committed else _loop())
    for name in chosen:
        # Both are looked at before either is written.
        hooks.refuse(place.folder, name)
    for name in chosen:
        _tell(name, hooks.install(place.folder, name, served))
    _remark(place)
    return ExitCode.OK


def uninstall(names: tuple[str, ...]) -> int:
    """Put back what was there; 1 where something could not be."""
    chosen = _known(names)
    top = hookpath.top(os.getcwd())
    project = _inside(os.getcwd(), top)
    code = ExitCode.OK
    for name in chosen:
        found = [hooks.uninstall(folder, name, project) for folder in hookpath.folders(top)]
        told = [one for one in found if one]
        if not told:
            print(f"{name}: not installed{f' for {project}' if project else ''}")
        for one in told:
            print(f"{name}: {_ended(one)}", file=sys.stderr if one.problem else sys.stdout)
            if one.problem:
                code = ExitCode.FAILED
    if not any(hooks.look(folder, name) for folder in hookpath.folders(top) for name in NAMES):
        state.remove(shadows.place(os.path.join(top, project).rstrip("/"), os.environ))
    return code


# -- what they ask ---------------------------------------------------------------------------


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in NAMES:
            raise LoopError(f"there is no hook called {name!r}", " or ".join(NAMES))
    return tuple(name for name in NAMES if name in names or not names)


def _project(top: str) -> str:
    """The folder of the nearest loops.yaml, from the top of the work tree."""
    root = find(os.getcwd())
    if root is None:
        raise LoopError("there is no loops.yaml here or above", "loop init writes one")
    inside = _inside(root, top)
    if inside.startswith("../"):
        raise LoopError(
            f"the nearest loops.yaml is in {root}, outside the repository {top}",
            "give this repository one of its own: loop init",
        )
    return inside


def _inside(folder: str, top: str) -> str:
    inside = os.path.relpath(os.path.realpath(folder), os.path.realpath(top))
    return "" if inside == "." else f"{inside}/" if inside == ".." else inside


def _loop() -> str:
    """The `loop` of this very installation; empty where it has none, and one must be found."""
    beside = os.path.join(os.path.dirname(sys.executable), "loop")
    typed = os.path.abspath(sys.argv[0])
    places = [beside, *([typed] if os.path.basename(typed) == "loop" else [])]
    return next((place for place in places if os.access(place, os.X_OK)), "")


# -- what they say ---------------------------------------------------------------------------


def _tell(name: str, done: Written) -> None:
    verb = "wrote" if done.changed else "stands already:"
    print(f"{name}: {verb} {_shown(done.path)}")
    if done.kept:
        print(f"{name}: what was there before is {_shown(done.kept)}, and runs first")
    if done.renamed:
        print(f"{name}: it seems to go by its own name, which is another now: see that it works")


def _remark(place: Place) -> None:
    if place.reach is not Reach.REPOSITORY:
        print(f"{_shown(place.folder)} is {place.reach.value}")


def _ended(done: Removed) -> str:
    path = _shown(done.path)
    if done.problem:
        return f"{path} {done.problem}"
    if done.left:
        return f"taken out of {path}, which is still for {', '.join(_named(done.left))}"
    if done.restored:
        return f"what was there before is {path} again"
    return f"removed {path}"


def _named(paths: tuple[str, ...]) -> Iterator[str]:
    return (path or "the top of the work tree" for path in paths)


def _shown(path: str) -> str:
    """A path as it is reached from here, where it is below; else whole."""
    here = os.path.realpath(os.getcwd())
    return visible(os.path.relpath(path, here) if path.startswith(f"{here}/") else path)
