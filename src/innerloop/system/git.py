"""Git, asked only what it alone knows; nothing here writes, not even the index's own cache."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from typing import NamedTuple

from innerloop.core.errors import LoopError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# `git rev-parse --local-env-vars`, and what hooks and receive-pack add: left in place they make a
# test suite that says `git init` write into the repository it was started from.
REPOSITORY_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_PARAMETERS",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)

_FED = frozenset({"--stdin", "--stdin-paths", "--index-info"})
"""with these git reads what it is asked of"""
# Flags of the index are promises somebody else made; we look for ourselves.
_DISTRUST = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false")
_GITLINK = "160000"
_ANSWERS = (0, 1)
_NOT_MINE = re.compile("beyond a symbolic link|is in submodule|is outside repository")
_SETTINGS = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")


class Listed(NamedTuple):
    """What git tracks or would add below a folder, as paths from it."""

    paths: tuple[str, ...]
    nested: tuple[str, ...]
    """folders that are repositories of their own: submodules, and clones nobody added"""
    sha256: bool
    hidden: tuple[str, ...] = ()
    """tracked files whose changes git was told not to look for"""


class Head(NamedTuple):
    """The commit the work tree stands on."""

    commit: str
    tree: str
    branch: str
    dirty: bool


def without_repository(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment less every variable that points git at one particular repository."""
    return {
        name: value
        for name, value in environ.items()
        if name not in REPOSITORY_VARIABLES
        and not name.startswith(("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"))
    }


def repository(folder: str) -> str:
    """The folder at or above this one that holds `.git`, or the empty text."""
    while True:
        if os.path.lexists(f"{folder}/.git"):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent


def start(
    folder: str, *words: str, extra: Mapping[str, str] | None = None, fed: bool = False
) -> subprocess.Popen[bytes]:
    """Git in the background, with `extra` variables that have a value; collect it with `finish`.

    `fed`: it is given something to read.
    """
    environ = without_repository(os.environ)
    environ |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    environ |= {name: value for name, value in (extra or {}).items() if value}
    return subprocess.Popen(
        ["git", *_DISTRUST, *words],
        cwd=folder,
        env=environ,
        stdin=subprocess.PIPE if fed or _FED.intersection(words) else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[bytes], feed: bytes | None = None) -> tuple[int, str, str]:
    """Exit code, stdout and stderr; names that are not UTF-8 survive as surrogates."""
    out, err = process.communicate(feed)
    return process.returncode, os.fsdecode(out), os.fsdecode(err)


def ask(folder: str, *words: str, feed: bytes | None = None) -> str:
    """Git's answer; a `LoopError` with git's own words where it has none."""
    code, out, err = finish(start(folder, *words), feed)
    if code == -signal.SIGINT:
        raise KeyboardInterrupt  # Ctrl-C is for git as well
    if code:
        raise LoopError(f"git {words[0]} failed: {err.strip().splitlines()[-1] if err else code}")
    return out


def listed(folder: str) -> Listed:
    """What git tracks or would add below `folder`; unmerged paths once."""
    words = ("ls-files", "-v", "-z", "--stage", "--cached", "--others", "--exclude-standard")
    paths: dict[str, None] = {}
    nested, hidden = [], []
    sha256 = False
    for line in ask(folder, *words).split("\0"):
        if not line:
            continue
        tag, entry = line[:1], line[2:]
        if tag == "?":
            path = entry
            if path.endswith("/"):
                nested.append(path[:-1])
                continue
        else:
            meta, _, path = entry.partition("\t")
            sha256 = sha256 or len(meta) > 64  # noqa: PLR2004 - a mode, 64 hex digits, a stage
            if meta.startswith(_GITLINK):
                nested.append(path)
                continue
            if tag == "S" or tag.islower():
                hidden.append(path)
        paths[path] = None
    return Listed(tuple(paths), tuple(dict.fromkeys(nested)), sha256, tuple(hidden))


