"""Numbers on cargo and their check digits: SSCC of a pallet (GS1), container number (ISO 6346)."""

from __future__ import annotations

import re
import string
from typing import Final

from amr_core.errors import AmrError

_SSCC: Final = re.compile(r"[0-9]{18}")
_CONTAINER: Final = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
# ISO 6346 numbers the letters from 10 on and leaves out the multiples of 11.
_LETTERS: Final = dict(zip(string.ascii_uppercase, [n for n in range(10, 39) if n % 11], strict=True))


def sscc(text: str) -> str:
    """Return the 18 digits of a serial shipping container code, or raise cargo.bad_sscc.

    Blanks and the application identifier 00, with or without brackets, may stand in front.
    """
    digits = re.sub(r"[\s()]", "", text)
    if len(digits) == 20 and digits.startswith("00"):
        digits = digits[2:]
    if not _SSCC.fullmatch(digits):
        raise AmrError("cargo.bad_sscc", value=text[:40], expected="?")
    expected = gs1_check_digit(digits[:-1])
    if digits[-1] != expected:
        raise AmrError("cargo.bad_sscc", value=text[:40], expected=expected)
    return digits


def gs1_check_digit(digits: str) -> str:
    """Return the GS1 check digit of the digits before it: weights 3, 1, 3, ... from the right."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def container(text: str) -> str:
    """Return a container number as four letters and seven digits, or raise cargo.bad_container."""
    number = re.sub(r"[\s.-]", "", text).upper()
    if not _CONTAINER.fullmatch(number):
        raise AmrError("cargo.bad_container", value=text[:40], expected="?")
    expected = container_check_digit(number[:10])
    if number[-1] != expected:
        raise AmrError("cargo.bad_container", value=text[:40], expected=expected)
    return number


def container_check_digit(owner_and_serial: str) -> str:
    """Return the ISO 6346 check digit of four letters and six digits: weights 2^i, modulo 11, ten counts as 0."""
    values = (_LETTERS[c] if c.isalpha() else int(c) for c in owner_and_serial)
    return str(sum(v << i for i, v in enumerate(values)) % 11 % 10)
