"""The words and colours that every text view shares."""

from __future__ import annotations

from innerloop.core.failing import name
from innerloop.core.judgement import Decision
from innerloop.core.model import Outcome, Verdict
from innerloop.core.sampling import TRUSTED
from innerloop.core.text import listing, plural, seconds, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from innerloop.core.judgement import Judgement
    from innerloop.core.model import Loop, Result, Run

READY = ". Ready for the outer loop: .loop/handoff.json"
_VERDICT = len(Decision.INCONCLUSIVE)
RESET = "\x1b[0m"
_CODES = {
    Outcome.PASSED: "\x1b[32m",
    Outcome.CACHED: "\x1b[32;2m",
    Outcome.FAILED: "\x1b[31;1m",
    Outcome.TIMED_OUT: "\x1b[31;1m",
    Outcome.INCONCLUSIVE: "\x1b[33;1m",
    Outcome.SKIPPED: "\x1b[2m",
    Outcome.DEFERRED: "\x1b[33m",
    Outcome.CANCELLED: "\x1b[33m",
}
_VERDICTS = {
    Verdict.GREEN: "\x1b[32;1m",
    Verdict.PARTLY: "\x1b[33;1m",
    Verdict.RED: "\x1b[31;1m",
    Verdict.INCONCLUSIVE: "\x1b[33;1m",
    Verdict.INTERRUPTED: "\x1b[33;1m",
}


def painted(text: str, code: str, *, colour: bool) -> str:
    return f"{code}{text}{RESET}" if colour else text


def word(result: Result) -> str:
    """What came of a step, in a word; shouted where it should be seen."""
    if result.halts:
        return str(result.outcome).upper()
    return "flaky" if result.flaky else str(result.outcome)


def line(result: Result, width: int, *, colour: bool) -> str:
    """One step, one line: its name in `width` columns, what came of it, how long, and why."""
    took = seconds(result.seconds) if result.exit_code is not None else ""
    optional = "" if result.required or not result.halts else " (not required)"
    said = f"{word(result):9}"
    text = (
        f"{result.loop:{width}}  {painted(said, _CODES[result.outcome], colour=colour)} {took:>7}"
    )
    # Of what had passed before, the reason says how.
    mode = visible(result.mode) if result.exit_code is not None else ""
    said = ", ".join(part for part in (mode, visible(result.reason)) if part)
    return f"{text}  {said}{optional}".rstrip()


def gates(result: Result) -> tuple[str, ...]:
    """What each gate of a step says, a line each, where it is not that all of them passed."""
    if not result.halts or len(result.gates) <= 1:
        return ()
    return tuple(f"  {gate(one)}" for one in result.gates)


def gate(one: Judgement) -> str:
    """One gate in a line: its verdict, and the sentence with its numbers."""
    shown = str(one.verdict) if one.verdict is Decision.PASS else str(one.verdict).upper()
    return f"{shown:{_VERDICT}}  {visible(one.said)}"


def closing(run: Run, *, colour: bool) -> str:
    """The last line of a walk: what it came to, and what to do next."""
    head = painted(str(run.verdict), _VERDICTS[run.verdict], colour=colour)
    return f"{head}{_rest(run)}"


def advice(run: Run, loops: Mapping[str, Loop]) -> str:
    """What a red walk can be followed by: the commands its first failed loop offers."""
    failed = next((one.loop for one in run.results if one.red and one.required), "")
    if run.verdict is not Verdict.RED or failed not in loops:
        return ""
    loop = loops[failed]
    if of_hook(run):
        return "next: loop fix --staged" if loop.fix else ""
    verbs = (("fix", loop.fix), ("debug", loop.debug), ("review", loop.accept))
    offers = [f"loop {verb} {failed}" for verb, command in verbs if command]
    return f"next: {' or '.join(offers)}" if offers else ""


def of_hook(run: Run) -> bool:
    """Whether it was about what is staged or pushed, whatever stands in the work tree."""
    return run.command.startswith("loop hook ")


def saved(paths: Sequence[str], *, everything: bool = False) -> str:
    """What a walk of the watch is for."""
    if everything or not paths:
        return "saved: many files"
    return f"saved: {listing([visible(path) for path in paths], 3)}"


def _rest(run: Run) -> str:
    counted = _counted(run.results)
    took = seconds(run.seconds)
    if run.verdict is Verdict.GREEN:
        time = "" if all(one.exit_code is None for one in run.results) else f" in {took}"
        return f": {counted}{time}{trust(run)}{READY if run.complete else ''}"
    if run.verdict is Verdict.RED:
        failed = [one for one in run.results if one.red and one.required]
        names = listing([one.loop for one in failed], 5)
        shown = min(failed, key=lambda one: one.at + one.seconds)
        where = f". Log: {shown.log}" if shown.log else ""
        return f": {names} failed after {took}{where}"
    if run.verdict is Verdict.INCONCLUSIVE:
        open_ = [one for one in run.results if one.halts and one.required]
        names = listing([one.loop for one in open_], 5)
        log = next((one.log for one in open_ if one.log), "")
        where = f". Log: {log}" if log else ""
        return f": {names} after {took}; a person has to decide{where}"
    if run.verdict is Verdict.INTERRUPTED:
        return f" after {took}: {counted}"
    left = [name(one) for one in run.results if one.open and one.required]
    if left:
        return f": {counted} in {took}; not yet: {listing(left, 8)}"
    moved = [one.loop for one in run.results if one.green and one.moved]
    if moved:
        return f": {counted} in {took}; not remembered: {listing(moved, 8)}"
    return f": {counted} in {took}, but files changed meanwhile; run it again"


def trust(run: Run) -> str:
    """What the last line of a green walk says of data that nobody has read."""
    told = [one for one in run.results if one.green and one.reason.endswith(TRUSTED)]
    return f", data of {listing([one.loop for one in told], 5)} {TRUSTED}" if told else ""


def _counted(results: Sequence[Result]) -> str:
    green = [one for one in results if one.green]
    cached = sum(1 for one in green if one.outcome is Outcome.CACHED)
    if cached == len(green) and cached:
        return f"{plural(len(green), 'loop')} passed before"
    text = f"{plural(len(green), 'loop')} passed"
    return f"{text} ({cached} before)" if cached else text
