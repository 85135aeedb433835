"""What is never loaded ahead of pytest, and where one is told."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from innerloop.core.model import WARM
from innerloop.system.warm import learned
from warmed import Place, made, settle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Maker

# The least of pytest that a process can be kept for: enough to see what becomes of plugins.
TOOL = """
import sys
from importlib import metadata

def main(words=None):
    words = sys.argv[1:] if words is None else words
    without = [word[3:] for word in words if word.startswith("no:")]
    for point in metadata.entry_points(group="pytest11"):
        if point.name not in without:
            point.load()
    if "--co" not in words:
        import own
        print("own", own.value, sorted(sys.modules.keys() & {"plugin", "third"}))
    return 5

if __name__ == "__main__":
    sys.exit(main())
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with closing(Place(tmp_path, made(tmp_path / "venv"))) as place:
        yield place


def plugin(place: Place, name: str, module: str) -> None:
    """A plugin of pytest's, as far as what is installed says so."""
    folder = next(place.environment.glob("lib/python*/site-packages")) / f"{name}-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (folder / "entry_points.txt").write_text(f"[pytest11]\n{name} = {module}\n")
    for path in (*folder.iterdir(), folder, folder.parent):
        settle(path)


def test_a_plugin_of_the_project_is_loaded_by_the_run_alone(place: Place) -> None:
    place.package("pytest", TOOL)
    place.package("third", "import own\n")
    plugin(place, "ours", "plugin")
    plugin(place, "theirs", "third")
    place.write({"plugin.py": "", "own.py": "value = 1\n"})
    place.env["PYTHONPATH"] = str(place.root)
    job = place.job("python", "-m", "pytest")

    place.ready(job).write({"own.py": "value = 22\n"})
    done = place.run(job)

    assert done.mode == WARM
    assert done.tail == "own 22 ['plugin', 'third']\n"
    blocked = {"ours": f"{place.root}/plugin.py", "theirs": f"{place.root}/own.py"}
    assert dict(place.lessons().blocked) == blocked
    assert f"pytest's plugin ours is not loaded ahead: it would bring {blocked['ours']}" in (
        learned.complaints(place.state, "unit")
    )


def test_a_file_of_the_project_comes_before_what_the_tool_has_loaded(place: Place) -> None:
    place.package("pytest", TOOL)
    place.package("third", "")
    plugin(place, "theirs", "third")
    place.write({"own.py": "value = 1\n"})
    job = place.job("python", "-m", "pytest")

    place.ready(job).write({"third.py": "print('from here')\n"})
    done = place.run(job)

    assert done.mode == f"cold: {place.root}/third.py stands before the module third"
    assert done.tail.startswith("from here\n")


def test_the_doctor_tells(project: Maker) -> None:
    here = project("unit: {run: mark unit, cycle: 1s}")
    lessons = learned.Lessons(
        refused=(("app", "would load /project/app.py"), ("odd", "ValueError: no")),
        blocked=(("ours", "/project/plugin.py"),),
    )
    learned.write(learned.place(f"{here.root}/.loop"), "unit", lessons)

    here.run("doctor").ok().prints(
        "unit: app is not loaded ahead: it would load /project/app.py",
        "unit: odd is not loaded ahead: it raises ValueError: no",
        "unit: pytest's plugin ours is not loaded ahead: it would bring /project/plugin.py",
    )
