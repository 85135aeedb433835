"""Monitors: windows by the clock on the wall, and what no sample, or one, may say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from targets import Target, sound, target

from conftest import wait
from innerloop.core.book import Sample
from innerloop.core.command import parse
from innerloop.core.monitor import (
    BAD,
    GOOD,
    NOTHING,
    Judgement,
    due,
    entry,
    judged,
    latest,
    over,
    seen,
)
from innerloop.core.outer import Monitor
from innerloop.engine.monitoring import measured

if TYPE_CHECKING:
    from conftest import Maker

RUN = parse("check")
EYE = Monitor(RUN, every=10.0, lasts=60.0, warmup=20.0, max_failures=1, max_consecutive_errors=2)
LOOPS = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {prod: {}}
outer:
  release:
    prod: {deploy: ./deploy.sh, environment: prod, verify: ./live.sh, rollback: ./back.sh}
    eye: {monitor: ./health.sh, every: 200ms, for: %s, on_fail: rollback, back_to: unit%s}
"""


def samples(*verdicts: str) -> tuple[Sample, ...]:
    return tuple(Sample(at, 0.0, 0.0, one) for at, one in enumerate(verdicts))


# -- the rules --------------------------------------------------------------------------------


def test_samples_are_due_by_the_clock_and_none_is_made_up_for() -> None:
    assert due(EYE, 100.0, (), 100.0) == (0, 120.0)
    assert due(EYE, 100.0, samples(GOOD), 121.0) == (1, 130.0)
    # Nobody was there for three of them: the latest that was due is taken, and no other.
    assert due(EYE, 100.0, samples(GOOD), 155.0) == (3, 150.0)
    assert over(EYE, 100.0) == 180.0


def test_a_clock_that_is_set_back_takes_no_sample_twice() -> None:
    assert due(EYE, 100.0, samples(GOOD, GOOD, GOOD), 90.0) == (3, 150.0)


def test_a_check_that_takes_longer_than_its_turn_leaves_turns_out() -> None:
    assert due(EYE, 100.0, samples(GOOD), 145.0) == (2, 140.0)


@pytest.mark.parametrize(
    ("verdicts", "ended", "judgement"),
    [
        ((), False, None),
        ((GOOD, GOOD), False, None),
        ((GOOD, BAD), False, None),
        ((BAD, GOOD, BAD), False, Judgement.BAD),
        ((GOOD, BAD), True, Judgement.GOOD),
        ((), True, Judgement.INCONCLUSIVE),
        ((NOTHING, NOTHING), True, Judgement.INCONCLUSIVE),
        ((NOTHING, NOTHING, NOTHING), False, Judgement.INCONCLUSIVE),
        ((NOTHING, NOTHING, GOOD, NOTHING), False, None),
        ((GOOD, NOTHING, BAD, BAD), True, Judgement.BAD),
    ],
)
def test_it_may_fail_early_and_never_passes_early(
    verdicts: tuple[str, ...], *, ended: bool, judgement: Judgement | None
) -> None:
    # However few: it says itself how many are enough.
    found = judged(EYE._replace(min_samples=1), samples(*verdicts), ended=ended)
    assert (found[0] if found else None) is judgement


@pytest.mark.parametrize(
    ("rc", "value", "verdict"),
    [
        (0, 0.995, GOOD),
        (0, 0.97, NOTHING),
        (0, 0.5, BAD),
        (1, 0.995, BAD),
        (75, 0.995, NOTHING),
        (-1, None, NOTHING),
        (0, None, NOTHING),
        (0, float("nan"), NOTHING),
    ],
)
def test_between_two_bounds_nobody_can_tell(rc: int, value: float | None, verdict: str) -> None:
    assert seen(EYE._replace(success=">= 0.99", failure="< 0.95"), rc, value) == verdict


def test_without_bounds_the_exit_code_decides() -> None:
    assert [seen(EYE, rc, None) for rc in (0, 1, 2, 75)] == [GOOD, BAD, NOTHING, NOTHING]
    assert seen(EYE._replace(success="> 1"), 0, 0.5) == BAD


def test_the_value_is_on_the_last_line() -> None:
    assert measured('noise\n{"value": 0.997}\n') == 0.997
    for text in ("", "0.9", '{"value": "x"}', '{"value": true}', "{broken", "[1]"):
        assert measured(text) is None


# -- for real ---------------------------------------------------------------------------------


def eyed(project: Maker, lasts: str = "1s", more: str = "") -> Target:
    return target(project, LOOPS % (lasts, more))


@pytest.mark.timeout(120)
def test_good_to_the_end_it_passes(project: Maker) -> None:
    found = eyed(project)
    found.go().ok().prints("0 bad")
    assert len(found.rows("SELECT 1 FROM sample")) >= 3
    sound(found)


@pytest.mark.timeout(120)
def test_a_fault_takes_the_deploy_back_and_sends_it_to_be_mended(project: Maker) -> None:
    found = eyed(project)
    found.go().ok()
    first = found.head()
    found.commit()
    found.has("sick").go().fails(3).prints(
        "samples bad", f"{first[:12]} is live again in", "back to unit"
    )
    assert found.live("prod") == first
    found.project.run("inner").ok().warns("1 finding of the outer loop open")
    found.run("findings").ok().prints("nothing is open")  # the loop it was sent to has passed
    sound(found)


