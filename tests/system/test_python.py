from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from innerloop.core.errors import LoopError
from innerloop.system import python
from innerloop.system.python import Python

if TYPE_CHECKING:
    from pathlib import Path


def interpreter(place: Path) -> str:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("#!/bin/sh\n")
    place.chmod(0o755)
    return str(place)


def find(root: Path, **environ: str) -> Python:
    return python.find(str(root), "", {"PATH": f"{root}/path", **environ})


def test_the_projects_own_goes_first(tmp_path: Path) -> None:
    assert find(tmp_path) == Python("", "PATH")
    found = [find(tmp_path).source]
    interpreter(tmp_path / "path/python")
    found.append(find(tmp_path).interpreter)
    interpreter(tmp_path / "path/python3")
    found.append(find(tmp_path).interpreter)
    interpreter(tmp_path / ".pixi/envs/default/bin/python")
    found.append(find(tmp_path).source)
    more = {"CONDA_PREFIX": f"{tmp_path}/conda"}
    interpreter(tmp_path / "conda/bin/python")
    found.append(find(tmp_path, **more).source)
    more["VIRTUAL_ENV"] = f"{tmp_path}/active"
    interpreter(tmp_path / "active/bin/python")
    found.append(find(tmp_path, **more).source)
    interpreter(tmp_path / "venv/bin/python")
    found.append(find(tmp_path, **more).source)
    interpreter(tmp_path / ".venv/bin/python")
    found.append(find(tmp_path, **more).source)

    assert found == [
        "PATH",
        f"{tmp_path}/path/python",
        f"{tmp_path}/path/python3",
        "pixi",
        "$CONDA_PREFIX",
        "$VIRTUAL_ENV",
        "venv",
        ".venv",
    ]


def test_its_folder_goes_on_the_path_unless_it_came_from_there() -> None:
    assert Python("/x/bin/python", ".venv").folder == "/x/bin"
    assert Python("/x/bin/python", "PATH").folder == ""


def test_a_folder_for_uv_is_seen_from_the_root(tmp_path: Path) -> None:
    place = interpreter(tmp_path / "made/bin/python")

    assert find(tmp_path, UV_PROJECT_ENVIRONMENT="made").interpreter == place


def test_poetry_is_asked_only_where_it_is_used(tmp_path: Path) -> None:
    place = interpreter(tmp_path / "kept/bin/python")
    tool = tmp_path / "path/poetry"
    interpreter(tool)
    tool.write_text(f"#!/bin/sh\necho {tmp_path}/kept\n")
    assert find(tmp_path).interpreter == ""

    (tmp_path / "poetry.lock").touch()

    assert find(tmp_path) == Python(place, "poetry")


@pytest.mark.parametrize("text", ["env", "env/bin/python", "./env"])
def test_what_the_configuration_says_is_taken(tmp_path: Path, text: str) -> None:
    place = interpreter(tmp_path / "env/bin/python")
    interpreter(tmp_path / ".venv/bin/python")

    assert python.find(str(tmp_path), text, {}) == Python(place, text)


@pytest.mark.parametrize("text", ["nowhere", "folder", "file"])
def test_what_it_says_must_be_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(LoopError, match="neither an interpreter nor an environment"):
        python.find(str(tmp_path), text, {})


def test_which_passes_over_what_cannot_be_started(tmp_path: Path) -> None:
    (tmp_path / "one/tool").mkdir(parents=True)
    (tmp_path / "two").mkdir()
    (tmp_path / "two/tool").touch()
    place = interpreter(tmp_path / "three/tool")
    path = ":".join(f"{tmp_path}/{name}" for name in ("one", "two", "three"))

    assert python.which("tool", path) == place
    assert python.which("other", path) == ""
