"""What goes over the wire: validated request bodies, and the fleet's views as JSON."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from amr_core.robots import ROBOT_TYPES
from amr_core.site import Site, Station
from amr_fleet.api.camera_models import shown_json
from amr_fleet.ports import AlarmView, FleetSnapshot, HistoryEntry, OrderView, Reason, RobotView, ZoneView

Json = dict[str, Any]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$")]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[^\x00-\x1f]*$")]
Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
WEEK_S = 7 * 24 * 3600.0
LIVE_QUEUE = 200  # orders of the queue in one live message


class Body(BaseModel):
    """Base of all request bodies: nothing unknown, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LoginBody(Body):
    """Body of POST /login."""

    user: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    password: Password


def _num(value: float, digits: int = 3) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None


def _points(points: Iterable[Sequence[float]]) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]


def reason_json(reason: Reason | None) -> Json | None:
    """Return a reason as {code, facts, since}."""
    return None if reason is None else {"code": reason.code, "facts": dict(reason.facts), "since": reason.since}


def order_json(order: OrderView) -> Json:
    """Return an order as the contract's Order."""
    fields = ("order_id", "reference", "load_id", "pick_place", "drop_place", "priority", "state", "robot")
    more = ("cutoff", "held", "wanted_robot", "cancelling")
    times = ("deadline", "created", "assigned", "picked", "finished", "earliest", "eta", "eta_early", "eta_late")
    return {
        **{name: getattr(order, name) for name in fields + more},
        **{name: _num(getattr(order, name)) for name in times},
        "reason": reason_json(order.reason),
        "late": reason_json(order.late),
        "cargo": dict(vars(order.cargo)) if order.cargo is not None else None,
    }


def history_json(history: Iterable[HistoryEntry]) -> list[Json]:
    """Return journal entries as [{t, event, facts}]."""
    return [{"t": _num(e.t), "event": e.event, "facts": dict(e.facts)} for e in history]


def robot_json(robot: RobotView) -> Json:
    """Return a robot as the contract's Robot."""
    plain = ("name", "type", "status", "order_id", "charging", "loaded", "paused", "online", "localized", "node")
    more = ("integration", "e_stop")
    return {
        **{name: getattr(robot, name) for name in plain + more},
        **{name: _num(getattr(robot, name)) for name in ("x", "y", "theta", "v", "soc")},
        "path": _points(robot.path),
        "base": _points(robot.base),
        "loads": list(robot.loads),
        "waiting": reason_json(robot.waiting),
        "errors": [{"code": r.code, "facts": dict(r.facts), "level": level} for r, level in robot.errors],
    }


def zone_json(zone: ZoneView) -> Json:
    """Return a temporary zone as the contract's Zone."""
    plain = ("zone_id", "kind", "code", "text", "user")
    return {
        **{name: getattr(zone, name) for name in plain},
        **{name: _num(getattr(zone, name)) for name in ("max_speed", "until", "since")},
        "polygon": _points(zone.polygon),
        "elements": list(zone.elements),
    }


def alarm_json(alarm: AlarmView) -> Json:
    """Return an alarm as the contract's Alarm."""
    plain = ("alarm_id", "robot", "order_id", "acked_by")
    return {
        **{name: getattr(alarm, name) for name in plain},
        "acked_at": _num(alarm.acked_at),
        "reason": reason_json(alarm.reason),
    }


def _shown(orders: Sequence[OrderView]) -> list[OrderView]:
    """Return all orders that robots have, and the first of the queue: a list of thousands is no live picture."""
    waiting = [order for order in orders if order.state == "QUEUED"]
    if len(waiting) <= LIVE_QUEUE:
        return list(orders)
    first = heapq.nsmallest(LIVE_QUEUE, waiting, key=lambda o: (-o.priority, o.created, o.order_id))
    return [order for order in orders if order.state != "QUEUED"] + first


def snapshot_json(snapshot: FleetSnapshot) -> Json:
    """Return a snapshot as the contract's WebSocket message."""
    kpi, orders = snapshot.kpi, _shown(snapshot.orders)
    return {
        "type": "snapshot",
        "t": _num(snapshot.t),
        "rtf": _num(snapshot.rtf),
        "robots": [robot_json(r) for r in snapshot.robots],
        "orders": [order_json(o) for o in orders],
        "orders_left_out": len(snapshot.orders) - len(orders),
        "tracks": [
            {"x": _num(t.x), "y": _num(t.y), "vx": _num(t.vx), "vy": _num(t.vy), "kind": t.kind, "radius": t.radius}
            for t in snapshot.tracks
        ],
        "kpi": {
            "orders_total": kpi.orders_total,
            "orders_done": kpi.orders_done,
            "orders_open": kpi.orders_open,
            "orders_cancelled": kpi.orders_cancelled,
            "orders_failed": kpi.orders_failed,
            "orders_per_hour": _num(kpi.orders_per_hour, 1),
            "service_p95_s": _num(kpi.service_p95_s, 1),
            "deadlocks": kpi.deadlocks,
        },
        "zones": [zone_json(z) for z in snapshot.zones],
        "alarms": [alarm_json(a) for a in snapshot.alarms],
        "waits": {
            "longest_s": _num(snapshot.waits.longest_s, 1),
            "longest": snapshot.waits.longest,
            "cycles": [list(c) for c in snapshot.waits.cycles],
            "edges": [[name, str(r.facts["robot"])] for name, r in snapshot.waits.edges if r.code == "wait.traffic"],
        },
        "cameras": [{"id": shown.camera, **shown_json(shown, snapshot.t)} for shown in snapshot.cameras],
        "all_paused": snapshot.all_paused,
        "fleet_ready": snapshot.ready,
    }


def _stations(stations: Iterable[Station]) -> list[Json]:
    return [{"id": s.id, "x": s.x, "y": s.y, "theta": s.theta} for s in stations]


def site_json(site: Site) -> Json:
    """Return the drawable parts of a site, and the outlines of the robot types (m, in base_link)."""
    return {
        "id": site.id,
        "name_vi": site.name_vi,
        "name_en": site.name_en,
        "size": list(site.size),
        "walls": [{"points": _points(w.points), "thickness": w.thickness} for w in site.walls],
        "boxes": [b.model_dump(mode="json", exclude={"height"}) for b in site.boxes],
        "doors": [d.model_dump(mode="json") for d in site.doors],
        "zones": [z.model_dump(mode="json") for z in site.zones],
        "places": [
            {"id": p.id, "kind": p.kind, "name_vi": p.name_vi, "name_en": p.name_en, "stations": _stations(p.stations)}
            for p in site.places
        ],
        "chargers": _stations(site.chargers),
        "parking": _stations(site.parking),
        "cameras": [{"id": c.id, "x": c.x, "y": c.y, "looks_at": list(c.looks_at)} for c in site.cameras],
        "lanes": [{"id": lane.id, "points": _points(lane.points)} for lane in site.lanes],
        "robot_types": {
            t.name: {"front": t.front, "rear": t.rear, "half_width": t.half_width} for t in ROBOT_TYPES.values()
        },
    }
