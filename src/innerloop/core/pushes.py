"""What is pushed: as git tells a pre-push hook, or as a hook framework hands it on."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FIELDS = 4


class Push(NamedTuple):
    """A ref that a remote is to take over. What is not told is empty."""

    local_ref: str
    local_sha: str
    remote_ref: str
    remote_sha: str
    """the remote's own; from a framework, some commit that the remote has"""

    @property
    def deletes(self) -> bool:
        """Nothing is pushed: the remote's ref goes."""
        return bool(self.local_sha) and not self.local_sha.strip("0")

    @property
    def creates(self) -> bool:
        """The remote has no such ref yet."""
        return not self.remote_sha.strip("0")

    @property
    def commit(self) -> str:
        """What git knows the pushed commit by: its id where that was told, else a ref."""
        return self.local_sha or self.local_ref


def pushes(lines: Iterable[str], environ: Mapping[str, str]) -> tuple[Push, ...]:
    """What git's lines say; without any, what pre-commit or prek says in the environment."""
    told = tuple(push for line in lines if (push := _told(line)) is not None)
    return told or _handed(environ)


def _told(line: str) -> Push | None:
    # The local end is as it was typed, and `HEAD@{1 day ago}` has spaces in it.
    fields = line.strip("\r\n").rsplit(" ", _FIELDS - 1)
    return Push(*fields) if len(fields) == _FIELDS else None


def _handed(environ: Mapping[str, str]) -> tuple[Push, ...]:
    """The one push that a framework names: it reads git's lines itself, and goes by the first.

    Of a history that no remote has any of it names the branch and no commits.
    """
    local = environ.get("PRE_COMMIT_LOCAL_BRANCH", "")
    to = environ.get("PRE_COMMIT_TO_REF", "")
    if not local and not to:
        return ()
    remote = environ.get("PRE_COMMIT_REMOTE_BRANCH", "")
    since = environ.get("PRE_COMMIT_FROM_REF", "")
    return (Push(local, to, remote, since),)