def ignored(folder: str, paths: Iterable[str]) -> frozenset[str]:
    """Those of the paths that the ignore files name, tracked or not."""
    asked = tuple(paths)
    if not asked:
        return frozenset()
    feed = b"".join(os.fsencode(path) + b"\0" for path in asked)
    process = start(folder, "check-ignore", "--no-index", "-z", "--stdin")
    code, out, err = finish(process, feed)
    if code in _ANSWERS:
        return frozenset(path for path in out.split("\0") if path)
    if len(asked) == 1:
        # Beyond a link, or in a repository of its own: the rules here say nothing of it.
        if _NOT_MINE.search(err):
            return frozenset()
        raise LoopError(f"git check-ignore failed: {err.strip()}")
    # One path git will not answer for must not silence it about the others.
    return frozenset[str]().union(*(ignored(folder, [path]) for path in asked))


def ignored_files(folder: str) -> tuple[str, ...]:
    """Every untracked file below `folder` that the ignore files name."""
    found = ask(folder, "ls-files", "-z", "--others", "--ignored", "--exclude-standard")
    return tuple(path for path in found.split("\0") if path and not path.endswith("/"))


def changed_since(folder: str, ref: str) -> frozenset[str]:
    """Paths below `folder` that differ between the commit and the work tree, new ones included."""
    code, out, _ = finish(start(folder, "rev-parse", "--verify", "-q", f"{ref}^{{commit}}"))
    if code:
        raise LoopError(
            f"there is no commit called {ref!r} here",
            "a shallow clone may lack it: git fetch --unshallow",
        )
    words = ("diff", "--name-only", "--no-renames", "--relative", "-z", out.strip(), "--")
    changed = ask(folder, *words).split("\0")
    others = ask(folder, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return frozenset(path for path in (*changed, *others) if path)


def head_asked(folder: str) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """Start asking where HEAD stands, to be collected with `head`."""
    return (
        start(folder, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal"),
        start(folder, "rev-parse", "-q", "--verify", "HEAD^{tree}"),
    )


def head(asked: tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]) -> Head:
    """HEAD's commit, tree and branch (empty before the first commit), and whether it is all."""
    _, status, _ = finish(asked[0])
    _, tree, _ = finish(asked[1])
    facts = {"branch.oid": "", "branch.head": ""}
    dirty = False
    for line in status.split("\0"):
        if line.startswith("# "):
            name, _, value = line[2:].partition(" ")
            facts[name] = value
        elif line:
            dirty = True
    commit = "" if facts["branch.oid"] == "(initial)" else facts["branch.oid"]
    branch = "" if facts["branch.head"] == "(detached)" else facts["branch.head"]
    return Head(commit, tree.strip(), branch, dirty)


def rule_files(folder: str) -> tuple[str, ...]:
    """Every file outside the work tree that decides what is listed, and of which commit."""
    words: tuple[str, ...] = ("rev-parse", "--git-path", "index", "--git-path", "info/exclude")
    words += ("--git-path", "config", "--git-path", "HEAD", "--git-path", "logs/HEAD")
    paths = ask(folder, *words).splitlines()
    home = os.path.expanduser("~")
    settings = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    rules = [f"{home}/.gitconfig", f"{settings}/git/config", f"{settings}/git/ignore"]
    rules += [*paths, *(os.environ[name] for name in _SETTINGS if os.environ.get(name))]
    _, said, _ = finish(start(folder, "config", "--list", "--show-origin", "-z"))
    told = said.split("\0")
    for origin, setting in zip(told[::2], told[1::2], strict=False):
        place = origin.removeprefix("file:")
        name, _, value = setting.partition("\n")
        rules.append(place)
        if name == "core.excludesfile":
            rules.append(os.path.expanduser(value))
        elif name.startswith("include") and name.endswith(".path"):
            rules.append(os.path.join(os.path.dirname(place), os.path.expanduser(value)))
    return tuple(dict.fromkeys(os.path.join(folder, path) for path in rules))
