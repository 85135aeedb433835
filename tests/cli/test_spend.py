"""Loops that cost: who is asked, what is never spent, and what is kept of it."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pexpect
import pytest

from conftest import LOOP, ended
from underway import Watching

if TYPE_CHECKING:
    from conftest import Maker, Project

LOOPS = """
version: 1
spend: {walk: 2, day: 1.2, unit: USD}
inner:
  unit: {run: mark unit, cycle: 1s}
  eval: {run: mark eval, cycle: 2s, cost: 0.5}
  last: {run: mark last, cycle: 3s, after: [eval]}
  slow: {run: mark slow, cycle: 4s}
"""


@pytest.fixture
def paid(project: Maker) -> Project:
    return project(LOOPS, files={"a.py": "1"}).commit()


def terminal(found: Project, *words: str) -> pexpect.spawn[str]:
    env = {**found.env, "TERM": "xterm"}
    return pexpect.spawn(
        LOOP[0], [*LOOP[1:], *words], cwd=str(found.root), env=env, encoding="utf-8", timeout=20
    )


def test_unnamed_it_is_deferred_with_what_comes_after_and_nothing_else(paid: Project) -> None:
    done = paid.run("inner").ok()

    done.prints("costs 0.50 USD: name it to run it", "last", "partly green")
    assert paid.ran() == ["unit", "slow"]


@pytest.mark.parametrize("words", [("inner", "eval"), ("inner", "--until", "eval")])
def test_named_it_runs_and_is_noted(paid: Project, words: tuple[str, ...]) -> None:
    paid.run(*words).ok()

    assert "eval" in paid.ran()
    paid.run("history").ok().prints("0.50 USD", "spent: 0.50 USD of 1.20 USD today")
    paid.run("show").ok().prints("cost     0.50 USD")


def test_in_ci_it_needs_naming_too(paid: Project) -> None:
    paid.run("inner", env={"CI": "true"}).ok().prints("name it to run it")
    assert "eval" not in paid.ran()


def test_what_is_only_before_a_named_one_is_not_named(paid: Project) -> None:
    done = paid.run("inner", "last").fails(2)
    done.prints("eval", "name it to run it")
    done.warns("last did not run for money: eval costs 0.50 USD", "loop inner eval last")
    assert paid.ran() == []


def test_a_day_is_not_overspent(paid: Project) -> None:
    for _ in range(2):
        paid.run("inner", "eval", "--force").ok()

    done = paid.run("inner", "eval", "--force").fails(2)

    done.prints("costs 0.50 USD, and 0.20 USD is left of 'spend'")
    done.warns("eval did not run for money", "raise 'spend' in loops.yaml")
    assert paid.ran() == ["eval", "eval"]
    paid.run("run", "eval").fails(2).warns("0.20 USD is left", "raise 'spend'")
    paid.run("run", "eval", "--", "x").fails(2)
    assert paid.ran() == []


def test_arguments_of_ones_own_cost_as_much(paid: Project) -> None:
    paid.run("run", "eval", "--", "x").ok()
    paid.run("history").ok().prints("spent: 0.50 USD of 1.20 USD today")


def test_a_walk_is_not_overspent(project: Maker) -> None:
    found = project(
        """
        version: 1
        spend: {walk: 0.7}
        inner:
          one: {run: mark one, cycle: 1s, cost: 0.4}
          two: {run: mark two, cycle: 2s, cost: 0.4}
        """
    )
    found.run("inner", "one", "two").fails(2).prints("costs 0.40, and 0.30 is left of 'spend'")
    assert found.ran() == ["one"]
    found.run("inner", "one", "two").ok()
    assert found.ran() == ["two"]


RUNGS = """
version: 1
spend: {walk: 5}
inner:
  eval:
    run: mark eval {data.t}
    data: {t: {path: t.csv}}
    rungs: [{rows: 1, cycle: 1s}, {rows: 2, cycle: 2s}, {rows: 3, cycle: 3s}]
    cost: 2
