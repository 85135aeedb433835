from __future__ import annotations

import pytest

from innerloop.core.warm import VOLATILE, Call, call, interpreter, lasting, off, python, unfit


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("-m pytest -q", Call((), "module", "pytest", ("-q",))),
        ("-mpytest -q", Call((), "module", "pytest", ("-q",))),
        ("-W error -X dev -m a.b", Call(("-W", "error", "-X", "dev"), "module", "a.b", ())),
        ("-Werror -Xdev -OO x.py y", Call(("-Werror", "-Xdev", "-OO"), "file", "x.py", ("y",))),
        ("x.py -c -i", Call((), "file", "x.py", ("-c", "-i"))),
        ("-u -m app -m other", Call(("-u",), "module", "app", ("-m", "other"))),
        ("-Bs x.py", Call(("-Bs",), "file", "x.py", ())),
    ],
)
def test_a_command_line_is_taken_apart(words: str, found: Call) -> None:
    assert call(words.split()) == found


@pytest.mark.parametrize(
    "words",
    [
        *("", "-", "-c pass", "-i x.py", "-V", "-m", "-W", "-X importtime x.py", "--version"),
        *("-x x.py", "-v x.py", "-S x.py", "-Wi", "-Im pytest", "-X frozen -", "-q"),
    ],
)
def test_what_nothing_can_become(words: str) -> None:
    assert call(words.split()) is None


@pytest.mark.parametrize(
    ("words", "tool"),
    [
        ("-m pytest", True),
        ("-m py.test", True),
        ("/venv/bin/pytest -q", True),
        ("-m pytest.x", False),
        ("pytest.py", False),
        ("-m unittest pytest", False),
    ],
)
def test_pytest_is_told_apart(words: str, *, tool: bool) -> None:
    found = call(words.split())
    assert found is not None
    assert found.tool is tool


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("#!/venv/bin/python3", ("/venv/bin/python3",)),
        ("#!/venv/bin/python3.11 -E", ("/venv/bin/python3.11", "-E")),
        ("#! /usr/bin/env python3", ("python3",)),
        ("#!/usr/bin/env -S python3 -u", ()),
        ("#!/bin/sh", ()),
        ("#!/usr/bin/pythonic", ()),
        ("import os", ()),
        ("", ()),
    ],
)
def test_who_runs_a_script(line: str, words: tuple[str, ...]) -> None:
    assert interpreter(line) == words


def test_pythons_are_known_by_name() -> None:
    assert all(python(name) for name in ("python", "python3", "/usr/bin/python3.13"))
    assert not any(python(name) for name in ("pypy3", "python3-config", "pythonw", "ipython"))


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, ""),
        ({"CI": ""}, ""),
        ({"CI": "false"}, ""),
        ({"CI": "0"}, ""),
        ({"CI": "true"}, "CI"),
        ({"CI": "1"}, "CI"),
        ({"LOOP_WARM": "1"}, ""),
        ({"LOOP_WARM": "0"}, "LOOP_WARM"),
        ({"LOOP_WARM": "off"}, "LOOP_WARM"),
    ],
)
def test_where_nothing_is_kept_warm(environ: dict[str, str], said: str) -> None:
    assert off(environ).startswith(said)
    assert bool(off(environ)) is bool(said)


def test_coverage_of_a_whole_interpreter_begins_before_we_could() -> None:
    assert unfit({"COVERAGE_PROCESS_START": "x"}) == "COVERAGE_PROCESS_START"
    assert not unfit({"PYTHONHASHSEED": "0"})


def test_variables_that_differ_anyway_are_not_what_a_process_is_known_by() -> None:
    assert "LOOP_WALK" in VOLATILE
    assert lasting({"LOOP_WALK": "1", "B": "2", "A": "1"}) == (("A", "1"), ("B", "2"))
    assert lasting({"A": "1"}) != lasting({"A": "2"})
