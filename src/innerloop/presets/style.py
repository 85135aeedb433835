"""Linters and formatters: handed the files that changed, never writing but in `fix`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from innerloop.core.proposal import Candidate
from innerloop.presets.scope import scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.survey import Said, Survey

_PYTHON = (".py", ".pyi")
_SAFE = re.compile(r"[\w./,:@%=-]+", re.ASCII).fullmatch
# Options of a hook that belong to `fix`, to `run`, or to nobody.
_DROPPED = frozenset(
    {
        "--add-noqa",
        "--apply",
        "--fix",
        "--fix-only",
        "--watch",
        "-w",
        "--no-fix",
        "--exit-non-zero-on-fix",
        "--show-fixes",
        "--unsafe-fixes",
        "--diff",
        "--check",
        "-q",
        "--quiet",
        "--check-only",
        "--force-exclude",
        "--filter-files",
        "-c",
        "--safe",
        "--verbose",
        "-v",
        "--write-changes",
    }
)
# What ruff leaves out of itself, unless it is handed the file by name.
_RUFF_SKIPS = re.compile(r"(?:^|/)(?:_build|buck-out|build|dist|site-packages|venv)/").search


class Style(NamedTuple):
    """A tool, the hooks it is known by, and how it is started to look and to mend."""

    tool: str
    kind: str
    hooks: tuple[str, ...]
    run: tuple[str, ...]
    fix: tuple[str, ...]
    excludes: tuple[str, ...]
    """settings that leave files out, which it forgets for files handed to it by name"""
    suffixes: tuple[str, ...] = _PYTHON


_STYLES = (
    Style(
        "ruff",
        "lint",
        ("ruff", "ruff-check"),
        ("ruff", "check"),
        ("ruff", "check", "--fix"),
        (),
        (*_PYTHON, ".ipynb"),
    ),
    Style(
        "ruff",
        "format",
        ("ruff-format",),
        ("ruff", "format", "--check"),
        ("ruff", "format"),
        (),
        (*_PYTHON, ".ipynb"),
    ),
    Style(
        "black",
        "format",
        ("black", "black-jupyter"),
        ("black", "--check", "--quiet"),
        ("black", "--quiet"),
        ("exclude", "extend-exclude", "include"),
    ),
    Style("flake8", "lint", ("flake8",), ("flake8",), (), ()),
    Style(
        "isort",
        "imports",
        ("isort",),
        ("isort", "--check-only", "--filter-files"),
        ("isort", "--filter-files"),
        (),
    ),
)


def styles(survey: Survey) -> Iterator[Candidate]:
    """A loop for each linter and formatter the project shows signs of using."""
    taken: set[str] = set()
    for style in _STYLES:
        why = _why(survey, style)
        if not why:
            continue
        name = style.kind if style.kind not in taken else style.tool
        taken.add(style.kind)
        yield _candidate(survey, style, name, why)


def _why(survey: Survey, style: Style) -> str:
    """The evidence; a formatter that comes with a linter needs some of its own."""
    if style.run[:2] == ("ruff", "format"):
        if "ruff.format" in survey.configured:
            return f"ruff format: configured in {survey.configured['ruff.format']}"
        if survey.hook(*style.hooks):
            return "ruff format: a hook of .pre-commit-config.yaml"
        used = next((one for one in _said(survey, style)), None)
        return f"ruff format: used in {used.where}" if used else ""
    evidence = survey.evidence(style.tool, *style.hooks)
    return f"{style.tool}: {evidence}" if evidence else ""


def _said(survey: Survey, style: Style) -> list[Said]:
    """The project's own command lines with this tool, its subcommand left out."""
    verbs = tuple(word for word in style.run[1:2] if not word.startswith("-"))
    return [
        one._replace(args=one.args[len(verbs) :])
        for one in survey.said
        if one.tool == style.tool and one.args[: len(verbs)] == verbs
    ]


def _candidate(survey: Survey, style: Style, name: str, why: str) -> Candidate:
    hook = survey.hook(*style.hooks)
    said = _said(survey, style)
    folders = () if hook or not said else _folders(survey, said[0].args)
    handed = scope(survey, style.suffixes, folders, hook)
    given = hook.args if hook else said[0].args if said else ()
    options = (*_options(survey, style, handed.hands), *_own(survey, given))
    whole = any(survey.setting(f"{style.tool}.{key}") for key in style.excludes)
    what = (folders or (".",)) if whole else ("{changed}",)
    return Candidate(
        name=name,
        run=" ".join((*style.run, *options, *what)),
        fix=" ".join(
            (*style.fix, *(one for one in options if not one.startswith("--no-fix")), *what)
        )
        if style.fix
        else "",
        kind=style.kind,
        why=why,
        guess=1.0,
        files=() if whole else handed.files,
        hands=() if whole else handed.hands,
    )


def _options(survey: Survey, style: Style, hands: tuple[str, ...]) -> tuple[str, ...]:
    """What keeps a tool to its own rules when it is handed files by name, and from writing."""
    if style.tool != "ruff":
        return ()
    lints = style.kind == "lint"
    # The second one writes and ends well, whatever it found.
    no_fix = [
        f"--no-{key}" for key in ("fix", "fix-only") if survey.setting(f"ruff.{key}") == ("true",)
    ]
    keys = ("exclude", "extend-exclude", f"{style.kind}.exclude")
    excludes = any(survey.setting(f"ruff.{key}") for key in keys)
    excludes = excludes or any(_RUFF_SKIPS(path) for path in hands)
    return tuple(no_fix) * lints + ("--force-exclude",) * excludes


class Arguments(NamedTuple):
    """A command line taken apart: options with their values, and what it is to look at."""

    options: tuple[str, ...]
    paths: tuple[str, ...]


def _parsed(survey: Survey, given: tuple[str, ...]) -> Arguments:
    """A word behind an option is its value, unless there is a file or folder of that name."""
    options: list[str] = []
    paths: list[str] = []
    dropped = False
    for before, word in pairwise(("", *given)):
        if word.startswith("-"):
            dropped = word in _DROPPED
            options += [] if dropped else [word]
        elif survey.has(word) or not before.startswith("-") or "=" in before or dropped:
            paths.append(word)
        else:
            options.append(word)
    return Arguments(tuple(options), tuple(paths))


def _own(survey: Survey, given: tuple[str, ...]) -> tuple[str, ...]:
    """The project's own options, where they are simple."""
    options = _parsed(survey, given).options
    return options if all(_SAFE(one) for one in options) else ()


def _folders(survey: Survey, given: tuple[str, ...]) -> tuple[str, ...]:
    named = tuple(one.removeprefix("./").rstrip("/") for one in _parsed(survey, given).paths)
    known = all(survey.has(one) and one not in survey.paths for one in named)
    return named if known and not {"", "."} & set(named) else ()
