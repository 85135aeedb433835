"""Two results that have left numbers, and whatever may differ between them."""

from __future__ import annotations

from shown import AT, RUN, UNIT, ran

from innerloop.core.compared import File, Side
from innerloop.core.fingerprint import Ingredients, gather
from innerloop.core.lineage import Lineage, Origin, Setting
from innerloop.core.model import Outcome
from innerloop.core.results import Example, Measured, Metric
from innerloop.core.trend import Point


def blob(letter: str) -> str:
    return f"100644 {letter * 40}"


def examples(wrong: tuple[int, ...]) -> tuple[Example, ...]:
    return tuple(Example(f"q{n}", (("ok", float(n not in wrong)),)) for n in range(9))


INGREDIENTS = Ingredients(
    "python evaluate.py",
    "",
    (),
    gather({"a.py": blob("a"), "gone.py": blob("b"), "same.py": blob("c"), "was.py": blob("d")}),
    {"LANG": "1" * 32, "SEED": ""},
    {"model --version": "2" * 32},
    {"python": f"/usr/bin/python {blob('e')}"},
    {"numpy": f"1.26.4 {blob('f')}", "scipy": f"1.17 {blob('f')}"},
    {"clean": "3" * 32},
    {"train: rows": "200", "train: path": "data/train.csv", "train: data/train.csv": blob("4")},
)
LATER = INGREDIENTS._replace(
    command="python evaluate.py -v",
    files=gather(
        {"a.py": blob("1"), "is.py": blob("d"), "new.py": blob("2"), "same.py": blob("c")}
    ),
    variables={"LANG": "1" * 32, "SEED": "4" * 32},
    packages={"numpy": f"2.0 {blob('f')}", "scipy": f"1.17 {blob('0')}", "torch": f"3 {blob('f')}"},
    folders={"clean": "5" * 32},
    data={
        "train: rows": "5000",
        "train: path": "data/train.csv",
        "train: data/train.csv": blob("9"),
    },
)
SETTING = Setting(
    "Ada <ada@example.org>", "box", "/srv/.venv/bin/python", "3.12.1", (("uv.lock", "7" * 40),)
)
OLD = Lineage("41", "unit", "0123456789abcdef", "main", False, setting=SETTING)
NEW = Lineage(
    "57",
    "unit",
    "fedcba9876543210",
    "main",
    True,
    "9" * 32,
    "changes inside lib are not in the patch: a repository of its own",
    SETTING._replace(version="3.13.0", locks=()),
    inputs="8" * 32,
    after="9" * 32,
    files=4,
    moved=("a.py",),
    packages="6" * 32,
    again="12",
)
BEFORE = Side(
    "#41",
    "unit",
    RUN,
    ran(UNIT, Outcome.PASSED, ""),
    OLD,
    INGREDIENTS,
    Measured(
        (
            Metric("f1", 0.842, 400, 0.81, 0.87),
            Metric("accuracy", 0.9, 400),
            Metric("vanished", 1),
        ),
        examples((1, 2)),
        (("lr", "0.1"), ("model", "small")),
        data="a" * 32,
    ),
)
AFTER = Side(
    "#57",
    "unit",
    RUN._replace(id="57"),
    ran(UNIT, Outcome.FAILED, "exit 1"),
    NEW,
    LATER,
    Measured(
        (
            Metric("f1", 0.861, 400, 0.83, 0.89),
            Metric("accuracy", 0.9, 400),
            Metric("f1/lang:da", 0.5, 4, 0.15, 0.85),
        ),
        (*examples((2, 3, 4, 5, 6, 7)), Example("extra", (("ok", 1.0),))),
        (("lr", "0.01"), ("model", "small")),
        0.25,
        "b" * 32,
    ),
)
ORIGIN = Origin(NEW, LATER)
FILES = (File("a.py", "", 3, 1), File("is.py", "", 0, 0, "was.py"), File("new.py", "", 7, 0))
POINTS = (
    Point(RUN, ran(UNIT, Outcome.PASSED, ""), Metric("f1", 0.842, 400, 0.81, 0.87)),
    Point(
        RUN._replace(id="11", why="", dirty=False),
        ran(UNIT, Outcome.FAILED, "exit 1", seconds=9.87)._replace(at=AT - 3_600),
    ),
    Point(
        RUN._replace(id="10", commit="", branch="", dirty=None, why="=1+1, a guess"),
        ran(UNIT, Outcome.PASSED, "", seconds=3)._replace(at=AT - 86_400),
        Metric("f1", 0.7),
    ),
)
