"""What nav2_client.py says to a test."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.real.real_support import Program, Real

CLIENT = str(Path(__file__).with_name("nav2_client.py"))
SUCCEEDED, ABORTED = 4, 6
"""action_msgs/msg/GoalStatus."""


def ask(real: Real, robots: Program, robot: str, *what: str, within: float) -> dict[str, Any]:
    """Let the client do what it is told with one robot; return its figures, fail with everybody's last words."""
    client = real.start(sys.executable, CLIENT, robot, *what)
    code = client.wait(within)
    assert code == 0, f"{client.tail}\n{robots.tail}"
    figures: dict[str, Any] = json.loads(client.words.strip().splitlines()[-1])
    return figures
