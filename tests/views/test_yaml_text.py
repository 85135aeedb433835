"""YAML written as text is read back as it was meant, whatever it holds."""

from __future__ import annotations

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from innerloop.views.yaml_text import Noted, document

TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30),
    st.sampled_from(
        ["yes", "no", "ON", "null", "~", "1", "1e3", "0x1", "", " a", "a ", "- a", ".5"]
    ),
    st.sampled_from(["a: b", "a #b", "#", "'", '"', "{a}", "[a]", "*a", "&a", "!a", "%a"]),
)
KEYS = TEXTS.filter(lambda text: text != "on")
DATA = st.recursive(
    TEXTS | st.booleans() | st.integers(0, 10**9),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.dictionaries(KEYS, DATA.filter(lambda value: value != []), min_size=1, max_size=4))
def test_what_is_written_is_what_is_read(data: dict[str, object]) -> None:
    assert yaml.safe_load(document("a head", data)) == data


def test_lines_of_a_script_are_a_block_and_a_comment_is_none_of_its_value() -> None:
    said = document("one\ntwo", {"run": "a 'b'\n\nc\n", "uses": Noted("x/y@1", "v1")})
    assert said.startswith("# one\n# two\n")
    assert "uses: x/y@1  # v1\n" in said
    assert yaml.safe_load(said) == {"run": "a 'b'\n\nc\n", "uses": "x/y@1"}
