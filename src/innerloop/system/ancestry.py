"""Which of two commits is the newer one, as far as the clone that stands here knows."""

from __future__ import annotations

import re
from enum import StrEnum

from innerloop.system import git

_COMMIT = re.compile(r"[0-9a-f]{7,64}")


class Age(StrEnum):
    """What our commit is to another."""

    SAME = "same"
    NEWER = "newer"
    OLDER = "older"
    APART = "apart"
    """each has what the other has not"""
    UNKNOWN = "unknown"
    """git does not have the other, or not all that is between them"""


def age(root: str, ours: str, other: str) -> Age:
    """Whether ours has all that the other has, or the other way round."""
    if ours == other:
        return Age.SAME
    if not _COMMIT.fullmatch(other) or _ask(root, "cat-file", "-e", f"{other}^{{commit}}"):
        return Age.UNKNOWN
    for before, behind, found in ((other, ours, Age.NEWER), (ours, other, Age.OLDER)):
        code = _ask(root, "merge-base", "--is-ancestor", before, behind)
        if code == 0:
            return found
        if code != 1:
            return Age.UNKNOWN
    return Age.UNKNOWN if shallow(root) else Age.APART


def led_here(root: str, commit: str) -> bool:
    """Whether a commit is HEAD or before it; where the clone lacks history, it may be."""
    if not _COMMIT.fullmatch(commit):
        return False
    return not _ask(root, "merge-base", "--is-ancestor", commit, "HEAD") or shallow(root)


def shallow(root: str) -> bool:
    """Whether the clone has but a part of the history."""
    said = git.finish(git.start(root, "rev-parse", "--is-shallow-repository"))[1]
    return said.strip() != "false"


def _ask(root: str, *words: str) -> int:
    return git.finish(git.start(root, *words))[0]
