"""What is only offered, commented out: nobody but its owner knows what running it would do."""

from __future__ import annotations

import re

from innerloop.core.proposal import Candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.survey import Survey

_NO_CHECK = re.compile(
    r"(?:help|all|default|init|setup|bootstrap|venv|env|run|serve|shell|start|stop|up|down|"
    r"clean|install|uninstall|upgrade|update|requirements|lock|live|watch|view|reset|drop|db)[\w.-]*|"
    r".*(?:clean|install)",
    re.IGNORECASE,
).fullmatch
_OUTER = re.compile(r"deploy|publish|release|upload|push|tag|bump", re.IGNORECASE).search
_MOST = 12


def guesses(survey: Survey) -> Iterator[Candidate]:
    """Notebooks, DVC's stages, the Makefile's targets."""
    yield from _notebooks(survey)
    yield from _stages(survey)
    for target in _checks(survey)[:_MOST]:
        why = f"Makefile: target {target}"
        yield Candidate(target, f"make {target}", "other", why, 60.0, commented=True)


def notes(survey: Survey) -> Iterator[str]:
    """What was seen and left out."""
    outer = [one for one in survey.targets if _OUTER(one)]
    if outer:
        yield f"Left out: `make {outer[0]}`; what deploys belongs in an outer loop."
    more = len(_checks(survey)) - _MOST
    if more > 0:
        yield f"The Makefile has {more} more target{'s' * (more > 1)}."


def _checks(survey: Survey) -> list[str]:
    """Targets that may be checks: not chores, not deploys, and not files to be made."""
    return [
        one
        for one in survey.targets
        if not (_NO_CHECK(one) or _OUTER(one) or "." in one or one in survey.paths)
    ]


def _notebooks(survey: Survey) -> Iterator[Candidate]:
    if survey.notebooks:
        yield Candidate(
            name="notebooks",
            run="jupyter nbconvert --to notebook --execute --output-dir {out} {changed}",
            kind="other",
            why=f"{len(survey.notebooks)} *.ipynb, {survey.notebooks[0]} among them",
            guess=120.0,
            files=("**/*.ipynb",),
            commented=True,
        )


def _stages(survey: Survey) -> Iterator[Candidate]:
    made = {output: stage.name for stage in survey.stages for output in stage.outputs}
    for stage in survey.stages:
        before = dict.fromkeys(made[one] for one in stage.inputs if one in made)
        yield Candidate(
            name=stage.name,
            run=stage.run or f"dvc repro --single-item {stage.name}",
            kind="other",
            why=f"dvc.yaml: stage {stage.name}",
            guess=300.0,
            inputs=stage.inputs,
            outputs=stage.outputs,
            after=tuple(before),
            cwd=stage.cwd,
            commented=True,
        )
