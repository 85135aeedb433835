"""The lines on the page about evaluation, run on objects of the shape that those tools return."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from innerloop.core.reading.results import read
from innerloop.core.results import Example
from pages import blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.core.results import Measured

PAGE = Path(__file__).resolve().parent.parent / "docs/guide/evaluation.md"
NAN = float("nan")


def lines(name: str) -> Any:
    """The block of that name, ready to be run."""
    (block,) = [one for one in blocks(PAGE.read_text()) if one.marker == name]
    return compile(block.text, f"{PAGE}: {name}", "exec")


def written(path: Path) -> Measured:
    return read("examples.jsonl", path.read_bytes())


def test_inspects_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sample(id_: object, epoch: int, value: object) -> SimpleNamespace:
        score = SimpleNamespace(value=value, answer="x", explanation=None)
        return SimpleNamespace(id=id_, epoch=epoch, scores={"match": score})

    log = SimpleNamespace(
        status="success", samples=[sample("a", 1, "C"), sample("a", 2, "I"), sample(7, 1, 0.5)]
    )
    values = {"C": 1.0, "I": 0.0}

    def number() -> Callable[[Any], float]:
        return lambda value: values[value] if isinstance(value, str) else float(value)

    modules: dict[str, dict[str, object]] = {
        "inspect_ai": {},
        "inspect_ai.log": {"read_eval_log": lambda _: log},
        "inspect_ai.scorer": {"value_to_float": number},
    }
    for name, facts in modules.items():
        module = ModuleType(name)
        module.__dict__.update(facts)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sys, "argv", ["convert.py", "log.eval", str(tmp_path / "e")])
    exec(lines("inspect"), {})
    assert written(tmp_path / "e").examples == (
        Example("a", (("match", 1.0),)),
        Example("a", (("match", 0.0),), rep=1),
        Example("7", (("match", 0.5),)),
    )
    log.status = "error"
    with pytest.raises(SystemExit, match="ended with error"):
        exec(lines("inspect"), {})


def test_deepevals_result(tmp_path: Path) -> None:
    def test(name: str, score: float | None) -> SimpleNamespace:
        data = [SimpleNamespace(name="Relevancy", score=score, success=True, error=None)]
        return SimpleNamespace(name=name, success=True, metrics_data=data)

    page: dict[str, Any] = {}
    exec(lines("deepeval"), page)
    page["write"](SimpleNamespace(test_results=[test("a", 0.5), test("b", 1)]), tmp_path / "e")
    assert [one.scores for one in written(tmp_path / "e").examples] == [
        (("Relevancy", 0.5),),
        (("Relevancy", 1.0),),
    ]
    page["write"](SimpleNamespace(test_results=[test("a", None)]), tmp_path / "e")
    assert "is null: it was not measured" in written(tmp_path / "e").problems[0]


def test_ragas_result(tmp_path: Path) -> None:
    page: dict[str, Any] = {}
    exec(lines("ragas"), page)
    scores = [{"faithfulness": 1.0}, {"faithfulness": 0.25}]
    page["write"](SimpleNamespace(scores=scores), ["a", "b"], tmp_path / "e")
    assert [(one.id, one.scores) for one in written(tmp_path / "e").examples] == [
        ("a", (("faithfulness", 1.0),)),
        ("b", (("faithfulness", 0.25),)),
    ]
    page["write"](SimpleNamespace(scores=[{"faithfulness": NAN}]), ["a"], tmp_path / "e")
    assert "is NaN" in written(tmp_path / "e").problems[0]
    with pytest.raises(ValueError, match="zip"):
        page["write"](SimpleNamespace(scores=scores), ["a"], tmp_path / "e")


def test_the_line_on_the_page_is_one() -> None:
    (block,) = [one for one in blocks(PAGE.read_text()) if one.info == "json"]
    found = read("examples.jsonl", block.text.encode())
    assert not found.problems
    assert found.examples[0].id == json.loads(block.text)["id"]
