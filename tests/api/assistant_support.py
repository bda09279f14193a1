"""What the tests of the assistant over HTTP share: asking in one session, and time for a busy machine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from amr_fleet.api import assisting
from tests.api.api_support import Connect

ASK, CONFIRM = "/api/v1/assistant/ask", "/api/v1/assistant/confirm"


def be_patient(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a busy machine the time to learn the site's names."""
    monkeypatch.setattr(assisting, "LOADING_SECONDS", 60.0)
    app.state.context = replace(app.state.context, answer_seconds=20.0)


def run(connect: Connect, role: str, *sentences: str) -> list[dict[str, Any]]:
    """Ask sentences in one session and return what was said; a name in braces is confirmed."""

    async def talk() -> list[dict[str, Any]]:
        async with connect(role) as http:
            said: list[dict[str, Any]] = []
            for text in sentences:
                if text == "{confirm}":
                    body = {"proposal_id": said[-1]["proposals"][0]["proposal_id"]}
                    answer = await http.post(CONFIRM, json=body)
                else:
                    answer = await http.post(ASK, json={"text": text})
                said.append(answer.json())
            return said

    return asyncio.run(talk())
