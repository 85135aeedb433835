"""Rewriting: each rule by itself. How far they go, `cases/` tries."""

from __future__ import annotations

import pytest

from rag.rewrite import rewrite, topic


def test_a_question_without_history_is_left_alone() -> None:
    assert rewrite("And for a dog?", []) == "And for a dog?"


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        ("What is it for an adult on Sunday?", "And for a dog?", "What is it for a dog on Sunday?"),
        ("When is it open on Monday?", "What about Sunday?", "When is it open on Sunday?"),
        ("When is it open on Monday?", "On Sunday?", "When is it open on Sunday?"),
        ("Is the farm shop open today?", "And the book shop?", "Is the book shop open today?"),
        ("Which bin is for paper?", "And glass?", "Which bin is for glass?"),
        ("How tall is the mill?", "When was it built?", "When was the mill built?"),
        ("How tall is the mill?", "And when was it built?", "When was the mill built?"),
        ("Hvad koster det for en voksen?", "Og for et barn?", "Hvad koster det for et barn?"),
        ("Er der åbent om mandagen?", "Hvad med søndag?", "Er der åbent om søndag?"),
        ("Hvor høj er møllen?", "Hvornår er den bygget?", "Hvornår er møllen bygget?"),
    ],
)
def test_a_question_that_leans_is_made_to_stand(before: str, question: str, alone: str) -> None:
    assert rewrite(question, [before]) == alone


@pytest.mark.parametrize(
    "question",
    [
        "How far is it to the church?",
        "Are there seals on the sandbank?",
        "Hvad koster det at leje en cykel?",
        "Hvornår er der torvedag?",
        "?",
    ],
)
def test_a_question_that_stands_is_left_alone(question: str) -> None:
    assert rewrite(question, ["How tall is the mill?"]) == question


def test_each_leans_on_the_one_before() -> None:
    asked = ["What is it for an adult?", "And for a child?"]
    assert rewrite("And for a dog?", asked) == "What is it for a dog?"


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("When does the swimming hall open on Monday?", "swimming hall"),
        ("Hvornår åbner svømmehallen?", "svømmehallen"),
        ("How long is it?", ""),
    ],
)
def test_the_topic_is_what_is_named_first(question: str, named: str) -> None:
    assert topic(question) == named
