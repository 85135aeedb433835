from __future__ import annotations

from innerloop.core.events import Warned
from innerloop.system.veil import Veil

HOME = {"TOKEN": "hunter2-of-home", "PIN": "123", "EMPTY": ""}


def test_without_a_name_there_is_nothing() -> None:
    veil = Veil((), (HOME,))
    warned = Warned("a", "hunter2-of-home")

    assert veil.mask is None
    assert veil.text("hunter2-of-home") == "hunter2-of-home"
    assert veil.over(warned) is warned
    assert veil.warnings() == ()


def test_a_secret_is_whatever_any_loop_has_by_that_name() -> None:
    veil = Veil(("TOKEN",), (HOME, {"TOKEN": "of-one-loop"}, {}))

    assert veil.text("hunter2-of-home or of-one-loop") == "*** or ***"
    assert veil.over(Warned("a", "of-one-loop")) == Warned("a", "***")
    assert veil.warnings() == ()


def test_what_is_missing_or_too_short_is_named_and_its_value_is_not() -> None:
    veil = Veil(("TOKEN", "PIN", "EMPTY", "NOWHERE"), (HOME,))

    assert veil.warnings() == (
        "the secret PIN has under 4 characters: it is not masked",
        "the secret EMPTY is not set",
        "the secret NOWHERE is not set",
    )
    assert veil.text("123") == "123"


def test_where_nothing_can_be_masked_nothing_is_looked_for() -> None:
    assert Veil(("PIN", "NOWHERE"), (HOME,)).mask is None
