"""The assistant of a running fleet: one conversation a session, kept in memory, forgotten when it was long silent."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from amr_fleet.assistant.dialogue import Conversation, DialogueReply, Proposal
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import Facts
from amr_fleet.assistant.understanding import Understanding

MOST: Final = 200
"""Conversations that are kept; the one that was silent longest is forgotten first."""


@dataclass
class Desk:
    """All conversations. Any thread may ask; one sentence is read at a time (some 10 ms)."""

    _talks: OrderedDict[str, Conversation] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, session: str, user: str, role: str, text: str, facts: Facts, *, at: float) -> DialogueReply:
        """Answer a sentence of a session. at: seconds of a clock that only goes forward."""
        with self._lock:
            talk = self._talks.pop(session, None)
            if talk is None or talk.user != user:
                talk = Conversation(user=user, role=role)
            talk.role = role
            self._talks[session] = talk
            while len(self._talks) > MOST:
                self._talks.popitem(last=False)
            return talk.ask(Understanding(facts), text, at=at)

    def waiting(self, session: str, user: str, proposal_id: str, *, at: float) -> Proposal:
        """Return a proposal of this session that waits for its person; LookupError with the code of what is wrong."""
        with self._lock:
            talk = self._talks.get(session)
            if talk is None:
                raise LookupError("assistant.no_proposal")
            return talk.waiting(proposal_id, user=user, at=at)

    def confirm(self, session: str, user: str, proposal_id: str, facts: Facts, *, at: float) -> Call:
        """Return the command of a proposal of this session; LookupError with the code of what is wrong."""
        with self._lock:
            talk = self._talks.get(session)
            if talk is None:
                raise LookupError("assistant.no_proposal")
            return talk.confirm(proposal_id, facts, user=user, at=at)
