"""The configuration is compiled once; anything odd about what was kept is a miss."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from innerloop.config import compiled
from innerloop.config.compiled import Loaded, load
from innerloop.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
version: 1
env: {A: é}
inner:
  lint: {run: "ruff {changed} {chnged}", files: ["*.py"], cycle: 1s, fix: "a | b"}
  unit: {run: [pytest, -q], cycle: 10s, after: lint, probe: [a, b]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "loops.yaml").write_text(TEXT)
    (tmp_path / ".loop").mkdir()
    return tmp_path


def kept(project: Path) -> Path:
    return project / ".loop/cache/config"


def missed(project: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether loading now builds anew."""
    built = []
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "_keep", lambda *_: built.append(1))
        load(str(project), store=True)
    return bool(built)


def test_what_is_read_back_is_what_was_built(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(str(project), store=True)
    assert not missed(project, monkeypatch)
    again = load(str(project), store=True)
    assert again == first
    assert _kinds(again) == _kinds(first)
    assert len(again.warnings) == 1
    assert again.config.loops[0].run.shell is False


def _kinds(value: object) -> object:
    if isinstance(value, tuple):
        return type(value), [_kinds(part) for part in value]
    return type(value)


def test_a_hit_imports_nothing_heavy(project: Path) -> None:
    code = (
        "import sys; from innerloop.config.compiled import load; load(sys.argv[1], store=True);"
        "heavy = 'yaml pathspec difflib hashlib json pathlib dataclasses subprocess'.split();"
        "print([name for name in heavy if name in sys.modules])"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code, project], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert "yaml" in said[0]
    assert said[1] == "[]\n"


def test_nothing_is_written_unless_asked_for(project: Path) -> None:
    load(str(project), store=False)
    assert os.listdir(project / ".loop") == []
    os.rmdir(project / ".loop")
    load(str(project), store=True)
    assert sorted(os.listdir(project)) == ["loops.yaml"]


def test_what_is_kept_is_its_owners_alone(project: Path) -> None:
    load(str(project), store=True)
    assert kept(project).stat().st_mode & 0o077 == 0
    assert os.listdir(kept(project).parent) == ["config"]


def test_any_change_is_a_miss(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(str(project), store=True)
    assert not missed(project, monkeypatch)
    (project / "loops.yaml").write_text(TEXT.replace("10s", "11s"))
    assert missed(project, monkeypatch)
    (project / "loops.yaml").write_text(TEXT)
    assert not missed(project, monkeypatch)
    local = project / "loops.local.yaml"
    local.write_text("")
    assert missed(project, monkeypatch)
    local.write_text("python: x\n")
    assert load(str(project), store=True).config.python == "x"
    local.unlink()
    assert load(str(project), store=True).config.python == ""
    monkeypatch.setattr(compiled, "__version__", "other")
    assert missed(project, monkeypatch)


def test_the_border_between_the_files_is_part_of_the_key(project: Path) -> None:
    load(str(project), store=True)
    (project / "loops.yaml").write_text(TEXT + "x-a: 1\n")
    (project / "loops.local.yaml").write_text("python: y\n")
    one = compiled._key(b"ab", b"c")
    assert one != compiled._key(b"a", b"bc")
    assert compiled._key(b"a", None) != compiled._key(b"a", b"")


@pytest.mark.parametrize("where", [0, 20, 35, 45, -1])
def test_a_flipped_byte_is_a_miss(
    project: Path, monkeypatch: pytest.MonkeyPatch, where: int
) -> None:
    first = load(str(project), store=True)
    data = bytearray(kept(project).read_bytes())
    data[where] ^= 1
    kept(project).write_bytes(data)
    assert missed(project, monkeypatch)
    assert load(str(project), store=True) == first


@pytest.mark.parametrize("size", [0, 10, 40, 200])
def test_a_cut_file_is_a_miss(project: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    load(str(project), store=True)
    os.truncate(kept(project), size)
    assert missed(project, monkeypatch)


def test_a_cache_that_cannot_be_written_is_done_without(project: Path) -> None:
    (project / ".loop/cache").write_text("in the way")
    assert isinstance(load(str(project), store=True), Loaded)
    (project / ".loop/cache").unlink()
    kept(project).mkdir(parents=True)
    assert isinstance(load(str(project), store=True), Loaded)
    assert os.listdir(kept(project).parent) == ["config"]


def test_a_wrong_configuration_is_never_kept(project: Path) -> None:
    (project / "loops.yaml").write_text("version: 1\n")
    for _ in range(2):
        with pytest.raises(ConfigError) as caught:
            load(str(project), store=True)
        assert caught.value.problems[0].message == "'inner' is missing"
    assert not kept(project).exists()


def test_what_cannot_be_read_is_said(project: Path) -> None:
    def said() -> str:
        with pytest.raises(ConfigError) as caught:
            load(str(project), store=True)
        return caught.value.problems[0].message

    place = project / "loops.yaml"
    place.unlink()
    assert said() == f"there is no 'loops.yaml' in '{project}'"
    place.mkdir()
    assert said() == "'loops.yaml' is not a file"
    place.rmdir()
    os.mkfifo(place)
    assert said() == "'loops.yaml' is not a file"
    place.unlink()
    place.symlink_to(place)
    assert said() == "'loops.yaml' cannot be read: too many levels of symbolic links"
    place.unlink()
    place.write_bytes(b"#" * (1 << 21))
    assert said() == "'loops.yaml' is over 1 MiB: that is no configuration"
