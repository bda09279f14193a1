"""What entries of doors and lifts have in common in their file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Address = Annotated[int, Field(ge=0, le=65535)]
Word = Annotated[str, Field(min_length=1, max_length=128)]
Words = Annotated[list[Word], Field(max_length=20)]
# Neither wildcards, nor what a broker keeps for itself.
Topic = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^+#$\x00-\x1f][^+#\x00-\x1f]*$")]

Claims = Iterator[tuple[str, tuple[object, ...]]]
"""Names of entries that say where on a line something is, and where that is: no two are the same place."""


class LineEntry(BaseModel):
    """A part of the file: nothing that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Controller(LineEntry):
    """Where a controller with Modbus TCP is. Addresses count from 0, as they are on the line.

    inputs: the table where its contacts are; heartbeat_register: a holding register that counts on each second while
    the fleet is heard.
    """

    host: Annotated[str, Field(min_length=1, max_length=255)]
    port: int = Field(default=502, ge=1, le=65535)
    unit: int = Field(default=1, ge=0, le=255)
    inputs: Literal["discrete_inputs", "coils"] = "discrete_inputs"
    heartbeat_register: Address | None = None

    @property
    def line(self) -> tuple[object, ...]:
        """What tells this device from others."""
        return (self.host.casefold().rstrip("."), self.port, self.unit)


def check_words(*states: list[str]) -> None:
    """Raise ValueError when one word says two states."""
    said = [word.casefold() for words in states for word in words]
    if len(set(said)) < len(said):
        raise ValueError("one word says two states")
