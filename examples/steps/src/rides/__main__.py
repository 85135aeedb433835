"""All steps, on a whole file: python -m rides --in data/rides.csv --out DIR."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rides.clean import clean
from rides.features import features
from rides.load import load
from rides.summary import summary

if TYPE_CHECKING:
    from rides import Clean, Station

MOST_REFUSED = 0.1
"""the share of lines that may be no rides; of more, something else is wrong"""


def main(argv: list[str] | None = None) -> None:
    """Write the summary of a file; what is wrong with it is said, and the exit code is 1."""
    parser = argparse.ArgumentParser(prog="rides", description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True, help="a CSV of rides")
    parser.add_argument("--out", type=Path, required=True, help="the folder for summary.json")
    asked = parser.parse_args(argv)
    try:
        found = clean(load(asked.source.read_text(encoding="utf-8")))
    except (OSError, ValueError) as problem:
        sys.exit(f"error: {problem}")
    stations = summary(features(found["rides"]))
    for one in found["refused"]:
        print(f"refused {one['id']}: {one['why']}")
    wrong = problems(found, stations)
    if wrong:
        sys.exit(f"error: {wrong}")
    text = json.dumps(stations, indent=2)
    (asked.out / "summary.json").write_text(f"{text}\n", encoding="utf-8")
    print(f"{len(found['rides'])} rides at {len(stations)} stations")


def problems(found: Clean, stations: dict[str, Station]) -> str:
    """What no step can see by itself; empty where there is nothing of the kind."""
    refused, kept = len(found["refused"]), len(found["rides"])
    if refused > MOST_REFUSED * (refused + kept):
        return f"{refused} of {refused + kept} lines are no rides"
    counted = sum(one["rides"] for one in stations.values())
    if counted != kept:
        return f"{kept} rides went in, and {counted} came out"
    return ""


if __name__ == "__main__":
    main()
