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
print(1000.0 * (time.process_time() - began))
"""


def grammar_milliseconds() -> list[float]:
    """Return the CPU milliseconds of TIMES processes."""
    call = [sys.executable, "-c", _CHILD]
    return [float(subprocess.run(call, check=True, capture_output=True, text=True).stdout) for _ in range(TIMES)]
