"""Frames of MAVLink 2, unsigned: the messages that a flight needs. Layouts: mavlink.io, dialect `common`.

Fields are in wire order (by size), shortened frames are filled up with zeros, as the serialisation of MAVLink 2 says.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

STX: Final = 0xFD
_HEAD: Final = 10
_SIGNED: Final = 0x01
_SIGNATURE: Final = 13
_MOST_WAITING: Final = 4096  # bytes that may wait for the end of a frame: more than any frame is long


class Layout(NamedTuple):
    """A message: its id, the seed of its checksum, its struct format and the names of its fields."""

    id: int
    extra: int
    format: str
    fields: tuple[str, ...]


def _layout(number: int, extra: int, form: str, fields: str) -> Layout:
    return Layout(number, extra, f"<{form}", tuple(fields.split()))


LAYOUTS: Final[Mapping[str, Layout]] = {
    "HEARTBEAT": _layout(0, 50, "IBBBBB", "custom_mode type autopilot base_mode system_status mavlink_version"),
    "SYS_STATUS": _layout(
        1, 124, "IIIHHhHHHHHHb", "sensors_present sensors_enabled sensors_health load voltage_battery current_battery "
        "drop_rate_comm errors_comm errors_count1 errors_count2 errors_count3 errors_count4 battery_remaining",
    ),
    "GLOBAL_POSITION_INT": _layout(33, 104, "IiiiihhhH", "time_boot_ms lat lon alt relative_alt vx vy vz hdg"),
    "MISSION_REQUEST": _layout(40, 230, "HBBB", "seq target_system target_component mission_type"),
    "MISSION_CURRENT": _layout(42, 28, "HHBB", "seq total mission_state mission_mode"),
    "MISSION_COUNT": _layout(44, 221, "HBBB", "count target_system target_component mission_type"),
    "MISSION_ACK": _layout(47, 153, "BBBB", "target_system target_component type mission_type"),
    "MISSION_REQUEST_INT": _layout(51, 196, "HBBB", "seq target_system target_component mission_type"),
    "MISSION_ITEM_INT": _layout(
        73, 38, "ffffiifHHBBBBBB", "param1 param2 param3 param4 x y z seq command target_system target_component frame "
        "current autocontinue mission_type",
    ),
    "COMMAND_LONG": _layout(
        76, 152, "fffffffHBBB", "param1 param2 param3 param4 param5 param6 param7 command target_system "
        "target_component confirmation",
    ),
    "COMMAND_ACK": _layout(77, 143, "HBBiBB", "command result progress result_param2 target_system target_component"),
    "ESTIMATOR_STATUS": _layout(
        230, 163, "QffffffffH", "time_usec vel_ratio pos_horiz_ratio pos_vert_ratio mag_ratio hagl_ratio tas_ratio "
        "pos_horiz_accuracy pos_vert_accuracy flags",
    ),
    "WIND_COV": _layout(
        231, 105, "Qffffffff", "time_usec wind_x wind_y wind_z var_horiz var_vert wind_alt horiz_accuracy "
        "vert_accuracy",
    ),
    "EXTENDED_SYS_STATE": _layout(245, 130, "BB", "vtol_state landed_state"),
}  # fmt: skip
_BY_ID: Final = {layout.id: (name, layout) for name, layout in LAYOUTS.items()}

Values = Mapping[str, float]


class MavlinkFrame(NamedTuple):
    """One message and who sent it."""

    system: int
    component: int
    name: str
    values: Values


def crc(data: bytes, extra: int) -> int:
    """Return the checksum (CRC-16/MCRF4XX) of all between start sign and checksum, with a message's seed behind."""
    value = 0xFFFF
    for byte in (*data, extra):
        low = byte ^ (value & 0xFF)
        low ^= (low << 4) & 0xFF
        value = (value >> 8) ^ (low << 8) ^ (low << 3) ^ (low >> 4)
        value &= 0xFFFF
    return value


class Encoder:
    """Numbers the frames of one sender."""

    def __init__(self, system: int, component: int) -> None:
        self._system, self._component, self._sequence = system, component, 0

    def frame(self, name: str, **values: float) -> bytes:
        """Return a frame; fields that are not named are 0, those of whole numbers are rounded."""
        layout = LAYOUTS[name]
        kinds = layout.format[1:]
        given = [values.get(field, 0) for field in layout.fields]
        numbers = [v if kind == "f" else round(v) for kind, v in zip(kinds, given, strict=True)]
        payload = struct.pack(layout.format, *numbers).rstrip(b"\0") or b"\0"
        ident = layout.id.to_bytes(3, "little")
        body = bytes((len(payload), 0, 0, self._sequence, self._system, self._component)) + ident + payload
        self._sequence = (self._sequence + 1) % 256
        return bytes((STX,)) + body + crc(body, layout.extra).to_bytes(2, "little")


class Decoder:
    """Frames out of a stream in which anything may stand. damaged: checksums that were wrong; other: unknown kinds."""

    def __init__(self) -> None:
        self._waiting = b""
        self.damaged = self.other = 0

    def feed(self, data: bytes) -> list[MavlinkFrame]:
        """Return the frames that are whole now."""
        self._waiting = (self._waiting + data)[-_MOST_WAITING:]
        found: list[MavlinkFrame] = []
        while (start := self._waiting.find(STX)) >= 0:
            self._waiting = self._waiting[start:]
            if len(self._waiting) < _HEAD:
                return found
            flags = self._waiting[2]
            end = _HEAD + self._waiting[1] + 2
            whole = end + (_SIGNATURE if flags & _SIGNED else 0)
            if flags & ~_SIGNED:
                self._waiting = self._waiting[1:]  # a flag that must be understood and is not
                continue
            if len(self._waiting) < whole:
                return found
            frame = self._read(self._waiting[:end])
            if frame is not None:
                found.append(frame)
            # What is damaged, or of an unknown kind and cannot be proven, may hold a frame: look on behind its sign.
            self._waiting = self._waiting[whole:] if frame is not None else self._waiting[1:]
        self._waiting = b""
        return found

    def _read(self, data: bytes) -> MavlinkFrame | None:
        """Return a frame, None for one that is damaged or of an unknown kind."""
        known = _BY_ID.get(int.from_bytes(data[7:10], "little"))
        if known is None:
            self.other += 1
            return None
        name, layout = known
        if crc(data[1:-2], layout.extra) != int.from_bytes(data[-2:], "little"):
            self.damaged += 1
            return None
        size = struct.calcsize(layout.format)
        payload = data[_HEAD:-2][:size].ljust(size, b"\0")
        return MavlinkFrame(
            data[5], data[6], name, dict(zip(layout.fields, struct.unpack(layout.format, payload), strict=True))
        )
