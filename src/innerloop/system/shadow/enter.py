"""What was taken over into the work tree, entered into the index as the very content it was."""

from __future__ import annotations

import os

from innerloop.core.errors import LoopError
from innerloop.system import git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.shadow.shadow import Shadow


def enter(shadow: Shadow, paths: tuple[str, ...]) -> None:
    """Stage these files as the shadow has them; an editor may have saved in them since."""
    real, named = shadow.real, [f":(literal){path}" for path in paths]
    # Into the real repository, as git would store it: filters and line ends are the shadow's own.
    stored = {"GIT_OBJECT_DIRECTORY": real.objects}
    code, _, why = git.finish(git.start(shadow.top, "add", "-u", "--", *named, extra=stored))
    if code:
        raise LoopError(f"git cannot store what was fixed: {why.strip()}")
    rows: dict[str, str] = {}
    for line in shadow.ask("ls-files", "--stage", "-z", "--", *named).split("\0"):
        meta, _, path = line.partition("\t")
        rows[path] = meta
    nothing = f"0 {'0' * (64 if real.sha256 else 40)} 0"
    feed = "".join(f"{rows.get(path, nothing)}\t{path}\0" for path in paths)
    asleep = _assumed(real.top, named)
    git.ask(real.top, "update-index", "-z", "--index-info", feed=os.fsencode(feed))
    if asleep:
        words = ("update-index", "-z", "--assume-unchanged", "--stdin")
        git.ask(real.top, *words, feed=os.fsencode("\0".join(asleep)))
    # So that nobody has to read the files to see that they are what is staged.
    git.finish(git.start(real.top, "update-index", "-q", "--refresh"))


def _assumed(top: str, named: list[str]) -> list[str]:
    """Those that the user told git to take for unchanged, which a new entry forgets."""
    lines = git.ask(top, "ls-files", "-v", "-z", "--", *named).split("\0")
    return [line[2:] for line in lines if line[:1].islower()]
