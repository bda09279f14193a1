"""Repairs what a killed process leaves in shared memory, before it makes new ROS processes wait for ever.

Fast DDS 2.14 keeps the queue of each port in a file fastrtps_port<number>. Boost.Interprocess creates it in three
steps: empty, sized, marked as ready in its first word. Who is killed in between leaves a file that every later process
on this machine waits for, without a limit, while it creates its first node.

What a process sends lies in a file of its own, fastrtps_<16 hex digits>, and the lock on the file of that name with _el
lives as long as the process does. Nobody removes either after a kill: memory of some MB each time, until the next boot.
"""

from __future__ import annotations

import fcntl
import os
import stat
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
        with suppress(OSError):
            found = file.lstat()
            if stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime >= min_age_s and not _ready(file):
                file.unlink()
                removed.append(file.name)
    return removed


def remove_dead_segments(folder: Path = FOLDER, min_age_s: float = MIN_AGE_S) -> list[str]:
    """Remove what processes that are gone kept for their readers; return its names.

    A new process makes the file of its lock first and takes the lock then: the youngest are left alone.
    """
    removed = []
    for lock in folder.glob(f"fastrtps_{'[0-9a-f]' * 16}_el"):
        segment = lock.with_name(lock.name.removesuffix("_el"))
        # Any local user may put anything there: what is odd is left alone and stops nobody.
        with suppress(OSError):
            found = lock.lstat()
            if not stat.S_ISREG(found.st_mode) or time.time() - found.st_mtime < min_age_s:
                continue
            with os.fdopen(os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)) as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                segment.unlink(missing_ok=True)
                lock.unlink()
                removed.append(segment.name)
    return removed


def _ready(file: Path) -> bool:
    with file.open("rb") as stream:
        word = stream.read(4)
    return len(word) == 4 and struct.unpack("=I", word)[0] == READY
