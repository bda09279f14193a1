"""What the audit trail keeps of an answer: the calls, what was proposed under which number, what was done at once."""

from __future__ import annotations

from typing import Any

from amr_fleet.assistant.dialogue import DialogueReply
from amr_fleet.assistant.reading import Call


def told_call(call: Call) -> dict[str, Any]:
    """Return a call as the trail writes it."""
    return {"tool": call.name, **({"args": call.args} if call.args else {})}


def proposal_told(proposal_id: str, call: Call) -> dict[str, Any]:
    """Return a proposal with the number that its confirmation will name."""
    return {"proposal_id": proposal_id, **told_call(call)}


def audited(reply: DialogueReply) -> dict[str, Any]:
    """Return what an answer did and proposed; a question that found no tool says why."""
    done = {told.name for told in reply.executed}
    proposed = [(one.proposal_id, one.call) for one in reply.proposals if not done] + list(reply.programs)
    facts = {
        "calls": [told_call(call) for call in reply.calls],
        "proposed": [proposal_told(*one) for one in proposed],
        "done": [told_call(call) for call in reply.executed],
        "why": reply.why,
    }
    return {name: value for name, value in facts.items() if value}
