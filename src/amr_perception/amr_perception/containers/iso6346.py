"""ISO 6346: owner code, category, serial number, check digit, and the size-type code below them."""

from __future__ import annotations

import re

from amr_core import check_digits

_NUMBER = re.compile(r"^[A-Z]{3}[UJZ]\d{7}$")
# Length, then height and width, then the type's letter or digit and a digit (ISO 6346:2022, the codes in use).
_SIZE_TYPE = re.compile(r"^[1-49A-HK-NPRW][024568C-FL-NP9][GVBSRHUPTAK][0-9A-Z]$")


def check_digit(first_ten: str) -> int:
    """Return the check digit of the first ten characters of a container number; ValueError for anything else."""
    return int(check_digits.iso6346(first_ten))


def valid_number(number: str) -> bool:
    """Return whether a number has the right form and check digit."""
    return bool(_NUMBER.match(number)) and check_digit(number[:10]) == int(number[10])


def valid_size_type(code: str) -> bool:
    """Return whether a code has the form of a size-type code."""
    return bool(_SIZE_TYPE.match(code))
