"""What was asked and said this shift, and the file into which people put answers that were wrong.

Kept in memory for a person's own eyes: the audit trail is the record. A wrong answer becomes a row in the format of the
evaluation files, to be looked at by somebody; nothing learns from it by itself.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.assistant.dialogue import DialogueReply
from amr_fleet.assistant.reading import Call

MOST: Final = 200
"""Turns that are kept of one person."""
LIFE_S: Final = 12 * 3600.0  # a shift of 8 h and what is said behind it; longer, the next shift would read it
MOST_BYTES: Final = 5_000_000
"""Size from which on the review file takes no more rows until somebody moved it away."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One question and its answer. at: seconds of the desk's clock; time: local ISO time of the fleet."""

    id: int
    user: str
    role: str
    at: float
    time: str
    asked: str
    reply: DialogueReply


@dataclass
class TalkRecord:
    """The turns of all people. Not for use by several threads at once: the desk holds its lock."""

    review: Path | None = None
    _turns: dict[str, deque[Turn]] = field(default_factory=dict)
    _last: int = 0

    def add(self, user: str, role: str, asked: str, reply: DialogueReply, *, at: float, time: str) -> Turn:
        """Keep one turn and return it with its number."""
        self._last += 1
        turn = Turn(id=self._last, user=user, role=role, at=at, time=time, asked=asked, reply=reply)
        self._turns.setdefault(user, deque(maxlen=MOST)).append(turn)
        for name in [name for name, turns in self._turns.items() if at - turns[-1].at > LIFE_S]:
            del self._turns[name]
        return turn

    def of(self, user: str, *, at: float) -> list[Turn]:
        """Return a person's turns of the last hours, oldest first."""
        return [turn for turn in self._turns.get(user, ()) if at - turn.at <= LIFE_S]

    def report(self, user: str, turn_id: int, note: str, *, at: float) -> bool:
        """Write a wrong answer into the review file; False when there is no such turn, store.failed when it cannot."""
        turns = self.of(user, at=at)
        index = next((index for index, turn in enumerate(turns) if turn.id == turn_id), -1)
        if index < 0:
            return False
        if self.review is None:
            raise AmrError("store.failed", reason="this fleet has no folder for a review file")
        _append(self.review, review_row(turns[: index + 1], note))
        return True


def review_row(turns: Sequence[Turn], note: str) -> dict[str, Any]:
    """Return the last of the turns as a row of an evaluation file, with the two before it as context."""
    turn = turns[-1]
    return {
        "id": f"review-{turn.time}-{turn.id}",
        "text": turn.asked,
        "variant": "",
        "context": [{"who": "user", "text": before.asked} for before in turns[-3:-1]],
        "role": turn.role,
        "front": "embedded",
        "expected": None,  # for the person who looks at it
        "note": note,
        "got": {
            "kind": turn.reply.kind,
            "why": turn.reply.why,
            "tools": [_call(call) for call in (*turn.reply.calls, *(one.call for one in turn.reply.proposals))],
            "answer": turn.reply.text[:500],
        },
        "tags": ["review"],
    }


def _call(call: Call) -> dict[str, Any]:
    return {"name": call.name, "args": call.args}


def _append(path: Path, row: dict[str, Any]) -> None:
    try:
        if path.exists() and path.stat().st_size > MOST_BYTES:
            raise AmrError("store.failed", reason=f"{path.name} is full: somebody has to look at it")
        # Questions may hold names: for the service's own user only.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as error:
        raise AmrError("store.failed", reason=type(error).__name__) from error
