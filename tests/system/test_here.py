"""The world a walk happens in, where two walks meet."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, BinaryIO, cast

from innerloop.config.build import build
from innerloop.core.model import Outcome, Plan, Result
from innerloop.core.world import Busy, Hold
from innerloop.engine.cancel import Cancel
from innerloop.system.data import cut
from innerloop.system.ground import Ground
from innerloop.system.here import Here

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from innerloop.core.sampling import Rule
    from innerloop.core.world import Runner
    from innerloop.system.data.source import Source

TEXT = b"version: 1\ninner:\n  unit: {run: 'true', cycle: 1s}\n"
DATA = b"""
version: 1
inner:
  eval: {run: 'cat {data.rows}', cycle: 1s, data: {rows: {path: rows.jsonl, rows: 2, key: id}}}
"""


def here(ground: Ground) -> Here:
    found = Here(ground, cast("Runner", None), command="loop inner")
    found.began(Plan(()))
    return found


def test_a_failure_counts_for_who_waited_however_its_times_were_taken(tmp_path: Path) -> None:
    config, _ = build(TEXT, None)
    ground = Ground(str(tmp_path), config, write=True)
    with closing(ground.store):
        first, second = here(ground), here(ground)
        proof = first.prove(config.loops[0])
        before = Result("unit", Outcome.FAILED, "exit 2", 1.0, fingerprint=proof.fingerprint)
        first.settle(None, before)
        turn = first.hold(config.loops[0], proof)
        assert isinstance(turn, Hold)
        assert second.judged(proof) is None, "nobody was waited for yet"
        assert isinstance(second.hold(config.loops[0], proof), Busy)
        assert second.judged(proof) is None, "what was known before it was busy is no answer"

        # Started long ago, over at once, and told much later: the machine was busy, too.
        first.settle(None, before._replace(reason="exit 3"))

        told = second.judged(proof)
        assert told is not None
        assert told.reason == "exit 3 (in another walk, just now)"
        turn.release()


def test_a_failure_over_data_that_moved_while_it_was_cut_is_of_no_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": 1}\n{"id": 2}\n{"id": 3}\n')
    whole = cut.cut

    def meanwhile(found: Source, rule: Rule, into: BinaryIO, means: cut.Means) -> object:
        said = whole(found, rule, into, means)
        with rows.open("a") as file:
            file.write('{"id": 4}\n')
        return said

    monkeypatch.setattr(cut, "cut", meanwhile)
    config, _ = build(DATA, None)
    ground = Ground(str(tmp_path), config, write=True)
    with closing(ground.store):
        found, loop = here(ground), config.loops[0]
        ran = found.run(loop, found.prove(loop), emit=lambda _text: None, cancel=Cancel())
    assert ran.completion.exit_code == 1
    assert ran.moved == ("rows.jsonl",)
