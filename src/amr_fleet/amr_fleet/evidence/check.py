"""What was looked at in a file of evidence, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. files: those that are at fault."""

    holds: bool
    says: str
    files: tuple[str, ...] = ()
