"""Try one ability at a time by the cases in cases/: python -m rag.behaviour."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag import ProblemError, cases, documents, index, llm, run, scores, settings
from rag.answer import READ
from rag.cases import ABILITIES, TESTS, Ability
from rag.questions import plain
from rag.scores import Example
from rag.words import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag.cases import Case, Talk
    from rag.documents import Passage
    from rag.index import Index
    from rag.llm import Client

METRIC: dict[Ability, str] = {
    "retrieval": "retrieval_hit",
    "table_reading": "table_reading",
    "question_rewriting": "question_rewriting",
}


class System(NamedTuple):
    """What is tried: an index of all documents, and a client."""

    built: Index
    client: Client


class Tried(NamedTuple):
    """A case, what came of it, and whether that is well."""

    case: Case
    came: str
    """of what was asked"""
    changed: tuple[str, ...]
    """of what was changed, in turn"""
    well: bool


def came(system: System, case: Case, talk: Talk) -> str:
    """What comes of a talk: a document, a cell of a table, or a question; empty for nothing."""
    *history, question = talk
    if case.ability == "question_rewriting":
        return system.client.rewrite(question, history)
    if case.ability == "table_reading":
        return system.client.answer(question, tables(system.built, case.document)).text
    return next(iter(index.ranked(index.search(system.built, question, READ))), "")


def tables(built: Index, document: str) -> list[Passage]:
    """The tables of a document."""
    found = [each for each in built.passages if each.document == document and each.table]
    if not found:
        raise ProblemError(f'the document "{document}" has no table')
    return found


def tried(system: System, case: Case) -> Tried:
    """Try a case. Nothing is not the same as nothing: what has no outcome fails."""
    first = came(system, case, case.asked)
    changed = tuple(came(system, case, talk) for talk in case.changed)
    if case.test == "MFT":
        well = meets(case, first)
    elif case.test == "INV":
        well = first != "" and all(same(case, first, each) for each in changed)
    else:
        well = meets(case, changed[0]) and not same(case, first, changed[0])
    return Tried(case, first, changed, well)


def meets(case: Case, outcome: str) -> bool:
    """Whether it is what was expected.

    Of a question that was rewritten words are expected, or with a minus not: `swan heavy -ferry`.
    """
    if case.ability != "question_rewriting":
        return plain(outcome) == plain(case.expect)
    found = _terms(outcome, case)
    wanted = case.expect.split()
    return all(
        found.isdisjoint(_terms(word[1:], case))
        if word.startswith("-")
        else found >= _terms(word, case)
        for word in wanted
    )


def same(case: Case, one: str, other: str) -> bool:
    """Whether two outcomes are the same: of rewritten questions, whether their words are."""
    if case.ability == "question_rewriting":
        return _terms(one, case) == _terms(other, case)
    return plain(one) == plain(other)


def _terms(text: str, case: Case) -> set[str]:
    return set(terms(text, case.lang))


def example(found: Tried) -> Example:
    """What a case is worth; `pred` is the outcome that decided."""
    case = found.case
    others = [each for each in found.changed if not same(case, found.came, each)]
    decisive = {
        "MFT": found.came,
        "INV": next(iter(others), found.came),
        "DIR": next(iter(found.changed), ""),
    }
    expected = found.came if case.test == "INV" else case.expect
    groups: dict[str, str] = {"lang": case.lang, "capability": case.ability, "test": case.test}
    worth = {METRIC[case.ability]: float(found.well)}
    return Example(case.id, worth, expected, decisive[case.test], groups)


def report(every: Sequence[Tried]) -> Iterator[str]:
    """A row for each ability, a column for each test: how many fail of how many."""
    columns = [*TESTS, *sorted({each.case.lang for each in every})]
    yield "failed of".ljust(20) + "".join(column.rjust(14) for column in columns)
    for ability in ABILITIES:
        row = [each for each in every if each.case.ability == ability]
        shares = [
            _share([each for each in row if column in {each.case.test, each.case.lang}])
            for column in columns
        ]
        if row:
            yield ability.ljust(20) + "".join(share.rjust(14) for share in shares)


def _share(found: Sequence[Tried]) -> str:
    failed = sum(not each.well for each in found)
    return f"{failed}/{len(found)} {failed / len(found):.0%}" if found else "-"


def trace(system: System, found: Tried) -> Iterator[str]:
    """What went in, what came out, and what was expected."""
    case = found.case
    yield f"{'pass' if found.well else 'FAIL'}  {case.id}  {case.ability} {case.test}"
    if case.note:
        yield f"  known     {case.note}"
    outcomes = [found.came, *found.changed]
    for talk, outcome in zip([case.asked, *case.changed], outcomes, strict=True):
        for before in talk[:-1]:
            yield f"  before    {before}"
        yield f"  in        {talk[-1]}"
        if case.ability == "retrieval":
            for hit in index.search(system.built, talk[-1], READ):
                yield f"    {hit.score:6.2f}  {hit.passage.id}"
        yield f"  out       {outcome or '(nothing)'}"
    wanted = {
        "MFT": case.expect,
        "INV": "the same of each",
        "DIR": f"at first something else, and then: {case.expect}",
    }
    yield f"  expected  {wanted[case.test]}"
    if case.document:
        yield from (
            f"    {line}"
            for each in tables(system.built, case.document)
            for line in each.text.splitlines()
        )


def chosen(every: Sequence[Case], suite: str | None, name: str | None) -> list[Case]:
    """The cases of a suite, or the one of a name."""
    found = [each for each in every if suite in {None, each.ability} and name in {None, each.id}]
    if not found:
        raise ProblemError(f'there is no case "{name}"' if name else "there are no cases")
    return found


def main(argv: list[str] | None = None) -> None:
    """Try the cases, write what came of each, and say how many failed; floors make it a failure."""
    asked = _arguments().parse_args(argv)
    floors = [scores.floor(each) for each in asked.min]
    client = llm.client(settings.read(os.environ), asked.cache)
    system = System(index.of(documents.read(asked.documents)), client)
    picked = chosen(cases.read(asked.cases), asked.suite, asked.case)
    every = [tried(system, case) for case in picked]
    for found in every:
        if asked.case or (asked.failed and not found.well):
            print("\n".join(trace(system, found)), end="\n\n")
            if asked.pdb:
                breakpoint()  # asked for: step into what follows
                tried(system, found.case)
    print("\n".join(report(every)))
    found_ = [example(each) for each in every]
    if asked.out:
        scores.write(found_, asked.out)
    under = scores.below(found_, floors)
    if under:
        raise ProblemError("; ".join(under))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rag.behaviour", description=__doc__)
    parser.add_argument("--cases", type=Path, default=Path("cases"))
    parser.add_argument("--documents", type=Path, default=Path("documents"))
    parser.add_argument("--suite", choices=ABILITIES, help="one ability")
    parser.add_argument("--case", metavar="ID", help="one case, with all that happens")
    parser.add_argument("--failed", action="store_true", help="show all that happens in what fails")
    parser.add_argument("--pdb", action="store_true", help="stop before each that is shown")
    parser.add_argument("--min", action="append", default=[], metavar="table_reading/lang:da=0.9")
    parser.add_argument("--cache", type=Path, help="where the replies of a real model are kept")
    parser.add_argument("--out", type=Path, help="the folder for examples.jsonl")
    return parser


if __name__ == "__main__":
    run(main)
