"""Type checkers: they read the whole program, so they are given all of it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from innerloop.core.proposal import Candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.survey import Survey

_CONFIGS = (
    "pyproject.toml",
    "setup.cfg",
    "mypy.ini",
    ".mypy.ini",
    "pyrightconfig.json",
    "ty.toml",
    "pyrefly.toml",
    ".pylintrc",
    "pylintrc",
)
_SAFE = re.compile(r"[\w./=,:@-]+", re.ASCII).fullmatch
_TAKES_A_VALUE = frozenset({"-p", "-m", "--package", "--module", "--config-file", "--rcfile"})
_UNWELCOME = ("--install-types", "--non-interactive", "--watch", "-w", "--verifytypes", "--fix")


class Checker(NamedTuple):
    """A tool that reads whole programs, and the settings by which it knows what to read."""

    tool: str
    run: str
    hooks: tuple[str, ...]
    roots: tuple[str, ...]
    kind: str = "typecheck"


_CHECKERS = (
    Checker("mypy", "mypy", ("mypy",), ("files", "packages", "modules")),
    Checker("pyright", "pyright", ("pyright",), ("include",)),
    Checker("basedpyright", "basedpyright", ("basedpyright",), ("include",)),
    Checker("ty", "ty check", ("ty", "ty-check"), ("src.include", "src.root")),
    Checker("pyrefly", "pyrefly check", ("pyrefly-check",), ("project-includes",)),
    Checker("pylint", "pylint", ("pylint",), (), "lint"),
)


def checkers(survey: Survey, *, linted: bool) -> Iterator[Candidate]:
    """A loop for each type checker the project shows signs of using, and for pylint."""
    taken = {"lint"} if linted else set()
    for checker in _CHECKERS:
        evidence = survey.evidence(checker.tool, *checker.hooks)
        if not evidence:
            continue
        name = checker.tool if checker.kind in taken else checker.kind
        taken.add(checker.kind)
        yield Candidate(
            name=name,
            run=" ".join((checker.run, *_arguments(survey, checker))),
            kind=checker.kind,
            why=f"{checker.tool}: {evidence}",
            guess=10.0,
            inputs=_inputs(survey),
        )


def _arguments(survey: Survey, checker: Checker) -> tuple[str, ...]:
    """As the project gives them; where neither they nor its settings say what, its packages."""
    verb = tuple(checker.run.split()[1:])
    given = (
        said.args[len(verb) :]
        for said in survey.said
        if said.tool == checker.tool and said.args[: len(verb)] == verb
    )
    args = next((one for one in given if _simple(survey, one)), ())
    told = any(survey.setting(f"{checker.tool}.{key}") for key in checker.roots)
    named = any(not one.startswith("-") for one in args)
    return args if named or told else args + _roots(survey)


def _simple(survey: Survey, args: tuple[str, ...]) -> bool:
    """Nothing in them needs a shell, writes, or names what is not there."""
    if not args or not all(_SAFE(one) for one in args):
        return False
    return not any(one.startswith(_UNWELCOME) for one in args) and all(
        one.startswith("-") or previous in _TAKES_A_VALUE or survey.has(one)
        for previous, one in pairwise(("", *args))
    )


def _roots(survey: Survey) -> tuple[str, ...]:
    packages = survey.packages
    if any(folder.startswith("src/") for folder in packages):
        return ("src",)
    return packages or (".",)


def _inputs(survey: Survey) -> tuple[str, ...]:
    """Sources, stubs and configuration; what is installed counts without being named."""
    stubs = ("**/*.pyi",) if any(path.endswith(".pyi") for path in survey.paths) else ()
    typed = ("**/py.typed",) if any(path.endswith("/py.typed") for path in survey.paths) else ()
    return ("**/*.py", *stubs, *typed, *(one for one in _CONFIGS if one in survey.paths))
