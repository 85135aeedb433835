from __future__ import annotations

from functools import reduce

import pytest

from innerloop.views.look import Look, Shown, Window, choices, turned, window
from innerloop.views.pages import Page, folded

LONG = Page("unit", "", folded("\n".join(map(str, range(100))), 80))
SHORT = Page("lint", "", folded("one\ntwo", 80))
SEEN = Window(top=30, last=80, room=20, choices=3)


def pressed(*keys: str, look: Look | None = None, seen: Window = SEEN) -> Look:
    return reduce(lambda now, key: turned(now, key, seen), keys, look or Look())


def test_without_a_place_to_go_to_the_end_of_a_log_is_shown() -> None:
    assert window(Look(), choices([LONG]), 20) == Window(80, 80, 20, 1)
    assert window(Look(), choices([SHORT]), 20) == Window(0, 0, 20, 1)
    assert window(Look(), (), 20) == Window()
    assert window(Look(), choices([LONG]), 0) == Window(choices=1)


@pytest.mark.parametrize(
    ("key", "top"),
    [
        ("up", 29),
        ("down", 31),
        ("pageup", 11),
        ("pagedown", 49),
        ("space", 49),
        ("home", 0),
        ("end", 80),
    ],
)
@pytest.mark.parametrize("shown", [Shown.ALL, Shown.LOG])
def test_the_log_is_scrolled(shown: Shown, key: str, top: int) -> None:
    assert pressed(key, look=Look(shown)) == Look(shown, top=top)


def test_scrolling_ends_where_the_log_does() -> None:
    assert pressed("pageup", seen=SEEN._replace(top=3)).top == 0
    assert pressed("pagedown", seen=SEEN._replace(top=79)).top == 80
    assert window(Look(top=500), choices([LONG]), 20).top == 80


def test_n_and_p_go_round_the_failures() -> None:
    assert [pressed(*"n" * times).choice for times in range(5)] == [0, 1, 2, 0, 1]
    assert pressed("p").choice == 2
    assert pressed("n", look=Look(Shown.LOG, top=9)) == Look(Shown.LOG, 1)
    assert pressed("n", look=Look(Shown.HELP)) == Look(Shown.ALL, 1)
    assert pressed("n", seen=Window()) == Look()


def test_pages_are_opened_and_left() -> None:
    assert pressed("l").shown is Shown.LOG
    assert pressed("?").shown is Shown.HELP
    for way in (("l", "l"), ("?", "?"), ("l", "esc"), ("?", "esc"), ("?", "a"), ("?", "enter")):
        assert pressed(*way) == Look()
    assert pressed("l", "a").shown is Shown.LOG
    assert pressed("?", "down").shown is Shown.ALL
