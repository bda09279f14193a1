"""The endpoint of a language model: what is sent, what may come back, and what a file may say."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.assistant import fronts
from amr_fleet.assistant.language_model import LanguageModel, load_language_model, reply_of, shown, tools_of
from amr_fleet.assistant.tools import COMMANDS
from tests.scripted_model import ScriptedModel, completion


@contextmanager
def scripted(*answers: bytes | Callable[[], bytes], status: int = 200) -> Iterator[ScriptedModel]:
    server = ScriptedModel(list(answers), status=status)
    try:
        yield server
    finally:
        server.close()


def test_what_is_sent_is_a_chat_completion_with_the_tools_of_the_role() -> None:
    with scripted(completion("Chào.")) as server:
        model = LanguageModel(server.url, "small", "secret-key")
        reply = model.complete([{"role": "user", "content": "Chào"}], tools_of("viewer"), seconds=5.0)
    assert (reply.text, reply.wants) == ("Chào.", ())
    [asked] = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == "Bearer secret-key"
    assert (asked.body["model"], asked.body["temperature"], asked.body["stream"]) == ("small", 0, False)
    names = {tool["function"]["name"] for tool in asked.body["tools"]}
    assert names == {tool.name for tool in fronts.offered("viewer")}
    assert not names & COMMANDS
    assert "secret-key" not in repr(model)


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (b"{", 200, "no chat completion"),
        (b"[" * 100_000, 200, "no chat completion"),
        (b"{}", 200, "no chat completion"),
        (json.dumps({"choices": []}).encode(), 200, "no chat completion"),
        (json.dumps({"choices": [{"message": {"tool_calls": [{"function": {"name": 7}}]}}]}).encode(), 200, "no chat"),
        (b"x" * 1_100_000, 200, "ValueError"),
        (completion("x"), 500, "status 500"),
        (completion("x"), 302, "status 302"),
    ],
)
def test_rubbish_is_one_clear_error(answer: bytes, status: int, reason: str) -> None:
    with scripted(answer, status=status) as server, pytest.raises(AmrError, match=reason) as raised:
        LanguageModel(server.url, "m").complete([], [], seconds=20.0)
    assert raised.value.code == "assistant.model_failed"


def test_a_server_that_is_slow_or_not_there_ends_in_time() -> None:
    def late() -> bytes:
        time.sleep(3.0)
        return completion("late")

    with scripted(late) as server:
        begun = time.monotonic()
        with pytest.raises(AmrError, match="no answer in time"):
            LanguageModel(server.url, "m").complete([], [], seconds=0.3)
        assert time.monotonic() - begun < 2.5
        gone = server.url
    with pytest.raises(AmrError, match="ConnectionRefusedError"):
        LanguageModel(gone, "m").complete([], [], seconds=2.0)


def test_its_words_are_one_short_line_without_tricks() -> None:
    assert shown("Có\n3\u202e robot\x00 ") == "Có 3 robot"
    assert len(shown("x" * 5_000)) == 1_000
    assert reply_of(completion("e\u0302")).text == "ê"


def made(tmp_path: Path, said: Any) -> str:
    path = tmp_path / "model.yaml"
    path.write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
    return str(path)


def test_a_file_names_the_endpoint_and_where_its_key_lies(tmp_path: Path) -> None:
    assert load_language_model("") is None
    key = tmp_path / "key"
    key.write_text("abc\n", encoding="utf-8")
    said = {"url": "http://127.0.0.1:9000/v1/", "model": "small", "key_file": str(key)}
    assert load_language_model(made(tmp_path, said)) == LanguageModel("http://127.0.0.1:9000/v1", "small", "abc")


@pytest.mark.parametrize(
    "said",
    [
        "url: [",
        "",
        "a list",
        {"url": "file:///etc/passwd", "model": "m"},
        {"url": "http://user:pw@host/v1", "model": "m"},
        {"url": "http://host:99999/v1", "model": "m"},
        {"url": "http://host/v1?x=1", "model": "m"},
        {"url": "http://host/v1"},
        {"url": "http://host/v1", "model": ""},
        {"url": "http://host/v1", "model": "m", "key": "in the file itself"},
        {"url": "http://host/v1", "model": "m", "key_file": "/nowhere/key"},
    ],
)
def test_a_file_that_is_wrong_is_told_before_anything_starts(tmp_path: Path, said: Any) -> None:
    with pytest.raises(AmrError) as raised:
        load_language_model(made(tmp_path, said))
    assert raised.value.code == "parameter.invalid"
    with pytest.raises(AmrError):
        load_language_model(str(tmp_path / "missing.yaml"))
