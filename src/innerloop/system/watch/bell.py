"""The bell: the kernel's word that something happened in one of these folders."""

from __future__ import annotations

from typing import NoReturn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

ADDED, MODIFIED, DELETED = 1, 2, 3

Heard = set[tuple[int, str]]


class Deaf(Exception):  # noqa: N818 - it says what we are then
    """The kernel will not tell: why, and what can be done about it."""


class Garbled(Exception):  # noqa: N818 - what was said is
    """Something happened that cannot be named. This bell says nothing more."""


class Bell:
    """Armed as soon as it is made. Folders are absolute, and what is below them is not told."""

    def __init__(self, folders: Sequence[str]) -> None:
        from watchfiles._rust_notify import (  # noqa: PLC0415 - takes 45 ms
            RustNotify,
            WatchfilesRustInternalError,
        )

        self._garbled = WatchfilesRustInternalError
        self._asked = _Asked()
        try:
            self._notify: Any = RustNotify(list(folders), False, False, 0, False, False)
        except (FileNotFoundError, PermissionError):
            raise
        except (OSError, WatchfilesRustInternalError) as error:
            _deaf(str(error))

    def heard(self) -> Heard:
        """What was told since this was last asked; does not wait."""
        self._asked.times = 0
        try:
            found: Heard = self._notify.watch(0, 0, 0, self._asked)
        except _NothingMore:
            return set()
        except self._garbled as error:
            raise Garbled(str(error)) from error
        return found

    def close(self) -> None:
        self._notify.close()


class _NothingMore(Exception):  # noqa: N818 - a signal between two lines of this module
    pass


class _Asked:
    """Ends the waiting in `watch`, which asks at each step whether to go on.

    A truthful "stop" would drop what was told meanwhile; so would the time running out. An
    exception drops nothing. `watch` sees what there is at its first step, and returns it at the
    second: a third is asked for only where there was nothing.
    """

    times = 0

    def is_set(self) -> bool:
        self.times += 1
        if self.times > 2:  # noqa: PLR2004 - as said above
            raise _NothingMore
        return False


def _deaf(said: str) -> NoReturn:
    if "limit reached" in said or "os error 28" in said:
        raise Deaf(
            "the system lets nobody watch more folders (fs.inotify.max_user_watches is used up), "
            "so files are looked at in turn: sudo sysctl fs.inotify.max_user_watches=524288"
        )
    if "os error 24" in said or "os error 23" in said:
        raise Deaf(
            "the system has no watch left to give (fs.inotify.max_user_instances, or ulimit -n, is "
            "used up), so files are looked at in turn: "
            "sudo sysctl fs.inotify.max_user_instances=1024"
        )
    raise Deaf(f"the system does not tell what is written ({said}), so files are looked at in turn")
