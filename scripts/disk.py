"""How much of the disk a folder takes, and the same library kept once. Standard library only."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

MOST_MB = 1300
"""What `make demo` may install, .venv as a whole, in MB of 1,000,000 bytes."""
_LEAST = 30_000  # bytes of a file that is worth a look


def taken_mb(folder: Path) -> float:
    """Return what a folder takes, MB: blocks, as du counts them, each file once however many names it has."""
    seen = {(found.st_dev, found.st_ino): found.st_blocks for found in map(os.lstat, _all(folder))}
    return sum(seen.values()) * 512 / 1e6


def share_libraries(folder: Path) -> None:
    """Keep libraries of the same bytes once: each ROS wheel brings its own OpenSSL, Fast DDS lies there three times.

    The copies become names of one file (hard links).
    """
    alike: dict[int, list[Path]] = defaultdict(list)
    for path in _all(folder):
        if ".so" in path.name and path.is_file() and not path.is_symlink() and path.stat().st_size >= _LEAST:
            alike[path.stat().st_size].append(path)
    for paths in alike.values():
        kept: dict[bytes, Path] = {}
        for path in sorted(paths) if len(paths) > 1 else ():
            first = kept.setdefault(path.read_bytes(), path)
            if first is not path and not first.samefile(path):
                _link(path, first)


def _link(path: Path, first: Path) -> None:
    """Make a file another name of one with the same bytes; where the disk has no such names it stays as it is."""
    link = path.with_name(f"{path.name}.link")
    try:
        link.unlink(missing_ok=True)
        link.hardlink_to(first)
        link.replace(path)
    except OSError:
        link.unlink(missing_ok=True)


def _all(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        yield from (Path(where, name) for name in (*folders, *files))
