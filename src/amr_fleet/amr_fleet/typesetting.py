"""Typst: pages and pictures from templates of ours; the same input gives the same bytes on every computer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst


def typeset(template: Path, fonts: Path, inputs: Mapping[str, str], **options: Any) -> bytes:
    """Return what a template makes of its inputs; options: those of typst.compile (format, pdf_standards ...)."""
    # Fonts of the computer are not looked at: the same bytes everywhere.
    made = typst.compile(
        str(template), root=str(template.parent), font_paths=[str(fonts)], ignore_system_fonts=True,
        sys_inputs=dict(inputs), **options,
    )  # fmt: skip
    if not isinstance(made, bytes):
        raise TypeError(f"{template.name} gave {len(made)} pages instead of one")
    return made
