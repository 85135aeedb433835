"""Gitignore-style patterns, made relative to the root and turned into regular expressions."""

from __future__ import annotations

import re
import warnings

from innerloop.core.model import Glob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

WILD = re.compile(r"[*?\[\\]")
SPECIAL = re.compile(r"([\\*?\[\]!# ])")
NAMED = re.compile(r"\(\?P<\w+>/\)")
BRACKET = re.compile(r"\[[!^]?\]?[^\]]*(\])?")


class BadGlob(ValueError):  # noqa: N818 - it is the pattern that is bad
    """A pattern that says nothing, or nothing inside the project."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def compile_globs(patterns: Iterable[str], cwd: str) -> tuple[Glob, ...]:
    """Return patterns seen from `cwd` as Globs of paths from the root; BadGlob at the first."""
    return tuple(compile_glob(pattern, cwd) for pattern in patterns)


def compile_glob(text: str, cwd: str) -> Glob:
    """Return one pattern as a Glob; BadGlob, in words for its writer, where it is none."""
    include = not text.startswith("!")
    body = _bare(text if include else text[1:])
    _sound(text, body)
    anchored = "/" in body.rstrip("/") or body.strip("/") in {".", ".."}
    folders = [SPECIAL.sub(r"\\\1", name) for name in cwd.split("/") if name]
    bare = body.rstrip("/")
    segments = _normal(text, folders, body) if anchored else [*folders, "**", bare]
    if body.endswith("/") and segments:
        segments.append("")
    regex = _regex(text, "/" + "/".join(segments or ["**"]))
    named = [name for name in segments if name] if anchored else [*folders, bare]
    fixed = _fixed(named)
    literal = "/".join(fixed) if len(fixed) == len(named) else ""
    above = fixed[: len(fixed) - bool(literal)] if anchored else fixed[: len(folders)]
    return Glob(text, include, regex, "/".join(above), literal)


def _bare(body: str) -> str:
    """Drop trailing blanks, as gitignore does, unless they are escaped."""
    bare = body.rstrip(" \t\r\n")
    return bare + body[len(bare) : len(bare) + 1] if _odd_end(bare) else bare


def _odd_end(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _sound(text: str, body: str) -> None:
    if not body.strip("/"):
        raise BadGlob(f"'{text}' names no file")
    if text.startswith("#"):
        raise BadGlob(f"'{text}' is a comment in gitignore's language", f"write '\\{text}'")
    if body == "~" or body.startswith("~/"):
        raise BadGlob(f"'{text}' leaves the project's folder", "a project's inputs are its own")
    if _odd_end(body):
        raise BadGlob(f"'{text}' ends in a backslash that escapes nothing")
    # What is escaped leaves its backslash, which is harmless outside brackets alone.
    plain = re.sub(r"\\.", r"\\", body, flags=re.DOTALL)
    for bracket in BRACKET.finditer(plain):
        if not bracket.group(1):
            raise BadGlob(f"'{text}' opens a bracket and never closes it", "write '\\[' for itself")
        if re.search(r".[\[/\\]", bracket.group()):
            raise BadGlob(f"the brackets in '{text}' hold more than plain characters")


def _normal(text: str, folders: list[str], body: str) -> list[str]:
    """Return the segments from the root, `.` and `..` resolved."""
    segments = list(folders)
    for segment in body.split("/"):
        if segment == "..":
            if not segments:
                hint = "put loops.yaml higher up"
                raise BadGlob(f"'{text}' leaves the project's folder", hint)
            if "**" in segments:
                raise BadGlob(f"'{text}' goes up again after '**'")
            segments.pop()
        elif segment not in {"", "."}:
            segments.append(segment)
    return segments


def _regex(text: str, pattern: str) -> str:
    from pathspec.patterns.gitignore.spec import (  # noqa: PLC0415 - takes 60 ms
        GitIgnoreSpecPattern,
    )

    try:
        found, _ = GitIgnoreSpecPattern.pattern_to_regex(pattern)
        regex = _combinable(found or "")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(regex)
    except (ValueError, re.error, FutureWarning):
        raise BadGlob(f"'{text}' is not a pattern gitignore understands") from None
    if not found:
        raise BadGlob(f"'{text}' is not a pattern gitignore understands")
    return regex


def _combinable(regex: str) -> str:
    """Return it for `re.match` and for standing beside others: no groups, a start, a true end."""
    regex = NAMED.sub("/", regex).replace("(?:/|$)", r"(?:/|\Z)")
    # A negated class takes a slash; gitignore's never does.
    regex = re.sub(r"(?<!\\)\[(?!\^/)", r"(?!/)[", regex)
    return regex if regex.startswith(("^", ".")) else f".*{regex}"


def _fixed(segments: list[str]) -> list[str]:
    """Return the leading segments without a wildcard, as they are on disk."""
    fixed: list[str] = []
    for segment in segments:
        plain = re.sub(r"\\(.)", "", segment, flags=re.DOTALL)
        if not segment or WILD.search(plain):
            break
        fixed.append(re.sub(r"\\(.)", r"\1", segment, flags=re.DOTALL))
    return fixed
