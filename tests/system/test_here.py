"""The world a walk happens in, where two walks meet."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, cast

from innerloop.config.build import build
from innerloop.core.model import Outcome, Plan, Result
from innerloop.core.world import Busy, Hold
from innerloop.system.ground import Ground
from innerloop.system.here import Here

if TYPE_CHECKING:
    from pathlib import Path

    from innerloop.core.world import Runner

TEXT = b"version: 1\ninner:\n  unit: {run: 'true', cycle: 1s}\n"


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
