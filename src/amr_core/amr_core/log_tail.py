"""The last lines of what a computer's ROS processes wrote into their log files, by time, packed and bounded."""

from __future__ import annotations

import gzip
import heapq
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from amr_core.robot_report import LONGEST_LOG, MOST

_FILES: Final = 16
"""The newest files are looked at: a robot has some ten processes, and some of them were started again."""
_STAMP: Final = re.compile(r"^\[\w+\] \[(\d{1,12}\.\d{1,9})\]")


def log_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where ROS writes its log files (rcl_logging's rules)."""
    if folder := environment.get("ROS_LOG_DIR", ""):
        return Path(folder).expanduser()
    return Path(environment.get("ROS_HOME", "") or "~/.ros").expanduser() / "log"


def last_log(folder: Path, most: int = LONGEST_LOG, packed: int = MOST) -> bytes:
    """Return the last lines of the newest log files as a gzip file: at most `most` bytes of text, `packed` packed.

    A line without a time of its own (a traceback) stays behind the one before it. No file: an empty text.
    """
    merged = heapq.merge(*(_lines(file, most) for file in _newest(folder)), key=lambda line: line[0])
    text = "".join(line for _, line in merged).encode()
    while len(found := gzip.compress(text := _last(text, most), mtime=0)) > packed:
        most //= 2
    return found


def _newest(folder: Path) -> list[Path]:
    dated = []
    for file in folder.glob("*.log"):
        try:
            dated.append((file.stat().st_mtime_ns, file))
        except OSError:  # removed this moment
            continue
    return [file for _, file in sorted(dated)[-_FILES:]]


def _lines(file: Path, most: int) -> Iterator[tuple[float, str]]:
    """Yield (time, line) of the end of a file; the time never goes back."""
    try:
        with file.open("rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(0, size - most))
            text = opened.read(most).decode("utf-8", errors="replace")
    except OSError:
        return
    lines = text.splitlines()[1 if size > most else 0 :]
    at = 0.0
    for line in lines:
        stamp = _STAMP.match(line)
        at = max(at, float(stamp[1])) if stamp else at
        yield at, line + "\n"


def _last(text: bytes, most: int) -> bytes:
    """Return the last whole lines."""
    if len(text) <= most:
        return text
    _, _, rest = text[-most:].partition(b"\n")
    return rest
