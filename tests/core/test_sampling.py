from __future__ import annotations

import pytest

from innerloop.core.sampling import ALL, Amount, Cut, Rule, Taken, lines, said, strata, text


@pytest.mark.parametrize(
    ("amount", "name"),
    [
        (Amount(200), "200"),
        (ALL, "all"),
        (Amount(None, "0.1"), "10%"),
        (Amount(None, "0.10"), "10%"),
        (Amount(None, ".125"), "12.5%"),
        (Amount(None, "0.001"), "0.1%"),
        (Amount(None, "0.0005"), "0.05%"),
        (Amount(None, "0.5"), "50%"),
    ],
)
def test_an_amount_has_a_name(amount: Amount, name: str) -> None:
    assert str(amount) == name


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (7, "7"),
        (-7, "-7"),
        (10**30, str(10**30)),
        (1.0, "1.0"),
        (1e16, "1e+16"),
        (0.1, "0.1"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        (float("nan"), ""),
        ({"b": [1, None], "a": "ü"}, '{"a":"ü","b":[1,null]}'),
    ],
)
def test_a_value_is_a_text_as_json_writes_it(value: object, expected: str) -> None:
    assert text(value) == expected


def test_a_rule_is_said_in_a_line() -> None:
    assert said(Rule(Amount(2))) == "the rows of the smallest md5('0:' + the row)"
    assert said(Rule(Amount(2), ("id",), ("label",), seed=7)) == (
        "the rows of the smallest md5('7:' + id), of each label the same share, rounded up"
    )
    assert said(Rule(Amount(2), group=("user",))) == (
        "the rows of each user together, users by the smallest md5('0:' + user)"
    )
    assert said(Rule()) == "all rows"


def test_what_was_cut_is_said_with_its_strata() -> None:
    taken = strata({"en": 18, "": 1}, {"en": 1800, "": 3, "da": 1})
    assert taken == (Taken("en", 18, 1800), Taken("", 1, 3), Taken("da", 0, 1))
    found = lines(Cut(19, 1804, taken), Rule(Amount(19), ("id",), ("label",)), "a.csv", most=2)
    assert found == [
        "19 of 1,804 rows of a.csv",
        "rule 1: the rows of the smallest md5('0:' + id), of each label the same share, rounded up",
        "  en      18 of 1,800",
        "  (none)  1 of 3",
        "  and 1 more: 0 of 1",
        "  1 of 3 are not there: too few rows for each",
    ]
