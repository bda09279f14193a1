"""Numbers on cargo and their check digits: SSCC of a pallet (GS1), container number (ISO 6346)."""

from __future__ import annotations

import re
from typing import Final

from amr_core import check_digits
from amr_core.errors import AmrError

_SSCC: Final = re.compile(r"[0-9]{18}")
_CONTAINER: Final = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")


def sscc(text: str) -> str:
    """Return the 18 digits of a serial shipping container code, or raise cargo.bad_sscc.

    Blanks and the application identifier 00, with or without brackets, may stand in front.
    """
    digits = re.sub(r"[\s()]", "", text)
    if len(digits) == 20 and digits.startswith("00"):
        digits = digits[2:]
    if not _SSCC.fullmatch(digits):
        raise AmrError("cargo.bad_sscc", value=text[:40], expected="?")
    expected = check_digits.gs1(digits[:-1])
    if digits[-1] != expected:
        raise AmrError("cargo.bad_sscc", value=text[:40], expected=expected)
    return digits


def container(text: str) -> str:
    """Return a container number as four letters and seven digits, or raise cargo.bad_container."""
    number = re.sub(r"[\s.-]", "", text).upper()
    if not _CONTAINER.fullmatch(number):
        raise AmrError("cargo.bad_container", value=text[:40], expected="?")
    expected = check_digits.iso6346(number[:10])
    if number[-1] != expected:
        raise AmrError("cargo.bad_container", value=text[:40], expected=expected)
    return number
