"""Who answers which request: each module with handlers adds its own here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amr_fleet.domain.alarm_watch import acknowledge
from amr_fleet.domain.world import World
from amr_fleet.ports import AckAlarm, FleetRequest

Handler = Callable[[World, Any], object]  # returns the answer, or raises AmrError

HANDLERS: Mapping[type[FleetRequest], Handler] = {
    AckAlarm: acknowledge,
}
