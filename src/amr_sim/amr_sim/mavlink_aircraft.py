"""The simulated aircraft at the other end of a MAVLink link: what an autopilot with PX4's modes says and obeys.

It takes missions and a fence, arms, changes modes, tells its state, and comes home when no ground station is heard.
Pure: bytes in, bytes out. A test vehicle, not an autopilot: no parameters, no other frames than relative altitude.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from amr_sim.aircraft import SimulatedAircraft, mission_of
from amr_uav.mavlink import px4
from amr_uav.mavlink.earth import EarthFrame
from amr_uav.mavlink.wire import Decoder, Encoder, MavlinkFrame, Values
from amr_uav.model import Volume, Waypoint

_DENIED, _UNSUPPORTED = 2, 3  # MAV_RESULT
_ERROR, _NO_SPACE, _BAD_SEQUENCE = 1, 4, 13  # MAV_MISSION_RESULT
_MOST_ITEMS: Final = 5000
_AGAIN: Final = 0.5  # s; chosen: as the other end asks again for what was lost (amr_uav.mavlink)
_PERIODS: Final = {"HEARTBEAT": 1.0, "GLOBAL_POSITION_INT": 0.2, "EXTENDED_SYS_STATE": 0.2, "MISSION_CURRENT": 0.2,
                   "SYS_STATUS": 0.5, "ESTIMATOR_STATUS": 0.2, "WIND_COV": 0.5}  # fmt: skip
_FAR: Final = Volume((), 0.0, 1e4)


@dataclass
class _Download:
    """A mission on its way. peer: who sends it; due: when the next item is asked for again."""

    kind: int
    count: int
    peer: tuple[int, int]
    due: float
    items: list[Values] = field(default_factory=list)


class MavlinkAircraft:
    """One vehicle, system 1 unless told otherwise. Times: s of one clock that only goes forward."""

    def __init__(self, craft: SimulatedAircraft, earth: EarthFrame, *, system: int = 1) -> None:
        self.craft, self.armed = craft, False
        self._earth, self._system = earth, system
        self._decoder, self._encoder = Decoder(), Encoder(system, 1)
        self._download: _Download | None = None
        self._kept: dict[int, list[Values]] = {px4.MISSION: [], px4.FENCE: []}
        self._due = dict.fromkeys(_PERIODS, -1e9)
        self._out: list[bytes] = []
        self._heard = -1e9
        self._boot: float | None = None
        self._flights = 0
        self._was_up = False

    def take(self, now: float, data: bytes) -> None:
        """Take what came from the link, any bytes."""
        for frame in self._decoder.feed(data):
            v = frame.values
            if frame.name == "HEARTBEAT":
                self._heard = now if v["type"] == px4.GROUND_STATION else self._heard
            elif v.get("target_system") not in (0, self._system) or not all(map(math.isfinite, _sent(v))):
                continue
            elif frame.name == "MISSION_COUNT":
                self._begin(now, frame)
            elif frame.name == "MISSION_ITEM_INT":
                self._item(now, frame)
            elif frame.name == "COMMAND_LONG":
                result = self._obey(int(v["command"]), v)
                self._send("COMMAND_ACK", command=v["command"], result=result, **_target(frame))

    def step(self, now: float, dt: float) -> list[bytes]:
        """Fly for dt s; return what it says."""
        self._boot = now if self._boot is None else self._boot
        self.craft.step(now, dt, self._heard)
        if self.craft.mode == "LANDED" and self._was_up:
            self.armed = False
        self._was_up = self.craft.mode != "LANDED"
        down = self._download
        if down is not None and now >= down.due:
            self._request(now)
        for name, period in _PERIODS.items():
            if now - self._due[name] >= period:
                self._due[name] = now
                self._send(name, **self._state(name, now))
        out, self._out = self._out, []
        return out

    def _send(self, name: str, **values: float) -> None:
        self._out.append(self._encoder.frame(name, **values))

    # Missions -----------------------------------------------------------------------------------------------------

    def _begin(self, now: float, frame: MavlinkFrame) -> None:
        kind, count = int(frame.values["mission_type"]), int(frame.values["count"])
        peer = (frame.system, frame.component)
        if kind not in self._kept or count > _MOST_ITEMS:
            self._send("MISSION_ACK", type=_NO_SPACE, mission_type=kind, **_target(frame))
            return
        self._download = _Download(kind, count, peer, now)
        if count == 0:
            self._kept[kind], self._download = [], None
            self._send("MISSION_ACK", mission_type=kind, **_target(frame))

    def _request(self, now: float) -> None:
        down = self._download
        assert down is not None
        down.due = now + _AGAIN
        self._send(
            "MISSION_REQUEST_INT", seq=len(down.items), mission_type=down.kind, target_system=down.peer[0],
            target_component=down.peer[1],
        )  # fmt: skip

    def _item(self, now: float, frame: MavlinkFrame) -> None:
        down, v = self._download, frame.values
        if down is None or down.peer != (frame.system, frame.component) or v["mission_type"] != down.kind:
            return
        if v["seq"] != len(down.items):
            return  # asked for again when it is due
        down.items.append(v)
        if len(down.items) < down.count:
            self._request(now)
            return
        self._kept[down.kind], self._download = down.items, None
        self._send("MISSION_ACK", mission_type=down.kind, **_target(frame))

    # Commands -----------------------------------------------------------------------------------------------------

    def _obey(self, command: int, v: Values) -> int:
        if command == px4.ARM:
            return self._arm(v["param1"] >= 0.5)
        if command == px4.GO_HOME:
            return self._mode("RETURN")
        if command == px4.LAND:
            return self._mode("LAND")
        if command == px4.SET_MODE and v["param2"] == px4.AUTO:
            wanted = next((mode for mode, sub in px4.SUB.items() if sub == v["param3"]), None)
            return self._mode(wanted) if wanted is not None else _UNSUPPORTED
        return _UNSUPPORTED

    def _arm(self, armed: bool) -> int:
        if self.craft.mode != "LANDED" or (armed and not self.craft.position_ok):
            return _DENIED
        self.armed = armed
        return px4.ACCEPTED

    def _mode(self, wanted: str) -> int:
        craft = self.craft
        if craft.mode == "LANDED":
            if wanted == "HOLD":
                return px4.ACCEPTED
            return px4.ACCEPTED if wanted == "MISSION" and self.armed and self._fly() else _DENIED
        flight = craft.mission.flight_id if craft.mission is not None else ""
        command = {"HOLD": "hold", "MISSION": "resume", "RETURN": "return", "LAND": "land"}.get(wanted, "")
        same = craft.mode == wanted or (wanted == "MISSION" and craft.mode == "TAKEOFF")
        return px4.ACCEPTED if same or craft.told(command, flight) else _DENIED

    def _fly(self) -> bool:
        rows = self._kept[px4.MISSION]
        ways = [self._waypoint(i, v) for i, v in enumerate(rows) if v["command"] == px4.WAYPOINT]
        if not ways or rows[0]["command"] != px4.TAKE_OFF:
            return False
        corners = tuple(self._earth.to_map(v["x"], v["y"]) for v in self._kept[px4.FENCE])
        high = max(w.z for w in ways) + self.craft.limits.margin
        fence = Volume(corners, 0.0, high) if len(corners) >= 3 else _FAR
        self._flights += 1
        return self.craft.fly(mission_of(f"M{self._flights}", ways, fence, rows[0]["z"]))

    def _waypoint(self, sequence: int, v: Values) -> Waypoint:
        x, y = self._earth.to_map(v["x"], v["y"])
        yaw = self._earth.yaw(v["param4"]) if math.isfinite(v["param4"]) else 0.0  # NaN: as it is
        return Waypoint(x, y, v["z"], yaw, f"M{sequence}" if v["param1"] > 0.0 else "")

    # State --------------------------------------------------------------------------------------------------------

    def _state(self, name: str, now: float) -> dict[str, float]:
        told = self.craft.telemetry(now)
        lat, lon = self._earth.to_earth(told.x, told.y)
        boot, usec = round(1000 * (now - (self._boot or 0.0))) % 2**32, round(1e6 * now)
        landed = {"LANDED": px4.ON_GROUND, "TAKEOFF": px4.TAKING_OFF, "LAND": px4.LANDING}.get(told.mode, px4.IN_AIR)
        mode = "MISSION" if told.mode == "TAKEOFF" else told.mode
        state: dict[str, dict[str, float]] = {
            "HEARTBEAT": {
                "custom_mode": px4.custom_mode(mode), "type": px4.MULTICOPTER, "autopilot": px4.PX4,
                "base_mode": px4.CUSTOM | (px4.ARMED if self.armed else 0),
                "system_status": px4.CRITICAL if told.failsafe else 4 if told.flying else 3, "mavlink_version": 3,
            },
            "GLOBAL_POSITION_INT": {
                "time_boot_ms": boot, "lat": lat, "lon": lon, "alt": round(1000 * told.z),
                "relative_alt": round(1000 * told.z), "hdg": round(100 * self._earth.heading(told.yaw)) % 36000,
            },
            "EXTENDED_SYS_STATE": {"landed_state": landed},
            "MISSION_CURRENT": {"seq": told.item + 1, "total": len(self._kept[px4.MISSION])},
            "SYS_STATUS": {"battery_remaining": round(100 * told.soc)},
            "ESTIMATOR_STATUS": {"time_usec": usec, "flags": 0x1F if told.position_ok else 0x0F},
            "WIND_COV": {"time_usec": usec, "wind_x": math.hypot(*self.craft.air)},
        }  # fmt: skip
        return state[name]


def _target(frame: MavlinkFrame) -> dict[str, float]:
    return {"target_system": frame.system, "target_component": frame.component}


def _sent(v: Values) -> list[float]:
    """Return the numbers that must be finite; NaN means "as it is" in the parameters of a command or an item."""
    return [value for name, value in v.items() if not name.startswith("param")]
