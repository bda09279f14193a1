"""Partners of the drop folder and how each says things: a YAML file, read once at the start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from amr_core.settings_file import FrozenModel, check_names, read_model

Column = Literal[
    "pick_place", "drop_place", "reference", "load_id", "priority", "deadline", "cutoff", "weight_kg", "load_type"
]
_LARGEST_FILE: Final = 200_000
_Name = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]
_Text = Annotated[str, Field(min_length=1, max_length=128)]
_Party = Annotated[str, Field(pattern=r"^[A-Z0-9 .,\-()/=]{1,35}$")]


class Way(FrozenModel):
    """From where to where the container of a COPARN goes."""

    pick_place: _Text
    drop_place: _Text


class Codeco(FrozenModel):
    """We report gate moves to the partner. gates: places, by ours; sender, recipient: in UNB; location: in LOC+165."""

    sender: _Party
    recipient: _Party
    gates: Annotated[list[_Text], Field(min_length=1)]
    location: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,25}$")]


class Partner(FrozenModel):
    """One partner. columns: ours -> the header in its tables; places: its names -> ours; load_types: its words, or
    COPARN's size and type of containers (EQD 8155) -> ours; ways: COPARN's document code (BGM 1001) -> way.

    rows: all = a file with one wrong row creates nothing; each = the right rows are taken.

    encoding: of tables that are not Unicode; dates: how a deadline is written (local time); held: orders wait for a
    release; sender: who must be in UNB; check_digit: container numbers must be right.
    """

    name: _Name
    columns: dict[Column, _Text] = Field(default_factory=dict)
    places: dict[str, _Text] = Field(default_factory=dict)
    load_types: dict[_Text, _Text] = Field(default_factory=dict)
    ways: dict[Annotated[str, Field(pattern=r"^[0-9]{1,3}$")], Way] = Field(default_factory=dict)
    rows: Literal["all", "each"] = "all"
    encoding: Literal["utf-8", "windows-1258", "latin-1"] = "windows-1258"
    dates: str = "%d/%m/%Y %H:%M"
    held: bool = False
    sender: str = ""
    check_digit: bool = True
    codeco: Codeco | None = None

    @model_validator(mode="after")
    def _columns_are_enough(self) -> Partner:
        if self.columns and not {"pick_place", "drop_place"} <= set(self.columns):
            raise ValueError("columns must name pick_place and drop_place")
        if not self.columns and not self.ways:
            raise ValueError("a partner needs columns (tables) or ways (COPARN)")
        return self


class DropSettings(FrozenModel):
    """The folder, which holds one folder a partner, and the partners. settle: s that a file must not have changed."""

    folder: _Text
    partners: Annotated[list[Partner], Field(min_length=1, max_length=50)]
    settle: float = Field(default=2.0, ge=0.0, le=600.0)

    @model_validator(mode="after")
    def _names_differ(self) -> DropSettings:
        check_names("partners", [partner.name for partner in self.partners])
        return self


def load_drop(path: str | Path) -> DropSettings:
    """Return the settings of a file. Raises parameter.invalid, which names what is wrong."""
    return read_model(path, _LARGEST_FILE, "drop_folder", DropSettings)
