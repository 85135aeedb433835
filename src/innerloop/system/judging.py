"""Gates, asked of what was measured: now, or once more where only the gates have changed."""

from __future__ import annotations

import os
import time
from functools import cache, partial
from typing import NamedTuple

from innerloop.core import baseline, pins
from innerloop.core.behaviour import cases, failing, report
from innerloop.core.digest import blake
from innerloop.core.figures import MOST, told
from innerloop.core.gates import Beside, Reference, judge
from innerloop.core.judgement import BASELINE, Decision, worst
from innerloop.core.model import Outcome, Result
from innerloop.core.pooled import joined, spread
from innerloop.core.reading.strict import Unreadable
from innerloop.core.statistics import present
from innerloop.core.text import ago
from innerloop.system import state
from innerloop.system.history import measures
from innerloop.system.left import content, measured
from innerloop.system.overlap import known, overlap

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from innerloop.core.fingerprint import Proof
    from innerloop.core.judgement import Judgement
    from innerloop.core.model import Loop
    from innerloop.core.results import Measured
    from innerloop.system.ground import Ground
    from innerloop.system.history import ledger

REPORT = "report.txt"
_VERBS = {True: "failed", False: "was inconclusive"}
_RULES = 2
"""goes up where the same gates would say another thing of the same numbers"""


def digest(ground: Ground, loop: Loop) -> str:
    """What decides what its gates say, beside what was measured: they, and what they look at."""
    if not loop.gate:
        return ""
    parts = [str(_RULES), repr(loop.gate)]
    if any(gate.compares for gate in loop.gate):
        parts.append(f"statistics: {_installed()}")
    for name in dict.fromkeys(gate.no_worse_than for gate in loop.gate if gate.no_worse_than):
        if name == BASELINE:
            entry = ground.tree.look(place(ground, loop))
            parts.append(f"baseline: {entry.value if entry else 'none'}")
    others = dict.fromkeys(gate.distinct_from for gate in loop.gate if gate.distinct_from)
    parts += [f"data of {name}: {known(ground, name)}" for name in others]
    return blake("\0".join(parts).encode("utf-8", "surrogateescape"))


@cache
def _installed() -> bool:
    return present()


def place(ground: Ground, loop: Loop) -> str:
    """Where the loop's baseline stands, from the root."""
    return pins.place(ground.config.baselines, loop.name)


def judged(ground: Ground, loop: Loop, found: Measured) -> tuple[Judgement, ...]:
    """What the gates say of it; without gates, whether it means anything."""
    beside = Beside(partial(_reference, ground, loop), partial(overlap, ground, loop))
    return judge(loop.gate, found, beside)


def pool(ground: Ground, loop: Loop, fingerprint: str, latest: Measured) -> Measured:
    """What a run and those before it on the same content have measured."""
    before = _before(ground, loop, fingerprint) if fingerprint else ()
    return spread(joined(latest, before)) if before else latest


def on_record(ground: Ground, loop: Loop, fingerprint: str) -> Measured | None:
    """What all runs on one content have measured; None where there is nothing."""
    found = _before(ground, loop, fingerprint)
    return spread(joined(found[-1], found[:-1])) if found else None


def _before(ground: Ground, loop: Loop, fingerprint: str) -> tuple[Measured, ...]:
    """What was measured on a content, oldest first, as long as it is fresh."""
    since = time.time() - loop.fresh if loop.fresh is not None else 0.0
    return measures.pooled(ground.store, fingerprint, since)[::-1]


def headline(loop: Loop, found: Measured) -> str:
    """A few of its numbers: those that its gates are over, else the first."""
    names = dict.fromkeys(gate.metric for gate in loop.gate if not gate.slice)
    chosen = [one for one in found.metrics if one.name in names]
    return ", ".join(told(one) for one in (chosen or found.metrics)[:MOST])


class Left(NamedTuple):
    """What a run has measured, and what the gates of that digest said of it."""

    measured: Measured
    gates: tuple[Judgement, ...]
    headline: str
    by: str

    def keep(self, connection: sqlite3.Connection, result: int) -> None:
        """Record it beside its result."""
        measures.insert(connection, result, self.measured)
        first = worst(self.gates)
        measures.note(connection, result, self.by, first.verdict if first else Decision.PASS)


def left(
    ground: Ground, loop: Loop, proof: Proof, outs: tuple[str, ...], since: int, *, moved: bool
) -> Left:
    """What a command has left since then, judged together with earlier runs on that content."""
    by = digest(ground, loop)
    # What is wrong with results may quote them.
    own = ground.veil.over(spread(measured(ground.root, loop, outs, since)))
    own = own._replace(data=_drawn(proof) or own.data)
    if own.problems:
        return Left(own, judged(ground, loop, own), "", by)
    whole = pool(ground, loop, "" if moved else proof.fingerprint, own)
    said = judged(ground, loop, whole)
    _reported(ground, outs, whole)
    return Left(own, said, headline(loop, whole), by)


