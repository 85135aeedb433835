"""From what ran to what came of it: a step's result, and a walk's verdict."""

from __future__ import annotations

import signal

from innerloop.core.model import WARM, Outcome, Result, Verdict
from innerloop.core.plan import NOTHING
from innerloop.core.text import ago, listing, seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Completion, Loop, Step
    from innerloop.core.world import Passed, Ran

_SIGNALLED = 128


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
    if what is Outcome.FAILED and not ran.log and end.tail:
        reason = end.tail  # it never came to run, and there is no log to look in
    flaky = what is Outcome.PASSED and attempts > 1
    empty = what is Outcome.PASSED and ran.empty
    if flaky:
        reason = f"flaky: passed at attempt {attempts}"
    elif empty:
        reason = "it found nothing to check, so this is not remembered"
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
    )


def _unremembered(ran: Ran, what: Outcome) -> str:
    changed = listing((*ran.moved, *ran.around), 3)
    hint = ": if the loop wrote it, name it under outputs or ignore"
    mine = ran.moved and what is Outcome.PASSED
    return f"{changed} changed while it ran, so this is not remembered{hint if mine else ''}"


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
        f"passed {ago(now - passed.at)} ({where})",
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


def behind(step: Step, settled: Mapping[str, Result], now: float) -> Result | None:
    """The result of a step that comes after one which did not pass; None where all did."""
    for name in step.loop.after:
        before = settled.get(name)
        if before is None or before.green or (before.outcome is Outcome.SKIPPED and before.empty):
            continue
        deferred = before.outcome is Outcome.DEFERRED
        what = Outcome.DEFERRED if deferred else Outcome.SKIPPED
        verb = {Outcome.SKIPPED: "was skipped", Outcome.DEFERRED: "is deferred"}.get(
            before.outcome, "did not pass"
        )
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
    if stale or any(one.required and unproven(one) for one in results):
        return Verdict.PARTLY
    return Verdict.GREEN
