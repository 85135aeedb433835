"""What can be worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rides.__main__ import main, problems
from rides.clean import clean, problem
from rides.features import known, speed
from rides.load import load
from rides.summary import station

if TYPE_CHECKING:
    from pathlib import Path

    from rides import Ride, Row

ROW: Row = {
    "id": "r1",
    "started": "2024-05-06 07:20",
    "minutes": "20",
    "km": "5.0",
    "from": "library",
    "to": "Park",
}
RIDE: Ride = {
    "id": "r1",
    "started": "2024-05-06 07:20",
    "minutes": 20,
    "km": 5.0,
    "start": "Library",
    "end": "Park",
}


def test_speed_by_hand() -> None:
    assert speed(5.0, 20) == 15.0


def test_another_header_is_refused() -> None:
    with pytest.raises(ValueError, match="the header must be id,started"):
        load("id,minutes\nr1,3\n")


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("started", "06.05.2024", "started '06.05.2024' is no moment"),
        ("minutes", "0", "minutes '0' is no length of a ride"),
        ("minutes", "-4", "minutes '-4' is no length of a ride"),
        ("km", "", "km '' is no distance"),
        ("km", "88.0", "88.0 km in 20 minutes is no bicycle"),
        ("km", "5.1", ""),
    ],
)
def test_what_is_no_ride_is_told(cell: str, value: str, said: str) -> None:
    assert problem({**ROW, cell: value}) == said


def test_a_ride_that_comes_twice_counts_once() -> None:
    assert clean([ROW, ROW]) == {
        "rides": [RIDE],
        "refused": [{"id": "r1", "why": "the same ride again"}],
    }


@pytest.mark.parametrize(
    ("started", "rush"),
    [("2024-05-06 08:59", True), ("2024-05-06 09:00", False), ("2024-05-11 08:59", False)],
)
def test_the_rush_is_on_weekdays(started: str, rush: bool) -> None:
    assert known({**RIDE, "started": started})["rush"] is rush


def test_a_station_by_hand() -> None:
    rides = [known(RIDE), known({**RIDE, "minutes": 40, "started": "2024-05-06 12:00"})]
    assert station(rides) == {
        "rides": 2,
        "km": 10.0,
        "median_minutes": 30.0,
        "rush_share": 0.5,
    }


def test_too_many_refused_lines_are_a_problem() -> None:
    assert problems(clean([ROW, ROW]), {}) == "1 of 2 lines are no rides"


def test_a_ride_that_is_lost_is_a_problem() -> None:
    assert problems(clean([ROW]), {}) == "1 rides went in, and 0 came out"


def test_the_whole_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "rides.csv"
    source.write_text(f"{','.join(ROW)}\n{','.join(ROW.values())}\n", encoding="utf-8")
    main(["--in", str(source), "--out", str(tmp_path)])
    assert list(json.loads((tmp_path / "summary.json").read_text())) == ["Library"]
    assert capsys.readouterr().out == "1 rides at 1 stations\n"
