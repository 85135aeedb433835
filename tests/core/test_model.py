from __future__ import annotations

import pytest

from innerloop.core.errors import ConfigError, ExitCode, LoopError, Problem
from innerloop.core.model import GREEN, RED, Command, Loop, Outcome, Result

NEITHER = {Outcome.INCONCLUSIVE, Outcome.SKIPPED, Outcome.DEFERRED, Outcome.CANCELLED}


def test_an_outcome_is_green_or_red_or_says_nothing() -> None:
    assert sorted(GREEN) == [Outcome.CACHED, Outcome.PASSED]
    assert sorted(RED) == [Outcome.FAILED, Outcome.TIMED_OUT]
    assert set(Outcome) == {*GREEN, *RED, *NEITHER}


@pytest.mark.parametrize("outcome", Outcome)
def test_a_result_speaks_for_its_outcome(outcome: Outcome) -> None:
    result = Result("lint", outcome, "", 1.0)

    assert result.green == (outcome in GREEN)
    assert result.red == (outcome in RED)
    assert result.halts == (outcome in {*RED, Outcome.INCONCLUSIVE})


def test_a_command_without_arguments_needs_a_shell() -> None:
    assert Command("a | b", (), ("a", "b", "sh"), ()).shell
    assert not Command("a b", ("a", "b"), ("a",), ()).shell


def test_values_are_frozen_and_hashable() -> None:
    lint = Loop("lint", Command("x", ("x",), ("x",), ()), 1.0)

    assert {lint: 1}[lint._replace()] == 1
    with pytest.raises(AttributeError):
        lint.cycle = 2.0  # type: ignore[misc]


def test_the_codes_that_others_rely_on() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "FAILED": 1,
        "USAGE": 2,
        "ROLLED_BACK": 3,
        "ROLLBACK_FAILED": 4,
        "UNDECIDED": 5,
        "BUG": 70,
        "WAITING": 75,
        "HANGUP": 129,
        "INTERRUPTED": 130,
        "BROKEN_PIPE": 141,
        "TERMINATED": 143,
    }


def test_an_error_carries_what_to_do() -> None:
    error = LoopError("there is no loop called 'x'", "did you mean 'y'?")

    assert (str(error), error.hint) == ("there is no loop called 'x'", "did you mean 'y'?")


def test_a_configuration_error_is_one_the_user_can_mend() -> None:
    error = ConfigError((Problem("one"), Problem("two")))

    assert isinstance(error, LoopError)
    assert [one.message for one in error.problems] == ["one", "two"]
    assert str(error) == "2 problems in the configuration"
