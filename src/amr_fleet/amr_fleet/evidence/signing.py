"""With what a file that leaves the fleet is signed: the key of the records, and how far its journal had come."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet.store.notes import PrivateKey


@dataclass(frozen=True)
class Signing:
    """key: signs the records; note: the signed checkpoint of the journal as it was then, "" = there is none."""

    key: PrivateKey
    note: str = ""
