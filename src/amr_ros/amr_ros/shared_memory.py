"""Repairs what a killed process leaves in shared memory, before it makes new ROS processes wait for ever.

Fast DDS 2.14 keeps the queue of each port in a file fastrtps_port<number>. Boost.Interprocess creates it in three
steps: empty, sized, marked as ready in its first word. Who is killed in between leaves a file that every later process
on this machine waits for, without a limit, while it creates its first node.
"""

from __future__ import annotations

import struct
import time
from contextlib import suppress
from pathlib import Path

FOLDER = Path("/dev/shm")
READY = 2
"""State word of a segment that is in use (boost::interprocess, managed_open_or_create_impl.hpp)."""
MIN_AGE_S = 1.0
"""Creating a segment takes less than a millisecond; what is not ready after this time never will be."""


def remove_unfinished_ports(folder: Path = FOLDER, min_age_s: float = MIN_AGE_S) -> list[str]:
    """Remove ports whose creator died while it made them; return their names.

    Those of other users stay: they cannot be removed, nor would this process open them.
    """
    removed = []
    for file in folder.glob("fastrtps_port*[0-9]"):
        with suppress(FileNotFoundError, PermissionError):
            if time.time() - file.stat().st_mtime >= min_age_s and not _ready(file):
                file.unlink()
                removed.append(file.name)
    return removed


def _ready(file: Path) -> bool:
    with file.open("rb") as stream:
        word = stream.read(4)
    return len(word) == 4 and struct.unpack("=I", word)[0] == READY
