"""The frames of the live feed."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator

from amr_fleet.api.models.alarms import Alarm
from amr_fleet.api.models.base import Answer, Measured, Seconds, Tenths
from amr_fleet.api.models.cameras import CameraShown
from amr_fleet.api.models.fire import FireShown
from amr_fleet.api.models.orders import TransportOrder
from amr_fleet.api.models.robots import Robot
from amr_fleet.api.models.words import BeltState, DoorMode, EndCode, LiftMode, Reason, TrackKind
from amr_fleet.api.models.zones import Zone
from amr_fleet.ports import FleetSnapshot, OrderView, WaitsView

LIVE_QUEUE: Final = 200  # orders of the queue in one frame
_LAST: Final = 1_000_000  # the rank of an order that is not served yet


class SeenTrack(Answer):
    """A person or vehicle that robots or fixed cameras see (m, m/s; speed 0 if only cameras see it)."""

    x: Seconds
    y: Seconds
    vx: Seconds
    vy: Seconds
    kind: TrackKind
    radius: float
    camera: bool


class Kpi(Answer):
    """Counters of the run. orders_per_hour and service_p95_s: of the last hour."""

    orders_total: int
    orders_done: int
    orders_open: int
    orders_cancelled: int
    orders_failed: int
    orders_per_hour: Tenths
    service_p95_s: Tenths
    deadlocks: int


class Waits(Answer):
    """Who with work waits longest; the wait-for graph as (who, for whom), and its cycles."""

    longest_s: Annotated[float, BeforeValidator(lambda value: round(value, 1))]
    longest: str
    cycles: list[list[str]]
    edges: list[tuple[str, str]]

    @classmethod
    def of(cls, view: WaitsView) -> Waits:
        """Return the waits of a snapshot."""
        edges = [(name, str(reason.facts["robot"])) for name, reason in view.edges if reason.code == "wait.traffic"]
        cycles = [list(cycle) for cycle in view.cycles]
        return cls(longest_s=view.longest_s, longest=view.longest, cycles=cycles, edges=edges)


class Cause(Answer):
    """A root of waiting: what it is, since when; what ends it; whom it strands, by name."""

    reason: Reason
    ends: EndCode
    robots: list[str]
    orders: list[str]


class DoorShown(Answer):
    """A door that robots drive through, or a conveyor. robots: with a lease; others: who else wants it open.

    dead: routes avoid it; belt: what a conveyor's load sensor says, "" = it has none, or is a door.
    """

    door_id: str
    mode: DoorMode
    robots: list[str]
    others: list[str]
    dead: bool
    belt: BeltState | Literal[""]


class LiftShown(Answer):
    """A lift. level: where the cabin is, or is nearest to, "" = not known; robot: with the lease; dead: avoided."""

    lift_id: str
    level: str
    door: DoorMode
    moving: bool
    mode: LiftMode
    robot: str
    dead: bool


class Snapshot(Answer):
    """One frame: the whole live picture; the newest counts.

    orders: all that robots have, and the first of the queue; orders_left_out: how many of the queue are not here.
    picture_age: how much older (s) robots and orders are than t, while the fleet cannot show them anew; 0 usually.
    """

    type: Literal["snapshot"] = "snapshot"
    t: Seconds
    rtf: Measured
    robots: list[Robot]
    orders: list[TransportOrder]
    orders_left_out: int
    tracks: list[SeenTrack]
    kpi: Kpi
    zones: list[Zone]
    alarms: list[Alarm]
    waits: Waits
    causes: list[Cause]
    cameras: list[CameraShown]
    doors: list[DoorShown]
    lifts: list[LiftShown]
    fire: FireShown | None
    all_paused: bool
    fleet_ready: bool
    picture_age: Seconds

    @classmethod
    def of(cls, snapshot: FleetSnapshot) -> Snapshot:
        """Return the frame of a snapshot."""
        orders = _shown(snapshot.orders)
        return cls.model_validate(
            {
                "t": snapshot.t,
                "rtf": snapshot.rtf,
                "robots": snapshot.robots,
                "orders": orders,
                "orders_left_out": len(snapshot.orders) - len(orders),
                "tracks": snapshot.tracks,
                "kpi": snapshot.kpi,
                "zones": snapshot.zones,
                "alarms": snapshot.alarms,
                "waits": Waits.of(snapshot.waits),
                "causes": snapshot.causes,
                "cameras": [CameraShown.of(shown, snapshot.t) for shown in snapshot.cameras],
                "doors": snapshot.doors,
                "lifts": snapshot.lifts,
                "fire": snapshot.fire,
                "all_paused": snapshot.all_paused,
                "fleet_ready": snapshot.ready,
                "picture_age": snapshot.picture_age,
            }
        )


def _shown(orders: Sequence[OrderView]) -> Sequence[OrderView]:
    """Return all orders that robots have, and the first of the queue: a list of thousands is no live picture."""
    waiting = [order for order in orders if order.state == "QUEUED"]
    if len(waiting) <= LIVE_QUEUE:
        return orders
    first = heapq.nsmallest(LIVE_QUEUE, waiting, key=lambda o: (o.rank or _LAST, o.created, o.order_id))
    return [order for order in orders if order.state != "QUEUED"] + first
