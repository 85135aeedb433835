from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.fingerprint import (
    Difference,
    Files,
    Ingredients,
    gather,
    subtract,
    summary,
)

BLOB, OTHER = "100644 " + "a" * 40, "100644 " + "b" * 40
BASE = Ingredients(
    command="pytest -q",
    cwd="",
    patterns=("outputs: build/",),
    files=gather({"a.py": BLOB, "b.py": BLOB}),
    variables={"LANG": "1"},
    probes={"date": "2"},
    programs={"pytest": "/bin/pytest 3"},
    packages={"env/pytest": "8 4"},
    folders={"sample": "5"},
    data={"train: seed": "7"},
)
TABLES = ("variables", "probes", "programs", "packages", "folders", "data")


def test_the_same_ingredients_have_the_same_digest() -> None:
    again = BASE._replace(files=gather({"a.py": BLOB, "b.py": BLOB}), variables={"LANG": "1"})

    assert again.digest() == BASE.digest()


def test_the_order_of_a_table_means_nothing() -> None:
    one = BASE._replace(variables={"A": "1", "B": "2"})
    two = BASE._replace(variables={"B": "2", "A": "1"})

    assert one.digest() == two.digest()


CHANGES = [
    BASE._replace(command="pytest -v"),
    BASE._replace(cwd="sub"),
    BASE._replace(patterns=()),
    BASE._replace(patterns=("outputs: dist/",)),
    BASE._replace(files=gather({"a.py": OTHER, "b.py": BLOB})),
    BASE._replace(files=gather({"a.py": BLOB})),
    BASE._replace(files=gather({"a.py": BLOB, "c.py": BLOB})),
    BASE._replace(files=gather({"a.py": "100755 " + "a" * 40, "b.py": BLOB})),
    BASE._replace(files=gather({"a.py": "", "b.py": BLOB})),
    *(BASE._replace(**{name: {"other": "value"}}) for name in TABLES),  # type: ignore[arg-type]
    *(BASE._replace(**{name: {}}) for name in TABLES),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_changes_the_digest_and_can_be_named(change: Ingredients) -> None:
    assert change.digest() != BASE.digest()
    assert summary(subtract(change, BASE))


def test_every_change_is_another_question() -> None:
    assert len({one.digest() for one in CHANGES}) == len(CHANGES)


def test_what_passed_before_there_was_data_has_passed() -> None:
    """Its digest is as ever, so that nothing runs again because of a newer `loop`."""
    none = BASE._replace(data={})
    assert none == Ingredients(*BASE[:-1])._replace(data={})
    assert none.digest() == "6f42b6a79d6655c0925053591e8c3212"


def test_data_is_told_by_what_of_it_changed() -> None:
    new = BASE._replace(data={"train: seed": "8", "train: data/a.csv": BLOB})
    assert summary(subtract(new, BASE)) == "data train: seed changed and 1 more"


def test_an_unset_variable_is_not_an_empty_one() -> None:
    assert BASE._replace(variables={"LANG": ""}).digest() != BASE._replace(variables={}).digest()


WORD = st.text("ab:1\0\n ", max_size=4)
TABLE = st.dictionaries(WORD, WORD, max_size=2)
INGREDIENTS = st.builds(
    Ingredients,
    command=WORD,
    cwd=WORD,
    patterns=st.lists(WORD, max_size=2).map(tuple),
    files=st.builds(Files, st.just({}), WORD),
    variables=TABLE,
    probes=TABLE,
    programs=TABLE,
    packages=TABLE,
    folders=TABLE,
    data=TABLE,
)


@given(INGREDIENTS, INGREDIENTS)
def test_no_two_ingredients_run_into_one(one: Ingredients, two: Ingredients) -> None:
    assert (one.digest() == two.digest()) == (one == two)


@given(st.data(), INGREDIENTS)
def test_a_word_cannot_move_from_one_field_to_the_next(
    data: st.DataObject, one: Ingredients
) -> None:
    name, other = data.draw(st.permutations(("command", "cwd")))
    word = data.draw(WORD.filter(bool))
    moved = one._replace(**{name: getattr(one, name) + word})
    instead = one._replace(**{other: word + getattr(one, other)})

    assert moved.digest() != instead.digest()


@given(
    st.text(
        st.characters(codec="utf-8") | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)
    )
)
def test_names_that_are_not_utf_8_have_a_digest_too(name: str) -> None:
    files = gather({name: BLOB})

    assert len(BASE._replace(files=files, command=name).digest()) == 32
    assert files.digest != gather({name + "\udc80": BLOB}).digest


# -- subtraction --------------------------------------------------------------------------------


def test_nothing_stands_between_equals() -> None:
    assert subtract(BASE, BASE) == ()
    assert summary(()) == ""


def test_files_changed_added_and_removed() -> None:
    new = BASE._replace(files=gather({"a.py": OTHER, "c.py": BLOB}))

    assert subtract(new, BASE) == (Difference("files", ("a.py",), ("c.py",), ("b.py",)),)
    assert summary(subtract(new, BASE)) == "a.py changed and 2 more"


def test_each_kind_apart_and_files_first() -> None:
    new = Ingredients(
        "pytest -v",
        "sub",
        (),
        gather({}),
        {"LANG": "2"},
        {},
        {"pytest": "x"},
        {"new": "1"},
        {},
        BASE.data,
    )

    assert subtract(new, BASE) == (
        Difference("files", removed=("a.py", "b.py")),
        Difference("variables", changed=("LANG",)),
        Difference("packages", added=("new",), removed=("env/pytest",)),
        Difference("programs", changed=("pytest",)),
        Difference("probes", removed=("date",)),
        Difference("folders", removed=("sample",)),
        Difference("command", changed=("pytest -q -> pytest -v",)),
        Difference("cwd", changed=(". -> sub",)),
        Difference("patterns", changed=("none",)),
    )


@pytest.mark.parametrize(
    ("difference", "line"),
    [
        (Difference("files", added=("a.py",)), "a.py added"),
        (Difference("files", removed=("a.py",)), "a.py removed"),
        (Difference("variables", changed=("LANG",)), "variable LANG changed"),
        (Difference("packages", ("a",), ("b",), ("c",)), "package a changed and 2 more"),
        (Difference("programs", added=("pytest",)), "program pytest added"),
        (Difference("probes", removed=("date",)), "probe date removed"),
        (Difference("folders", changed=("sample",)), "folder sample changed"),
        (Difference("command", changed=("a -> b",)), "command changed"),
        (Difference("cwd", changed=(". -> b",)), "cwd changed"),
        (Difference("patterns", changed=("none",)), "patterns changed"),
    ],
)
def test_a_difference_in_one_line(difference: Difference, line: str) -> None:
    assert summary((difference, Difference("files", changed=("later.py",)))) == line
