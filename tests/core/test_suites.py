"""What suites of JUnit XML count, held against what stands in them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from innerloop.core.reading.junit import report
from innerloop.core.reading.results import read

if TYPE_CHECKING:
    from pathlib import Path

OK = "<testcase name='{}'/>"
BAD = "<testcase name='b'><failure/></testcase>"
SKIP = "<testcase name='s'><skipped/></testcase>"
TWO = "<testcase name='a'/><testcase name='b'/>"


def misfits(text: str) -> tuple[str, ...]:
    return report(text.encode()).misfits


def suite(inner: str, **counts: int | str) -> str:
    told = "".join(f" {name}='{value}'" for name, value in counts.items())
    return f"<testsuite name='s'{told}>{inner}</testsuite>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (suite(TWO, tests=5), "tells of 5 tests, and 2 stand in it"),
        (suite(TWO, tests=1), "tells of 1 test, and 2 stand in it"),
        (suite(TWO, failures=1), "tells of 1 test that failed, and 0 stand in it"),
        (suite(TWO, errors=2), "tells of 2 tests that failed, and 0 stand in it"),
        (suite(TWO, skipped=1), "tells of 1 test that were skipped, and 0 stand in it"),
        (suite(BAD, failures=0, errors=0), "tells of 0 tests that failed, and 1 stands in it"),
        (suite(SKIP, skipped=0), "tells of 0 tests that were skipped, and 1 stands in it"),
    ],
)
def test_counts_of_other_tests_than_stand_there_leave_it_unmeasured(text: str, said: str) -> None:
    assert misfits(text) == (f"the suite 's' {said}",)
    assert read("j.xml", text.encode()).problems == (f"j.xml: the suite 's' {said}",)
    assert misfits(f"<testsuites>{text}</testsuites>") == misfits(text)


def test_a_count_that_is_no_number_fits_nothing() -> None:
    assert misfits(suite(TWO, tests="two")) == ("a count of the suite 's' is no number",)


def test_the_whole_counts_too() -> None:
    text = f"<testsuites tests='3' failures='1'>{suite(TWO, tests=2)}</testsuites>"
    assert misfits(text) == (
        "the suite 'without a name' tells of 3 tests, and 2 stand in it",
        "the suite 'without a name' tells of 1 test that failed, and 0 stand in it",
    )


# -- as tools count ----------------------------------------------------------------------------

MANY = "<testcase name='b'><failure/><failure/></testcase>"
ASIDE = "<testcase name='d' status='notrun' result='suppressed'/>"
PENDING = "<testcase name='p' status='pending'><skipped message='pending'/></testcase>"
NESTED = suite(suite(TWO + BAD, tests=3, failures=1), tests=1, failures=1)


@pytest.mark.parametrize(
    "text",
    [
        suite(TWO + BAD + SKIP, tests=4, failures=1, errors=0, skipped=1),
        suite(TWO + BAD + SKIP, tests=3, failures=1, errors=0, skipped=1),
        suite(MANY, tests=1, failures=1, errors=0),
        suite(MANY, tests=1, failures=2, errors=0),
        suite(TWO + ASIDE, tests=3, failures=0, disabled=1, skipped=0, errors=0),
        suite(TWO + PENDING, tests=3, failures=0, disabled=1, skipped=0, errors=0),
        suite(TWO, tests=2, skipped=""),
        NESTED,
        suite(suite(TWO + BAD, tests=3, failures=1), tests=3, failures=1, skipped=0),
        suite("<error/>" + TWO, tests=2, errors=1, failures=0),
        suite("<error/>" + TWO, tests=3, errors=1, failures=0),
    ],
)
def test_a_test_may_be_counted_in_several_ways(text: str) -> None:
    assert misfits(text) == ()


def test_assertions_are_no_tests_where_catch2_counts_them() -> None:
    seed = "<properties><property name='random-seed' value='1'/></properties>"
    assert misfits(f"<testsuites>{suite(seed + TWO, tests=40, failures=0)}</testsuites>") == ()
    assert misfits(f"<testsuites>{suite(seed + TWO, tests=40, failures=1)}</testsuites>") != ()


TESTS = """
import pytest

@pytest.fixture
def down():
    yield
    raise RuntimeError("down")

def test_well(down): pass
def test_skipped(down): pytest.skip("not here")
def test_failed(down): assert 0
def test_parts(subtests):
    for at in range(9):
        with subtests.test(at=at): pass
@pytest.mark.xfail
def test_expected(): assert 0
@pytest.mark.xfail(strict=True)
def test_surprise(): pass
@pytest.mark.skip
def test_aside(): pass
"""


def test_what_pytest_counts_fits_what_it_writes(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    words = ("-q", "-p", "no:cacheprovider", "--junitxml=j.xml")
    subprocess.run(
        (sys.executable, "-m", "pytest", *words), cwd=tmp_path, check=False, capture_output=True
    )
    found = read("j.xml", (tmp_path / "j.xml").read_bytes())
    assert found.problems == ()
    passed = {one.id.partition("::")[2]: score for one in found.examples for _, score in one.scores}
    assert passed == {
        "test_well": 0,
        "test_skipped": 0,
        "test_failed": 0,
        "test_parts": 1,
        "test_surprise": 0,
    }
