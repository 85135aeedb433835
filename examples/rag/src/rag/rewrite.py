"""Rewrite a question that leans on those before it, by rules: no model, and so no understanding.

What is seen, in English and in Danish:
    And for a dog?         the question before, with its `for ...` replaced
    What about Sunday?     the question before, with its day (month, visitor ...) replaced
    And the farm shop?     the question before, with its `the harbour shop` replaced
    And a tandem?          the question before, with the last thing that it names replaced
    When does it close?    `it` is what the question before names first

What is not: a question that leans on an answer, two things that `it` may be, a thing named
last rather than first, a new subject that begins with `and`. A real LLM does better: `rag.remote`.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rag.tables import DAYS, MONTHS
from rag.words import STOP, Language, language, stem, terms, words

if TYPE_CHECKING:
    from collections.abc import Sequence

OPENING: dict[Language, str] = {
    "en": r"(?:(?:and|but) )?(?:what|how) about\b|and\b|but\b|or\b",
    "da": r"(?:(?:og|men) )?(?:hvad (?:så )?med|hvad så)\b|og så\b|og\b|men\b|eller\b",
}
ASKING: dict[Language, frozenset[str]] = {
    "en": frozenset(
        "am are can could did do does has have how is may must shall should was were what when "
        "where which who whose why will".split()
    ),
    "da": frozenset(
        "er findes får gør har hvad hvem hvilke hvilken hvilket hvis hvor hvordan hvorfor hvornår "
        "kan må skal var vil".split()
    ),
}
PREPOSITIONS: dict[Language, str] = {
    "en": "for|on|in|from|to|at|of|with|during|under|over",
    "da": "for|på|i|fra|til|ved|af|med|om|under|over",
}
ARTICLES: dict[Language, str] = {"en": "a|an|the", "da": "en|et|den|det"}
POINTING: dict[Language, str] = {
    "en": r"\b(?:it|they|them|(?<!is )(?<!are )there)\b(?! to)",
    "da": r"\b(?:den|det|de|dem|(?<!er )(?<!findes )der)\b(?! at)",
}
# Said of a thing, and so not the thing that is spoken of.
SAID: dict[Language, str] = {
    "en": "open close cost leave begin start end last built lives stand called find hire buy sold "
    "tall long old far big high wide heavy deep many much often time made",
    "da": "åbner lukker koster begynder starter slutter varer ligger står hedder bygget sælges "
    "høj højt lang langt længe gammel gammelt stor stort bred bredt tung dyb mange meget tit tid",
}
LIKE: dict[Language, tuple[str, ...]] = {
    "en": (
        DAYS["en"],
        MONTHS["en"],
        "summer winter",
        "adult child senior student dog bicycle motorcycle car",
        "morning evening",
        "return single",
    ),
    "da": (
        DAYS["da"],
        MONTHS["da"],
        "sommer vinter",
        "voksen barn pensionist studerende hund cykel motorcykel bil",
        "morgen aften",
        "retur enkelt",
    ),
}


class Span(NamedTuple):
    """A part of a text."""

    start: int
    end: int


def rewrite(question: str, history: Sequence[str]) -> str:
    """A question that can be understood by itself; `history` is what was asked before, in turn."""
    alone = ""
    for each in (*history, question):
        alone = _leaning(each, alone) if alone else each
    return alone


def _leaning(question: str, before: str) -> str:
    spoken = language(question)
    opening = re.match(OPENING[spoken], question, re.IGNORECASE)
    rest = question[opening.end() :].strip(" ,?") if opening else question.strip(" ?")
    first = words(rest)[:1]
    if not first:
        return question
    if first[0] not in ASKING[spoken] and (opening or len(words(rest)) <= 4):  # noqa: PLR2004
        return _swapped(before.rstrip(" ?"), rest, spoken) + "?"
    return _pointed(_sentence(rest), before, spoken) + "?"


def _swapped(before: str, rest: str, spoken: Language) -> str:
    """The question before, with what is like the rest replaced by it."""
    named = _named(before, spoken)
    found = (
        _same_place(before, rest, spoken)
        or _same_noun(named, before, rest, spoken)
        or _same_kind(before, rest, spoken)
        or next(reversed(named), Span(len(before), len(before)))
    )
    inside = re.sub(rf"^(?:{PREPOSITIONS[spoken]})\b", _small, rest, flags=re.IGNORECASE)
    return before[: found.start] + inside + before[found.end :]


def _small(found: re.Match[str]) -> str:
    return found[0].lower()


def _same_place(before: str, rest: str, spoken: Language) -> Span | None:
    """What stands behind the preposition that the rest begins with, to the next one."""
    first = rest.split(maxsplit=1)[0].lower()
    if first not in PREPOSITIONS[spoken].split("|"):
        return None
    ends = rf"(?=,| (?:{PREPOSITIONS[spoken]})\b|$)"
    return _last(rf"\b{first}\b .+?{ends}", before)


def _same_noun(named: list[Span], before: str, rest: str, spoken: Language) -> Span | None:
    """A thing whose last word is that of the rest: `a city bike` for `a cargo bike`."""
    last = terms(rest, spoken)[-1:]
    same = [span for span in named if last == terms(before[span.start : span.end], spoken)[-1:]]
    return same[0] if last and same else None


def _same_kind(before: str, rest: str, spoken: Language) -> Span | None:
    """A word, with its article, of a kind with one of the rest: a day for a day."""
    asked = set(terms(rest, spoken))
    for kind in (set(terms(names, spoken)) for names in LIKE[spoken]):
        for found in re.finditer(rf"(?:\b(?:{ARTICLES[spoken]}) )?\b[^\W\d_]+", before):
            if kind & asked and kind & set(terms(found[0], spoken)):
                return Span(*found.span())
    return None


def _last(pattern: str, text: str) -> Span | None:
    spans = [Span(*found.span()) for found in re.finditer(pattern, text)]
    return spans[-1] if spans else None


def _pointed(question: str, before: str, spoken: Language) -> str:
    """The question, with the thing named that it points at."""
    about = topic(before)
    if not about:
        return question
    named = f"the {about}" if spoken == "en" else about
    return re.sub(POINTING[spoken], lambda _: named, question, count=1, flags=re.IGNORECASE)


def topic(question: str) -> str:
    """The first thing that a question names: `bus` of `When does the bus leave on Monday?`."""
    spoken = language(question)
    first = next(iter(_named(question, spoken)), Span(0, 0))
    return re.sub(rf"^(?:{ARTICLES[spoken]}) ", "", question[first.start : first.end])


def _named(question: str, spoken: Language) -> list[Span]:
    """The things that a question names, with their articles: runs of words that say something."""
    said = {stem(word, spoken) for word in SAID[spoken].split()}
    passed_over = STOP[spoken] | set(PREPOSITIONS[spoken].split("|")) | ASKING[spoken]

    def names(word: str) -> bool:
        return word.lower() not in passed_over and stem(word.lower(), spoken) not in said

    runs = groupby(re.finditer(r"[\w']+", question), lambda found: names(found[0]))
    spans = [(run[0].start(), run[-1].end()) for named, (*run,) in runs if named]
    return [Span(_article(question, start, spoken), end) for start, end in spans]


def _article(question: str, start: int, spoken: Language) -> int:
    found = re.search(rf"\b(?:{ARTICLES[spoken]}) $", question[:start], re.IGNORECASE)
    return found.start() if found else start


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
