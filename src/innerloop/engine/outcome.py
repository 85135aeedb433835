"""From what ran to what came of it: a step's result, and a walk's verdict."""

from __future__ import annotations

import signal

from innerloop.core.failing import with_known
from innerloop.core.judgement import Decision, worst
from innerloop.core.model import WARM, Outcome, Result, Verdict
from innerloop.core.plan import NOTHING
from innerloop.core.sampling import TRUSTED
from innerloop.core.text import ago, listing, plural, seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from innerloop.core.failing import Failing
    from innerloop.core.fingerprint import Proof
    from innerloop.core.job import Completion
    from innerloop.core.judgement import Judgement
    from innerloop.core.model import Loop, Step
    from innerloop.core.world import Passed, Ran

_SIGNALLED = 128
_VERDICTS = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.TIMED_OUT})
SAMPLES = ".loop/samples/"


def result(step: Step, proof: Proof, ran: Ran, attempts: int, at: float) -> Result:
    """What came of a step that was carried out."""
    loop, end = step.loop, ran.completion
    what, reason = _what(step, end)
    shaken = bool(ran.moved or ran.around)
    moved = shaken and what not in {Outcome.CANCELLED, Outcome.DEFERRED}
    warnings = (_unremembered(ran, what),) if moved else ()
    if ran.moved and loop.writes and what is Outcome.PASSED:
        changes = listing(ran.moved, 3)
        what, reason = Outcome.FAILED, f"does not settle: it changes {changes} each time"
    if what is Outcome.PASSED:
        what, reason = gated(ran.gates, ran.headline)
    if what is Outcome.FAILED and not ran.log and end.tail:
        reason = end.tail  # it never came to run, and there is no log to look in
    flaky = what is Outcome.PASSED and attempts > 1
    empty = what is Outcome.PASSED and ran.empty
    if flaky:
        reason = f"flaky: passed at attempt {attempts}"
    elif empty:
        reason = "it found nothing to check, so this is not remembered"
    if what in _VERDICTS:
        reason = _said(reason, proof)
    return Result(
        loop.name,
        what,
        reason,
        at,
        seconds=end.seconds,
        exit_code=end.exit_code,
        log=ran.log,
        out=ran.out,
        attempts=attempts,
        required=loop.required,
        flaky=flaky,
        empty=empty,
        fingerprint="" if shaken else proof.fingerprint,
        command=ran.command,
        moved=moved,
        mode=end.mode,
        warnings=warnings,
        gates=ran.gates,
    )


def _said(reason: str, proof: Proof) -> str:
    """A verdict's reason, with the data that nobody has read for it: `trust: stat`."""
    trusted = f"{listing(proof.trusted, 2)} {TRUSTED}" if proof.trusted else ""
    return ", ".join(filter(None, (reason, trusted)))


def gated(judgements: tuple[Judgement, ...], headline: str) -> tuple[Outcome, str]:
    """What a command that ended well comes to by its gates, and why."""
    first = worst(judgements)
    if first is None:
        return Outcome.PASSED, headline
    what = Outcome.FAILED if first.verdict is Decision.FAIL else Outcome.INCONCLUSIVE
    others = sum(1 for one in judgements if one.verdict is first.verdict) - 1
    more = f" (and {plural(others, 'more gate')})" if others else ""
    return what, f"{first.said}{more}"


def _unremembered(ran: Ran, what: Outcome) -> str:
    changed = listing((*ran.moved, *ran.around), 3)
    hint = ""
    if any(path.startswith(SAMPLES) for path in ran.moved):
        hint = ": a sample is only read, so write to {out} instead"
    elif ran.moved and what is Outcome.PASSED:
        hint = ": if the loop wrote it, name it under outputs or ignore"
    return f"{changed} changed while it ran, so this is not remembered{hint}"


def _what(step: Step, end: Completion) -> tuple[Outcome, str]:
    if end.cancelled:
        return Outcome.CANCELLED, "ended before it was done"
    if end.timed_out and step.given is not None:
        return (
            Outcome.DEFERRED,
            f"not done after {seconds(end.seconds)}, at the end of the budget",
        )
    if end.timed_out:
        return Outcome.TIMED_OUT, f"ran longer than its timeout of {seconds(step.loop.timeout)}"
    if end.exit_code == 0:
        return Outcome.PASSED, ""
    return Outcome.FAILED, said(end.exit_code)


def ran_out(step: Step, ran: Ran) -> bool:
    """Whether it only tried, and had no more of the budget."""
    return step.given is not None and ran.completion.timed_out


def said(code: int) -> str:
    """An exit code in words."""
    if code > _SIGNALLED:
        try:
            return f"killed by {signal.Signals(code - _SIGNALLED).name}"
        except ValueError:
            return f"exit {code}"
    return f"exit {code}"


def nothing(loop: Loop, now: float) -> Result:
    """A loop whose files there are none of: never run bare."""
    return Result(loop.name, Outcome.SKIPPED, NOTHING, now, empty=True, required=loop.required)


def cached(proof: Proof, passed: Passed, now: float) -> Result:
    """A loop that has passed on just this."""
    loop = proof.loop
    where = f"#{passed.run}, warm" if passed.warm else f"#{passed.run}"
    return Result(
        loop.name,
        Outcome.CACHED,
        _said(f"passed {ago(now - passed.at)} ({where})", proof),
        now,
        out=passed.out,
        required=loop.required,
        fingerprint=proof.fingerprint,
        mode=WARM if passed.warm else "",
    )


def held(loop: Loop, now: float) -> Result:
    """A loop that is here only because another comes after it."""
    reason = "runs only when named (auto: false)"
    return Result(loop.name, Outcome.SKIPPED, reason, now, required=False)


def deferred(loop: Loop, reason: str, known: Failing | None, now: float) -> Result:
    """A loop that is left for later, for that reason."""
    said = with_known(reason, known, now)
    return Result(loop.name, Outcome.DEFERRED, said, now, required=loop.required)


_VERBS = {
    Outcome.SKIPPED: "was skipped",
    Outcome.DEFERRED: "is deferred",
    Outcome.INCONCLUSIVE: "is inconclusive",
}


def behind(step: Step, settled: Mapping[str, Result], now: float) -> Result | None:
    """The result of a step that comes after one which did not pass; None where all did."""
    for name in step.loop.after:
        before = settled.get(name)
        if before is None or before.green or (before.outcome is Outcome.SKIPPED and before.empty):
            continue
        deferred = before.outcome is Outcome.DEFERRED
        what = Outcome.DEFERRED if deferred else Outcome.SKIPPED
        verb = _VERBS.get(before.outcome, "did not pass")
        reason = f"comes after {name}, which {verb}"
        return Result(step.loop.name, what, reason, now, required=step.loop.required)
    return None


def unproven(result: Result) -> bool:
    """Whether a step leaves open if what stands there now would pass."""
    return result.open or (result.green and result.moved)


def verdict(results: Sequence[Result], stale: Sequence[str]) -> Verdict:
    """What a walk that was not interrupted came to."""
    if any(one.red and one.required for one in results):
        return Verdict.RED
    if any(one.halts and one.required for one in results):
        return Verdict.INCONCLUSIVE
    if stale or any(one.required and unproven(one) for one in results):
        return Verdict.PARTLY
    return Verdict.GREEN
