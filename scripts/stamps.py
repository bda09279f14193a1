"""Stamp files: what a set-up stage was last done with."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

VENV = Path(__file__).resolve().parent.parent / ".venv"
STAMPS = VENV / "stamps"


def digest(inputs: Iterable[Path], extra: str = "") -> str:
    """Return a hash over names and contents of files, the Python version and extra."""
    total = hashlib.sha256(f"{sys.version_info[:2]} {extra}".encode())
    for path in sorted(inputs):
        total.update(f"{path.name}\0".encode())
        total.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return total.hexdigest()


def is_fresh(name: str, key: str) -> bool:
    """Tell whether stage name was last done with inputs of this digest."""
    path = STAMPS / name
    return path.exists() and path.read_text() == key


def stamp(name: str, key: str) -> None:
    """Note that stage name was done with inputs of this digest."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(key)
