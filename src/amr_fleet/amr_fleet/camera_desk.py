"""What an engineer asks of the program that sets cameras up: an action on a camera, answered with facts and a still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

# chosen: below ANSWER_SECONDS, so that who asks hears that cameras do not answer, and not the fleet
ANSWER_S: Final = 4.0
MOST_FRAME: Final = 64 * 1024
LONGEST_SETUP: Final = 60_000
"""Characters of a setup as JSON."""


@dataclass(frozen=True)
class CameraAnswer:
    """What came of it. frame: a small blurred JPEG, b"" = none; held by nobody."""

    facts: Mapping[str, Any]
    frame: bytes = b""


class CameraDesk(Protocol):
    """Sets cameras up."""

    def ask(self, camera: str, action: str, setup: str, user: str) -> CameraAnswer:
        """Return what came of an action (look, try, trial, save, undo) with a setup (JSON). Raises AmrError."""
