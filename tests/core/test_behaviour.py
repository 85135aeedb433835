from __future__ import annotations

from innerloop.core.behaviour import cases, failing, matrix, report
from innerloop.core.results import Example


def case(
    id_: str, ok: float, capability: str = "retrieval", test: str = "MFT", **more: object
) -> Example:
    slice_ = (("capability", capability), ("test", test))
    return Example(id_, (("ok", ok),), slice=slice_)._replace(**more)  # type: ignore[arg-type]


SOME = (
    case("a", 1.0),
    case("b", 0.0, y="ferry", pred="bus"),
    case("c", 0.4, test="INV", y="ferry", pred=""),
    case("d", 1.0, capability="tables", test="DIR"),
    Example("x", (("ok", 0.0),), slice=(("lang", "da"),)),
)


def test_a_cell_is_a_share_of_the_cases_of_one_ability_and_kind() -> None:
    cells = matrix(cases(SOME))

    assert list(cells) == [("retrieval", "MFT"), ("retrieval", "INV"), ("tables", "DIR")]
    assert cells["retrieval", "MFT"] == (1.0, 2)


def test_repetitions_of_a_case_weigh_as_one() -> None:
    found = cases((case("a", 1.0), case("a", 0.0, rep=1), case("b", 1.0)))

    assert matrix(found) == {("retrieval", "MFT"): (1.5, 2)}
    assert [one.id for one in failing(found)] == ["a"]


def test_the_worst_comes_first() -> None:
    found = failing(cases((*SOME, case("e", 0.9), case("e", 1.0, rep=1))))

    assert [one.id for one in found] == ["b", "c", "e"]


def test_a_report() -> None:
    lines = report(SOME).splitlines()
    assert lines[0].split() == ["minimum", "functionality", "invariance", "directional"]
    assert lines[1].split()[:4] == ["retrieval", "0.50", "(1/2,", "0.09..0.91)"]
    assert lines[2].split()[:3] == ["tables", "-", "-"]
    assert lines[3] == "2 cases failing, worst first:"
    assert lines[4].split() == ["b", "retrieval", "MFT", "ok", "0", "bus", "instead", "of", "ferry"]
    assert lines[5].endswith("ok 0.4  nothing instead of ferry")


def test_what_names_no_ability_has_no_report() -> None:
    assert report(SOME[-1:]) == ""
    assert report(()) == ""


def test_many_failing_cases_are_cut_and_escapes_are_shown() -> None:
    said = report([case(f"\x1b[2J{number}", 0.0) for number in range(13)])

    assert "13 cases failing" in said
    assert "... and 3 more" in said
    assert "\x1b" not in said
