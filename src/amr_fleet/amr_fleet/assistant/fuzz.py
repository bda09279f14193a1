"""Sentences that nobody would type, from a seed: what comes of them must never be a command.

They are made from questions (never from commands): words dropped, doubled, swapped, letters lost or neighbouring keys
hit, marks taken off, halves of two questions joined, invisible characters and other alphabets in between, and noise.
The questions themselves are asked behind each kind of command, too: none may become that command about another thing.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from amr_fleet.assistant.dialogue import Conversation
from amr_fleet.assistant.text import fold
from amr_fleet.assistant.understanding import Understanding

_HIDDEN: Final = ("\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u0301", "\u0323")
_KEYS: Final = "qwertyuiop asdfghjkl zxcvbnm"
_NOISE: Final = tuple("abcdeghiklmnopqrstuvxyđăâêôơư0123456789 ?!.,;:()<>{}[]/\\\"'@#%-_=+*") + _HIDDEN


@dataclass
class Fuzzed:
    """What came of the sentences. acted: those that did something; proposed: those that became a proposal."""

    kinds: Counter[str] = field(default_factory=Counter)
    acted: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)


def questions(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the texts of rows that want nothing done, in any of their readings."""
    return [
        str(row["text"])
        for row in rows
        if "turns" not in row
        and all(
            option.get("kind") in ("tools", "refuse")
            for option in (row.get("expected") or {}, *(row.get("alternatives") or ()))
        )
        and (row.get("expected") or {}).get("kind") == "tools"
    ]


def sentences(seeds: Sequence[str], count: int, seed: int) -> Iterator[str]:
    """Yield count sentences; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        text = chance.choice(seeds)
        for _ in range(chance.randint(1, 3)):
            text = chance.choice(_CHANGES)(text, chance, seeds)
        yield text


def _words(text: str, chance: random.Random, _: Sequence[str]) -> str:
    words = text.split()
    at = chance.randrange(len(words)) if words else 0
    match chance.randrange(3):
        case 0:
            del words[at : at + 1]
        case 1:
            words[at:at] = words[at : at + 1]
        case _:
            chance.shuffle(words)
    return " ".join(words)


def _letters(text: str, chance: random.Random, _: Sequence[str]) -> str:
    at = chance.randrange(max(1, len(text)))
    return text[:at] + chance.choice(("", chance.choice(_KEYS), text[at : at + 1] * 2)) + text[at + 1 :]


def _bare(text: str, _: random.Random, __: Sequence[str]) -> str:
    return fold(text)


def _halves(text: str, chance: random.Random, seeds: Sequence[str]) -> str:
    other = chance.choice(seeds).split()
    words = text.split()
    return " ".join(words[: len(words) // 2] + other[len(other) // 2 :])


def _tricks(text: str, chance: random.Random, _: Sequence[str]) -> str:
    if chance.random() < 0.3:
        return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
    at = chance.randrange(max(1, len(text)))
    return unicodedata.normalize(chance.choice(("NFC", "NFD")), text[:at] + chance.choice(_HIDDEN) + text[at:])


def _noise(_: str, chance: random.Random, __: Sequence[str]) -> str:
    return "".join(chance.choice(_NOISE) for _ in range(chance.randint(0, 60)))


_CHANGES: Final[tuple[Callable[[str, random.Random, Sequence[str]], str], ...]] = (
    _words, _words, _letters, _letters, _letters, _bare, _halves, _tricks, _noise,
)  # fmt: skip


def fuzz(understanding: Understanding, seeds: Sequence[str], *, count: int, seed: int) -> Fuzzed:
    """Ask count sentences as an operator who may command, each in a conversation of its own."""
    found = Fuzzed()
    for text in sentences(seeds, count, seed):
        answer = Conversation(user="fuzz", role="operator").ask(understanding, text)
        found.kinds[answer.kind] += 1
        if answer.executed:
            found.acted.append(text)
        elif answer.proposals:
            found.proposed.append(text)
    return found


BEHIND: Final = (
    "dừng robot 3",
    "cho robot 3 chạy tiếp",
    "hủy đơn 412",
    "đưa đơn 416 lên ưu tiên cao",
    "mở lối A2",
    "đóng lối B1",
    "chở 2 pallet gạo từ cửa 3 đến cửa 4",
    "chở gạo từ cửa 6",
    "xác nhận cảnh báo 31",
    "làm báo cáo tháng 10",
)
"""A command of each kind, and one that waits for its other end."""


def behind(understanding: Understanding, texts: Sequence[str], commands: Sequence[str] = BEHIND) -> Fuzzed:
    """Ask each text a few seconds behind each command, in the same conversation.

    acted, proposed: "command | text" of what did something, or proposed what the text alone does not.
    """
    found = Fuzzed()
    for command in commands:
        before = Conversation(user="fuzz", role="operator")
        before.ask(understanding, command)
        for text in texts:
            answer = replace(before, frame=replace(before.frame), proposals={}).ask(understanding, text, at=5.0)
            found.kinds[answer.kind] += 1
            if not (answer.executed or answer.proposals):
                continue
            alone = Conversation(user="fuzz", role="operator").ask(understanding, text)
            if answer.executed:
                found.acted.append(f"{command} | {text}")
            elif [one.call for one in answer.proposals] != [one.call for one in alone.proposals]:
                found.proposed.append(f"{command} | {text}")
    return found
