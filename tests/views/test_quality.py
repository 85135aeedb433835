from __future__ import annotations

import json
from typing import Any

from shown import RESULTS

from innerloop.views.quality import quality
from innerloop.views.site import Finding

HERE = Finding(RESULTS[3], "a.py", 4, 0, "assert 1 == 2", "error", "pytest")


def report(*found: Finding) -> list[dict[str, Any]]:
    said = json.loads(quality(found))
    assert isinstance(said, list)
    return said


def prints(*found: Finding) -> list[str]:
    return [one["fingerprint"] for one in report(*found)]


def test_all_that_gitlab_asks_for() -> None:
    (said,) = report(HERE)

    assert said["description"] == "assert 1 == 2"
    assert said["check_name"] == "unit/pytest"
    assert said["severity"] == "major"
    assert said["location"] == {"path": "a.py", "lines": {"begin": 4}}


def test_nothing_is_an_empty_list() -> None:
    assert report() == []


def test_what_has_no_place_is_left_to_the_log() -> None:
    assert report(HERE._replace(path="", line=0)) == []


def test_a_line_that_moved_is_the_same_finding() -> None:
    assert prints(HERE) == prints(HERE._replace(line=40, column=7))


def test_anything_else_is_another() -> None:
    others = [
        HERE,
        HERE._replace(path="b.py"),
        HERE._replace(message="assert 2 == 3"),
        HERE._replace(tool="mypy"),
        HERE._replace(result=RESULTS[4]),
    ]
    assert len(set(prints(*others))) == len(others)


def test_two_that_are_alike_are_two() -> None:
    first, second = prints(HERE, HERE._replace(line=9))

    assert first != second
    assert prints(HERE) == [first]


def test_what_need_not_pass_is_minor() -> None:
    grave = [one["severity"] for one in report(HERE, HERE._replace(kind="warning"))]

    assert grave == ["major", "minor"]
    assert report(HERE._replace(result=RESULTS[4]))[0]["severity"] == "minor"


def test_a_file_without_a_line_begins_at_its_first() -> None:
    assert report(HERE._replace(line=0))[0]["location"]["lines"] == {"begin": 1}


def test_nothing_in_it_is_obeyed_by_a_terminal() -> None:
    (said,) = report(HERE._replace(message="\x1b[2Jx"))

    assert said["description"] == "\\x1b[2Jx"
