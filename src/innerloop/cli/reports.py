"""What a walk leaves for a CI: who is told where, and the files that are written."""

from __future__ import annotations

import os
import stat
import sys
from functools import partial

from innerloop.core.errors import LoopError
from innerloop.system import handoff, last, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from innerloop.cli.wiring import Project, View
    from innerloop.core.model import Result, Run
    from innerloop.core.reading.junit import Case
    from innerloop.system.ground import Ground
    from innerloop.views.site import Site
    from innerloop.views.streams import Streams

QUALITY = "gl-code-quality-report.json"
_LIMIT = 900_000
"""GitHub takes a mebibyte for each step, and of a summary above that nothing at all"""
_REPORT = 1 << 25
"""bytes of somebody else's report that are read"""
_WORKSPACE = {"github": "GITHUB_WORKSPACE", "gitlab": "CI_PROJECT_DIR"}


def ci(form: str, shown: Streams, found: Project, log: Callable[[str], str]) -> View:
    """The view for that CI."""
    from innerloop.views.site import Site  # noqa: PLC0415 - only in CI

    site = Site(
        log=log,
        places=partial(last.places, found.ground),
        publish=_summary if form == "github" else partial(_quality, found.root),
        room=_room,
        token=lambda: os.urandom(16).hex(),
        folder=_folder(found.root, os.environ.get(_WORKSPACE[form], "")),
        before=handoff.elsewhere(found.ground),
    )
    return _view(form, shown, site)


def _view(form: str, shown: Streams, site: Site) -> View:
    if form == "github":
        from innerloop.views.github import Github  # noqa: PLC0415 - only there

        return Github(shown, site)
    from innerloop.views.gitlab import Gitlab  # noqa: PLC0415 - only there

    return Gitlab(shown, site)


def _folder(root: str, workspace: str) -> str:
    """The project's folder from where the CI checked out; empty where it is that, or elsewhere."""
    if not workspace:
        return ""
    path = os.path.relpath(os.path.realpath(root), os.path.realpath(workspace))
    return "" if path == "." or path.split("/")[0] == ".." else path


def _room() -> int:
    """How much of a summary still fits beside what others have written of this step's."""
    try:
        return _LIMIT - os.path.getsize(os.environ.get("GITHUB_STEP_SUMMARY", ""))
    except OSError:
        return _LIMIT


def _summary(text: str) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        print(f"warning: no job summary: {error.strerror}: {path!r}", file=sys.stderr)


def _quality(root: str, text: str) -> None:
    put(os.path.join(root, os.environ.get("LOOP_CODE_QUALITY") or QUALITY), text.encode())


def _folders(path: str) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except OSError as error:
        raise LoopError(f"cannot write {path!r}: {error.strerror}") from error


def put(path: str, data: bytes) -> None:
    """Write a report whole, with the folders above it."""
    _folders(path)
    try:
        state.put(path, data, mode=0o644)
    except OSError as error:
        raise LoopError(f"cannot write {path!r}: {error.strerror}") from error


def junit(found: Project, name: str, log: Callable[[str], str]) -> Callable[[Run], None]:
    """What writes the JUnit report of a run to the file of that name, seen from where we are."""
    if not name:
        raise LoopError("--junit names no file", "--junit junit.xml")
    path = os.path.abspath(name)
    if os.path.isdir(path):
        raise LoopError(f"--junit {name!r} is a folder", f"--junit {name.rstrip('/')}/junit.xml")
    # Now, while nothing has run in vain.
    _folders(path)

    def write(run: Run) -> None:
        from innerloop.views.junit import junit as document  # noqa: PLC0415 - only where asked for

        put(path, document(run, lambda result: tuple(_cases(found.ground, result)), log))

    return write


def _cases(ground: Ground, result: Result) -> Iterator[Case]:
    """The tests that a loop's own reports name, in its `{out}` folder."""
    from innerloop.core.reading.junit import Case, Unreadable, cases  # noqa: PLC0415 - as above

    hide = ground.veil.text
    for path in _reports(f"{ground.root}/{result.out}" if result.out else ""):
        try:
            with open(path, "rb") as file:
                data = file.read(_REPORT + 1)
            for one in cases(data, _REPORT):
                said = (one.classname, one.name, one.message, one.text)
                classname, name, message, text = map(hide, said)
                yield Case(classname, name, one.seconds, one.outcome, message, text)
        except (OSError, Unreadable) as error:
            where = os.path.relpath(path, ground.root)
            print(f"warning: {result.loop}: {where!r} is left out: {error}", file=sys.stderr)


def _reports(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder) if folder else ():
        folders.sort()
        for name in sorted(names):
            path = f"{place}/{name}"
            # A pipe by such a name would be waited for.
            if name.endswith(".xml") and stat.S_ISREG(os.lstat(path).st_mode):
                yield path
