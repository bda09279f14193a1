"""Check digits of the numbers on cargo, for whoever reads, prints or takes orders by them; reckoned by python-stdnum.

python-stdnum is LGPL-2.1+, used as it is: neither GPL nor AGPL, so it may be part of the product.
"""

from __future__ import annotations

import re
from typing import Final

from stdnum import ean
from stdnum import iso6346 as container

_TEN: Final = re.compile(r"[A-Z0-9]{10}")


def gs1(digits: str) -> str:
    """Return the check digit of a GS1 key (SSCC, GTIN) given without it: weights 3, 1, ... from the right, modulo 10.

    Raises ValueError for anything but digits. Source: GS1 General Specifications, 7.9.
    """
    if not digits.isascii() or not digits.isdigit():
        raise ValueError(f"digits expected, not {digits!r}")
    return str(ean.calc_check_digit(digits))


def iso6346(first_ten: str) -> str:
    """Return the check digit of a container number's four letters and six digits: weights 2^i, modulo 11, ten is 0.

    Raises ValueError for anything but ten letters A-Z and digits. Source: ISO 6346, annex A.
    """
    if not _TEN.fullmatch(first_ten):
        raise ValueError(f"ten letters and digits expected, not {first_ten!r}")
    return str(container.calc_check_digit(first_ten))
