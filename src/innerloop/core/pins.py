"""Where baselines are pinned."""

from __future__ import annotations


def place(folder: str, loop: str) -> str:
    """The file of a loop's baseline, from the root."""
    return f"{folder}/{loop}.jsonl"
