"""What was mended in the shadow, taken over into the work tree, where nothing is lost by it."""

from __future__ import annotations

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
    fresh = f"{real}.loop-{os.getpid()}"
    try:
        shutil.copyfile(mended, fresh)
        shutil.copymode(mended, fresh)
        # As late as may be: an editor may save at any moment.
        if _bytes(real) != before:
            return False
        os.replace(fresh, real)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh)
    return True


def _bytes(place: str) -> bytes:
    with open(place, "rb") as file:
        return file.read()
