"""A look at a project: its files, what they configure, and which tools can be started here."""

from __future__ import annotations

import os
import re
from itertools import islice

from innerloop.core.errors import LoopError
from innerloop.core.survey import Survey
from innerloop.system import files, git, packages, python
from innerloop.system.project import commands
from innerloop.system.project.depends import depends
from innerloop.system.project.settings import settings
from innerloop.system.project.testfiles import tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 50_000
_LARGEST = 1_000_000
_PROGRAMS = (*sorted(commands.TOOLS), "dvc", "jupyter", "make")
# Outside the environment they would not see what the project imports.
_NEED_ENVIRONMENT = frozenset({"mypy", "pylint", "pytest", "jupyter", "dvc"})


def survey(root: str, environ: Mapping[str, str]) -> Survey:
    """What is to be seen at `root` without running anything of the project's."""
    paths = _paths(root)

    def read(path: str) -> str:
        return _text(f"{root}/{path}")

    found = settings(paths, read)
    here = python.find(root, "", environ)
    return Survey(
        paths=paths,
        configured=found.configured,
        settings=found.values,
        depends=depends(paths, read),
        hooks=commands.hooks(read(".pre-commit-config.yaml")),
        said=tuple(commands.said(paths, read)),
        installed=_installed(here.folder, environ.get("PATH", os.defpath)),
        environment=os.path.dirname(here.folder),
        interpreter=os.path.basename(here.interpreter) or "python3",
        importable=_importable(here, root),
        tests=tests(paths, found.values.get("pytest.python_files", ()), read),
        stages=commands.stages(read("dvc.yaml")),
        targets=commands.targets(read("Makefile")),
        warnings=found.warnings,
    )


def _paths(root: str) -> tuple[str, ...]:
    """Git's list where there is one; else what is there, up to a limit, caches left out."""
    if git.repository(root):
        try:
            listed = git.listed(root).paths
        except (LoopError, OSError):
            pass  # no git to ask, or one that refuses
        else:
            return tuple(sorted(path for path in listed if os.path.isfile(f"{root}/{path}")))
    return tuple(sorted(islice(files.scan(root), _MOST)))


def _installed(folder: str, path: str) -> dict[str, str]:
    """The tools that can be started: the project's environment first, then PATH."""
    found = {}
    for name in _PROGRAMS:
        inside = python.which(name, folder) if folder else ""
        outside = "" if folder and name in _NEED_ENVIRONMENT else python.which(name, path)
        if place := inside or outside:
            found[name] = place
    return found


def _importable(here: python.Python, root: str) -> frozenset[str]:
    """Packages and modules that the environment has, by name; editable ones by where they are."""
    names: set[str] = set()
    for site in packages.sites(here.interpreter) if here.interpreter else ():
        for name in _list(site):
            names.add(name.removesuffix(".py"))
            if name.endswith(".pth"):
                for line in _text(f"{site}/{name}").splitlines():
                    if line == root or line.startswith(f"{root}/"):
                        names |= {entry.removesuffix(".py") for entry in _list(line)}
            elif name.startswith("__editable___"):
                mapped = rf"'(\w+)': '{re.escape(root)}/"
                names |= set(re.findall(mapped, _text(f"{site}/{name}")))
    return frozenset(names)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            return file.read(_LARGEST)
    except OSError:
        return ""


def _list(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
