from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.reading.junit import Case, Unreadable, cases, report
from innerloop.core.reading.suites import ERROR, FAILED, PASSED, SKIPPED

PYTEST = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests">
  <testsuite name="pytest" errors="0" failures="1" skipped="1" tests="3" time="1.5">
    <properties><property name="x" value="y"/></properties>
    <testcase classname="tests.test_a" name="test_one" time="0.250"/>
    <testcase classname="tests.test_a" name="test_two[a&lt;b]" time="1,200.5">
      <failure message="assert 1 == 2">def test_two():
&gt;   assert 1 == 2</failure>
      <error message="at teardown">later</error>
      <system-out>noise</system-out>
    </testcase>
    <testcase classname="tests.test_a" name="test_three" time="nan">
      <skipped message="slow"/>
    </testcase>
  </testsuite>
  <testsuite><testsuite><testcase name="deep" time="-1"><error/></testcase></testsuite></testsuite>
</testsuites>
"""


def test_what_pytest_leaves() -> None:
    assert cases(PYTEST) == (
        Case("tests.test_a", "test_one", 0.25),
        Case(
            *("tests.test_a", "test_two[a<b]", 1200.5, FAILED, "assert 1 == 2"),
            "def test_two():\n>   assert 1 == 2",
        ),
        Case("tests.test_a", "test_three", 0.0, SKIPPED, "slow"),
        Case("", "deep", 0.0, ERROR),
    )
    assert [one.red for one in cases(PYTEST)] == [False, True, False, True]


def test_a_single_suite_and_one_in_a_namespace() -> None:
    assert cases(b"<testsuite><testcase name='a'/></testsuite>") == (Case("", "a"),)
    inner = b"<t:testcase name='a'><t:failure/></t:testcase>"
    text = b"<t:testsuite xmlns:t='urn:t'>%s</t:testsuite>"
    assert cases(text % inner)[0].outcome == FAILED


def test_what_is_about_something_else_has_none() -> None:
    assert cases(b"<coverage><testcase name='a'/></coverage>") == ()
    assert cases(b"<testsuites/>") == ()


DECLARED = """\
<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/hostname">]>
<testsuite><testcase name="&a;&b;"/></testsuite>
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_type_is_refused_in_any_encoding(encoding: str) -> None:
    with pytest.raises(Unreadable, match="declares a document type"):
        cases(DECLARED.encode(encoding))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no xml",
        b"<testsuite>",
        b"<testsuite><testcase name='&undeclared;'/></testsuite>",
        b"<testsuite>\x00</testsuite>",
        b"<?xml version='1.0' encoding='no-such'?><testsuite/>",
        b"<testsuite name='\xff'/>",
    ],
)
def test_what_is_broken_is_said(text: bytes) -> None:
    with pytest.raises(Unreadable):
        cases(text)


def test_what_is_too_large_is_not_read() -> None:
    with pytest.raises(Unreadable, match="more than 1 MiB"):
        cases(b"<testsuite/>" + b" " * (1 << 20), 1 << 20)


# -- what is no pass ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FAILED, ERROR])
@pytest.mark.parametrize("order", ["<skipped/>{}", "{}<skipped/>"])
def test_what_was_skipped_and_failed_as_it_was_taken_down_is_red(kind: str, order: str) -> None:
    inner = order.format(f"<{kind} message='down'/>")
    (found,) = cases(f"<testsuite><testcase name='a'>{inner}</testcase></testsuite>".encode())
    assert (found.outcome, found.message) == (kind, "down")


@pytest.mark.parametrize(
    ("facts", "inner", "outcome"),
    [
        ("status='notrun' result='suppressed'", "", SKIPPED),
        ("status='run' result='skipped'", "", SKIPPED),
        ("status='disabled'", "", SKIPPED),
        ("status='run' result='completed'", "", PASSED),
        ("status='passed'", "", PASSED),
        ("status='failed'", "", FAILED),
        ("status='Fail'", "", FAILED),
        ("status='error'", "", FAILED),
        ("status='run' result='failed'", "", FAILED),
        ("status='failed'", "<skipped/>", FAILED),
        ("status='failed'", "<error/>", ERROR),
        ("status='notrun'", "<failure/>", FAILED),
    ],
)
def test_a_status_counts_where_no_element_says_it(facts: str, inner: str, outcome: str) -> None:
    text = f"<testsuite><testcase name='a' {facts}>{inner}</testcase></testsuite>"
    assert cases(text.encode())[0].outcome == outcome


@pytest.mark.parametrize("kind", [FAILED, ERROR])
def test_what_failed_outside_of_any_test_is_told_beside_them(kind: str) -> None:
    text = f"<testsuite name='s'><{kind} message='no'/><testcase name='a'/></testsuite>".encode()
    beside = Case("", "s, outside of any test", 0.0, kind, "no")
    assert report(text).cases == (Case("", "a"),)
    assert report(text).outside == (beside,)
    assert cases(f"<testsuites>{text.decode()}</testsuites>".encode()) == (Case("", "a"), beside)


@given(st.binary())
def test_nothing_else_is_ever_raised(data: bytes) -> None:
    with suppress(Unreadable):
        cases(data)
