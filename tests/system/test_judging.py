"""What decides what gates say, beside what was measured."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from innerloop.config.build import build
from innerloop.system import judging
from innerloop.system.ground import Ground

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
version: 1
inner:
  eval:
    run: x {out}
    cycle: 1s
    results: "{out}/e.jsonl"
    gate: {metric: ok, GATE}
"""


@pytest.mark.parametrize(
    ("gate", "matters"), [("no_worse_than: baseline", True), ("min: 0.9", False)]
)
def test_what_was_left_open_for_want_of_statistics_is_judged_again_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gate: str, *, matters: bool
) -> None:
    config, _ = build(TEXT.replace("GATE", gate).encode(), None)
    ground = Ground(str(tmp_path), config, write=True)
    with closing(ground.store):
        found = set()
        for there in (False, True):
            monkeypatch.setattr(judging, "_installed", lambda there=there: there)
            found.add(judging.digest(ground, config.loops[0]))
    assert (len(found) > 1) is matters
