from __future__ import annotations

import pytest

from innerloop.core.words import hiding


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("pytest | tee log", "|"),
        ("pytest; echo done", ";"),
        ("server & pytest", "&"),
        ("server &", "&"),
        ("pytest && echo done", ""),
        ("grep x y || true", ""),
        ("echo $(ls | wc -l)", ""),
        ("for x in a b; do echo $x; done", ""),
        ("grep 'a|b;c&d' file && true", ""),
        ("pytest;", ""),
        ("make 2>&1", ""),
    ],
)
def test_operators_that_hide_a_failure_are_found(text: str, sign: str) -> None:
    assert hiding(text) == sign
