"""Words: what is left of a text when it is compared."""

from __future__ import annotations

import pytest

from rag.words import Language, language, stem, terms, words


def test_words_are_letters_or_numbers_in_one_piece() -> None:
    assert words("Open 12.30–17, the CHILDREN'S café!") == [
        "open", "12.30", "17", "the", "children", "s", "café",
    ]  # fmt: skip


def test_a_letter_with_its_mark_apart_is_the_same_letter() -> None:
    assert words("fa\u030a") == words("få")


@pytest.mark.parametrize(
    ("spoken", "forms"),
    [
        ("en", ["ticket", "tickets"]),
        ("en", ["closes", "closed", "closing", "close"]),
        ("en", ["swim", "swimming"]),
        ("en", ["bike", "bicycles"]),
        ("da", ["færge", "færgen", "færgens", "færger", "færgerne"]),
        ("da", ["barn", "børnene"]),
        ("da", ["pris", "koster"]),
    ],
)
def test_forms_of_a_word_meet(spoken: Language, forms: list[str]) -> None:
    assert len({stem(form, spoken) for form in forms}) == 1


def test_an_ending_leaves_three_letters() -> None:
    assert [stem(word, "en") for word in ("bus", "ring", "red")] == ["bus", "ring", "red"]


def test_small_words_say_nothing() -> None:
    assert terms("When does the bus leave?", "en") == ["bus", "leave"]
    assert terms("Hvornår kører den næste bus?", "da") == ["kør", "næst", "bus"]


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("When does the ferry leave?", "en"),
        ("Hvornår sejler færgen?", "da"),
        ("Ternø ferry for the children", "en"),
        ("Hvad koster is?", "da"),
        ("børn, færge", "da"),
        ("ferry, children", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_told_by_small_words(text: str, spoken: Language) -> None:
    assert language(text) == spoken