@pytest.mark.timeout(120)
def test_a_check_has_its_time_however_short_the_window_is(project: Maker) -> None:
    found = eyed(project, "300ms").has("slow-eye")
    found.go().ok().prints("1 of 2 samples, 0 bad")


@pytest.mark.timeout(120)
def test_what_a_check_that_is_not_good_said_is_kept_and_shown(project: Maker) -> None:
    found = eyed(project)
    found.go().ok()
    found.commit()
    (found.place / "value").write_text("the till is empty\n")
    done = found.has("sick").go().fails(3)
    done.warns("left: the till is empty")
    done.prints("--- sample 0: bad\nthe till is empty\n---")
    done.prints("0 borne: the till is empty (back to unit)")
    found.run("findings").prints("said     the till is empty", "eye.1.do/output.log")


def test_what_the_latest_check_said_is_told_from_those_before() -> None:
    log = entry(0, BAD, "the first") + entry(1, BAD, "the till\nis empty\n")
    assert latest(log) == "the till\nis empty\n"
    assert latest(log + entry(2, BAD, "")) == ""


@pytest.mark.timeout(120)
def test_of_a_check_that_says_nothing_its_output_is_shown_as_well(project: Maker) -> None:
    found = eyed(project, "1s").has("blind-eye")
    found.go().fails(5).prints("--- sample 0: nothing\nno route\n")


@pytest.mark.timeout(120)
def test_a_secret_of_the_stage_is_nowhere_in_it(project: Maker) -> None:
    found = eyed(project, "1s", ", secrets: [TOKEN]")
    (found.place / "value").write_text("refused: hunter2-hunter2\n")
    done = found.has("sick").go(env={"TOKEN": "hunter2-hunter2"}).fails(1)
    assert "hunter2" not in done.out + done.err + found.run("findings", "--json").out
    logs = list(found.state.glob("runs/*/eye.*/output.log"))
    assert logs
    assert not [one for one in logs if "hunter2" in one.read_text()]


@pytest.mark.timeout(120)
def test_a_window_goes_on_where_it_was_after_a_restart(project: Maker) -> None:
    found = eyed(project, "4s", ", min_samples: 1")
    process = found.project.start("outer", "--yes")
    journal = found.state / "outer.db"
    wait(lambda: journal.exists() and len(found.rows("SELECT 1 FROM sample")) > 1, "samples", 60)
    process.kill()
    process.communicate()
    (began,) = found.rows("SELECT began FROM attempt WHERE stage = 'eye'")

    found.run("resume").ok()

    (row,) = found.rows("SELECT at - began FROM attempt WHERE stage = 'eye'")
    assert found.rows("SELECT began FROM attempt WHERE stage = 'eye'") == [began]
    assert row[0] >= 4
    numbers = [n for (n,) in found.rows("SELECT idx FROM sample ORDER BY idx")]
    assert len(numbers) == len(set(numbers))
    sound(found)


@pytest.mark.timeout(120)
def test_no_data_is_neither_good_nor_bad(project: Maker) -> None:
    found = eyed(project, "1s").has("silent")
    done = found.go().fails(5)
    done.prints("in a row said nothing", "loop outer resolve eye --applied if all is well")
    assert found.status()["live"], "it is live, and nothing is taken back for want of data"
    found.run("resolve", "eye", "--applied").ok()
    found.run("resume").ok()


@pytest.mark.timeout(120)
def test_no_data_may_be_decided_beforehand(project: Maker) -> None:
    eyed(project, "1s", ", on_inconclusive: pass").has("silent").go().ok()


@pytest.mark.timeout(120)
def test_what_is_watched_is_not_deployed_to_by_another(project: Maker) -> None:
    found = eyed(project, "6s")
    first = found.project.start("outer", "--yes")
    wait(lambda: found.effects() == ["deploy prod"], "the deploy", 60)
    wait(lambda: "watching" in found.stages().values(), "the monitor", 60)
    found.go().fails(75).warns("prod is held by run", "it is at work")
    first.communicate(timeout=60)
    assert first.returncode == 0


def test_what_an_older_run_has_deployed_is_not_called_newer(project: Maker) -> None:
    found = target(project, LOOPS % ("400ms", ""))
    found.go().ok()
    first = found.status()["run"]["id"]
    found.go("--only", "eye").fails(1).prints(f"run {first}, and not this one, has deployed")


def test_what_was_taken_back_is_not_what_is_brought_back(project: Maker) -> None:
    found = target(project, LOOPS % ("400ms", ""))
    first = found.head()
    found.go().ok()
    second = found.commit("total = 2\n")
    found.go().ok()
    found.commit("total = 3\n")
    found.has("sick").go().fails(3)
    assert found.live("prod") == second
    found.project.git("reset", "-q", "--hard", second)

    found.go().fails(3)

    assert found.live("prod") == first
