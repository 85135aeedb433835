"""Where loops.yaml is: upwards from any folder, as git finds its own."""

from __future__ import annotations

import os

NAME = "loops.yaml"
LOCAL = "loops.local.yaml"


def find(start: str) -> str | None:
    """Return the nearest folder at or above `start` that holds a loops.yaml, made absolute."""
    folder = os.path.abspath(start)
    while True:
        if os.path.isfile(os.path.join(folder, NAME)):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
