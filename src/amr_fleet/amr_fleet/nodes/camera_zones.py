"""Events of fixed cameras become temporary zones of the fleet: a camera slows or holds, it never permits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from amr_core.errors import AmrError
from amr_fleet.domain.camera_alarms import BLIND, CAMERA, REASONS
from amr_fleet.ports import FleetPort, ZoneRequest
from amr_fleet.requests import ClearZone, SetZone

KINDS = ("person_near", "vehicle_near", "lane_blocked", "fallen_load", "blind")
_ACTIONS = ("slow", "hold")
_LONGEST_S = 10.0  # twice VALID_S: one message may not hold robots for ever
_OLDEST_S = 2.0  # as docs/perception.md says; older, a crossing would be held or slowed by its past
_REFUSED_S = 30.0  # long enough for an alarm; cameras say what lasts again every 2 s
_LONGEST, _MOST_OTHERS = 100, 500
_USER = "camera"


class RefusedHolds:
    """Which cameras have zones that the fleet did not take: for a while, or until the last of these is taken.

    A hold that is over before it counts as an alarm (3 s) was one that robots did not obey.
    """

    def __init__(self, complain: Callable[[AmrError], None], cameras: Iterable[str]) -> None:
        """cameras: those of the site; names that others make up are counted only."""
        self.complain = complain
        self._cameras = frozenset(cameras)
        self._at: dict[str, tuple[str, float]] = {}
        self._others: dict[str, float] = {}

    def refuse(self, camera: str, what: str, now: float, error: AmrError) -> None:
        """Take that a camera's zone (what) was refused at now (fleet seconds)."""
        self.complain(error)
        if camera in self._cameras:
            self._at[camera] = (what, now)
        elif camera in self._others or len(self._others) < _MOST_OTHERS:
            self._others[camera] = now

    def taken(self, camera: str, what: str) -> None:
        """Take that a zone was taken."""
        if self._at.get(camera, ("", 0.0))[0] == what:
            del self._at[camera]

    def watch(self, camera: str, what: str, now: float, future: Future[Any]) -> None:
        """Take what the fleet answers to a zone."""

        def done(result: Future[Any]) -> None:
            error = result.exception()
            if error is None:
                self.taken(camera, what)
            elif isinstance(error, AmrError):
                self.refuse(camera, what, now, error)

        future.add_done_callback(done)

    def cameras(self, now: float) -> list[str]:
        """Return the cameras at now (fleet seconds); those that the site does not have as one, with their number."""
        self._at = {camera: said for camera, said in self._at.items() if 0.0 <= now - said[1] <= _REFUSED_S}
        self._others = {camera: at for camera, at in self._others.items() if 0.0 <= now - at <= _REFUSED_S}
        return [*([f"? ({len(self._others)})"] if self._others else []), *sorted(self._at)]


class CameraZones:
    """Sets, renews and clears the zones of camera events. One zone an event; it expires when nobody renews it."""

    def __init__(self, fleet: FleetPort, refused: RefusedHolds) -> None:
        self._fleet = fleet
        self._refused = refused
        self._zones: set[str] = set()

    def on_event(self, message: Any, now: float, age: float) -> None:
        """Take in a CameraEvent at now (fleet seconds), age seconds old. Bad ones are reported, not used."""
        try:
            zone_id = _zone_id(message)
            if not message.active:
                self._clear(zone_id)
                return
            wish = SetZone(zone=zone_request(message, zone_id, now, age))
            self._refused.watch(message.camera, zone_id, now, self._fleet.ask(wish))
            self._zones.add(zone_id)
        except AmrError as error:
            camera, event = message.camera[:_LONGEST], message.event_id[:_LONGEST]
            self._refused.refuse(camera, f"{CAMERA}{camera}:{event}", now, error)

    def _clear(self, zone_id: str) -> None:
        # Only what a camera has set: an event must not lift a zone that a person drew.
        if zone_id in self._zones:
            self._zones.discard(zone_id)
            tell_error(
                self._fleet.ask(ClearZone(zone_id=zone_id, user=_USER)), self._refused.complain, ignore="zone.not_found"
            )


def tell_error(future: Future[Any], complain: Callable[[AmrError], None], ignore: str = "") -> None:
    """Complain when the fleet refuses what a future stands for, but with the code that may be ignored."""

    def done(result: Future[Any]) -> None:
        error = result.exception()
        if isinstance(error, AmrError) and error.code != ignore:
            complain(error)

    future.add_done_callback(done)


def zone_request(message: Any, zone_id: str, now: float, age: float) -> ZoneRequest:
    """Return the zone of an event, or raise message.invalid."""
    numbers = [message.max_speed, message.valid_for, *message.polygon_x, *message.polygon_y]
    if message.kind not in KINDS or message.action not in _ACTIONS:
        raise _invalid(f"{message.kind} {message.action}")
    if message.kind == "blind" and message.reason not in REASONS:
        raise _invalid(f"blind for {message.reason[:32]!r}")
    if not all(map(math.isfinite, numbers)) or len(message.polygon_x) != len(message.polygon_y):
        raise _invalid("polygon or times are not finite")
    if not 0.0 < message.valid_for <= _LONGEST_S:
        raise _invalid(f"valid for {message.valid_for} s")
    if abs(age) > _OLDEST_S:
        raise _invalid(f"its stamp is {age:.1f} s off")
    return ZoneRequest(
        zone_id=zone_id,
        kind=message.action,
        polygon=tuple(zip(map(float, message.polygon_x), map(float, message.polygon_y), strict=True)),
        max_speed=round(float(message.max_speed), 3) if message.action == "slow" else 0.0,
        code=f"{BLIND}{message.reason}" if message.kind == "blind" else f"camera.{message.kind}",
        text=f"{message.camera} {message.area}",
        until=now + float(message.valid_for),
        user=_USER,
    )


def _zone_id(message: Any) -> str:
    if not message.camera or not message.event_id or len(message.camera) + len(message.event_id) > _LONGEST:
        raise _invalid("camera or event_id")
    return f"{CAMERA}{message.camera}:{message.event_id}"


def _invalid(reason: str) -> AmrError:
    return AmrError("message.invalid", topic="/cameras/events", reason=reason)
