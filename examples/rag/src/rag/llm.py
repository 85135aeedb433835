"""Who rewrites questions and answers them: a client, offline unless a setting says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rag import extract, rewrite

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rag.documents import Passage
    from rag.extract import Found
    from rag.settings import Settings


class Client(Protocol):
    """What is asked of a language model, or of the rules that stand in for one."""

    def rewrite(self, question: str, history: Sequence[str]) -> str:
        """A question that can be understood without those before it."""

    def answer(self, question: str, passages: Sequence[Passage]) -> Found:
        """An answer that the passages give, and which document gave it."""

    @property
    def cost(self) -> float | None:
        """What was paid so far, in the currency of the price; None: the price is not known."""


class Offline:
    """Rules: no key, no network, no cost."""

    cost = 0.0

    def rewrite(self, question: str, history: Sequence[str]) -> str:
        """By the rules of `rag.rewrite`."""
        return rewrite.rewrite(question, history)

    def answer(self, question: str, passages: Sequence[Passage]) -> Found:
        """By the rules of `rag.extract`."""
        return extract.extract(question, passages)


def client(settings: Settings, cache: Path | None = None) -> Client:
    """The client that the settings ask for; a remote one keeps its replies in the cache."""
    if settings.llm == "offline":
        return Offline()
    from rag.remote import Remote  # noqa: PLC0415 - offline, nothing of the network is loaded

    return Remote(settings, cache)
