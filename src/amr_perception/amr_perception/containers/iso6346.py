"""ISO 6346: owner code, category, serial number, check digit, and the size-type code below them."""

from __future__ import annotations

import re
import string

_NUMBER = re.compile(r"^[A-Z]{3}[UJZ]\d{7}$")
# Length, then height and width, then the type's letter or digit and a digit (ISO 6346:2022, the codes in use).
_SIZE_TYPE = re.compile(r"^[1-49A-HK-NPRW][024568C-FL-NP9][GVBSRHUPTAK][0-9A-Z]$")


def _letter_values() -> dict[str, int]:
    """Return 10 for A and on, leaving out the multiples of 11."""
    values, value = {}, 10
    for letter in string.ascii_uppercase:
        if value % 11 == 0:
            value += 1
        values[letter] = value
        value += 1
    return values


_VALUES = {**_letter_values(), **{digit: int(digit) for digit in string.digits}}


def check_digit(first_ten: str) -> int:
    """Return the check digit of the first ten characters of a container number."""
    if len(first_ten) != 10 or any(c not in _VALUES for c in first_ten):
        raise ValueError(f"ten letters and digits expected, not {first_ten!r}")
    return sum(_VALUES[c] << i for i, c in enumerate(first_ten)) % 11 % 10


def valid_number(number: str) -> bool:
    """Return whether a number has the right form and check digit."""
    return bool(_NUMBER.match(number)) and check_digit(number[:10]) == int(number[10])


def valid_size_type(code: str) -> bool:
    """Return whether a code has the form of a size-type code."""
    return bool(_SIZE_TYPE.match(code))
