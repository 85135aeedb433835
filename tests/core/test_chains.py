from __future__ import annotations

from innerloop.core.chains import Link, links

CHAIN = """
import pytest
from snappylapy import configure_snappylapy
from test_first import test_zero

@pytest.mark.parametrize("n", [1, 2])
def test_many(expect, n): ...

@pytest.mark.snappylapy(depends=[test_zero, test_many])
def test_one(load_snapshot): ...

@configure_snappylapy(depends=[test_many], output_dir="x")
@pytest.mark.parametrize("n", [1, 2])
async def test_other(load_snapshot, n): ...

@pytest.mark.snappylapy(output_dir="x")
def test_alone(expect): ...
"""


def test_links_are_read_without_running_anything() -> None:
    first = "@decorated\ndef test_zero(expect): ..."

    assert links({"test_first.py": first, "test_chain.py": CHAIN}) == {
        "test_first.py": (),
        "test_chain.py": (
            Link("test_one", "test_zero", alike=True),
            Link("test_one", "test_many", alike=False),
            Link("test_other", "test_many", alike=True),
        ),
    }


def test_what_is_no_python_has_no_links() -> None:
    assert links({"a.py": "def (", "b.py": "\0"}) == {"a.py": (), "b.py": ()}
