"""What lies on conveyors, as amr_interfaces/ConveyorLoad says it: Open-RMF's messages of doors have no word for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from builtin_interfaces.msg import Time

from amr_core.conveyors import BeltState
from amr_interfaces.msg import ConveyorLoad

BELTS: Final[Mapping[int, BeltState]] = {
    ConveyorLoad.UNKNOWN: "UNKNOWN", ConveyorLoad.FREE: "FREE", ConveyorLoad.LOAD: "LOAD",
}  # fmt: skip
_WORDS: Final = {word: value for value, word in BELTS.items()}


def conveyor_load(conveyor: str, belt: BeltState, stamp: Time) -> Any:
    """Return what a load sensor says at a time as a ConveyorLoad."""
    return ConveyorLoad(stamp=stamp, conveyor=conveyor, load=_WORDS[belt])
