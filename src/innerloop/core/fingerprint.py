"""What a verdict depends on, as a value that can be printed, digested and subtracted."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from innerloop.core.digest import blake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from innerloop.core.model import Loop


NO_DATA: Mapping[str, str] = MappingProxyType({})
BY_STAT = " stat "
"""stands in the value of a file that is known by its size and times alone"""


class Files(NamedTuple):
    """Paths from the root, in order, with the mode and raw git blob digest of each."""

    entries: Mapping[str, str]
    """path -> `100644 <blob>`; a path that is not there maps to the empty text"""
    digest: str


class Ingredients(NamedTuple):
    """Everything a verdict depends on. Two of equal digest are the same question."""

    command: str
    cwd: str
    patterns: tuple[str, ...]
    """what it writes and what it is handed, as written: `outputs: build/`, `files: *.py`"""
    files: Files
    variables: Mapping[str, str]
    """name -> digest of its value; a name that is not set maps to the empty text"""
    probes: Mapping[str, str]
    """command -> digest of what it printed"""
    programs: Mapping[str, str]
    """name -> where it was found, and the digest of what stands there"""
    packages: Mapping[str, str]
    """environment and package -> version and digest of what was installed"""
    folders: Mapping[str, str]
    """loop whose `{out}` is read -> digest of that folder"""
    data: Mapping[str, str] = NO_DATA
    """`train: seed` -> 7, `train: data/train.csv` -> its mode and digest, or what stat says"""

    def digest(self) -> str:
        head = (self.command, self.cwd, *self.patterns, self.files.digest)
        tables = (self.variables, self.probes, self.programs, self.packages, self.folders)
        parts = [_framed(head)]
        parts += [
            _framed([word for pair in sorted(table.items()) for word in pair]) for table in tables
        ]
        if self.data:  # else as ever: what passed before there were such tables has passed
            parts.append(_framed([word for pair in sorted(self.data.items()) for word in pair]))
        return blake(_framed(parts).encode("utf-8", "surrogateescape"))


class Proof(NamedTuple):
    """A loop's question as it stands now, ready to be put to the ledger."""

    loop: Loop
    ingredients: Ingredients
    fingerprint: str
    """empty where nothing may be concluded from an earlier pass: see `doubt`"""
    doubt: str = ""
    """why this content cannot be recognised again: a probe failed, `cache: false`"""
    handed: tuple[str, ...] = ()
    """the files for `{files}`, as `./path` from the loop's folder"""
    changed: tuple[str, ...] = ()
    """the files for `{changed}`"""
    warnings: tuple[str, ...] = ()
    reason: str = ""
    """why it has to run, where it has: what changed since it last passed"""
    trusted: tuple[str, ...] = ()
    """the files that are known by their size and times, and not by what they hold"""


class Difference(NamedTuple):
    """How one set of ingredients differs from an earlier one, a kind at a time."""

    kind: str
    """`files`, `variables`, `packages`, `programs`, `probes`, `folders`, `command`, ..."""
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def _framed(words: list[str] | tuple[str, ...]) -> str:
    # Lengths go first, so that no two lists of words are ever the same text.
    return "".join(f"{len(word)}:{word}" for word in words)


def gather(entries: Mapping[str, str]) -> Files:
    """Files with their digest; `entries` must be in the order of their paths."""
    return gathered(entries, [piece(path, entry) for path, entry in entries.items()])


def piece(path: str, entry: str) -> str:
    """What one file adds to the text that the digest of all of them is of."""
    return f"{path}\0{entry}\0"


def gathered(entries: Mapping[str, str], pieces: Iterable[str]) -> Files:
    """Files whose pieces are known, in the same order."""
    return Files(entries, blake("".join(pieces).encode("utf-8", "surrogateescape")))


def subtract(new: Ingredients, old: Ingredients) -> tuple[Difference, ...]:
    """What stands between two sets of ingredients; empty where they ask the same."""
    found = []
    if new.files.digest != old.files.digest:
        found.append(_between("files", new.files.entries, old.files.entries))
    tables = ("data", "variables", "packages", "programs", "probes", "folders")
    found += [_telling(_between(k, getattr(new, k), getattr(old, k))) for k in tables]
    if new.command != old.command:
        found.append(Difference("command", changed=(f"{old.command} -> {new.command}",)))
    if new.cwd != old.cwd:
        found.append(Difference("cwd", changed=(f"{old.cwd or '.'} -> {new.cwd or '.'}",)))
    if new.patterns != old.patterns:
        found.append(Difference("patterns", changed=(", ".join(new.patterns) or "none",)))
    return tuple(d for d in found if d.changed or d.added or d.removed)


def _telling(difference: Difference) -> Difference:
    """Without the folders' own lists of names, where a package in them says it better."""

    def kept(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if not name.startswith("folder "))

    less = Difference(
        difference.kind, kept(difference.changed), kept(difference.added), kept(difference.removed)
    )
    return less if less.changed or less.added or less.removed else difference


def _between(kind: str, new: Mapping[str, str], old: Mapping[str, str]) -> Difference:
    if new.keys() == old.keys():
        return Difference(kind, changed=tuple(k for k, v in new.items() if old[k] != v))
    return Difference(
        kind,
        changed=tuple(k for k, v in new.items() if k in old and old[k] != v),
        added=tuple(k for k in new if k not in old),
        removed=tuple(k for k in old if k not in new),
    )


NOUNS = {
    "files": "file",
    "variables": "variable",
    "packages": "package",
    "programs": "program",
    "probes": "probe",
    "folders": "folder",
    "data": "data",
}


def summary(differences: tuple[Difference, ...]) -> str:
    """One line: `src/a.py changed, and 3 more files`."""
    for difference in differences:
        said = _said(difference)
        if said:
            return said
    return ""


def names(differences: tuple[Difference, ...]) -> tuple[str, ...]:
    """What differs, by name: `src/a.py`, `package numpy`."""
    found = []
    for difference in differences:
        noun = NOUNS.get(difference.kind, difference.kind)
        head = "" if difference.kind == "files" else f"{noun} "
        every = (*difference.changed, *difference.added, *difference.removed)
        found += [f"{head}{name}" for name in every]
    return tuple(found)


def _said(difference: Difference) -> str:
    if difference.kind not in NOUNS:
        return f"{difference.kind} changed"
    names = [(n, "changed") for n in difference.changed]
    names += [(n, "added") for n in difference.added]
    names += [(n, "removed") for n in difference.removed]
    name, verb = names[0]
    noun = "" if difference.kind == "files" else f"{NOUNS[difference.kind]} "
    more = len(names) - 1
    rest = f" and {more} more" if more else ""
    return f"{noun}{name} {verb}{rest}"
