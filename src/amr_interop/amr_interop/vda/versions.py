"""The versions of VDA 5050 and how each spells what all of them mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from amr_core.errors import AmrError

_VERSION = re.compile(r"\s*v?(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Spelling:
    """One version: what is called how. root: the topic levels before manufacturer and serial number."""

    version: str
    root: str
    described: str
    position: str
    localized: str
    power: str
    charge: str
    e_stop: str
    max_speed: str
    result: str
    reset_pose: str
    broken: str
    errors: Mapping[str, str]

    @property
    def major(self) -> int:
        """The major version: 2 or 3."""
        return int(self.version[0])


_ERRORS_2: Final = MappingProxyType(
    {
        "VALIDATION_FAILURE": "validationError", "UNSUPPORTED_PARAMETER": "orderError",
        "INVALID_ORDER_ACTION": "orderError", "OUTDATED_ORDER_UPDATE": "orderUpdateError",
        "SAME_ORDER_UPDATE_ID": "orderUpdateError", "ORDER_UPDATE_FOLLOWING_CANCEL": "orderUpdateError",
        "OTHER_ORDER_ACTIVE": "orderError", "START_NODE_OUT_OF_RANGE": "noRouteError",
        "NO_ROUTE_TO_TARGET": "noRouteError", "MOBILE_ROBOT_NOT_AVAILABLE": "orderError",
        "UNKNOWN_MAP_ID": "noRouteError", "NO_ORDER_TO_CANCEL": "noOrderToCancel",
        "INVALID_INSTANT_ACTION": "instantActionError", "INSUFFICIENT_MEMORY": "orderError",
    }
)  # fmt: skip
"""What 2.x calls an error of 3.0. It names fewer: the text says which case it is."""

REJECTIONS: Final = frozenset({_n.replace("_", "").lower() for _n in (*_ERRORS_2, *_ERRORS_2.values())})
"""Errors by which a robot refuses a message, without underscores and in small letters."""

_V2: Final = {
    "root": "uagv/v2", "described": "Description", "position": "agvPosition", "localized": "positionInitialized",
    "power": "batteryState", "charge": "batteryCharge", "e_stop": "eStop", "max_speed": "maxSpeed",
    "result": "resultDescription", "reset_pose": "initPosition", "broken": "CONNECTIONBROKEN",
}  # fmt: skip
V2_0: Final = Spelling(version="2.0.0", errors=_ERRORS_2, **_V2)
V2_1: Final = Spelling(version="2.1.0", errors=_ERRORS_2, **_V2)
V3_0: Final = Spelling(
    version="3.0.0", root="vda5050/v3", described="Descriptor", position="mobileRobotPosition", localized="localized",
    power="powerSupply", charge="stateOfCharge", e_stop="activeEmergencyStop", max_speed="maximumSpeed",
    result="actionResult", reset_pose="initializePosition", broken="CONNECTION_BROKEN",
    errors=MappingProxyType({}),
)  # fmt: skip
SPELLINGS: Final = (V2_0, V2_1, V3_0)
ROOTS: Final = ("uagv/v2", "vda5050/v3")


@lru_cache(maxsize=64)
def spelling_of(version: str) -> tuple[Spelling, bool]:
    """Return how a message with this header version is spelt, and whether we know just this minor version.

    "2.0", "v2.1" and a missing patch are understood; an unknown minor takes the nearest lower one. Raises vda.version.
    """
    match = _VERSION.fullmatch(version)
    major, minor = (int(match[1]), int(match[2] or 0)) if match else (0, 0)
    lower = [s for s in SPELLINGS if s.major == major and int(s.version[2]) <= minor]
    if not lower:
        raise AmrError("vda.version", version=version[:32])
    return lower[-1], int(lower[-1].version[2]) == minor
