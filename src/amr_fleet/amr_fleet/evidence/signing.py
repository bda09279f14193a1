"""With what a file that leaves the fleet is signed: the key of the records, and how far its journal had come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from amr_fleet.store.notes import PrivateKey

REPORT_NOTE_SECONDS: Final = 900.0
"""s: a report carries the journal's newest checkpoint while it is younger; the journal is signed that often by itself.
With one for each, whoever may read reports could write to the database without end."""


@dataclass(frozen=True)
class Signing:
    """key: signs the records; note: the signed checkpoint of the journal as it was then, "" = there is none."""

    key: PrivateKey
    note: str = ""
