"""Run acceptance cards and write down what came out: a page to sign, and the same as JSON."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from amr_bringup.acceptance.cards import CARDS, AcceptanceCard, CardCommand, CardFigure
from amr_core.numbers import is_number

_LONGEST = 7200.0  # s of one command
_TAIL = 400  # characters of an output that go into the protocol
_LARGEST = 10_000_000  # bytes of a file with figures

Runner = Callable[[Sequence[str]], tuple[int, str]]
"""Runs `amr` with words; returns exit code and output."""


@dataclass(frozen=True)
class CardOutcome:
    """What became of a card. faults: each deviation in one sentence; seen: figures as they came out, by key."""

    card: AcceptanceCard
    seconds: float
    faults: tuple[str, ...]
    seen: dict[str, float]

    @property
    def passed(self) -> bool:
        """Nothing deviated."""
        return not self.faults


def amr(words: Sequence[str]) -> tuple[int, str]:
    """Run the `amr` of this installation."""
    call = [str(Path(sys.executable).with_name("amr")), *words]
    try:
        done = subprocess.run(call, capture_output=True, text=True, errors="replace", timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        return 124, f"did not end within {_LONGEST:g} s"
    return done.returncode, done.stdout + done.stderr


def run_card(card: AcceptanceCard, work: Path, passed: set[str], runner: Runner = amr) -> CardOutcome:
    """Run a card in its work folder; passed: ids of the cards that did, without which this one may not be tried."""
    began = time.monotonic()
    if missing := [name for name in card.needs if name not in passed]:
        return CardOutcome(card, 0.0, (f"not tried: {', '.join(missing)} did not pass",), {})
    faults: list[str] = []
    for step in card.steps:
        faults += _step(step, work, runner)
        if faults:
            break  # what comes after builds on it
    seen: dict[str, float] = {}
    for figure in card.figures if not faults else ():
        value = _value(figure, work)
        if value is None:
            faults.append(f"{figure.file} has no figure {figure.key}")
            continue
        seen[figure.key] = value
        if not _holds(figure, value):
            faults.append(f"{figure.key} is {value:g}, not {figure.relation} {figure.value:g}")
    return CardOutcome(card, time.monotonic() - began, tuple(faults), seen)


def _step(step: CardCommand, work: Path, runner: Runner) -> list[str]:
    words = [word.replace("{work}", str(work)) for word in shlex.split(step.words)]
    code, output = runner(words)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    faults = [f"“{text}” was not said" for text in step.says if text not in re.sub(r"\s+", " ", plain)]
    if code != step.code:
        faults.insert(0, f"exit code {code}, not {step.code}")
    tail = re.sub(r"\s+", " ", plain[-_TAIL:]).strip()
    return [f"amr {step.words}: {fault} (it said: {tail})" for fault in faults]


def _value(figure: CardFigure, work: Path) -> float | None:
    try:
        with (work / figure.file).open("rb") as file:
            value = json.loads(file.read(_LARGEST))[figure.key]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return float(value) if is_number(value) else None


def _holds(figure: CardFigure, value: float) -> bool:
    if figure.relation == "==":
        return value == figure.value
    return value <= figure.value if figure.relation == "<=" else value >= figure.value


def as_json(outcomes: Sequence[CardOutcome], began: float) -> dict[str, Any]:
    """Return the protocol as data. began: Unix seconds. passed: all that ran did; complete: no card is missing."""
    missing = _not_run(outcomes)
    return {
        "release": version("amr_bringup"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
        "passed": all(outcome.passed for outcome in outcomes),
        "complete": not missing,
        "not_run": [card.id for card in missing],
        "cards": [
            {"id": o.card.id, "passed": o.passed, "seconds": round(o.seconds, 1), "seen": o.seen, "faults": o.faults}
            for o in outcomes
        ],
    }


def as_bytes(outcomes: Sequence[CardOutcome], began: float) -> bytes:
    """Return what protocol.json holds, byte by byte: the page gives its hash to those who sign."""
    return (json.dumps(as_json(outcomes, began), indent=1) + "\n").encode()


def _not_run(outcomes: Sequence[CardOutcome]) -> list[AcceptanceCard]:
    ran = {outcome.card.id for outcome in outcomes}
    return [card for card in CARDS if card.id not in ran]


def as_page(outcomes: Sequence[CardOutcome], began: float) -> str:
    """Return the protocol as a page in Vietnamese and English, with the hash of as_bytes and places to sign."""
    facts, missing = as_json(outcomes, began), _not_run(outcomes)
    digest = hashlib.sha256(as_bytes(outcomes, began)).hexdigest()
    names = ", ".join(card.id for card in missing)
    partial = f"**Một phần / partial: {len(missing)} thẻ không chạy / cards not run: {names}**"
    lines = [
        "# Biên bản nghiệm thu / Acceptance protocol", "",
        f"AMR {facts['release']} · Python {facts['python']} · {facts['system']} · {facts['began']}", "",
        *((partial, "") if missing else ()),
        "| thẻ / card | nội dung / what | kết quả / result | thấy / seen | s |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for outcome in outcomes:
        seen = ", ".join(f"{key} {value:g}" for key, value in outcome.seen.items())
        result = "ĐẠT / passed" if outcome.passed else "KHÔNG ĐẠT / FAILED"
        card = outcome.card
        lines.append(f"| {card.id} | {card.vi} / {card.en} | {result} | {seen} | {outcome.seconds:.0f} |")
    lines += [f"| {card.id} | {card.vi} / {card.en} | không chạy / not run | | |" for card in missing]
    lines += ["", *(f"- {o.card.id}: {_one_line(fault)}" for o in outcomes for fault in o.faults)]
    lines += [
        "", f"`sha256sum protocol.json`: `{digest}`", "",
        "| | họ tên / name | ngày / date | chữ ký / signature |", "|---|---|---|---|",
        "| bên giao / supplier | | | |", "| bên nhận / receiver | | | |", "| người chứng kiến / witness | | | |", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "/").replace("`", "'")
