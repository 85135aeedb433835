"""Cases: what one ability is tried by, a line of cases/ABILITY.jsonl each.

    test   asks
    MFT    minimum functionality: does the simple thing come out as expected?
    INV    invariance: does the same come out when what is asked is only put differently?
    DIR    direction: does what comes out change as expected when what is asked changes?

The three are those of M. Ribeiro and others, Beyond Accuracy: Behavioral Testing of NLP Models with
CheckList, 2020.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from rag import ProblemError
from rag.words import LANGUAGES, Language

if TYPE_CHECKING:
    from pathlib import Path

Test = Literal["MFT", "INV", "DIR"]
TESTS: tuple[Test, ...] = get_args(Test)
Ability = Literal["retrieval", "table_reading", "question_rewriting"]
ABILITIES: tuple[Ability, ...] = get_args(Ability)
FOUND = "found.jsonl"
"""cases that were found by an evaluation; each says which ability it tries, and where it is from"""
KEYS = frozenset({"id", "test", "lang", "asked", "changed", "expect", "document", "note"})
ORIGIN = frozenset({"ability", "from", "why"})

Talk = tuple[str, ...]
"""what was asked in turn; the last is the question"""


class Case(NamedTuple):
    """What is asked, how it is changed, and what should come of it."""

    id: str
    ability: Ability
    test: Test
    lang: Language
    asked: Talk
    changed: tuple[Talk, ...]
    """INV: each must come to the same; DIR: the one that must come to what is expected"""
    expect: str
    """empty for INV, which expects of the changed what came of the asked"""
    document: str
    """whose tables are read; empty for other abilities"""
    note: str
    """why it fails, where that is known"""


def read(folder: Path) -> list[Case]:
    """The cases of all abilities; the first line that is none ends it."""
    found = [case for ability in ABILITIES for case in _of(folder / f"{ability}.jsonl", ability)]
    if (folder / FOUND).exists():
        found += _of(folder / FOUND, None)
    seen: set[str] = set()
    for case in found:
        if case.id in seen:
            raise ProblemError(f'{folder}: two cases are called "{case.id}"')
        seen.add(case.id)
    return found


def _of(path: Path, ability: Ability | None) -> list[Case]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_case(line, ability, f"{path}, line {n}") for n, line in enumerate(lines, 1) if line]


def _case(line: str, ability: Ability | None, where: str) -> Case:
    try:
        found = json.loads(line)
        case = Case(
            id=str(found["id"]),
            ability=ability or found["ability"],
            test=found["test"],
            lang=found["lang"],
            asked=_talk(found["asked"]),
            changed=tuple(map(_talk, found.get("changed", ()))),
            expect=str(found.get("expect", "")),
            document=str(found.get("document", "")),
            note=str(found.get("note", "")),
        )
    except (ValueError, TypeError, KeyError) as problem:
        raise ProblemError(f"{where} is not a case: {problem!r}") from None
    wrong = [
        *_wrong(case),
        *(f'unknown key "{key}"' for key in sorted(found.keys() - KEYS - ORIGIN)),
    ]
    if wrong:
        raise ProblemError(f"{where}: {'; '.join(wrong)}")
    return case


def _talk(found: Any) -> Talk:  # noqa: ANN401 - JSON
    if not isinstance(found, list) or not found or not all(isinstance(each, str) for each in found):
        raise TypeError(f"{found!r} is no list of questions")
    return tuple(found)


def _wrong(case: Case) -> list[str]:
    fitting = {"MFT": not case.changed, "INV": bool(case.changed), "DIR": len(case.changed) == 1}
    claims = {
        f"the ability is one of {', '.join(ABILITIES)}": case.ability in ABILITIES,
        f"the test is one of {', '.join(TESTS)}": case.test in TESTS,
        f"the language is one of {', '.join(LANGUAGES)}": case.lang in LANGUAGES,
        "MFT has nothing changed, INV something, DIR one thing": fitting.get(case.test, True),
        "INV expects nothing of its own, and the others do": bool(case.expect)
        == (case.test != "INV"),
        "a document is named for tables, and for nothing else": bool(case.document)
        == (case.ability == "table_reading"),
    }
    return [claim for claim, true in claims.items() if not true]
