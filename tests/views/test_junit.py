from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown import RESULTS, RUN, TYPES, UNIT, golden, ran
from sited import LOG

from innerloop.core.model import Outcome
from innerloop.core.reading.junit import Case, cases
from innerloop.core.reading.junit import report as read
from innerloop.core.reading.suites import ERROR, FAILED, SKIPPED
from innerloop.views.junit import clean, junit

if TYPE_CHECKING:
    from innerloop.core.model import Result

TOLD = {
    TYPES.name: (Case("a", "one", 0.5), Case("a", "two", 0.25, SKIPPED, "slow")),
    UNIT.name: (Case("tests.a", "test_b", 1.0, FAILED, "assert 1 == 2", "E  <1> & \x1b 2"),),
}


def told(result: Result) -> tuple[Case, ...]:
    return TOLD.get(result.loop, ())


def report(*results: Result, inner: tuple[Case, ...] = ()) -> list[Case]:
    text = junit(RUN._replace(results=results), lambda _: inner, lambda _: LOG)
    assert read(text).misfits == ()
    return list(cases(text))


def test_a_walk_as_junit() -> None:
    golden("junit.xml", junit(RUN, told, lambda _path: LOG).decode())


def test_a_suite_a_loop_and_its_counts_add_up() -> None:
    root = ET.fromstring(junit(RUN, told, lambda _path: LOG))
    suites = root.findall("testsuite")

    assert [one.get("name") for one in suites] == [one.loop for one in RESULTS]
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        assert root.get(name) == str(len(list(root.iter(tag))))
        assert sum(int(one.get(name, "")) for one in suites) == len(list(root.iter(tag)))


@pytest.mark.parametrize("outcome", [Outcome.CACHED, Outcome.SKIPPED, Outcome.DEFERRED])
def test_what_did_not_run_is_skipped_and_says_why(outcome: Outcome) -> None:
    (said,) = report(RESULTS[1]._replace(outcome=outcome, reason="so"), inner=(Case("", "never"),))

    assert (said.name, said.outcome, said.message) == ("lint", SKIPPED, f"{outcome}: so")


def test_what_was_interrupted_is_skipped() -> None:
    (said,) = report(ran(UNIT, Outcome.CANCELLED, "ended before it was done", exit_code=130))

    assert said.outcome == SKIPPED


def test_what_found_nothing_to_check_is_skipped() -> None:
    (said,) = report(ran(UNIT, Outcome.PASSED, "it found nothing", empty=True))

    assert said.outcome == SKIPPED


def test_a_pass_without_tests_of_its_own_is_one() -> None:
    assert report(ran(UNIT, Outcome.PASSED)) == [Case("loop", "unit", 1.25)]


def test_a_failure_that_its_tests_explain_is_not_told_twice() -> None:
    inner = (Case("a", "b"), Case("a", "c", outcome=ERROR, message="m"))

    assert report(ran(UNIT, Outcome.FAILED, exit_code=1), inner=inner) == list(inner)


def test_a_failure_that_they_do_not_explain_is() -> None:
    inner = (Case("a", "b"),)
    first, second = report(ran(UNIT, Outcome.FAILED, "exit 3", exit_code=3), inner=inner)

    assert first == inner[0]
    assert (second.name, second.outcome, second.message) == ("unit", FAILED, "failed: exit 3")
    assert "assert 1 == 2" in second.text
    assert "\x1b" not in second.text


def test_a_timeout_is_an_error_whatever_its_tests_say() -> None:
    inner = (Case("a", "b", outcome=FAILED),)
    said = report(RESULTS[5], inner=inner)

    assert [one.outcome for one in said] == [FAILED, ERROR]


def test_one_that_need_not_pass_says_so() -> None:
    (said,) = report(RESULTS[4])

    assert said.message == "failed: exit 2 (not required)"


def test_a_failure_without_a_log() -> None:
    (said,) = report(RESULTS[3]._replace(log="", exit_code=None))

    assert said.outcome == FAILED


def test_of_a_long_log_it_is_the_end() -> None:
    log = "".join(f"line {n}\n" for n in range(50_000))
    run = RUN._replace(results=(RESULTS[3],))
    (said,) = cases(junit(run, lambda _: (), lambda _path: log))

    assert said.text.endswith("line 49999\n")
    assert len(said.text) < 25_000


@given(st.text())
def test_whatever_is_said_can_be_read_again(text: str) -> None:
    inner = (Case(text, text, 1.0, FAILED, text, text),)
    (said,) = report(ran(UNIT, Outcome.FAILED, text, exit_code=1), inner=inner)

    # A parser makes each of the three ends of a line one of them in a text.
    wanted = clean(text).replace("\r\n", "\n").replace("\r", "\n")
    assert said.text == wanted
    assert said.name.splitlines() == clean(text).splitlines()


def test_what_xml_forbids_is_left_out() -> None:
    assert (
        clean("a\x00\x08\x0b\x1b\x7f\ud800\ufffe\uffff\t\n\rb\U0001f600")
        == "a\x7f\t\n\rb\U0001f600"
    )
