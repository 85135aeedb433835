"""Words: what of a text is compared, in English and in Danish."""

from __future__ import annotations

import re
from typing import Literal, get_args
from unicodedata import normalize

Language = Literal["en", "da"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")
DANISH = frozenset("æøå")
SHORTEST = 3
"""letters that must be left of a word when its ending goes"""

# A list for each language, never one for both: `and`, `by`, `is` and `to` say nothing in English,
# and in Danish they are a duck, a town, an ice cream and two.
STOP: dict[Language, frozenset[str]] = {
    "en": frozenset(
        "a about am an and any are as at be been being but by can could did do does doing for "
        "from get had has have he her here him his how i if in into is it its just many may me "
        "much must my no not of off on or our out please shall she should so some tell than "
        "that the their them then there these they this those to up us was we were what when "
        "where which who whom whose why will with would you your s t".split()
    ),
    "da": frozenset(
        "ad af alle at bliver da de dem den der deres det dette dig din du efter eller er et en "
        "for fra få får gør ham han har havde hende her hos hun hvad hvem hvilke hvilken hvilket "
        "hvis hvor hvordan hvorfor hvornår i ind ja jeg jer kan kunne man mange med meget men mig "
        "min mit mod må ned nej nogen noget nogle nu når og også om op os på sig sin sit skal "
        "skulle som så til ud var ved vi vil være været".split()
    ),
}

ENDINGS: dict[Language, tuple[str, ...]] = {
    "en": ("ings", "ing", "ed", "es", "s", "e"),
    "da": ("ernes", "erne", "enes", "ene", "ens", "ets", "ers", "en", "et", "er", "es", "e", "s"),
}


def _same(lines: str) -> dict[str, str]:
    return {word: line.split()[0] for line in lines.splitlines() for word in line.split()}


# What the endings would get wrong, and what means the same; the first word stands for its line.
SAME: dict[Language, dict[str, str]] = {
    "en": _same(
        """child children kid kids
        price prices cost costs charge charged fare fares fee fees
        bicycle bicycles bike bikes
        open opens opening opened
        leave leaves leaving departure departures depart departs
        first earliest
        last latest
        senior seniors pensioner pensioners
        grown adult adults"""
    ),
    "da": _same(
        """barn barnet børn børnene
        pris pris priser prisen priserne koster koste kostede takst
        by byen byens byer
        is isen isens
        and anden ænder ænderne
        åbn åben åbent åbne åbner
        billet billetten billetter billetterne
        afgang afgange afgangen afgår
        sidst sidste seneste
        først første tidligste
        havterne havternen havternens havterner
        sommer sommeren sommerens
        vinter vinteren vinterens
        voksen voksne voksnes"""
    ),
}


def words(text: str) -> list[str]:
    """The words and numbers of a text, in small letters; `12.30` is one."""
    return WORD.findall(normalize("NFC", text).lower())


def stem(word: str, language: Language) -> str:
    """A word without its ending, so that `tickets` meets `ticket`, and `færgen` meets `færge`."""
    if word in SAME[language]:
        return SAME[language][word]
    for ending in ENDINGS[language]:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            return _single(word.removesuffix(ending))
    return word


def _single(word: str) -> str:
    doubled = word[-1] == word[-2] and word[-1] not in "aeiouyæøå"
    return word[:-1] if doubled else word


def terms(text: str, language: Language) -> list[str]:
    """What of a text is compared: the stems of the words that say something."""
    return [stem(word, language) for word in words(text) if word not in STOP[language]]


def language(text: str) -> Language:
    """The language of a text, by its small words; or else by its first word and its letters."""
    found = words(text)
    danish, english = (sum(word in STOP[each] for word in found) for each in ("da", "en"))
    if danish == english:
        return (
            "da" if found[:1] and (found[0] in STOP["da"] or set(text.lower()) & DANISH) else "en"
        )
    return "da" if danish > english else "en"
