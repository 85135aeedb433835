"""loop ci: the outer loop as the workflow of a forge's CI, written or compared."""

from __future__ import annotations

import os
from difflib import unified_diff
from fnmatch import fnmatchcase
from typing import NamedTuple

from innerloop.cli.wiring import project, streams
from innerloop.core.ci import Ci
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.pipeline import checks, jobs
from innerloop.core.text import listing
from innerloop.system import git, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from innerloop.core.model import Config
    from innerloop.core.outer import Outer
    from innerloop.core.pipeline import Job

FORGES = ("github", "gitlab")
_READ = 1 << 20
_OURS = "# Written by `loop ci"
_OLD = "is of an outer loop that is no more"
_ELSEWHERE = ("working-directory:", '- "cd ', "- cd ")
"""what says that it is of a project in a folder below"""


class Page(NamedTuple):
    """A file as it has to be."""

    path: str
    """from the top of the repository"""
    text: str
    own: bool = False
    """it is the team's: written where there is none, and never again"""
    needs: tuple[str, ...] = ()
    """what it has to mention, where it is the team's"""


class Line(NamedTuple):
    """An outer loop with its jobs."""

    outer: Outer
    jobs: tuple[Job, ...]
    checks: tuple[Job, ...]
    settings: Ci


def ci(forge: str, *, check: bool, force: bool) -> int:
    """Write the workflow, or say whether it is what loops.yaml says."""
    if forge not in FORGES:
        raise LoopError(f"there is no CI called {forge!r} here", listing(list(FORGES)))
    with project(write=False) as found:
        root, config = found.root, found.ground.config
    top = git.repository(root) or root
    below = os.path.relpath(os.path.realpath(root), os.path.realpath(top))
    made = pages(forge, config, "" if below == "." else below)
    old = _orphans(top, made, "" if below == "." else below)
    if check:
        return _checked(top, made, old, forge)
    for page in made:
        _written(top, page, force=force)
    for path in old:
        streams().err(f"warning: {path} {_OLD}: remove it, or it goes on running")
    for text in _hints(forge, _lines(config)):
        streams().err(text)
    return ExitCode.OK


def pages(forge: str, config: Config, folder: str = "") -> tuple[Page, ...]:
    """The files; `folder`: where loops.yaml is, from the top of the repository."""
    lines = _lines(config)
    made = tuple(_github(lines, folder) if forge == "github" else _gitlab(lines, folder))
    names = [page.path for page in made]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        said = f"two outer loops, or an outer loop and a check by cron, would be {twice}"
        raise LoopError(said, "give one of them another name")
    return made


def _lines(config: Config) -> tuple[Line, ...]:
    if not config.outers:
        raise LoopError("loops.yaml has no outer loop", "give it one under 'outer'")
    settings = config.ci or Ci()
    if not settings.setup:
        # A name that anybody may register is no guess to make for others.
        said = "loops.yaml does not say how a job gets the project and `loop`"
        raise LoopError(said, "ci: {setup: [\"pip install -e '.[dev]'\"]}, or what installs both")
    return tuple(
        Line(one, jobs(config, one, settings), checks(config, one, settings), settings)
        for one in config.outers
    )


def _named(folder: str, *names: str) -> str:
    """A file's name: several projects of one repository have files of their own."""
    return "-".join(("loop", *folder.split("/"), *names) if folder else ("loop", *names)) + ".yml"


def _github(lines: tuple[Line, ...], folder: str) -> Iterator[Page]:
    from innerloop.views import workflow_github as view  # noqa: PLC0415 - one forge a run

    for one in lines:
        path = f".github/workflows/{_named(folder, one.outer.name)}"
        yield Page(path, view.workflow(one.outer, one.jobs, one.settings, folder))
        for job in one.checks:
            path = f".github/workflows/{_named(folder, one.outer.name, job.stage.name)}"
            yield Page(path, view.check(one.outer, job, one.settings, folder))


def _gitlab(lines: tuple[Line, ...], folder: str) -> Iterator[Page]:
    from innerloop.views import workflow_gitlab as view  # noqa: PLC0415 - one forge a run

    paths = []
    for one in lines:
        paths.append(f".gitlab/{_named(folder, one.outer.name)}")
        yield Page(paths[-1], view.jobs(one.outer, one.jobs, one.checks, one.settings, folder))
    yield Page(".gitlab-ci.yml", view.included(paths), own=True, needs=tuple(paths))


def _now(top: str, page: Page) -> str | None:
    try:
        with open(f"{top}/{page.path}", encoding="utf-8", errors="replace") as file:
            return file.read(_READ)
    except FileNotFoundError:
        return None


