"""Settings: offline unless told otherwise, and never a key to where it does not belong."""

from __future__ import annotations

import pytest

from rag import ProblemError, settings
from rag.settings import Price, Settings


@pytest.mark.parametrize("environment", [{}, {"RAG_LLM": ""}, {"OPENAI_API_KEY": "k"}])
def test_without_a_setting_it_is_offline(environment: dict[str, str]) -> None:
    assert settings.read(environment).llm == "offline"


def test_one_setting_and_a_key_are_enough() -> None:
    found = settings.read({"RAG_LLM": "openai", "OPENAI_API_KEY": "k"})
    assert found == Settings(llm="openai", key="k")
    assert found.url.startswith("https://")


def test_everything_can_be_said() -> None:
    found = settings.read(
        {
            "RAG_LLM": "openai",
            "RAG_LLM_URL": "http://127.0.0.1:8000/v1/",
            "RAG_LLM_MODEL": "small",
            "RAG_LLM_PRICE": "0.15/0.60",
        }
    )
    assert found == Settings("openai", "http://127.0.0.1:8000/v1", "small", "", Price(0.15, 0.6))


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({"RAG_LLM": "magic"}, 'RAG_LLM is "magic": offline or openai expected'),
        ({"RAG_LLM": "openai"}, "OPENAI_API_KEY is not set"),
        (
            {"RAG_LLM": "openai", "OPENAI_API_KEY": "k", "RAG_LLM_URL": "http://example.org/v1"},
            "https:// expected",
        ),
        ({"RAG_LLM": "openai", "RAG_LLM_URL": "file:///etc"}, "https:// expected"),
        ({"RAG_LLM_PRICE": "cheap"}, "two numbers"),
        ({"RAG_LLM_PRICE": "1/-1"}, "not less than nothing"),
        ({"RAG_LLM_PRICE": "nan/1"}, "not less than nothing"),
    ],
)
def test_what_cannot_be_is_refused(environment: dict[str, str], problem: str) -> None:
    with pytest.raises(ProblemError, match=problem):
        settings.read(environment)
