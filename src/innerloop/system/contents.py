"""What stood in files that are not what they were: by git's objects, and the patches of runs."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import NamedTuple

from innerloop.core.compared import File
from innerloop.system import git, state
from innerloop.system.changes import applied, aside, asked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from innerloop.core.patch import Patch

_FILE = ("100644", "100755", "120000")
_LINK = "120000"
_SIMILAR = "-M60%"


class Trees(NamedTuple):
    """Two trees of those files that differ, as far as their contents are known."""

    before: str
    after: str


class Contents:
    """Objects of our own beside those of a repository, in a folder that goes afterwards."""

    def __init__(self, root: str, scratch: str) -> None:
        self._root = root
        self._top = git.repository(root)
        self._extra = aside(self._top, scratch)
        self._scratch = scratch
        self._made = 0

    def learn(self, patch: Patch) -> None:
        """Know what stood in the files of a patch; a `LoopError` where that cannot be told."""
        applied(self._top, self._extra, patch)

    def learn_files(self, entries: Mapping[str, str]) -> None:
        """Know what stands in files of the work tree now: path from the root -> `MODE BLOB`."""
        links = [path for path, value in entries.items() if value.startswith(_LINK)]
        plain = [path for path in entries if path not in links and "\n" not in path]
        write = ("hash-object", "-w", "--no-filters")
        for path in links:
            text = os.fsencode(os.readlink(f"{self._root}/{path}"))
            asked(self._root, self._extra, *write, "--stdin", feed=text)
        feed = b"".join(os.fsencode(path) + b"\n" for path in plain)
        if feed:
            asked(self._root, self._extra, *write, "--stdin-paths", feed=feed)

    def trees(self, before: Mapping[str, str], after: Mapping[str, str]) -> Trees:
        """Two trees of these files, less those of which nobody knows what is in them."""
        values = (*before.values(), *after.values())
        blobs = sorted({blob for _, blob in map(_parts, values) if blob})
        feed = "".join(f"{blob}\n" for blob in blobs).encode()
        said = asked(self._top, self._extra, "cat-file", "--batch-check", feed=feed)
        known = {line.split(b" ")[0].decode() for line in said.splitlines() if b" blob " in line}
        # A file of which one side is not known would look as if it had come or gone.
        dark = {
            path
            for side in (before, after)
            for path, value in side.items()
            if _parts(value)[1] not in known
        }
        return Trees(self._tree(before, dark), self._tree(after, dark))

    def files(self, trees: Trees) -> tuple[File, ...]:
        """The files that differ between the two, lines counted."""
        words = ("diff-tree", "-r", "-z", _SIMILAR, "--numstat", trees.before, trees.after)
        return tuple(_files(asked(self._top, self._extra, *words).split(b"\0")))

    def diff(self, trees: Trees, *, colour: bool) -> bytes:
        """The difference between the two, as git shows it."""
        how = "--color=always" if colour else "--no-color"
        words = ("diff", "--no-ext-diff", "--no-textconv", how, _SIMILAR, trees.before, trees.after)
        return asked(self._top, self._extra, *words)

    def _tree(self, entries: Mapping[str, str], dark: set[str]) -> str:
        # An index that is not there yet is an empty one.
        self._made += 1
        extra = {**self._extra, "GIT_INDEX_FILE": f"{self._scratch}/tree-{self._made}"}
        rows = []
        for path, value in entries.items():
            mode, blob = _parts(value)
            if blob and path not in dark:
                rows.append(f"{mode} {blob}\t".encode() + os.fsencode(path) + b"\0")
        if rows:
            asked(self._top, extra, "update-index", "-z", "--index-info", feed=b"".join(rows))
        return asked(self._top, extra, "write-tree").decode().strip()


@contextmanager
def contents(root: str) -> Iterator[Contents | None]:
    """The contents around a project; None outside git. Nothing of the project is written."""
    if not git.repository(root):
        yield None
        return
    import tempfile  # noqa: PLC0415 - 5 ms, only to compare

    scratch = tempfile.mkdtemp(prefix="loop-")
    try:
        yield Contents(root, scratch)
    finally:
        state.remove(scratch)


def _parts(value: str) -> tuple[str, str]:
    """The mode and the blob of an entry; nothing where it is no file that can be read."""
    words = value.split(" ")
    return (words[0], words[1]) if words[0] in _FILE else ("", "")


def _files(words: Sequence[bytes]) -> Iterator[File]:
    rest = iter(words)
    for word in rest:
        if not word:
            continue
        plus, minus, path = word.split(b"\t", 2)
        old = b""
        if not path:  # moved: both names stand by themselves
            old, path = next(rest), next(rest)
        counts = [None if one == b"-" else int(one) for one in (plus, minus)]
        yield File(os.fsdecode(path), "", counts[0], counts[1], os.fsdecode(old))