"""


def test_a_rung_that_is_named_pays_for_those_below(project: Maker) -> None:
    found = project(RUNGS, files={"t.csv": "a\n1\n2\n3\n4\n"})
    found.run("inner", "eval@2").ok()
    assert found.ran() == ["eval", "eval"]
    found.run("inner", "--until", "eval@3").ok()
    assert found.ran() == ["eval"]


def test_and_all_of_them_together_no_more_than_may_be_spent(project: Maker) -> None:
    found = project(RUNGS, files={"t.csv": "a\n1\n2\n3\n4\n"})
    done = found.run("inner", "eval@3").fails(2)
    done.prints("eval@3", "costs 2.00, and 1.00 is left of 'spend'")
    assert found.ran() == ["eval", "eval"]


def test_what_failed_and_is_left_for_money_is_still_said_to_fail(project: Maker) -> None:
    loops = "unit: {run: mark unit, cycle: 1s}\njudge: {run: grep well a.py, cycle: 2s, cost: 1}"
    found = project(loops, files={"a.py": "ill"}).commit()
    found.run("inner", "judge").fails(1)

    done = found.run("inner").ok()

    done.prints("name it to run it; known: it failed on just this,", "(#1)")
    done.prints("not yet: judge (failed in #1)")
    assert "Ready for the outer loop" not in done.out
    found.run("plan").prints("known: it failed on just this,")
    found.write({"a.py": "well"})
    assert "known" not in found.run("inner").ok().out


def test_what_was_left_for_money_and_never_failed_is_not_said_to(paid: Project) -> None:
    paid.run("inner").ok()
    assert "known" not in paid.run("inner").ok().out


def test_what_was_begun_was_spent_whatever_became_of_it(paid: Project) -> None:
    paid.hold("eval")
    process = paid.start("inner", "eval")
    paid.underway("eval")
    process.send_signal(signal.SIGKILL)
    ended(process)

    paid.run("history").ok().prints("spent: 0.50 USD of 1.20 USD today")


def test_yesterdays_money_is_another_days(paid: Project) -> None:
    for _ in range(2):
        paid.run("inner", "eval", "--force").ok()
    with closing(sqlite3.connect(paid.root / ".loop/history.db")) as db, db:
        db.execute("UPDATE spent SET at = at - 86400")

    paid.run("inner", "eval", "--force").ok()

    assert paid.ran() == ["eval"] * 3
    paid.run("history").ok().prints("spent: 0.50 USD of 1.20 USD today, 1.50 USD in 30 days")


@pytest.mark.parametrize(("answer", "ran"), [("y", True), ("", False), ("n", False)])
def test_a_terminal_is_asked_once(paid: Project, answer: str, ran: bool) -> None:  # noqa: FBT001 - a parameter of the test
    child = terminal(paid, "inner")
    child.expect_exact("eval costs 0.50 USD of 1.20 USD that is left. Run it? [y/N]")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    said = child.before or ""
    child.close()

    assert ("eval" in paid.ran()) is ran
    assert ("not wanted now" in said) is not ran
    assert child.exitstatus == 0


def test_ctrl_c_at_the_question_spends_nothing(paid: Project) -> None:
    child = terminal(paid, "inner")
    child.expect_exact("[y/N]")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 130
    assert paid.ran() == []


def test_nobody_is_asked_for_what_has_passed_or_cannot_be_paid(paid: Project) -> None:
    paid.run("inner", "eval").ok()
    child = terminal(paid, "inner")
    child.expect(pexpect.EOF)
    assert "[y/N]" not in (child.before or "")
    paid.write({"a.py": "2"})
    for _ in range(2):
        paid.run("run", "eval")
    child = terminal(paid, "inner")
    child.expect(pexpect.EOF)
    assert "[y/N]" not in (child.before or "")


def test_a_save_spends_nothing(paid: Project) -> None:
    with Watching(paid) as watching:
        watching.until("rested")
        assert paid.ran() == ["unit", "slow"]
        paid.write({"a.py": "2"})
        result = watching.until("loop_finished", loop="eval")["result"]
        assert result["outcome"] == "deferred"
        assert "never because a file was saved" in result["reason"]
        watching.until("rested")
    assert paid.ran() == ["unit", "slow"]


def test_watching_just_that_one_is_no_consent_either(paid: Project) -> None:
    with Watching(paid, "eval") as watching:
        result = watching.until("loop_finished", loop="eval")["result"]
        assert result["outcome"] == "deferred"
        assert "never because a file was saved" in result["reason"]
        watching.until("rested")
    assert paid.ran() == []


def test_a_commit_spends_nothing(paid: Project) -> None:
    paid.write({"a.py": "2"})
    paid.git("add", "-A")
    done = paid.run("hook", "run", "pre-commit").ok()
    done.prints("costs 0.50 USD: never for a commit or a push")
    done.warns("never in a hook, since it costs: eval, last. 'loop inner eval last' runs them")
    assert "always:" not in done.err
    paid.run("hook", "run", "pre-push").ok()
    assert "eval" not in paid.ran()


@pytest.mark.parametrize(
    ("loop", "said"),
    [
        ("run: x, cycle: 1s, cost: 1, retries: 2", "'retries' would run 'a' again, and it costs"),
        ("run: x, cycle: 1s, cost: 1, writes: true", "'writes' would run 'a' again"),
        ("run: x, cycle: 1s, cost: -1", "'cost' must be an amount such as 0.5"),
        ("run: x, cycle: 1s, cost: free", "'cost' must be an amount such as 0.5"),
    ],
)
def test_what_makes_no_sense_is_told(project: Maker, loop: str, said: str) -> None:
    project(f"a: {{{loop}}}").run("check").fails(2).warns(said)


def test_hooks_cannot_be_told_to_spend(project: Maker) -> None:
    text = "version: 1\nhook: {pre-commit: {always: [a]}}\ninner: {a: {run: x, cycle: 1s, cost: 1}}"
    project(text).run("check").fails(2).warns("'always' names 'a', which costs")


ACCEPTED = """
version: 1
spend: {day: DAY}
inner:
  steps: {run: diff accepted made, accept: 'mark write; cp made accepted', cycle: 1s, cost: 0.5}
