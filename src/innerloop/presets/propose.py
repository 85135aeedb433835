"""From a survey to a proposal: every kind of loop, named, and none that cannot be started."""

from __future__ import annotations

import re

from innerloop.core.errors import LoopError
from innerloop.core.proposal import Candidate, Proposal
from innerloop.core.verbs import VERBS
from innerloop.presets.guesses import guesses, notes
from innerloop.presets.style import styles
from innerloop.presets.testing import tests
from innerloop.presets.typecheck import checkers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from innerloop.core.survey import Survey

MINIMAL = """\
write a loops.yaml by hand, with what checks this project:
  version: 1
  inner:
    test:
      run: make test
      cycle: 10s"""

_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+", re.ASCII)


def propose(survey: Survey) -> Proposal:
    """At least one loop that can run here; where there is nothing to go by, a `LoopError`."""
    written = list(styles(survey))
    linted = any(one.name == "lint" for one in written)
    found = [*written, *checkers(survey, linted=linted), *tests(survey)]
    checked = [_startable(survey, one) for one in found]
    kinds = {one.kind for one in checked if not one.commented}
    if not kinds and not survey.python:
        raise LoopError("there is no Python here that loops could be proposed for", MINIMAL)
    # Tests may take long: something that never does should answer before.
    if kinds <= {"test"} and survey.python:
        checked.insert(0, _compiles(survey, "test" if kinds else ""))
    every = tuple(_named((*checked, *guesses(survey))))
    return Proposal(every, (*survey.warnings, *_advice(survey), *notes(survey)))


def _startable(survey: Survey, candidate: Candidate) -> Candidate:
    """The same, commented out where its tool is not installed here."""
    words = candidate.run.split()
    tool = words[2] if words[0] == survey.interpreter and words[1] == "-m" else words[0]
    tool = "django" if "manage.py" in words else tool
    if tool in {*survey.installed, survey.interpreter, "unittest"}:
        return candidate
    if tool in survey.importable:
        return candidate
    why = f"{candidate.why}; not installed here: pip install {tool}"
    return candidate._replace(why=why, commented=True)


def _compiles(survey: Survey, besides: str) -> Candidate:
    tools = "linter or type checker" if besides else "linter, type checker or test tool"
    return Candidate(
        name="compile",
        run=f"{survey.interpreter} -m compileall -q {{changed}}",
        kind="lint",
        why=f"no {tools} is configured here, and installed; this at least finds syntax errors",
        guess=1.0,
        files=("**/*.py",),
        hands=survey.python,
    )


def _advice(survey: Survey) -> Iterator[str]:
    """A package that its own tests could not import."""
    hidden = {folder.split("/")[1] for folder in survey.packages if folder.startswith("src/")}
    missing = sorted((hidden & survey.tests.imports) - survey.importable)
    if missing and not survey.setting("pytest.pythonpath"):
        yield f"The tests import {missing[0]}, which is not installed here: pip install -e ."


def _named(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Each with a name that is allowed and is its own, references to it mended."""
    taken: set[str] = set()
    renamed: dict[str, str] = {}
    for one in candidates:
        name = _NOT_A_NAME.sub("-", one.name).strip("-._") or "loop"
        if name in VERBS or (name in taken and one.kind == "other"):
            name = f"{_NOT_A_NAME.sub('-', one.run.split()[0])}-{name}"
        while name in taken:
            stem, _, number = name.rpartition("-")
            name = f"{stem}-{int(number) + 1}" if stem and number.isdigit() else f"{name}-2"
        taken.add(name)
        if one.why.startswith("dvc.yaml"):
            renamed[one.name] = name
        yield one._replace(name=name, after=tuple(renamed.get(name, name) for name in one.after))
