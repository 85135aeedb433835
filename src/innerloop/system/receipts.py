"""Receipts, written: only where stat alone can say later that all would be green again."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from innerloop import receipt
from innerloop.core.sealed import seal
from innerloop.system import files, git, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from innerloop.core.model import Loop
    from innerloop.system.ground import Ground

Row = tuple[str, int, int, int, int, int]
"""a path with size, times, inode and mode"""
_NEVER = float("inf")
_KEPT = 64


def write(ground: Ground, loops: Sequence[Loop], words: list[str], message: str) -> bool:
    """Write the receipt for a command line that just ended green; False where none may be.

    Called with the walk's last look at the tree still standing, for loops that need not be
    asked each time (no probe, no `cache: false`). None is written where something was changed
    so lately that its times cannot tell the next change from this one.
    """
    if ground.tree.unsealed:
        return False
    # First this, then the ledger: a verdict recorded meanwhile changes the one or the other.
    touch(f"{ground.state}/revoked")
    with ground.store.transaction():
        expires = expiry(ground, loops)
    if expires is None:
        return False
    # By then at the latest it had to stand as it does: what came after was not looked at.
    now = ground.tree.listed()
    stats = _stats(ground, now)
    behind = led(ground.root, stats, now) if stats is not None else None
    if stats is None or behind is None:
        return False
    # The answer points to it, and a walk about other loops writes another.
    handed = files.stat(f"{ground.state}/handoff.json")
    if handed is not None:
        stats.append((".loop/handoff.json", *handed))
    absent = sorted({path for path, entry in ground.tree.looked().items() if entry is None})
    inodes = [(path, os.lstat(f"{ground.root}/{path}").st_ino) for path in (".loop/history.db",)]
    named = {name for loop in loops for name in loop.env_inputs}
    names = tuple(sorted(named.difference(ground.config.secrets)))
    said = (
        receipt.version(),
        message,
        names,
        receipt.environment(names),
        expires,
        absent,
        inodes,
        stats,
        behind,
    )
    target = f"{ground.state}/receipts/{receipt.key(os.getcwd(), words)}"
    state.put(target, seal(receipt.MAGIC, said))
    _prune(f"{ground.state}/receipts")
    return True


def expiry(ground: Ground, loops: Sequence[Loop]) -> float | None:
    """When the first of the passes no longer counts; None where one does not count now."""
    first = _NEVER
    for loop in loops:
        proof = ground.prover.prove(loop)
        if loop.files and not proof.handed:
            continue
        passed = ground.passed(proof)
        if passed is None:
            return None
        first = min(first, ground.expires(loop, passed) or _NEVER)
    return first


def _stats(ground: Ground, now: int) -> list[Row] | None:
    """Every file and folder seen, as it stands; None where one moved since, or just before."""
    root = ground.root
    found: dict[str, files.Stat] = {}
    for path, entry in ground.tree.looked().items():
        if entry is None:
            continue
        seen = files.stat(place(root, path))
        if seen != entry.stat:
            return None
        found[path] = entry.stat
    for path in (*_folders(ground), *rules(ground)):
        seen = files.stat(place(root, path))
        if seen is None:
            ground.tree.look(path)
        else:
            found[path] = seen
    if not all(files.settled(stat, now) for stat in found.values()):
        return None
    return [(path, *stat) for path, stat in sorted(found.items())]


def led(root: str, stats: list[Row], now: int) -> list[Row] | None:
    """What the links among these lead to, through however many more; None where not settled."""
    found: list[Row] = []
    for path, *stat in stats:
        if not files.link(files.Stat(*stat)):
            continue
        seen = files.followed(place(root, path))
        if seen is None or not files.settled(seen, now):
            return None
        found.append((path, *seen))
    return found


def rules(ground: Ground) -> list[str]:
    """What decides which files there are, and what is to be done with them."""
    config = ground.config
    named = [
        "loops.yaml",
        "loops.local.yaml",
        ".loop/revoked",
        *([config.env_file] * bool(config.env_file)),
    ]
    if not ground.tree.in_git:
        return named
    for folder in ("", *ground.tree.nested):
        top = f"{ground.root}/{folder}" if folder else ground.root
        named += git.rule_files(top)
    above = git.repository(ground.root)
    folder = os.path.dirname(ground.root)
    while above and len(folder) >= len(above):
        named.append(f"{folder}/.gitignore")
        folder = os.path.dirname(folder)
    return named


def _folders(ground: Ground) -> Iterable[str]:
    """Every folder a new input could appear in, and the ignore files that stand in them."""
    tree = ground.tree
    known = {""}
    for path in tree.paths():
        folder = os.path.dirname(path)
        while folder not in known:
            known.add(folder)
            folder = os.path.dirname(folder)
    rules = []
    queue = list(known)
    while queue:
        fresh, ignore = _below(ground.root, queue, known)
        rules += ignore
        ignored = tree.ignored(fresh)
        queue = [folder for folder in fresh if folder not in ignored]
        known.update(queue)
    yield from (folder or "." for folder in known)
    yield from tree.folders()
    yield from rules


def _below(root: str, folders: list[str], known: set[str]) -> tuple[list[str], list[str]]:
    """Folders in these that are not known yet, and the ignore files in them."""
    fresh: list[str] = []
    rules: list[str] = []
    for folder in folders:
        prefix = f"{folder}/" if folder else ""
        try:
            with os.scandir(f"{root}/{folder}") as entries:
                for entry in entries:
                    path = prefix + entry.name
                    if entry.name == ".gitignore":
                        rules.append(path)
                    elif entry.is_dir(follow_symlinks=False) and path not in known:
                        fresh.append(path)
        except OSError:
            continue
    kept = [p for p in fresh if not files.never(p) and not files.environment(f"{root}/{p}")]
    return kept, rules


def place(root: str, path: str) -> str:
    """Where a path from the root, or an absolute one, leads."""
    return path if path.startswith("/") else f"{root}/{path}"


def touch(path: str) -> None:
    """Let the file be there, so that it can be seen to change."""
    if not os.path.exists(path):
        state.put(path, str(time.time_ns()).encode())


def _prune(folder: str) -> None:
    with suppress(OSError):  # another walk may be at it too
        found = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime_ns)
        for entry in found[: -_KEPT if len(found) > _KEPT else 0]:
            os.unlink(entry.path)
