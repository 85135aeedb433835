"""What was mended in the shadow, taken over into the work tree, where nothing is lost by it."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress

from innerloop.system.shadow.changes import original

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.system.shadow.shadow import Shadow


def take(shadow: Shadow, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Write these files of the shadow over those of the work tree; which were.

    Only over what still holds, byte for byte, what was staged.
    """
    return tuple(path for path in paths if _taken(shadow, path))


def _taken(shadow: Shadow, path: str) -> bool:
    mended, real = f"{shadow.top}/{path}", f"{shadow.real.top}/{path}"
    before = original(shadow, path)
    named = os.path.join(os.path.realpath(shadow.real.top), os.path.dirname(path)).rstrip("/")
    if os.path.realpath(os.path.dirname(real)) != named:
        return False  # behind a link: what stands there is another file
    if os.path.islink(real) or not os.path.isfile(real) or _bytes(real) != before:
        return False
    if not os.path.lexists(mended):
        os.unlink(real)
        return True
    if os.path.islink(mended):
        return False
    # In git's own folder, so that whoever is killed leaves nothing in the way; one name a shadow.
    draft = f"{shadow.real.folder}/loop-{os.path.basename(shadow.folder)}"
    try:
        return _replaced(mended, real, before, draft)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # Git's folder is on another disk.
        return _replaced(mended, real, before, f"{real}.loop-{os.getpid()}")


def _replaced(mended: str, real: str, before: bytes, draft: str) -> bool:
    try:
        shutil.copyfile(mended, draft)
        shutil.copymode(real, draft)
        _executable(mended, draft)
        # As late as may be: an editor may save at any moment.
        if _bytes(real) != before:
            return False
        os.replace(draft, real)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)
    return True


def _executable(mended: str, draft: str) -> None:
    """Whether it can be run is all that git knows of a mode, and that a fix can change."""
    mode, wanted = os.stat(draft).st_mode, os.stat(mended).st_mode & 0o100
    if bool(mode & 0o100) is not bool(wanted):
        os.chmod(draft, mode | (mode & 0o444) >> 2 if wanted else mode & ~0o111)


def _bytes(place: str) -> bytes:
    with open(place, "rb") as file:
        return file.read()
