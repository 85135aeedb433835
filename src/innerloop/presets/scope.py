"""Which files a linter is handed, as the project itself has it."""

from __future__ import annotations

import re
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.core.survey import Hook, Survey

_MAGIC = re.compile(r"([\\*?\[])")


class Scope(NamedTuple):
    """Globs for `files:`, and the paths they stand for now."""

    files: tuple[str, ...]
    hands: tuple[str, ...]


def scope(
    survey: Survey, suffixes: Iterable[str], folders: tuple[str, ...], hook: Hook | None
) -> Scope:
    """Files with these suffixes, in these folders only (none: anywhere), less what a hook skips."""
    used = [suffix for suffix in suffixes if any(path.endswith(suffix) for path in survey.paths)]
    starts = tuple(f"{folder.removeprefix('./').rstrip('/')}/" for folder in folders)
    among = [
        path
        for path in survey.paths
        if path.endswith(tuple(used)) and (not starts or path.startswith(starts))
    ]
    left_out = _left_out(among, hook)
    files = [f"{start}**/*{suffix}" for start in starts or ("",) for suffix in used]
    files += [f"!{glob}" for glob in _globs(among, left_out)]
    return Scope(tuple(files), tuple(path for path in among if path not in left_out))


def _left_out(among: list[str], hook: Hook | None) -> frozenset[str]:
    if hook is None or not hook.exclude:
        return frozenset()
    try:
        skips = re.compile(hook.exclude).search
    except re.error:
        return frozenset()
    return frozenset(path for path in among if skips(path))


def _globs(among: list[str], left_out: frozenset[str]) -> tuple[str, ...]:
    """As few globs as say it: a folder where all of it is left out, else the file."""
    found: dict[str, None] = {}
    for path in sorted(left_out):
        parts = path.split("/")[:-1]
        folders = ["/".join(parts[: count + 1]) + "/" for count in range(len(parts))]
        whole = (
            folder
            for folder in folders
            if all(other in left_out for other in among if other.startswith(folder))
        )
        folder = next(whole, "")
        # The leading slash keeps a bare name from meaning every file of that name.
        found[f"/{_literal(folder or path)}" + ("**" if folder else "")] = None
    return tuple(found)


def _literal(path: str) -> str:
    return _MAGIC.sub(r"\\\1", path)
