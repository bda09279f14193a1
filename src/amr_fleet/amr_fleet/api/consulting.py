"""A question to the site's language model: it chooses tools of the asker's role, people see what the tools returned.

Its commands become proposals that wait for the same person's button, like those of any program; nothing here confirms.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.api.assisting import propose, read_tool
from amr_fleet.api.auth import Session
from amr_fleet.api.context import ApiContext
from amr_fleet.assistant import fronts
from amr_fleet.assistant.answers import ToolResult
from amr_fleet.assistant.arguments import BadArgumentsError
from amr_fleet.assistant.dialogue import DialogueReply
from amr_fleet.assistant.language_model import (
    MOST_CALLS,
    SAYS,
    LanguageModel,
    Message,
    ModelReply,
    ToolRequest,
    returned,
    tools_of,
    wanted,
)
from amr_fleet.assistant.numbers_said import made_up
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.tools import COMMANDS

_NOTHING: Final = "Mô hình ngôn ngữ không tra được gì, nên không có câu trả lời."
_SPEAKS: Final = "Mô hình ngôn ngữ viết, chưa ai kiểm chứng: "
_MADE_UP: Final = "Lời của mô hình ngôn ngữ không hiện: trong đó có số mà không công cụ nào trả về."
_PROPOSED: Final = "Có đề nghị chờ bạn bấm Xác nhận."


async def consult(text: str, context: ApiContext, session: Session) -> DialogueReply:
    """Answer with what the tools said, the model's sentence beside it.

    Raises assistant.no_model, assistant.model_failed, request.too_many.
    """
    model = context.language_model
    if model is None:
        raise AmrError("assistant.no_model")
    context.consultations.take(session.user)
    question = _Question(context, session)
    end = time.monotonic() + model.seconds
    messages: list[Message] = [{"role": "system", "content": SAYS}, {"role": "user", "content": text}]
    tools = tools_of(session.role)
    reply = await _round(context, model, messages, tools, end)
    while reply.wants and tools:
        messages.append(wanted(reply))
        messages += [returned(request, await question.run(request)) for request in reply.wants]
        tools = tools if question.used < MOST_CALLS else []  # who has used them up has to come to an end
        try:
            reply = await _round(context, model, messages, tools, end)
        except AmrError:
            if not question.calls and not question.proposed:
                raise
            reply = ModelReply("")  # what the tools returned is worth more than the model's words
    return question.reply(reply.text)


async def _round(
    context: ApiContext, model: LanguageModel, messages: list[Message], tools: list[Message], end: float
) -> ModelReply:
    left = end - time.monotonic()
    said = list(messages)
    asked = asyncio.get_running_loop().run_in_executor(
        context.consulting, lambda: model.complete(said, tools, seconds=end - time.monotonic())
    )
    try:
        return await asyncio.wait_for(asked, max(0.0, left))
    except TimeoutError as error:
        raise AmrError("assistant.model_failed", reason="no answer in time") from error


@dataclass
class _Question:
    """What one question has used so far."""

    context: ApiContext
    session: Session
    used: int = 0
    proposed: list[tuple[str, Call]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    results: list[ToolResult] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    """What the tools returned, and how many rows each: all numbers that the model may say."""

    async def run(self, request: ToolRequest) -> dict[str, Any]:
        """Run one tool and return what the model is told; an error is an answer, too."""
        self.used += 1
        if self.used > MOST_CALLS:
            return {"error": f"at most {MOST_CALLS} tools a question"}
        try:
            call = fronts.call_of(self.session.role, request.name, json.loads(request.raw or "{}"))
            if call.name in COMMANDS:
                made, meant = await propose(call, self.context, self.session, "llm")
                self.proposed.append((str(made["proposal_id"]), meant))
                self.returned.append(" ".join((str(made["text_vi"]), *made["effects"], f"{made['expires']}")))
                return made
            result = await read_tool(call, self.context, self.session)
        except (BadArgumentsError, ValueError, RecursionError) as error:
            return {"error": str(error)[:200]}
        except AmrError as error:
            return {"error": error.code}
        except LookupError as error:
            return {"error": str(error.args[0])}
        self.calls.append(call)
        self.results.append(result)
        told = fronts.told(result)
        said = {**told, "link": ""}  # the address of a page is no figure
        self.returned.append(f"{json.dumps(said, ensure_ascii=False)} {len(result.rows)}")
        return told

    def reply(self, text: str) -> DialogueReply:
        """Return what people see: the tools' own sentences first, the model's beside them, never alone."""
        said = [result.text for result in self.results] + [_PROPOSED] * bool(self.proposed)
        if not said:
            return DialogueReply(kind="refuse", text=_NOTHING, why="model")
        if text:
            said.append(_MADE_UP if made_up(text, self.returned) else f"{_SPEAKS}“{text}”")
        return DialogueReply(
            kind="tools",
            text=" ".join(said),
            why="model",
            calls=tuple(self.calls),
            results=tuple(self.results),
            programs=tuple(self.proposed),
        )
