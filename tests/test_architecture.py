"""The laws of docs/design.md: who imports whom, how large things are, what `loop` must load."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from innerloop.config.compiled import load

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
SIBLINGS = {"engine", "system", "views"}
MAY = {
    "core": {"core"},
    "config": {"core", "config"},
    "presets": {"core", "presets"},
    "receipt": {"core", "commit"},
    "commit": {"core", "receipt"},
    "engine": {"core", "engine"},
    "system": {"core", "system", "receipt", "commit"},
    "views": {"core", "views"},
    "cli": {"core", "config", "presets", "receipt", "commit", *SIBLINGS, "cli"},
    "__main__": {"receipt", "cli"},
}
"""which part may import which; the package's own version is everybody's"""
IMPURE = {"os", "subprocess", "sqlite3", "threading", "time", "rich", "typer"}
HEAVY = {"typer", "rich", "yaml", "pathspec", "psutil"}
LONGEST_FILE, LONGEST_FUNCTION = 300, 50

TREES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): text
    for path in sorted((SOURCE / "innerloop").rglob("*.py"))
    for text in (path.read_text(encoding="utf-8"),)
}
"""every module of the package and its source"""


def imports(text: str, *, typed: bool = True) -> set[str]:
    """Every name a module imports, inside functions too; `typed`: also those only for types."""
    tree = ast.parse(text)
    only = () if typed else tuple(node for node in ast.walk(tree) if _for_types(node))
    left = {id(inner) for node in only for inner in ast.walk(node)}
    found = set()
    for node in ast.walk(tree):
        if id(node) in left:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def part(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def trespasses(module: str, text: str) -> set[str]:
    """What a module imports and may not."""
    mine = part(module)
    found = {name for name in imports(text) if name.startswith("innerloop.")}
    across = {name for name in found if part(name) not in {*MAY.get(mine, ()), "__version__"}}
    impure = {name for name in imports(text) if mine == "core" and name.split(".")[0] in IMPURE}
    return across | impure


def circle(modules: dict[str, str]) -> list[str]:
    """A circle of modules that import one another as they are loaded; empty where there is none."""
    graph = {
        name: {
            near
            for found in imports(_top(text), typed=False)
            for near in (found, found.rpartition(".")[0])
            if near in modules and near != name
        }
        for name, text in modules.items()
    }
    while graph:
        free = [name for name, needs in graph.items() if not needs & graph.keys()]
        if not free:
            return sorted(graph)
        for name in free:
            del graph[name]
    return []


def _top(text: str) -> str:
    """The module without its functions: what is imported as it is loaded."""
    tree = ast.parse(text)
    tree.body = [n for n in tree.body if not isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return ast.unparse(tree)


def sizes(module: str, text: str) -> list[tuple[int, str]]:
    """The lines of each function in a module, largest first."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    spans = [((one.end_lineno or 0) - one.lineno + 1, f"{module}.{one.name}") for one in found]
    return sorted(spans, reverse=True)


@pytest.mark.parametrize("module", TREES)
def test_imports_point_inward(module: str) -> None:
    assert trespasses(module, TREES[module]) == set()


@pytest.mark.parametrize(
    ("module", "offence"),
    [
        ("innerloop.core.plan", "def f():\n    import os.path"),
        ("innerloop.core.plan", "from time import time"),
        ("innerloop.core.plan", "from innerloop.config.find import find"),
        ("innerloop.views.plain", "from innerloop.engine.walk import walk"),
        ("innerloop.engine.walk", "from innerloop.system import git"),
        ("innerloop.system.git", "if TYPE_CHECKING:\n    from innerloop.views import lines"),
        ("innerloop.presets.style", "from innerloop.system.git import head"),
        ("innerloop.receipt", "import innerloop.config.find"),
        ("innerloop.elsewhere", "from innerloop.cli.app import app"),
    ],
)
def test_a_trespass_is_found(module: str, offence: str) -> None:
    assert trespasses(module, offence)


def test_what_is_allowed_is_no_trespass() -> None:
    text = "import os\nfrom innerloop import __version__\nfrom innerloop.core.model import Loop"
    assert trespasses("innerloop.system.git", text) == set()


def test_no_module_needs_itself_to_be_loaded() -> None:
    assert circle(TREES) == []
    assert circle({"p.a": "from p.b import x", "p.b": "import p.a", "p.c": ""}) == ["p.a", "p.b"]
    assert circle({"p.a": "def f():\n    import p.b", "p.b": "import p.a"}) == []


def test_files_and_functions_are_small() -> None:
    files = sorted(((t.count("\n"), name) for name, t in TREES.items()), reverse=True)
    functions = sorted((one for item in TREES.items() for one in sizes(*item)), reverse=True)
    assert files[0][0] <= LONGEST_FILE, files[:5]
    assert functions[0][0] <= LONGEST_FUNCTION, functions[:5]


def test_a_long_function_is_found() -> None:
    text = "class A:\n    def f(self):\n" + "        pass\n" * LONGEST_FUNCTION
    assert sizes("m", text) == [(LONGEST_FUNCTION + 1, "m.f")]


def test_every_module_says_what_it_holds() -> None:
    for module, text in TREES.items():
        caption = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
        assert caption, module
        assert f"| {caption} |" in (ROOT / "docs/design.md").read_text(encoding="utf-8"), module


# -- the common road -------------------------------------------------------------------------


def loaded(words: list[str], folder: Path) -> set[str]:
    """The heavy modules, and sqlite3, that a command line has imported when it ends well."""
    script = (
        f"import sys\nfrom innerloop.__main__ import main\ncode = main({words!r})\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("LOOP_", "GIT_", "COV"))}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split()) & {*HEAVY, "sqlite3"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose configuration has been compiled before."""
    (tmp_path / "loops.yaml").write_text("version: 1\ninner: {unit: {run: 'true', cycle: 1s}}\n")
    (tmp_path / ".loop/cache").mkdir(parents=True)
    load(str(tmp_path), store=True)
    return tmp_path


def test_the_version_is_said_without_the_heavy_ones(tmp_path: Path) -> None:
    assert loaded(["--version"], tmp_path) == set()


def test_a_walk_is_walked_without_the_heavy_ones(project: Path) -> None:
    loaded(["inner"], project)  # the first one may compile
    (project / "new").write_text("")
    assert loaded(["inner"], project) == {"sqlite3"}


def test_a_receipt_is_read_without_the_heavy_ones(project: Path) -> None:
    for _ in range(20):
        if loaded(["inner"], project) == set():
            return
    pytest.fail("no receipt was written")


def test_a_hook_is_run_without_the_heavy_ones(project: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    assert loaded(["hook", "run", "pre-commit"], project) <= {"sqlite3"}


def test_where_an_outer_loop_stands_is_said_without_the_heavy_ones(project: Path) -> None:
    assert loaded(["outer", "status"], project) == {"sqlite3"}


def test_a_heavy_import_is_found(project: Path) -> None:
    assert loaded(["check"], project) >= {"typer"}