def _drawn(proof: Proof) -> str:
    """What the data of a loop is recognised again by, its rule included; empty: it has none."""
    rows = [f"{name}\0{value}" for name, value in sorted(proof.ingredients.data.items())]
    return blake("\0".join(rows).encode("utf-8", "surrogateescape")) if rows else ""


def worst_case(ground: Ground, loop: Loop) -> str:
    """The id of the case that failed worst when the loop was last measured; empty: none did."""
    found = measures.latest(ground.store, loop.name)
    failed = failing(cases(found.examples)) if found else ()
    return failed[0].id if failed else ""


def _reported(ground: Ground, outs: tuple[str, ...], found: Measured) -> None:
    """Leave what there is to say of its cases beside its log."""
    text = report(found.examples) if outs else ""
    if text:
        place = f"{ground.root}/{os.path.dirname(outs[0])}/{REPORT}"
        state.put(place, ground.veil.text(text).encode("utf-8", "backslashreplace"))


# -- what stands on record -------------------------------------------------------------------


def failed(ground: Ground, loop: Loop, verdict: ledger.Verdict) -> str:
    """How it failed by the gates as they are now, in the past; empty where nobody can say so."""
    result = verdict.result
    if result.exit_code != 0 or result.outcome is Outcome.TIMED_OUT:
        return str(result.outcome)
    said = measures.judged(ground.store, verdict.id, digest(ground, loop))
    return "" if said in {None, Decision.PASS} else _VERBS[said is Decision.FAIL]


def lapsed(ground: Ground, loop: Loop, verdict: ledger.Verdict) -> str:
    """Why the latest verdict is no pass by the gates as they are now; empty where it is one."""
    result = verdict.result
    if result.exit_code != 0 or result.outcome is Outcome.TIMED_OUT:
        return f"it {result.outcome} when it last ran on this content"
    said = measures.judged(ground.store, verdict.id, digest(ground, loop))
    if said is None:
        return "its gates have changed since it ran"
    if said is Decision.PASS:
        return ""
    return f"it {_VERBS[said is Decision.FAIL]} when it was last judged on this content"


def due(ground: Ground, loop: Loop, verdict: ledger.Verdict) -> bool:
    """Whether the measurements on record have not been judged by the gates as they are now."""
    result = verdict.result
    if not loop.results or result.exit_code != 0 or result.outcome is Outcome.TIMED_OUT:
        return False
    if measures.judged(ground.store, verdict.id, digest(ground, loop)) is not None:
        return False
    return measures.kept(ground.store, verdict.id)


def rejudged(ground: Ground, loop: Loop, verdict: ledger.Verdict, now: float) -> Result | None:
    """What the gates as they are now say of the measurements on record, which is recorded."""
    by = digest(ground, loop)
    found = on_record(ground, loop, verdict.result.fingerprint)
    if found is None:
        return None
    said = judged(ground, loop, found)
    first = worst(said)
    decision = first.verdict if first else Decision.PASS
    with ground.store.transaction() as connection:
        measures.note(connection, verdict.id, by, decision)
    result = verdict.result
    when = f"judged again on what #{verdict.run} measured {ago(now - result.at - result.seconds)}"
    blank = Result(loop.name, Outcome.CACHED, when, now, required=loop.required, gates=said)
    if first is None:
        numbers = headline(loop, found)
        return blank._replace(
            reason=f"{when}: {numbers}" if numbers else when,
            out=result.out,
            fingerprint=result.fingerprint,
            mode=result.mode,
        )
    what = Outcome.FAILED if decision is Decision.FAIL else Outcome.INCONCLUSIVE
    # On nothing that can be named: the verdict on record is still that of what ran.
    return blank._replace(outcome=what, reason=f"{first.said} ({when})")


# -- what it is compared with ----------------------------------------------------------------


def _reference(ground: Ground, loop: Loop, name: str) -> Reference:
    if name == BASELINE:
        return _baseline(ground, loop)
    found = measures.of(ground.store, name, loop.name)
    if found is None:
        why = f"run #{name} has no measurements of {loop.name!r} in this project's history"
        return Reference(f"run #{name}", why=why)
    if not found.examples or found.problems:
        why = f"the examples of run #{name} are not kept any more: pin a baseline instead"
        return Reference(f"run #{name}", why=why)
    return Reference(f"run #{name}", found)


def _baseline(ground: Ground, loop: Loop) -> Reference:
    path = place(ground, loop)
    try:
        pinned = baseline.read(content(f"{ground.root}/{path}").data)
    except FileNotFoundError:
        why = f"there is no baseline yet: pin one with `loop accept {loop.name} -m WHY`"
        return Reference("the baseline", why=why)
    except Unreadable as error:
        why = f"the baseline {path} cannot be compared with: {error}. Restore it, or pin another"
        return Reference("the baseline", why=f"{why} with `loop accept {loop.name} -m WHY`")
    if pinned.origin.loop != loop.name:
        why = f"the baseline {path} is one of the loop {pinned.origin.loop!r}"
        return Reference("the baseline", why=why)
    return Reference("the baseline", pinned.measured)
