from __future__ import annotations

import random

from innerloop.core.fingerprint import gather
from innerloop.system.files import Entry, Stat
from innerloop.system.gathered import Gathered


def entry(value: str) -> Entry:
    return Entry(Stat(1, 2, 3, 4, 0o100644), value, settled=True)


def test_it_is_what_would_be_gathered_from_the_beginning() -> None:
    paths = tuple(f"p{n:02}" for n in range(20))
    draw = random.Random(1)
    looked = [entry(str(n)) if n % 5 else None for n in range(20)]
    found = Gathered(paths)
    for epoch in range(300):
        found.anew(looked, epoch)
        values = {p: e.value for p, e in zip(paths, looked, strict=True) if e}
        assert found.files == gather(values)
        assert list(found.files.entries) == list(values)
        assert {*found.unreadable} == {p for p, v in values.items() if v.startswith("unreadable")}
        looked = list(looked)
        for _ in range(draw.randrange(3)):
            values_drawn = ("1", "2", "3", "unreadable 13", "")
            value = draw.choice(values_drawn)
            looked[draw.randrange(20)] = entry(value) if value else None


def test_what_was_handed_out_stays_as_it_was() -> None:
    found = Gathered(("a",))
    found.anew([entry("1")], 0)
    before = found.files

    found.anew([entry("2")], 1)

    assert before == gather({"a": "1"})
    assert found.files == gather({"a": "2"})


def test_another_look_of_the_same_content_is_the_same_files() -> None:
    found = Gathered(("a",))
    found.anew([entry("1")], 0)
    before = found.files

    found.anew([entry("1")], 1)

    assert found.files is before


def test_no_files_are_gathered_too() -> None:
    found = Gathered(())
    found.anew([], 0)

    assert found.files == gather({})
