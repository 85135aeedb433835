"""A patch: what the work tree had beside its commit; some of it by name and digest alone."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

BIG = 1 << 20
"""bytes from which on a file is kept by its digest alone"""
_MAGIC = b"# innerloop patch 1"
_COMMIT, _LEFT = b"# commit ", b"# left out: "
_SECTION = b"diff --git "


class Left(NamedTuple):
    """A change that a patch does not hold, but only knows of."""

    path: str
    """from the top of the repository"""
    value: str
    """`100644 <blob>`, of the bytes on disk; empty: the file was deleted"""
    why: str


class Patch(NamedTuple):
    """The changes of a work tree, as git would apply them to the commit."""

    commit: str = ""
    """empty: there was none yet"""
    left: tuple[Left, ...] = ()
    diff: bytes = b""

    def __bool__(self) -> bool:
        return bool(self.left or self.diff)


def written(patch: Patch) -> bytes:
    """The patch as a file that `git apply` takes: what stands above the first diff is a comment."""
    import json  # noqa: PLC0415 - only where there are changes to keep

    lines = [_MAGIC, _COMMIT + patch.commit.encode()]
    # Names that are not UTF-8 are surrogates here, which only ASCII escapes survive.
    lines += [_LEFT + json.dumps(list(one)).encode() for one in patch.left]
    return b"\n".join((*lines, patch.diff))


def parsed(data: bytes) -> Patch | None:
    """A patch again; None where that is not what it is."""
    import json  # noqa: PLC0415 - only for a patch that is looked at

    head, _, rest = data.partition(b"\n")
    commit, _, rest = rest.partition(b"\n")
    if head != _MAGIC or not commit.startswith(_COMMIT):
        return None
    left = []
    while rest.startswith(_LEFT):
        line, _, rest = rest.partition(b"\n")
        try:
            left.append(Left(*json.loads(line[len(_LEFT) :])))
        except (ValueError, TypeError):
            return None
    return Patch(commit[len(_COMMIT) :].decode("ascii", "replace"), tuple(left), rest)


class Change(NamedTuple):
    """One file of a diff: what became of it, and the text that says how."""

    path: str
    old: str
    """the blob it was; nothing but zeros: it was not there"""
    new: str
    text: bytes

    @property
    def binary(self) -> bool:
        return b"\nGIT binary patch\n" in self.text


def changes(said: bytes) -> Iterator[Change]:
    """The files in what `git diff --raw -p -z` says, which has a list of them in front."""
    words, rows = said.split(b"\0"), []
    at = 0
    while at + 1 < len(words) and words[at].startswith(b":"):
        rows.append((words[at].decode().split(" "), words[at + 1]))
        at += 2
    texts = _sections(b"\0".join(words[at:]).lstrip(b"\0"))
    for (_, _, old, new, status), name in rows:
        # A file that became a link, say, is taken away and made anew.
        text = b"".join(next(texts, b"") for _ in range(2 if status.startswith("T") else 1))
        yield Change(name.decode("utf-8", "surrogateescape"), old, new, text)


def _sections(diff: bytes) -> Iterator[bytes]:
    # Within one, every line begins with another character, or is base85, which knows no space.
    parts = diff.removeprefix(_SECTION).split(b"\n" + _SECTION) if diff else []
    for number, part in enumerate(parts, 1):
        yield _SECTION + part + (b"\n" if number < len(parts) else b"")


def private(path: str, env_file: str, data: Container[str]) -> str:
    """Why nothing of a file may be kept but its digest; the empty text where it may."""
    name = path.rpartition("/")[2]
    if path == env_file or name == ".env" or name.startswith(".env.") or name.endswith(".env"):
        return "an environment file"
    return "data" if path in data else ""
