"""What a hook inherits: the environment, less what git and hook frameworks put into it.

A hook has to see what a terminal sees: what passed with another PATH has not passed with this one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_AUTHOR = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE")
_COMMITTER = ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")


def undressed(environ: Mapping[str, str], framework: str = "") -> dict[str, str]:
    """The variables as they were before `git commit`, and before the framework's environment.

    What points at the repository stays: GIT_INDEX_FILE names the index that is committed.
    `framework` is the environment that pre-commit or prek made for us, where it did.
    """
    found = dict(environ)
    own = found.pop("GIT_EXEC_PATH", "")
    if own:
        found["PATH"] = _past(found.get("PATH", ""), own)
    if found.get("GIT_EDITOR") == ":":
        del found["GIT_EDITOR"]  # git's way to say that nobody is to be asked
    if found.get("GIT_AUTHOR_DATE", "").startswith("@"):
        # Of the commit being made. Who sets both identities by hand meant them for everything.
        mine = all(name in found for name in _COMMITTER)
        for name in _AUTHOR[2:] if mine else _AUTHOR:
            found.pop(name, None)
    if framework:
        found["PATH"] = _past(found.get("PATH", ""), f"{framework}/bin")
        if found.get("VIRTUAL_ENV") == framework:
            del found["VIRTUAL_ENV"]
    return found


def _past(path: str, folder: str) -> str:
    """PATH without the folder at its front, however often it was put there."""
    folders = path.split(":")
    while len(folders) > 1 and folders[0].rstrip("/") == folder.rstrip("/"):
        del folders[0]
    return ":".join(folders)
