"""loops.yaml is found upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from innerloop.config.find import find

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_nearest_folder_above_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / "a/b/c"
    deep.mkdir(parents=True)
    assert find(str(deep)) is None
    (tmp_path / "loops.yaml").touch()
    assert find(str(deep)) == str(tmp_path)
    (tmp_path / "a/b/loops.yaml").mkdir()
    assert find(str(deep)) == str(tmp_path)
    (tmp_path / "a/loops.yaml").touch()
    assert find(str(deep)) == str(tmp_path / "a")
    monkeypatch.chdir(deep)
    assert find(".") == str(tmp_path / "a")


def test_a_folder_that_is_not_there_is_no_error() -> None:
    assert find("/nonexistent/folder") is None