"""


@pytest.fixture
def differing(project: Maker) -> Project:
    found = project(ACCEPTED.replace("DAY", "1.2"), {"accepted": "one\n", "made": "two\n"})
    found.env["PATH"] += f":{found.bin}"
    return found.commit()


def test_an_acceptance_is_paid_for_and_so_is_its_proof(differing: Project) -> None:
    differing.run("accept", "steps", "-m", "x").ok().prints("steps: accepted")
    differing.run("history").ok().prints("spent: 1.00 of 1.20 today")


def test_nothing_is_written_that_nobody_can_pay_to_prove(differing: Project) -> None:
    differing.loops(ACCEPTED.replace("DAY", "0.7"))
    differing.run("accept", "steps", "-m", "x").fails(2).warns("costs 0.50, and 0.20 is left")
    assert (differing.root / "accepted").read_text() == "one\n"
    assert differing.ran() == []


@pytest.mark.parametrize(
    "now", ["eval: {run: mark eval, cycle: 10s}", "other: {run: mark other, cycle: 1s, cost: 0.1}"]
)
def test_what_cost_then_is_paid_for_though_nothing_like_it_costs_now(
    project: Maker, now: str
) -> None:
    text = "version: 1\nspend: {day: 1.2}\ninner: {eval: {run: mark eval, cycle: 10s, cost: 1.0}}"
    found = project(text, {"a.py": "1"}).commit()
    found.run("inner", "eval").ok()
    found.ran()

    found.loops(f"version: 1\nspend: {{day: 1.2}}\ninner: {{{now}}}")
    found.run("run", "eval", "--at", "1").fails(2).warns("costs 1.00, and 0.20 is left")
    assert found.ran() == []
    found.loops(f"version: 1\nspend: {{day: 2.5}}\ninner: {{{now}}}")
    found.run("run", "eval", "--at", "1").ok()
    assert found.ran() == ["eval"]
    found.run("history").ok().prints("spent: 2.00 of 2.50 today")
