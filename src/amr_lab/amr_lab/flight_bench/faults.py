"""What goes wrong in a flight: named, seeded faults. Times in s, speeds in m/s; shares of the way or of a battery."""

from __future__ import annotations

import math
from random import Random
from typing import ClassVar, Final

from amr_fleet.flight_requests import SetFlightPermit
from amr_fleet.requests import RaiseFire
from amr_fleet.vocabulary import AlarmCode, FlightState
from amr_lab.flight_bench.rig import FlightRig
from amr_uav.model import FlightPermit


class FlightFault:
    """One fault. at: share of the waypoints after which it begins; ends: how such a flight may end.

    code: the alarm that must be raised, "" = none need be; drifts: it carries the aircraft where nobody steers it, so
    that it may be outside its volume from then on.
    """

    name: ClassVar[str] = "none"
    ends: ClassVar[tuple[FlightState, ...]] = ("DONE",)
    code: ClassVar[AlarmCode | str] = ""
    drifts: ClassVar[bool] = False

    def __init__(self, rng: Random) -> None:
        self.at = rng.uniform(0.05, 0.9)
        self._angle = rng.uniform(-math.pi, math.pi)
        self._size = rng.random()

    def prepare(self, rig: FlightRig) -> None:
        """Do what holds from before take-off."""

    def begin(self, rig: FlightRig) -> None:
        """Let it happen."""

    def go_on(self, rig: FlightRig, since: float) -> None:
        """Change what changes while it lasts; since: s since it began."""

    def _between(self, low: float, high: float) -> float:
        return low + self._size * (high - low)

    def _blow(self, rig: FlightRig, speed: float) -> None:
        rig.craft.wind = (speed * math.cos(self._angle), speed * math.sin(self._angle))


class SteadyWind(FlightFault):
    """Wind within the limit from take-off on; a gust may be above it."""

    name = "wind"
    ends = ("DONE", "ABORTED")

    def prepare(self, rig: FlightRig) -> None:
        """Blow."""
        self._blow(rig, self._between(2.0, 6.0))


class Storm(FlightFault):
    """Wind that rises above the limit within 10 s."""

    name = "storm"
    ends = ("ABORTED",)
    code = "alarm.flight_wind"

    def go_on(self, rig: FlightRig, since: float) -> None:
        """Blow harder."""
        self._blow(rig, min(1.0, since / 10.0) * self._between(9.0, 11.0))


class WeakBattery(FlightFault):
    """A battery that is suddenly nearly empty."""

    name = "battery"
    ends = ("ABORTED",)
    code = "alarm.flight_battery"

    def begin(self, rig: FlightRig) -> None:
        """Leave it what home takes and little more."""
        rig.craft.soc = min(rig.craft.soc, self._between(0.14, 0.17))


class LinkLost(FlightFault):
    """Aircraft and fleet do not hear each other any more, until it has been down for a while."""

    name = "link"
    ends = ("ABORTED",)
    code = "alarm.flight_link"
    _quiet_since: float | None = None

    def begin(self, rig: FlightRig) -> None:
        """Cut it."""
        rig.link = False

    def go_on(self, rig: FlightRig, since: float) -> None:
        """Bring it back 15 s after the aircraft is down."""
        if rig.craft.mode == "LANDED":
            self._quiet_since = since if self._quiet_since is None else self._quiet_since
            rig.link = rig.downlink = since - self._quiet_since > 15.0


class LinkShort(FlightFault):
    """A gap that is shorter than what counts as a loss."""

    name = "link_short"

    def go_on(self, rig: FlightRig, since: float) -> None:
        """Cut it for a moment."""
        rig.link = since > self._between(0.5, 2.4)


class DownlinkLost(LinkLost):
    """The fleet hears nothing, the aircraft still hears the fleet."""

    name = "downlink"

    def begin(self, rig: FlightRig) -> None:
        """Cut one way."""
        rig.downlink = False


class BlownOut(FlightFault):
    """A gust that no autopilot holds against carries it out of its volume."""

    name = "fence"
    ends = ("DOWN", "ABORTED")
    drifts = True

    def go_on(self, rig: FlightRig, since: float) -> None:
        """Blow for a few seconds."""
        self._blow(rig, 20.0 if since < self._between(3.0, 5.0) else 0.0)


class PositionLost(FlightFault):
    """It does not know where it is any more, in light air."""

    name = "position"
    ends = ("DOWN", "ABORTED")
    code = "alarm.flight_position"
    drifts = True

    def prepare(self, rig: FlightRig) -> None:
        """Light air."""
        self._blow(rig, self._between(0.0, 2.0))

    def begin(self, rig: FlightRig) -> None:
        """Take the position."""
        rig.craft.position_ok = False


class PersonBelow(FlightFault):
    """Somebody walks in below and stays for 3 to 40 s."""

    name = "people"
    ends = ("DONE", "ABORTED")
    code = "alarm.flight_people"

    def go_on(self, rig: FlightRig, since: float) -> None:
        """Stand below the aircraft, then be gone."""
        x, y, _z = rig.craft.p.tolist()
        rig.people = [(x, y)] if since < self._between(3.0, 40.0) else []


class PermitEnds(FlightFault):
    """The permit ends in the air."""

    name = "permit"
    ends = ("ABORTED",)
    code = "alarm.flight_permit"

    def begin(self, rig: FlightRig) -> None:
        """Replace it by one that ends at once."""
        permit = FlightPermit(
            number="P2", issuer="bench", registration="VN-1", until=rig.now + 0.5, ceiling=rig.site.ceiling
        )
        rig.ask(SetFlightPermit(permit=permit, user="bench"))


class Fire(FlightFault):
    """A fire alarm while it flies."""

    name = "fire"
    ends = ("ABORTED",)
    code = "alarm.flight_fire"

    def begin(self, rig: FlightRig) -> None:
        """Raise it."""
        rig.ask(RaiseFire(text="bench", user="bench"))


class FleetRestarted(FlightFault):
    """The fleet ends and starts again from its journal."""

    name = "restart"

    def begin(self, rig: FlightRig) -> None:
        """Restart."""
        rig.restart()


FAULTS: Final[dict[str, type[FlightFault]]] = {
    kind.name: kind
    for kind in (
        FlightFault, SteadyWind, Storm, WeakBattery, LinkLost, LinkShort, DownlinkLost, BlownOut, PositionLost,
        PersonBelow, PermitEnds, Fire, FleetRestarted,
    )
}  # fmt: skip
