"""Tests: pytest, Django's runner or unittest, the fast ones apart from the slow ones."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.proposal import Candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.survey import Survey

# What people call tests that are not for every save; in the order they are offered.
_SLOW = (
    "integration",
    "integration_tests",
    "functional",
    "acceptance",
    "system",
    "e2e",
    "end_to_end",
    "slow",
    "stress",
    "network",
    "online",
    "gpu",
)
_SAMPLES = frozenset({"examples", "example", "docs", "doc", "benchmarks", "bench", "samples"})
_QUICK = 10.0
_LONG = 60.0


class Split(NamedTuple):
    """Folders of slow tests, and markers on tests outside of them."""

    root: str
    """the folder that all tests are in; empty where they are all over the place"""
    folders: tuple[str, ...]
    markers: tuple[str, ...]
    fast: tuple[str, ...]
    """where the fast ones are, when that is a folder or more of their own"""


def tests(survey: Survey) -> tuple[Candidate, ...]:
    """The loops for the tests, if there are any."""
    found = survey.tests
    why = _pytest(survey)
    # Written for pytest, or written so that either can run it and only one is here.
    if why and (found.pytest or not found.cases or "pytest" in survey.installed):
        return tuple(_by_pytest(survey, why))
    if found.django and "manage.py" in survey.paths:
        run = f"{survey.interpreter} manage.py test"
        why = f"django: {found.django} uses its TestCase"
        return (Candidate("unit", run, "test", why, _QUICK),)
    if found.cases:
        return tuple(_by_unittest(survey, f"unittest: {found.cases[0]} has a TestCase"))
    return ()


def _pytest(survey: Survey) -> str:
    """The evidence for pytest, where there is anything to test."""
    evidence = survey.evidence("pytest")
    if not evidence and survey.tests.pytest:
        evidence = f"used in {survey.tests.pytest}"
    return f"pytest: {evidence}" if evidence and survey.tests.files else ""


def _by_pytest(survey: Survey, why: str) -> Iterator[Candidate]:
    split = _split(survey, survey.tests.files)
    base = _base(survey)
    ignored = [f"--ignore={folder}" for folder in split.folders] if not split.fast else []
    where = list(split.fast) or ([split.root] if _needs_root(survey, split) else [])
    kept = _kept(survey, split.markers)
    chosen = ["-m", f'"{" and ".join(f"not {one}" for one in kept)}"'] if kept else []
    yield _pytest_loop("unit", (*base, *where, *ignored, *chosen), why, _QUICK)
    for folder in split.folders:
        name = folder.rstrip("/").split("/")[-1].replace("_", "-").removesuffix("-tests")
        yield _pytest_loop(name, (*base, folder), f"pytest: the tests in {folder}", _LONG)
    for marker in split.markers:
        words = (*base, *where, *ignored, *_switch(survey, marker), "-m", marker)
        shy = _deselected(survey, marker)
        note = ", which addopts leaves out" if shy else ""
        loop = _pytest_loop(marker, words, f"pytest: tests marked {marker}{note}", _LONG)
        yield loop._replace(commented=shy)


def _pytest_loop(name: str, words: tuple[str, ...], why: str, guess: float) -> Candidate:
    run = " ".join(words)
    return Candidate(name, run, "test", why, guess, debug=f"{run} --lf --pdb")


def _base(survey: Survey) -> tuple[str, ...]:
    """How pytest is started: quietly, without coverage, and so that it can import the project."""
    start = (survey.interpreter, "-m", "pytest", "-q") if _rootless(survey) else ("pytest", "-q")
    options = " ".join(survey.setting("pytest.addopts"))
    # A share of the tests cannot reach the whole's coverage; measuring it is not quick either.
    return (*start, "--no-cov") if "--cov" in options else start


def _rootless(survey: Survey) -> bool:
    """Whether tests import from the root and only `python -m` would put it on their path."""
    if survey.setting("pytest.pythonpath") or "conftest.py" in survey.paths:
        return False
    imported = survey.tests.imports
    wanted = {folder for folder in survey.packages if "/" not in folder}
    wanted |= {path.removesuffix(".py") for path in survey.python if "/" not in path}
    wanted -= {path.removesuffix(".py") for path in survey.tests.files}
    if not (wanted & imported) - survey.importable:
        return False
    # Where the tests are a package, pytest puts the folder above it on the path: the root.
    return not any(
        path.count("/") and f"{path.split('/')[0]}/__init__.py" in survey.paths
        for path in survey.tests.files
    )


def _needs_root(survey: Survey, split: Split) -> bool:
    return bool(split.root) and not survey.setting("pytest.testpaths")


def _split(survey: Survey, found: tuple[str, ...]) -> Split:
    files = tuple(path for path in found if path.split("/")[0] not in _SAMPLES)
    root = _root(files)
    folders = _slow_folders(files)
    fast = tuple(path for path in files if not path.startswith(folders)) if folders else files
    own = tuple(dict.fromkeys("/".join(path.split("/")[:2]) for path in fast))
    # A folder `tests/unit` beside `tests/integration` is said as such; else the rest is said.
    units = own if folders and len(own) == 1 and own[0] not in files else ()
    markers = tuple(
        name for name in _SLOW if any(path in fast for path in survey.tests.markers.get(name, ()))
    )
    return Split(root, folders, markers, units)


def _root(files: tuple[str, ...]) -> str:
    tops = {path.split("/")[0] for path in files}
    top = tops.pop() if len(tops) == 1 else ""
    return top if top not in files else ""


def _slow_folders(files: tuple[str, ...]) -> tuple[str, ...]:
    """Folders called `integration` and the like with tests in them, the outermost ones."""
    found: dict[str, int] = {}
    for path in files:
        parts = path.split("/")[:-1]
        place = next((at for at, part in enumerate(parts) if part in _SLOW), -1)
        if place >= 0 and place <= 2 and _testish(parts[:place]):  # noqa: PLR2004 - pkg/tests/e2e
            found["/".join(parts[: place + 1]) + "/"] = _SLOW.index(parts[place])
    folders = sorted(found, key=found.__getitem__)
    return tuple(folders) if len(folders) < len({path.split("/")[0] for path in files}) + 8 else ()


def _testish(parts: list[str]) -> bool:
    return not parts or any(part in {"test", "tests", "testing"} for part in parts)


def _kept(survey: Survey, markers: tuple[str, ...]) -> tuple[str, ...]:
    """Markers that have to be left out by us: some projects do it themselves."""
    return tuple(
        one for one in markers if not _deselected(survey, one) and not _switch(survey, one)
    )


def _deselected(survey: Survey, marker: str) -> bool:
    return f"not {marker}" in " ".join(survey.setting("pytest.addopts"))


def _switch(survey: Survey, marker: str) -> tuple[str, ...]:
    """The project's own option for these tests: `--runslow`."""
    names = {f"--run{marker}", f"--run-{marker}", f"--{marker}", f"--with-{marker}"}
    return tuple(option for option in survey.tests.options if option in names)[:1]


