"""What a project is seen to consist of, before anything is proposed for it."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Hook(NamedTuple):
    """A hook of `.pre-commit-config.yaml`."""

    id: str
    args: tuple[str, ...] = ()
    exclude: str = ""
    """regular expressions of paths it leaves alone, joined by `|`"""


class Said(NamedTuple):
    """A command line with a known tool, as the project itself gives it somewhere."""

    tool: str
    args: tuple[str, ...]
    where: str


class Stage(NamedTuple):
    """A stage of `dvc.yaml`."""

    name: str
    run: str
    """empty where only DVC can tell what it runs"""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    cwd: str = ""


class Suite(NamedTuple):
    """The test files, and what they say of the tool they are written for."""

    files: tuple[str, ...] = ()
    pytest: str = ""
    """the file that shows pytest is used; empty where none does"""
    cases: tuple[str, ...] = ()
    """files that `unittest` finds, with a TestCase in them"""
    django: str = ""
    """the file that shows Django's own TestCase is used"""
    markers: Mapping[str, tuple[str, ...]] = {}
    """pytest markers, and the files that use them"""
    options: tuple[str, ...] = ()
    """options that a conftest.py adds: `--runslow`"""
    imports: frozenset[str] = frozenset()
    """top-level names that tests import"""


class Survey(NamedTuple):
    """Facts about a project. Paths are relative to its root."""

    paths: tuple[str, ...]
    configured: Mapping[str, str] = {}
    """a tool (`ruff`, `ruff.format`), and where its configuration was found"""
    settings: Mapping[str, tuple[str, ...]] = {}
    """`tool.key`, and its values: `mypy.files`, `pytest.addopts`"""
    depends: Mapping[str, str] = {}
    """a distribution, and the file that asks for it"""
    hooks: tuple[Hook, ...] = ()
    said: tuple[Said, ...] = ()
    installed: Mapping[str, str] = {}
    """a program that can be started here, and where it is"""
    environment: str = ""
    """the folder of the project's environment; empty where PATH has to do"""
    interpreter: str = "python"
    importable: frozenset[str] = frozenset()
    """those of the project's own packages that its environment can import"""
    tests: Suite = Suite()
    stages: tuple[Stage, ...] = ()
    targets: tuple[str, ...] = ()
    """targets of the Makefile"""
    warnings: tuple[str, ...] = ()

    @property
    def python(self) -> tuple[str, ...]:
        return tuple(path for path in self.paths if path.endswith(".py"))

    @property
    def notebooks(self) -> tuple[str, ...]:
        return tuple(path for path in self.paths if path.endswith(".ipynb"))

    def has(self, path: str) -> bool:
        """Whether this is one of the files, or a folder with some in it."""
        path = path.removeprefix("./").rstrip("/")
        return path in {"", "."} or any(
            known == path or known.startswith(f"{path}/") for known in self.paths
        )

    def hook(self, *ids: str) -> Hook | None:
        return next((hook for hook in self.hooks if hook.id in ids), None)

    def setting(self, name: str) -> tuple[str, ...]:
        return self.settings.get(name, ())

    def evidence(self, tool: str, *hooks: str) -> str:
        """Where it is written that the project uses this tool; empty where it is not."""
        if tool in self.configured:
            return f"configured in {self.configured[tool]}"
        if self.hook(*hooks):
            return "a hook of .pre-commit-config.yaml"
        for said in self.said:
            if said.tool == tool:
                return f"used in {said.where}"
        return f"asked for in {self.depends[tool]}" if tool in self.depends else ""

    @property
    def packages(self) -> tuple[str, ...]:
        """Folders of the project's own packages: `src/app`, `app`."""
        starts = (path.split("/") for path in self.paths if path.endswith("/__init__.py"))
        top = dict.fromkeys(
            "/".join(parts[:-1])
            for parts in starts
            if len(parts) == (3 if parts[0] == "src" else 2)
        )
        return tuple(folder for folder in top if folder.split("/")[-1] not in _NOT_PACKAGES)


_NOT_PACKAGES = frozenset(
    {"test", "tests", "doc", "docs", "example", "examples", "benchmarks", "scripts", "src"}
)
