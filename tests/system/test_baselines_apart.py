"""Baselines are no inputs, and are looked at by whoever has to notice that they changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_inputs import root as root  # noqa: PLC0414 - a fixture
from test_inputs import write

from innerloop.config.build import build
from innerloop.system.inputs import Inputs
from innerloop.system.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from innerloop.core.model import Loop

GATED = 'run: "mark {out}", results: "{out}/e.jsonl", gate: {metric: ok, no_worse_than: baseline}'


def asked(root: Path, more: str) -> tuple[Inputs, Loop]:
    write(root, "baselines/eval.jsonl", "baselines/other.jsonl", "src/baselines/a.py")
    text = f"version: 1\ninner: {{eval: {{cycle: 1s, {more}}}}}"
    config, _ = build(text.encode(), None)
    tree = Tree(str(root), f"{root}/.loop", write=False)
    return Inputs(tree, config.loops, config.baselines), config.loops[0]


@pytest.mark.parametrize("more", ["run: mark", "run: mark, inputs: ['**']", GATED])
def test_they_are_no_input_of_any_loop(root: Path, more: str) -> None:
    inputs, loop = asked(root, more)
    found = inputs.of(loop)
    assert "src/baselines/a.py" in found
    assert not [path for path in found if path.startswith("baselines/")]


@pytest.mark.parametrize("named", ["baselines", "baselines/*.jsonl", "baselines/eval.jsonl"])
def test_unless_a_pattern_names_them(root: Path, named: str) -> None:
    inputs, loop = asked(root, f"run: mark, inputs: ['{named}']")
    assert "baselines/eval.jsonl" in inputs.of(loop)
    assert inputs.touched(loop, ["baselines/eval.jsonl"])


def test_a_loop_is_touched_by_its_own_where_a_gate_compares_with_it(root: Path) -> None:
    inputs, loop = asked(root, GATED)
    assert inputs.beside(loop) == ("baselines/eval.jsonl",)
    assert inputs.touched(loop, ["baselines/eval.jsonl"])
    assert not inputs.touched(loop, ["baselines/other.jsonl"])
    inputs, loop = asked(root, "run: mark")
    assert inputs.beside(loop) == ()
    assert not inputs.touched(loop, ["baselines/eval.jsonl"])