def _by_unittest(survey: Survey, why: str) -> Iterator[Candidate]:
    split = _split(survey, survey.tests.cases)
    folders = (*split.fast, *split.folders) if split.fast else (_home(survey),)
    for folder in dict.fromkeys(one.rstrip("/") for one in folders):
        slow = f"{folder}/" in split.folders
        name = folder.split("/")[-1].replace("_", "-") if slow else "unit"
        words = [survey.interpreter, "-m", "unittest", "discover", "-q"]
        words += ["-s", folder] if folder else []
        words += ["-t", "."] if f"{folder}/__init__.py" in survey.paths else []
        words += ["-p", '"*_test.py"'] if _suffixed(survey, folder) else []
        yield Candidate(name, " ".join(words), "test", why, _LONG if slow else _QUICK)


def _home(survey: Survey) -> str:
    """The folder with the most test files; empty for the root."""
    tops: dict[str, int] = {}
    for path in survey.tests.cases:
        parts = path.split("/")[:-1]
        place = next((at for at, part in enumerate(parts) if _testish([part])), len(parts) - 1)
        folder = "/".join(parts[: place + 1])
        tops[folder] = tops.get(folder, 0) + 1
    return max(tops, key=tops.__getitem__)


def _suffixed(survey: Survey, folder: str) -> bool:
    names = [path.split("/")[-1] for path in survey.tests.cases if path.startswith(folder)]
    return not any(name.startswith("test") for name in names)
