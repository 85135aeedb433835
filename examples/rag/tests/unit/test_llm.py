"""The client: offline, it needs nothing and costs nothing."""

from __future__ import annotations

import subprocess
import sys

from rag import llm
from rag.llm import Offline
from rag.settings import Settings


def test_without_a_setting_the_client_is_offline() -> None:
    client = llm.client(Settings())
    assert isinstance(client, Offline)
    assert client.cost == 0
    assert client.rewrite("And glass?", ["Which bin is for paper?"]) == "Which bin is for glass?"
    assert client.answer("Which bin?", []).text == ""


def test_offline_nothing_of_the_network_is_loaded() -> None:
    code = "import sys, rag.behaviour, rag.evaluate; sys.exit('urllib.request' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code
