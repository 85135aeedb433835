"""What was changed in the shadow since it was made to hold what is staged."""

from __future__ import annotations

from innerloop.system import files, git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.shadow.shadow import Shadow


def changed(shadow: Shadow) -> tuple[str, ...]:
    """The files of git's, from the top, that hold something else since, caches aside."""
    return _paths(shadow.ask("diff", "--name-only", "--no-renames", "-z"))


def made(shadow: Shadow) -> tuple[str, ...]:
    """The files, from the top, that were not there before, caches and what git ignores aside."""
    found = _paths(shadow.ask("ls-files", "--others", "--exclude-standard", "-z"))
    if found:
        # So that a patch has them, too.
        shadow.ask("add", "--intent-to-add", "--", *(f":(literal){path}" for path in found))
    return found


def patch(shadow: Shadow, paths: tuple[str, ...]) -> str:
    """What was changed in these files."""
    words = ("diff", "--binary", "--no-ext-diff", "--no-color", "--full-index")
    return shadow.ask(*words, "--", *(f":(literal){path}" for path in paths))


def original(shadow: Shadow, path: str) -> bytes:
    """A file as it was checked out, whatever became of it since."""
    said, _ = git.start(shadow.top, "cat-file", "--filters", f":{path}").communicate()
    return said


def _paths(said: str) -> tuple[str, ...]:
    return tuple(path for path in said.split("\0") if path and not files.never(path))
