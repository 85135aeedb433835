"""The cache: a reply is kept under all that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag import cache
from rag.cache import Reply

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_kept_is_found(tmp_path: Path) -> None:
    cache.keep(tmp_path / "new", "a", Reply("svømmehallen", 3, 2))
    assert cache.load(tmp_path / "new", "a") == Reply("svømmehallen", 3, 2)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.json"]


def test_another_prompt_or_model_has_another_name() -> None:
    names = [cache.name("url", "model", "ab"), cache.name("url", "modela", "b"), cache.name("url")]
    assert len(set(names)) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"text": "half"}'])
def test_what_is_broken_is_not_there(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    assert cache.load(tmp_path, "a") is None
