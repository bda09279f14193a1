"""The assistant of a running fleet: one conversation a session, kept in memory, forgotten when it was long silent."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from amr_fleet.assistant.dialogue import Conversation, DialogueReply, Proposal
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.record import TalkRecord, Turn
from amr_fleet.assistant.state import Facts
from amr_fleet.assistant.understanding import Understanding

_LOG: Final = logging.getLogger(__name__)
MOST: Final = 200
"""Conversations that are kept; the one that was silent longest is forgotten first."""
MOST_OFFERS: Final = 10
"""Proposals from other fronts that may wait for one person at a time."""


WARMS: Final = ("Robot nào rảnh?", "Đơn nào đang trễ?", "chở gạo từ cửa 1 đến cửa 2", "Vì sao robot 1 đứng?")
"""Questions after which a grammar has made most of what it makes when a sentence needs it."""


def _learn(facts: Callable[[], Facts], learnt: Future[None]) -> None:
    try:
        understanding = Understanding(facts())
        for text in WARMS:
            understanding.read(text)
    except Exception:
        _LOG.exception("the assistant's grammar was not loaded before the first question")
    finally:  # whoever waits asks, and meets the same trouble with its code
        learnt.set_result(None)


@dataclass
class Desk:
    """All conversations. Any thread may ask; one sentence of a conversation is read at a time.

    A sentence may take a report of a whole week: only its own conversation waits for it, never who lists what was said.
    """

    _talks: OrderedDict[str, Conversation] = field(default_factory=OrderedDict)
    _offers: OrderedDict[str, Conversation] = field(default_factory=OrderedDict)  # by user, from other fronts
    record: TalkRecord = field(default_factory=TalkRecord)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _learnt: Future[None] | None = None

    def learn(self, facts: Callable[[], Facts]) -> Future[None]:
        """Return what is done when the grammar knows the site; the first call begins it in a thread of its own.

        facts: asked in that thread. A failure there is no failure of the assistant: the first question learns then.
        """
        with self._lock:
            if self._learnt is None:
                self._learnt = Future()
                threading.Thread(target=_learn, args=(facts, self._learnt), name="grammar", daemon=True).start()
            return self._learnt

    def history(self, user: str, *, at: float) -> list[Turn]:
        """Return what a person asked in the last hours, oldest first."""
        with self._lock:
            return self.record.of(user, at=at)

    def keep(self, user: str, role: str, text: str, reply: DialogueReply, *, at: float, time: str) -> Turn:
        """Remember an answer that was given."""
        with self._lock:
            return self.record.add(user, role, text, reply, at=at, time=time)

    def report(self, user: str, turn_id: int, note: str, *, at: float) -> bool:
        """Put an answer into the review file; False when this person has no such turn."""
        with self._lock:
            return self.record.report(user, turn_id, note, at=at)

    def ask(self, session: str, user: str, role: str, text: str, facts: Facts, *, at: float) -> DialogueReply:
        """Answer a sentence of a session. at: seconds of a clock that only goes forward."""
        talk = self._talk(session, user, role)
        with talk.lock:
            return talk.ask(Understanding(facts), text, at=at)

    def choice(self, user: str, turn_id: int, words: str, *, at: float) -> Call:
        """Return the call behind a choice that a person was offered; LookupError where there is none."""
        turn = next((turn for turn in self.history(user, at=at) if turn.id == turn_id), None)
        call = turn.reply.chosen(words) if turn is not None else None
        if call is None:
            raise LookupError("assistant.no_answer")
        return call

    def choose(self, session: str, user: str, role: str, call: Call, facts: Facts, *, at: float) -> DialogueReply:
        """Answer a press on a choice in a session. at: as of ask."""
        talk = self._talk(session, user, role)
        with talk.lock:
            return talk.choose(call, facts, at=at)

    def _talk(self, session: str, user: str, role: str) -> Conversation:
        """Return the conversation of a session, as its role is now; the one that was silent longest is forgotten."""
        with self._lock:
            talk = self._talks.pop(session, None)
            if talk is None or talk.user != user:
                talk = Conversation(user=user, role=role)
            talk.role = role
            self._talks[session] = talk
            while len(self._talks) > MOST:
                self._talks.popitem(last=False)
            return talk

    def offer(self, user: str, role: str, front: str, call: Call, facts: Facts, *, at: float) -> Proposal:
        """Make a proposal to a user from a front that is no person; only a person's session confirms it."""
        with self._lock:
            talk = self._offers.pop(user, None) or Conversation(user=user, role=role, front=front)
            self._offers[user] = talk
            while len(self._offers) > MOST:
                self._offers.popitem(last=False)
        with talk.lock:
            for name in [name for name, one in talk.proposals.items() if at > one.expires]:
                del talk.proposals[name]
            if len(talk.proposals) >= MOST_OFFERS:
                raise LookupError("assistant.too_many")
            return talk.propose(call, facts, at=at)

    def offered(self, user: str, *, at: float) -> list[Proposal]:
        """Return what other fronts propose to a user and still waits."""
        with self._lock:
            talk = self._offers.get(user)
        if talk is None:
            return []
        with talk.lock:
            return [one for one in talk.proposals.values() if at <= one.expires]

    def waiting(self, session: str, user: str, proposal_id: str, *, at: float) -> Proposal:
        """Return a proposal to this person that waits; LookupError with the code of what is wrong."""
        talk = self._of(session, user, proposal_id)
        with talk.lock:
            return talk.waiting(proposal_id, user=user, at=at)

    def confirm(self, session: str, user: str, proposal_id: str, facts: Facts, *, at: float) -> Call:
        """Return the command of a proposal to this person; LookupError with the code of what is wrong."""
        talk = self._of(session, user, proposal_id)
        with talk.lock:
            return talk.confirm(proposal_id, facts, user=user, at=at)

    def _of(self, session: str, user: str, proposal_id: str) -> Conversation:
        """Return the conversation of this session, or what other fronts propose to its user."""
        with self._lock:
            offers, talk = self._offers.get(user), self._talks.get(session)
        if offers is not None and proposal_id in offers.proposals:
            return offers
        if talk is None:
            raise LookupError("assistant.no_proposal")
        return talk
