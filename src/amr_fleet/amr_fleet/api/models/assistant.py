"""The assistant: a sentence in, an answer with its figures, proposals to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from amr_fleet.api.models.base import Answer, Name, RequestBody
from amr_fleet.assistant.dialogue import EXPIRES_S, Proposal

MAX_TYPED = 400


class AskBody(RequestBody):
    """Body of POST /assistant/ask. model: ask the site's language model instead."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TYPED)]
    model: Annotated[bool, Field(strict=True)] = False


class ChooseBody(RequestBody):
    """Body of POST /assistant/choose: the number of an answer that asked back, and the words of the choice."""

    id: Annotated[int, Field(strict=True, ge=1)]
    choice: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class ConfirmBody(RequestBody):
    """Body of POST /assistant/confirm."""

    proposal_id: Name


class ToolCall(Answer):
    """A tool with its arguments."""

    name: str
    args: dict[str, Any]


class ToolAnswer(Answer):
    """What a reading tool said. rows: at most 50; link: the page that shows the same; known: somebody here knows it.

    at: local time of the picture that the figures are of. cause, root: of what does not get on, the fleet's code of
    what it waits for and of what has to end; "" = there is none.
    """

    text: str
    rows: list[dict[str, Any]]
    link: str
    known: bool
    at: str
    cause: str
    root: str


class Suggested(Answer):
    """A command that waits for the button. effects: what it touches as it is now; expires: seconds it still waits."""

    proposal_id: str
    text: str
    text_vi: str
    effects: list[str]
    expires: Annotated[float, BeforeValidator(lambda _: EXPIRES_S)]
    call: ToolCall


class Waiting(Answer):
    """Proposals of programs that wait for this person."""

    proposals: list[Suggested]

    @classmethod
    def of(cls, found: Iterable[Proposal], at: float) -> Waiting:
        """at: of the clock that the proposals expire by; a page that looks again must not count from 60 again."""
        shown = ((Suggested.model_validate(one), one.expires - at) for one in found)
        return cls(proposals=[one.model_copy(update={"expires": max(0.0, left)}) for one, left in shown])


class Effects(Answer):
    """Who becomes late when a proposal is confirmed. effects: sentences in Vietnamese; late: those orders."""

    proposal_id: str
    effects: list[str]
    late: list[str]


class WrongBody(RequestBody):
    """Body of POST /assistant/wrong: the number of an answer, and what was wanted instead."""

    id: Annotated[int, Field(strict=True, ge=1)]
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class Said(Answer):
    """What the assistant says. executed: what was done at once (one robot's pause). choices: what may be meant.

    whole: which of the choices can be pressed; id: the number of this answer, for that, and for reporting it as wrong.
    """

    id: int = 0

    kind: Literal["tools", "propose", "refuse", "clarify"]
    text: str
    why: str
    results: list[ToolAnswer]
    proposals: list[Suggested]
    executed: list[ToolCall]
    choices: list[str]
    whole: list[bool]


class Asked(Answer):
    """One turn of the shift: what was asked, when (local ISO time), what was said."""

    id: int
    time: str
    asked: str
    said: Said


class History(Answer):
    """What this person asked in the last hours, oldest first."""

    turns: list[Asked]


class Suggestions(Answer):
    """Questions worth asking now, by role and by what goes on. model: there is a language model to ask, too."""

    questions: list[str]
    model: bool = False


class Confirmed(Answer):
    """What a confirmed command did. orders: those that it made or changed; refused: how many of several it did not.

    link: the file of a report, or the page that makes it.
    """

    call: ToolCall
    orders: list[str]
    refused: int = 0
    link: str = ""
