"""What the work tree has beside its commit, by git's word; nothing in the repository is written."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.patch import BIG, Left, Patch, changes, private
from innerloop.core.text import plural
from innerloop.system import files, git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from innerloop.core.mask import Mask

_MOST_FILES, _MOST_BYTES = 5_000, 16 << 20
_FORM = (
    *("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames"),
    *("--binary", "--full-index", "--src-prefix=a/", "--dst-prefix=b/", "-U3"),
    *("--submodule=short", "--ignore-submodules=none"),
)
"""whatever somebody has set for diffs that are read"""


class Stand(NamedTuple):
    """Where a work tree stands, and which of its files stand otherwise. Paths are from the top."""

    commit: str
    branch: str
    dirty: bool
    changed: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    """repositories inside, submodules included, with changes of their own"""


class Wanted(NamedTuple):
    """Which changes are to be kept, and which of them by digest alone. Paths are from the top."""

    new: frozenset[str] = frozenset()
    """files that git does not track and that matter all the same"""
    also: tuple[str, ...] = ()
    """files whose changes git was told not to see"""
    env_file: str = ""
    data: Container[str] = frozenset()
    mask: Mask | None = None
    value: Callable[[str], str] = lambda _path: ""
    """the mode and raw digest of a file as it stands"""


def stand(root: str) -> Stand:
    """Where the work tree around a folder stands."""
    words = ("--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames")
    said = git.ask(root, "status", *words, "--ignore-submodules=none")
    facts = {"branch.oid": "(initial)", "branch.head": "(detached)"}
    changed: list[str] = []
    untracked: list[str] = []
    apart: list[str] = []
    for line in said.split("\0"):
        kind, _, rest = line.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            facts[name] = value
        elif kind == "?":
            (apart if rest.endswith("/") else untracked).append(rest.rstrip("/"))
        elif kind in {"1", "u"}:
            # XY, the submodule's state, modes and blobs: six of them, or eight where unmerged.
            *meta, path = rest.split(" ", 7 if kind == "1" else 9)
            if meta[1].startswith("S") and meta[1][2:] != "..":
                apart.append(path)
            if meta[1][:2] in {"N.", "SC"} or meta[-2] != meta[-1]:
                changed.append(path)
    commit, branch = facts["branch.oid"], facts["branch.head"]
    return Stand(
        "" if commit == "(initial)" else commit,
        "" if branch == "(detached)" else branch,
        bool(changed or untracked or apart),
        tuple(changed),
        tuple(untracked),
        tuple(apart),
    )


def patch(top: str, seen: Stand, wanted: Wanted, scratch: str) -> Patch:
    """The changes, made in an index and with objects of our own in the folder `scratch`."""
    every = (*seen.changed, *wanted.also, *(p for p in seen.untracked if p in wanted.new))
    left, taken = _sorted(top, tuple(dict.fromkeys(every)), wanted)
    if not taken:
        return Patch(seen.commit, tuple(left))
    extra = aside(top, scratch)
    if seen.commit:
        asked(top, extra, "read-tree", seen.commit)
    there = {path: _there(top, path) for path in taken}
    for how, wants in (("--force-remove", False), ("--add", True)):
        feed = b"".join(os.fsencode(path) + b"\0" for path in taken if there[path] is wants)
        if feed:
            asked(top, extra, "update-index", "--replace", how, "-z", "--stdin", feed=feed)
    base = (seen.commit,) if seen.commit else ()
    said = asked(top, extra, "diff", "--cached", "--raw", "-p", "-z", *_FORM, *base, "--")
    parts, size = [], 0
    for change in changes(said):
        why = _withheld(top, extra, change.old, change.text, wanted.mask)
        if why:
            left.append(Left(change.path, wanted.value(change.path), why))
            continue
        parts.append(change.text)
        size += len(change.text)
    if size > _MOST_BYTES:
        raise LoopError(f"the changes take more than {_MOST_BYTES >> 20} MiB")
    return Patch(seen.commit, tuple(left), b"".join(parts))


def applied(top: str, extra: dict[str, str], patch: Patch) -> str:
    """The tree of a commit with its patch, made in the index and the objects that `extra` names.

    What is left out of the patch stays as the commit has it, or is gone where it was deleted.
    """
    base = patch.commit or "--empty"
    try:
        asked(top, extra, "read-tree", base)
    except LoopError as error:
        raise LoopError(
            f"the commit {base[:12]} is not in this repository any more",
            "git fetch it, if it is somewhere; git drops what no branch leads to",
        ) from error
    if patch.diff:
        words = ("apply", "--cached", "--binary", "--whitespace=nowarn", "--no-ignore-whitespace")
        asked(top, extra, *words, "-p1", "-", feed=patch.diff)
    gone = b"".join(os.fsencode(one.path) + b"\0" for one in patch.left if not one.value)
    if gone:
        asked(top, extra, "update-index", "--force-remove", "-z", "--stdin", feed=gone)
    return asked(top, extra, "write-tree").decode().strip()


def _sorted(top: str, paths: tuple[str, ...], wanted: Wanted) -> tuple[list[Left], tuple[str, ...]]:
    """What is kept by its digest alone, and what is kept."""
    if len(paths) > _MOST_FILES:
        raise LoopError(f"{plural(len(paths), 'file')} are changed or new: too many")
    left, taken = [], []
    for path in paths:
        why = private(path, wanted.env_file, wanted.data) or _whole(f"{top}/{path}", wanted.mask)
        if why:
            left.append(Left(path, wanted.value(path), why))
        else:
            taken.append(path)
    return left, tuple(taken)


def _whole(place: str, mask: Mask | None) -> str:
    """Why a file that stands there is not kept whole."""
    found = files.stat(place)
    if found is None or not files.plain(found):
        return ""
    if found.size > BIG:
        return "over 1 MiB"
    if mask is None:
        return ""
    try:
        with open(place, "rb") as file:
            return "holds a secret" if mask.holds(file.read()) else ""
    except OSError:
        return ""


def _withheld(top: str, extra: dict[str, str], old: str, text: bytes, mask: Mask | None) -> str:
    """Why a change is not kept, for what it shows of the file as it was."""
    if len(text) > 2 * BIG:
        return "a change of over 2 MiB"
    if mask is None:
        return ""
    if mask.holds(text):
        return "held a secret"
    if b"\nGIT binary patch\n" in text and old.strip("0"):
        return "held a secret" if mask.holds(asked(top, extra, "cat-file", "blob", old)) else ""
    return ""


def _there(top: str, path: str) -> bool:
    """Whether a file stands there, and not behind a link: then it is another file."""
    folder = os.path.realpath(os.path.dirname(f"{top}/{path}"))
    named = os.path.join(os.path.realpath(top), os.path.dirname(path)).rstrip("/")
    return folder == named and os.path.lexists(f"{top}/{path}")


def aside(top: str, scratch: str) -> dict[str, str]:
    """Variables that let git write into a folder of ours, and nowhere else."""
    words = ("rev-parse", "--path-format=absolute", "--git-path", "objects")
    real = git.ask(top, *words).removesuffix("\n")
    os.makedirs(f"{scratch}/objects", mode=0o700, exist_ok=True)
    return {
        "GIT_INDEX_FILE": f"{scratch}/index",
        "GIT_OBJECT_DIRECTORY": f"{scratch}/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted(real),
    }


def quoted(place: str) -> str:
    """A folder in git's list of other object folders, whose separator may be in its name."""
    if not any(char in place for char in ':"\n'):
        return place
    inside = place.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inside}"'


def asked(top: str, extra: dict[str, str], *words: str, feed: bytes | None = None) -> bytes:
    """Git's answer with these variables; a `LoopError` with its own words where it has none."""
    process = git.start(top, *words, extra=extra, fed=feed is not None)
    out, err = process.communicate(feed)
    if process.returncode:
        told = os.fsdecode(err).strip().splitlines()
        raise LoopError(f"git {words[0]} failed: {told[-1] if told else process.returncode}")
    return out


def from_top(paths: Iterable[str], prefix: str) -> frozenset[str]:
    """Paths from the project's root, as paths from the top of its repository."""
    return frozenset(f"{prefix}{path}" for path in paths if not path.startswith("/"))
