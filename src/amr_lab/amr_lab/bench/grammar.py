"""How long a fleet takes to load the assistant's grammar: in processes of their own, since it is loaded once."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

TIMES: Final = 7
_CHILD: Final = """
import time
import amr_fleet.assistant.tools  # what a fleet has loaded without the grammar: ports, records, figures
began = time.process_time()
import amr_fleet.assistant.understanding
loaded = time.process_time()
from amr_fleet.assistant.desk import WARMS
from amr_fleet.assistant.state import Facts
understanding = amr_fleet.assistant.understanding.Understanding(Facts(now="2026-11-26T15:10:00+07:00"))
for text in WARMS:
    understanding.read(text)
print(1000.0 * (loaded - began), 1000.0 * (time.process_time() - began))
"""


def grammar_milliseconds() -> tuple[list[float], list[float]]:
    """Return the CPU milliseconds of TIMES processes: until it is loaded, and until it has read its first questions."""
    call = [sys.executable, "-c", _CHILD]
    runs = [subprocess.run(call, check=True, capture_output=True, text=True).stdout.split() for _ in range(TIMES)]
    return [float(loaded) for loaded, _ in runs], [float(warm) for _, warm in runs]
