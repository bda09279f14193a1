"""Values of options that several commands share."""

from __future__ import annotations

from amr_core.errors import AmrError


def parse_rtf(text: str) -> float:
    """Return the real-time factor: a positive number, or 0 for max. Raises run.bad_option."""
    if text == "max":
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 < value <= 1000.0:
        raise AmrError("run.bad_option", option="--rtf", value=text, reason="give a number above 0, or max")
    return value
