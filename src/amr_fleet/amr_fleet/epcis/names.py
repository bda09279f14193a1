"""How loads, robots and places are called outside: GS1 Digital Link where there is a GS1 key, else URIs of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from amr_core import check_digits
from amr_core.errors import AmrError
from amr_fleet.domain import cargo_ids

EXAMPLE_PREFIX: Final = "9520000"
"""A GS1 company prefix of the range that GS1 keeps for demonstrations."""

_DIGITAL_LINK: Final = "https://id.gs1.org"
_PREFIX: Final = re.compile(r"[0-9]{4,12}")


@dataclass(frozen=True)
class Gs1Names:
    """Identities of one site. prefix: the operator's GS1 company prefix; base: where URIs of our own begin.

    Raises run.bad_option for a prefix that cannot be one.
    """

    site: str
    prefix: str = EXAMPLE_PREFIX
    base: str = "https://example.org"

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise AmrError("run.bad_option", option="company prefix", value=self.prefix[:32], reason="4 to 12 digits")

    def load(self, load_id: str) -> str:
        """Return the EPC of a load: its SSCC (AI 00), or a URI of our own for a container or any other number."""
        try:
            return f"{_DIGITAL_LINK}/00/{cargo_ids.sscc(load_id)}"
        except AmrError:
            return f"{self.base}/{self.site}/obj/{quote(load_id, safe='')}"

    def robot(self, name: str) -> str:
        """Return the GIAI (AI 8004) of a robot."""
        return f"{_DIGITAL_LINK}/8004/{self.prefix}{quote(name, safe='-_.')}"

    def place(self, place: str) -> str:
        """Return the SGLN of a place: the site's GLN (AI 414) with the place as its extension (AI 254)."""
        digits = self.prefix.ljust(12, "0")
        gln = digits + check_digits.gs1(digits)
        return f"{_DIGITAL_LINK}/414/{gln}/254/{quote(place, safe='-_.')}"
