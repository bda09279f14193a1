"""What the contact sensors of the robots in Gazebo say: with what their bodies collide. No ROS.

Physics itself, beside the outlines of ground truth: it knows heights and what lies in the world that no map has, and no
people, who have no bodies there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from amr_sim.collision import Contact, Episodes

TOPIC: Final = "/contacts"
"""In Gazebo, gz.msgs.Contacts of all robots; silent while nobody touches anything."""

SENSORS: Final = "gz-sim-contact-system"
"""What a world has where contact sensors say anything."""

LISTENER: Final = ("gz", "topic", "--echo", "--topic", TOPIC, "--json-output")
"""The bridge knows no type of ours for contacts; this prints each message as a line."""


class TouchLog(Episodes):
    """Counts episodes of contact by the lines of LISTENER, a robot first."""

    def __init__(self, robots: Collection[str]) -> None:
        super().__init__()
        self._robots = frozenset(robots)

    def hear(self, line: str) -> list[Contact]:
        """Take a line; return the episodes that start with it. Raises ValueError where it is no such message."""
        now, pairs = touches(line)
        self.forget(now)
        started = []
        for pair in sorted({tuple(sorted(pair, key=self._robots_first)) for pair in pairs}):
            started += self.touch(now, pair[0], pair[1])
        return started

    def _robots_first(self, name: str) -> tuple[bool, str]:
        return name not in self._robots, name


def touches(line: str) -> tuple[float, list[Sequence[str]]]:
    """Return the simulated time (s) and the pairs of bodies of a message as JSON."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("no message")
    stamp = message.get("header", {}).get("stamp", {})
    now = float(stamp.get("sec", 0)) + float(stamp.get("nsec", 0)) * 1e-9
    contacts = message.get("contact", [])
    return now, [(_body(contact.get("collision1")), _body(contact.get("collision2"))) for contact in contacts]


def _body(collision: Any) -> str:
    """Return the model of a collision, which is called [WORLD::]MODEL::LINK::COLLISION; its number without a name."""
    about = collision or {}
    parts = str(about.get("name", "")).split("::")
    return parts[-3] if len(parts) >= 3 else f"entity {about.get('id', '?')}"
