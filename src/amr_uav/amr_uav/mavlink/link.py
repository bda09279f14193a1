"""The fleet's end of a MAVLink link to one aircraft with PX4's modes: missions up, orders, and what it says of itself.

Nothing is sent twice at a time and nothing is believed that cannot be: frames of other systems, old ones, positions
outside the world are counted and not used. An aircraft is armed only while the order to fly is fresh: the ground below
may be others' again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from amr_uav.gate import LINK_S
from amr_uav.mavlink import px4
from amr_uav.mavlink.earth import EarthFrame
from amr_uav.mavlink.upload import AGAIN, TRIES, Upload, fence_items, mission_items
from amr_uav.mavlink.wire import Decoder, Encoder, MavlinkFrame
from amr_uav.model import FlightPlan, Telemetry

GROUND: Final = (255, 190)
"""System and component of a ground station."""
AUTOPILOT: Final = 1
_BEAT: Final = 0.25  # s: three seconds without one bring it home, so a few may be lost
_JUMP: Final = 2000  # ms by which an aircraft's clock may disagree with ours from one position to the next
_REBOOTED: Final = 3.0  # s of positions of another time base, after which that is its clock
# m; chosen: above _REACHED of the upload and the sway in it; farther another cell of a rack is looked at
_NEAR: Final = 0.4
_BATTERY: Final = 10.0  # s; chosen: it is told each second or two, and falls by less than 1 % in ten
_WIND: Final = 10.0  # s; chosen: it is told each second or two; gusts change in ten, older ones allow nothing
_TOLD: Final = ("SYS_STATUS", "MISSION_CURRENT", "ESTIMATOR_STATUS", "WIND_COV")
"""What says something only when it can be: a wind that is no number is no word of the wind."""


@dataclass
class _Wish:
    """A command that waits for its answer. left: tries."""

    command: int
    values: dict[str, float]
    due: float
    left: int = TRIES


@dataclass
class LinkCounts:
    """What was not used. strangers: of other systems; stale: of another time; impossible: what cannot be."""

    strangers: int = 0
    stale: int = 0
    impossible: int = 0
    refused: list[str] = field(default_factory=list)


class MavlinkLink:
    """One aircraft. All times: s of one clock that only goes forward."""

    def __init__(self, vehicle: str, earth: EarthFrame, *, system: int = 1, look: float = 1.5) -> None:
        """vehicle: its name in the fleet; system: its MAVLink id; look: s that it hovers where it looks at a cell."""
        self.counts, self.refusals = LinkCounts(), 0
        self._vehicle, self._earth, self._system, self._look = vehicle, earth, system, look
        self._decoder, self._encoder = Decoder(), Encoder(*GROUND)
        self._told: Telemetry | None = None
        self._at: dict[str, float] = {}
        self._positioned = -1e9
        self._base: tuple[float, int] | None = None
        self._odd_since: float | None = None
        self._custom = self._landed = 0
        self._armed = False
        self._plan: FlightPlan | None = None
        self._flight = ""
        self._ordered = -1e9
        self._uploads: list[Upload] = []
        self._wish: _Wish | None = None
        self._beat = -1e9
        self._stage = ""

    # Down ---------------------------------------------------------------------------------------------------------

    def take(self, now: float, data: bytes) -> None:
        """Take what came from the link, any bytes."""
        for frame in self._decoder.feed(data):
            if (frame.system, frame.component) != (self._system, AUTOPILOT):
                self.counts.strangers += 1
                continue
            self._on_frame(now, frame)

    def _on_frame(self, now: float, frame: MavlinkFrame) -> None:
        values = frame.values
        if frame.name not in _TOLD:
            self._at[frame.name] = now
        if frame.name == "HEARTBEAT":
            self._custom = int(values["custom_mode"])
            self._armed = bool(int(values["base_mode"]) & px4.ARMED)
        elif frame.name == "GLOBAL_POSITION_INT":
            self._on_position(now, frame)
        elif frame.name == "EXTENDED_SYS_STATE":
            self._landed = int(values["landed_state"])
        elif frame.name in ("MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK", "COMMAND_ACK"):
            self._on_answer(now, frame)
        elif self._told is not None:
            self._on_state(now, frame)

    def _on_state(self, now: float, frame: MavlinkFrame) -> None:
        assert self._told is not None
        values, told = frame.values, self._told
        if frame.name == "SYS_STATUS":
            percent = values["battery_remaining"]
            told = replace(told, soc=percent / 100.0 if percent >= 0 else 0.0)
        elif frame.name == "MISSION_CURRENT":
            told = replace(told, item=self._item(int(values["seq"])))
        elif frame.name == "ESTIMATOR_STATUS":
            told = replace(told, position_ok=bool(int(values["flags"]) & px4.POSITION_KNOWN))
        elif frame.name == "WIND_COV":
            told = replace(told, wind=math.hypot(values["wind_x"], values["wind_y"]))
        if told.fault():
            self.counts.impossible += 1
            return
        self._told, self._at[frame.name] = told, now

    def _item(self, sequence: int) -> int:
        """Return the waypoint of a place in the mission, whose first is the take-off and whose last the way home."""
        most = len(self._plan.waypoints) if self._plan is not None else 0
        return min(max(0, sequence - 1), most)

    def _on_position(self, now: float, frame: MavlinkFrame) -> None:
        v = frame.values
        if not self._in_time(now, int(v["time_boot_ms"])):
            self.counts.stale += 1
            return
        x, y = self._earth.to_map(v["lat"], v["lon"])
        yaw = self._earth.yaw(v["hdg"] / 100.0) if v["hdg"] < 36000 else 0.0
        # Nothing is known of battery and position before it has said so: not full, not sure.
        old = self._told or Telemetry(t=now, vehicle=self._vehicle, soc=0.0, position_ok=False)
        told = replace(old, t=now, x=x, y=y, z=v["relative_alt"] / 1000.0, yaw=yaw)
        if told.fault():
            self.counts.impossible += 1
            return
        self._told, self._positioned = told, now

    def _in_time(self, now: float, boot_ms: int) -> bool:
        """Return whether a position is of now. An aircraft that has started anew is believed after a while."""
        since, boot = self._base or (now, boot_ms)
        if abs((boot_ms - boot) - 1000.0 * (now - since)) > _JUMP:
            self._odd_since = now if self._odd_since is None else self._odd_since
            if now - self._odd_since < _REBOOTED:
                return False
        self._base, self._odd_since = (now, boot_ms), None
        return True

    def telemetry(self, now: float) -> Telemetry | None:
        """Return what the aircraft says of itself; None while nothing, or no heartbeat, is heard."""
        if self._told is None or not self._fresh(now, "HEARTBEAT") or now - self._positioned > LINK_S:
            return None
        landed = self._landed if self._fresh(now, "EXTENDED_SYS_STATE") else 0
        # What it has not said for a while it may no longer know.
        known = self._told.position_ok and self._fresh(now, "ESTIMATOR_STATUS")
        soc = self._told.soc if self._fresh(now, "SYS_STATUS", _BATTERY) else 0.0
        wind = self._told.wind if self._fresh(now, "WIND_COV", _WIND) else None
        mode = px4.mode_of(self._custom, landed)
        return replace(self._told, mode=mode, flight_id=self._flight, position_ok=known, soc=soc, wind=wind)

    def _fresh(self, now: float, name: str, limit: float = LINK_S) -> bool:
        return now - self._at.get(name, -1e9) <= limit

    def _stands(self, now: float) -> bool:
        """Whether it says now that it stands on the ground: what it said before it took off is no word of now."""
        return self._landed == px4.ON_GROUND and self._fresh(now, "EXTENDED_SYS_STATE")

    @property
    def scan(self) -> str:
        """The cell that it looks at now, "" = none: it is where its plan looks from."""
        told, plan = self._told, self._plan
        if told is None or plan is None or told.item >= len(plan.waypoints):
            return ""
        spot = plan.waypoints[told.item]
        return spot.scan if math.dist(spot.at, (told.x, told.y, told.z)) <= _NEAR else ""

    # Up -----------------------------------------------------------------------------------------------------------

    def order(self, now: float, command: str, flight_id: str, plan: FlightPlan | None = None) -> None:
        """Fly (with a plan), hold, resume, return or land. Told again it is the same order, and fresh again."""
        if command == "fly":
            if plan is not None:
                self._fly(now, flight_id, plan)
            return
        if self._flight not in ("", flight_id):
            return
        self._uploads, self._stage = [], ""
        sub = {"hold": "HOLD", "resume": "MISSION", "return": "RETURN", "land": "LAND"}[command]
        if self._stands(now):
            self._ask(now, px4.ARM, param1=0.0)  # it must not take off any more
        else:
            self._ask(now, px4.SET_MODE, param1=px4.CUSTOM, param2=px4.AUTO, param3=px4.SUB[sub])  # type: ignore[index]

    def _fly(self, now: float, flight_id: str, plan: FlightPlan) -> None:
        self._ordered = now
        if self._stage and flight_id == self._flight:
            return
        if not self._stands(now):
            return
        self._plan, self._flight, self._stage, self._wish = plan, flight_id, "upload", None
        self._uploads = [
            Upload(px4.FENCE, fence_items(plan, self._earth)),
            Upload(px4.MISSION, mission_items(plan, self._earth, self._look)),
        ]

    def _ask(self, now: float, command: int, **values: float) -> None:
        wish = self._wish
        if wish is None or (wish.command, wish.values) != (command, values):
            self._wish = _Wish(command, values, now)

    def _on_answer(self, now: float, frame: MavlinkFrame) -> None:
        upload = self._uploads[0] if self._uploads else None
        if frame.name == "COMMAND_ACK":
            self._on_ack(now, int(frame.values["command"]), int(frame.values["result"]))
        elif upload is not None and frame.values["mission_type"] == upload.kind:
            upload.answer(now, frame)
            if upload.failed:
                self._give_up(f"mission type {upload.kind}: {upload.failed}")
            elif upload.done:
                self._uploads.pop(0)
                if not self._uploads:
                    self._stage = "arm"

    def _on_ack(self, now: float, command: int, result: int) -> None:
        wish = self._wish
        if wish is None or wish.command != command:
            return
        if result == px4.IN_PROGRESS:
            wish.due = now + AGAIN
            return
        self._wish = None
        if result != px4.ACCEPTED:
            self._give_up(f"command {command}: result {result}")
        elif self._stage == "arm":
            self._stage = "start"
        elif self._stage == "start":
            self._stage = "flying"

    def _give_up(self, why: str) -> None:
        self.counts.refused = [*self.counts.refused[-9:], why]
        self.refusals += 1
        self._uploads, self._wish = [], None
        self._stage = "" if self._stage != "flying" else self._stage

    def step(self, now: float, fleet_heard: float) -> Sequence[bytes]:
        """Return the frames to send. fleet_heard: when the fleet was: without it the aircraft hears nobody, either."""
        out: list[bytes] = []
        if now - self._beat >= _BEAT and now - fleet_heard <= LINK_S:
            self._beat = now
            out.append(self._encoder.frame(
                "HEARTBEAT", type=px4.GROUND_STATION, autopilot=px4.NO_AUTOPILOT, system_status=4, mavlink_version=3
            ))  # fmt: skip
        if self._stage in ("upload", "arm", "start") and now - self._ordered > LINK_S:
            self._give_up("the order to fly is too old")
            self._ask(now, px4.ARM, param1=0.0)
        if self._stage == "flying" and self._stands(now) and not self._armed:
            self._stage = ""
        if self._stage == "arm":
            self._ask(now, px4.ARM, param1=1.0)
        elif self._stage == "start":
            self._ask(now, px4.SET_MODE, param1=px4.CUSTOM, param2=px4.AUTO, param3=px4.SUB["MISSION"])
        if self._uploads:
            out += self._uploads[0].send(now, self._encoder, self._system)
            if self._uploads[0].failed:
                self._give_up("no answer to an upload")
        return [*out, *self._send_wish(now)]

    def _send_wish(self, now: float) -> list[bytes]:
        wish = self._wish
        if wish is None or now < wish.due:
            return []
        if wish.left == 0:
            self._give_up(f"command {wish.command}: no answer")
            return []
        values = {**wish.values, "confirmation": TRIES - wish.left}
        wish.due, wish.left = now + AGAIN, wish.left - 1
        target = {"target_system": self._system, "target_component": AUTOPILOT, "command": wish.command}
        return [self._encoder.frame("COMMAND_LONG", **target, **values)]
