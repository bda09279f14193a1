"""The evaluation's fleet and what is understood of a question about it, for the tests of authors' sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Reading
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


def said(text: str) -> Reading:
    """Return what is understood of a question."""
    return UNDERSTANDING.read(text)[0]


def calls(reading: Reading) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """Return the kind of a reading, and the calls in it with their arguments."""
    return reading.kind, [(call.name, call.args) for call in reading.calls]
