"""Check digits of the numbers on cargo, for whoever reads, prints or takes orders by them."""

from __future__ import annotations

import string
from typing import Final

# ISO 6346 numbers the letters from 10 on and leaves out the multiples of 11.
_VALUES: Final = {
    **dict(zip(string.ascii_uppercase, [n for n in range(10, 39) if n % 11], strict=True)),
    **{digit: int(digit) for digit in string.digits},
}


def gs1(digits: str) -> str:
    """Return the check digit of a GS1 key (SSCC, GTIN) given without it: weights 3, 1, ... from the right, modulo 10.

    Raises ValueError for anything but digits. Source: GS1 General Specifications, 7.9.
    """
    if not digits.isascii() or not digits.isdigit():
        raise ValueError(f"digits expected, not {digits!r}")
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def iso6346(first_ten: str) -> str:
    """Return the check digit of a container number's four letters and six digits: weights 2^i, modulo 11, ten is 0.

    Raises ValueError for anything but ten letters A-Z and digits. Source: ISO 6346, annex A.
    """
    if len(first_ten) != 10 or any(c not in _VALUES for c in first_ten):
        raise ValueError(f"ten letters and digits expected, not {first_ten!r}")
    return str(sum(_VALUES[c] << i for i, c in enumerate(first_ten)) % 11 % 10)
