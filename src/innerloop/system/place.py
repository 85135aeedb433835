"""Where a ground is, if not in the project's own folder."""

from __future__ import annotations

import os
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Place(NamedTuple):
    """Where a ground is another one than the project's own folder, or stricter."""

    home: str
    """the project's own folder: its environment is there"""
    folder: str
    """for what is remembered of the files here; has a folder `cache`"""
    cold: bool = False
    """a pass of a warm process does not count"""

    def seen(self, environ: Mapping[str, str], root: str) -> dict[str, str]:
        """The environment, the project's own programs found at `root`."""
        own = f"{self.home}/"
        moved = [
            root + folder[len(self.home) :]
            if folder.startswith(own) and os.path.isdir(root + folder[len(self.home) :])
            else folder
            for folder in environ.get("PATH", os.defpath).split(os.pathsep)
        ]
        return {**environ, "PATH": os.pathsep.join(moved)}
