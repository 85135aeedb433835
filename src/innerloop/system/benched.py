"""Benchmarks as the history of a branch has them: what once stood there is not rewritten.

A job of a CI begins with an empty journal, so git has to say what was measured on before. Each
commit of the branch counts, from the one on that brought the pattern into loops.yaml; a version
that does not begin with the one before it was refused then, and counts no more than that.
"""

from __future__ import annotations

import hashlib
import os

from innerloop.core.book import How, Kept
from innerloop.core.errors import LoopError
from innerloop.core.globs import matcher
from innerloop.system import git
from innerloop.system.ancestry import shallow
from innerloop.system.benchmarks import follows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from innerloop.core.model import Glob

_CONFIG = "loops.yaml"
_HISTORY = ("log", "--first-parent", "-m", "--reverse", "--format=%x00%H")


def base(root: str) -> str:
    """The commit up to which the branch is as it was: a change's own commits are drafts yet."""
    if found := os.environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        return found
    if into := os.environ.get("GITHUB_BASE_REF"):
        return git.ask(root, "merge-base", "HEAD", f"refs/remotes/origin/{into}").strip()
    return "HEAD"


def accepted(root: str, stage: str, patterns: Iterable[Glob], upto: str) -> tuple[Kept, ...]:
    """What each file has to begin with: its latest version that held all of those before it."""
    patterns = tuple(patterns)
    if shallow(root):
        raise LoopError(
            "what was measured on before is not to be told: this clone has not the whole history",
            "fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab",
        )
    since = [commit for commit in (_since(root, one, upto) for one in patterns) if commit]
    known: dict[str, bytes] = {}
    if since:
        for commit, paths in _touched(root, patterns, since, upto):
            for path in paths:
                data = _content(root, commit, path)
                if data is not None and (path not in known or follows(known[path], data)):
                    known[path] = data
    return tuple(
        Kept(stage, path, f"{len(data)}:{hashlib.sha256(data).hexdigest()}", How.MEASURED)
        for path, data in known.items()
    )


def dropped(root: str, commit: str, measured: Kept) -> bool:
    """Whether the merge that brought a commit into this branch had that file otherwise.

    Two branches may each have added to it, and of what both measured on one can be kept.
    """
    ways = ("--ancestry-path", "--first-parent")
    asked = [git.start(root, "rev-list", way, f"{commit}..HEAD") for way in ways]
    path, line = (git.finish(one)[1].split() for one in asked)
    behind = [one for one in line if one in set(path)]
    if not behind or git.ask(root, "rev-parse", f"{behind[-1]}^1").strip() == commit:
        return False
    data = _content(root, behind[-1], measured.path)
    size, _, digest = measured.digest.partition(":")
    return data is not None and hashlib.sha256(data[: int(size)]).hexdigest() != digest


def _since(root: str, pattern: Glob, upto: str) -> str:
    """The commit that brought a pattern into loops.yaml; empty: there is none yet."""
    if not pattern.include:
        return ""
    found = git.ask(root, *_HISTORY, f"-S{pattern.text}", upto, "--", _CONFIG)
    return found.strip("\0\n").partition("\0")[0].strip()


def _touched(
    root: str, patterns: tuple[Glob, ...], since: list[str], upto: str
) -> Iterator[tuple[str, list[str]]]:
    """Commits in their order, and which of the files each has as no commit before it had."""
    match = matcher(patterns)
    folders = sorted({one.folder or one.literal or "." for one in patterns if one.include})
    count = ("rev-list", "--count", "--first-parent")
    first = min(since, key=lambda commit: int(git.ask(root, *count, commit)))
    listed = git.ask(root, "ls-tree", "-r", "-z", "--name-only", first, "--", *folders)
    yield first, [path for path in listed.split("\0") if path and match(path)]
    words = ("--name-only", "-z", "--relative", f"{first}..{upto}", "--", *folders)
    for block in git.ask(root, *_HISTORY, *words).split("\0\0"):
        head, *paths = block.strip("\0\n").split("\0")
        yield head.strip(), [path.strip("\n") for path in paths if match(path.strip("\n"))]


def _content(root: str, commit: str, path: str) -> bytes | None:
    """A file as a checkout of that commit has it; None: it was gone."""
    name = f"{commit}:./{path}"
    if git.finish(git.start(root, "cat-file", "-e", name))[0]:
        return None
    return os.fsencode(git.ask(root, "cat-file", "--filters", name))