def _checked(top: str, pages: tuple[Page, ...], old: Sequence[str], forge: str) -> int:
    """Say what is not as it should be; nothing is written."""
    shown = streams()
    stale = 0
    for page in pages:
        now = _now(top, page)
        if now == page.text or (now and page.own and not _lacks(page, now)):
            continue
        stale += 1
        if now is None:
            shown.out(f"{page.path} is not there")
            continue
        if page.own:
            shown.out(f"{page.path} does not include {listing(_lacks(page, now))}")
            continue
        shown.out(f"{page.path} is out of date:")
        sides = (now.splitlines(), page.text.splitlines())
        for line in unified_diff(*sides, "as it is", "as it should be", lineterm="", n=1):
            shown.out(line)
    for path in old:
        shown.out(f"{path} {_OLD}: remove it")
    if stale:
        shown.out(f"next: loop ci {forge}")
    if stale or old:
        return ExitCode.FAILED
    shown.out(f"up to date: {listing([page.path for page in pages])}")
    return ExitCode.OK


def _written(top: str, page: Page, *, force: bool) -> None:
    now = _now(top, page)
    if page.own and now is not None:
        for path in _lacks(page, now):
            streams().err(f"{page.path} is yours: add to it `include: [{{local: /{path}}}]`")
        return
    if now == page.text:
        streams().out(f"{page.path} is as it should be")
        return
    if now is not None and not now.startswith(_OURS) and not force:
        raise LoopError(
            f"{page.path} is there already, and loop did not write it",
            "move it away, or say --force",
        )
    path = f"{top}/{page.path}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        state.put(path, page.text.encode(), mode=0o644)
    except OSError as error:
        raise LoopError(f"cannot write {page.path}: {error.strerror}") from error
    streams().out(f"wrote {page.path}")


def _orphans(top: str, pages: tuple[Page, ...], folder: str) -> list[str]:
    """Files that were written of outer loops of this project which are not there any more."""
    mine = {page.path for page in pages}
    home = os.path.dirname(pages[0].path)
    begins = _named(folder).removesuffix(".yml") + "-"
    found = []
    for name in sorted(os.listdir(f"{top}/{home}")) if os.path.isdir(f"{top}/{home}") else ():
        path = f"{home}/{name}"
        if path in mine or not (name.startswith(begins) and name.endswith(".yml")):
            continue
        text = _now(top, Page(path, "")) or ""
        elsewhere = not folder and any(word in text for word in _ELSEWHERE)
        if text.startswith(_OURS) and not elsewhere:
            found.append(path)
    return found


def _lacks(page: Page, now: str) -> list[str]:
    """What the team's own file does not include."""
    if not page.needs:
        return []
    included = list(_included(now))
    return [
        path for path in page.needs if not any(fnmatchcase(f"/{path}", one) for one in included)
    ]


def _included(text: str) -> Iterator[str]:
    """The files of this repository that it includes, which may be patterns."""
    import yaml  # noqa: PLC0415 - one file, of the team's

    class Loader(yaml.SafeLoader):
        """Tags of GitLab's own, such as `!reference`, mean nothing here."""

    Loader.add_multi_constructor("!", lambda *_: None)
    try:
        said = yaml.load(text, Loader)  # noqa: S506 - a safe one
    except yaml.YAMLError:
        return
    found = said.get("include", []) if isinstance(said, dict) else []
    for one in found if isinstance(found, list) else [found]:
        path = one.get("local") if isinstance(one, dict) else one
        for each in path if isinstance(path, list) else [path]:
            if isinstance(each, str):
                yield "/" + each.lstrip("/").replace("**", "*")


def _hints(forge: str, lines: tuple[Line, ...]) -> Iterator[str]:
    """What no file can say, and has to be set on the forge itself."""
    for one in lines:
        for job in one.jobs:
            if job.gate:
                who = f"only reviewers of environment {job.gate!r}"
                yield f"on {forge}: {who} let {job.stage.name} pass"
        jobs = (*one.jobs, *one.checks)
        secrets = list(dict.fromkeys(name for job in jobs for name in job.secrets))
        if secrets:
            yield f"on {forge}: the secrets of {one.outer.name} are {listing(secrets)}"
        if forge == "gitlab":
            yield from _gitlabs(one)


def _gitlabs(one: Line) -> Iterator[str]:
    from innerloop.views.workflow_gitlab import lock  # noqa: PLC0415 - one forge a run

    locks = dict.fromkeys(lock(job.place.lock) for job in one.jobs if job.holds and job.place)
    for name in locks:
        path = f"projects/:id/resource_groups/{name}"
        yield f"on gitlab: glab api -X PUT {path} -f process_mode=oldest_first"
    if any(job.vouched or job.early for job in one.jobs):
        what = "who has approved, and what a merge request proved"
        yield f"on gitlab: a variable GITLAB_TOKEN, which may read_api, says {what}"
    for cron in one.settings.trigger(one.outer.name).schedule:
        yield f"on gitlab: a schedule of {cron!r} with LOOP_OUTER={one.outer.name}"
    for job in one.checks:
        name = f"{one.outer.name}.{job.stage.name}"
        yield f"on gitlab: a schedule of {job.station.scheduled!r} with LOOP_OUTER={name}"
