"""The running fleet as the assistant's facts, and the assistant's commands as requests to the fleet."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.assistant.alarm_places import alarm_rows
from amr_fleet.assistant.answers import label
from amr_fleet.assistant.clocks import clock, fleet_second
from amr_fleet.assistant.covering import covered
from amr_fleet.assistant.foresight import closing
from amr_fleet.assistant.halls import Corners, halls_of, in_halls
from amr_fleet.assistant.periods import moment
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.reports import wanted_report
from amr_fleet.assistant.standing import standings
from amr_fleet.assistant.state import (
    CargoRow,
    Facts,
    OrderRow,
    PauseRow,
    RobotRow,
    StayRow,
    VisitRow,
    Vocabulary,
    ZoneRow,
)
from amr_fleet.assistant.zones_set import liftable
from amr_fleet.cargo_views import Cargo, CargoView
from amr_fleet.domain import cargo_ids
from amr_fleet.domain.zone_entries import FLIGHT
from amr_fleet.ports import FleetSnapshot, OrderRequest, OrderView, Reason, RobotView, ZoneRequest, ZoneView
from amr_fleet.report.texts import TEXTS
from amr_fleet.requests import (
    AckAlarm,
    CancelOrder,
    ChangeOrder,
    ClearZone,
    CreateOrder,
    FleetRequest,
    ImportOrders,
    SetPaused,
    SetZone,
)
from amr_fleet.visit_views import VisitView

_ROBOT_STATES: Final = {
    "OFFLINE": "offline",
    "ERROR": "fault",
    "PAUSED": "paused",
    "CHARGING": "charging",
    "BUSY": "moving",
    "PARKING": "moving",
    "IDLE": "idle",
}
_ORDER_STATES: Final = {"QUEUED": "waiting", "DONE": "done", "CANCELLED": "cancelled", "FAILED": "failed"}
_ZONE_STATES: Final = {"closed": "closed", "hold": "held", "slow": "slow"}
_CAMERA: Final = "camera."
_SEEN: Final = {
    "person_near": "có người", "vehicle_near": "có xe", "lane_blocked": "lối đi bị chặn", "fallen_load": "có hàng rơi",
    "blind": "không nhìn thấy",
}  # fmt: skip
"""What a camera says of its area, as the dashboard says it."""
_PRIORITIES: Final = {"low": 0, "normal": 0, "high": 9}
_HIGH: Final = 7
_WHERE: Final = ("place", "lanes", "zone", "robot")
"""Facts of a reason that say where it waits, the first that there is: lanes say more than the name of the zone."""
MAX_AT_ONCE: Final = 30
"""Orders that one sentence may create."""


def facts_of(
    snapshot: FleetSnapshot, cargo: Iterable[CargoView], site: Site, ended: Sequence[OrderView] = (), limit: int = 0
) -> Facts:
    """Return what the assistant may know of a running fleet, whose snapshot holds open orders only.

    ended: the orders that ended, newest first; limit: the most that were asked for, 0 = all are given.
    """
    here = {order.order_id for order in snapshot.orders}  # one that ended since the snapshot stands as it was in it
    over = [order for order in ended if order.order_id not in here]
    robots = zip(snapshot.robots, standings(snapshot.robots, site), strict=True)
    return Facts(
        now=clock(snapshot.t),
        robots=tuple(_robot(robot, at) for robot, at in robots),
        orders=tuple(map(order_row, (*snapshot.orders, *over))),
        ended_since=_iso(ended[-1].created) if limit and len(ended) >= limit else "",
        place_of={station.id: place.id for place in site.places for station in place.stations},
        visits=tuple(_visit(visit) for visit in snapshot.visits),
        alarms=tuple(alarm_rows(snapshot, site, words_of)),
        zones=tuple(_zone(zone, site, snapshot) for zone in snapshot.zones),
        cargo=tuple(_load(load) for load in cargo),
        in_hall=in_halls(site),
        vocabulary=_vocabulary(site, snapshot),
    )


def words_of(reason: Reason) -> str:
    """Return a reason as people are told it."""
    return TEXTS["vi"].get(reason.code, reason.code)


def _why(reason: Reason, own: str = "") -> str:
    """Return a reason in words, with where or for whom (not for the robot itself), and since when."""
    name = next((name for name in _WHERE if reason.facts.get(name)), "")
    place = str(reason.facts[name]) if name else ""
    place = "" if name == "robot" and place == own else label(place) if name == "robot" else place
    return f"{words_of(reason)}{' (' + place + ')' if place else ''}, từ {clock(reason.since):%H:%M}"


def _held(order: OrderView) -> str:
    """Return why an order does not get on, and what stands behind that where it is something else."""
    why, root = order.reason, order.root
    if why is None:
        return ""
    alike = root is None or (root.code == why.code and root.facts.get("robot") == why.facts.get("robot"))
    return _why(why) if root is None or alike else f"{_why(why)}; gốc: {_why(root)}"


def _robot(robot: RobotView, at: tuple[str, ...]) -> RobotRow:
    state = _ROBOT_STATES.get(robot.status, "")
    waits = robot.waiting
    text = ""
    if waits is not None:
        text = _why(waits, robot.name)
    elif not robot.localized:
        text = TEXTS["vi"]["robot.lost"]
    return RobotRow(
        robot=robot.name,
        type=robot.type,
        state="waiting" if waits is not None and state == "moving" else state,
        battery=round(100.0 * robot.soc),
        order=robot.order_id,
        where=at[0] if at else "",
        at=at,
        reason=text,
        cause=waits.code if waits is not None else "robot.lost" if text else "",
        root=robot.root.code if robot.root is not None else "",
        ours=True,
        waits_since=clock(robot.waits_since).isoformat(timespec="seconds") if robot.waits_since else "",
        pauses=tuple(
            PauseRow(
                user=p.user, since=clock(p.since).isoformat(), why=p.text, unload=p.scope == "unload", scope=p.scope
            )
            for p in robot.pauses
        ),
    )  # fmt: skip


def _iso(t: float) -> str:
    """Return a fleet second as local ISO time, "" for none."""
    return clock(t).isoformat(timespec="seconds") if t else ""


def order_row(order: OrderView) -> OrderRow:
    """Return an order as the assistant knows it."""
    load, boxed = order.cargo, order.cargo is not None and order.cargo.kind == "container"
    return OrderRow.model_validate(
        {
            "order": order.order_id,
            "state": _ORDER_STATES.get(order.state, "active"),
            "goods": load.lot if load else "",
            "from": order.pick_place,
            "to": order.drop_place,
            "robot": order.robot,
            "priority": "high" if order.priority >= _HIGH else "normal",
            "due": _iso(order.deadline),
            "eta": _iso(order.eta),
            "barge": order.cutoff,
            "container": order.load_id if boxed else load.container if load else "",
            "sscc": "" if boxed else order.load_id,
            "reason": _held(order),
            "cause": order.reason.code if order.reason is not None else "",
            "root": order.root.code if order.root is not None else "",
            "ours": True,
            "late": order.late is not None,
            "created": _iso(order.created),
            "finished": _iso(order.finished),
        }
    )


def _visit(visit: VisitView) -> VisitRow:
    return VisitRow(
        visit=visit.visit_id,
        name=visit.name,
        kind=visit.kind,
        state=visit.state,
        closes=clock(visit.at).isoformat(timespec="seconds"),
        ends=clock(visit.ends).isoformat(timespec="seconds") if visit.ends else "",
        done=visit.done,
        whole=max(visit.planned, visit.done + visit.left),
        late=visit.late,
    )


def _zone(zone: ZoneView, site: Site, snapshot: FleetSnapshot) -> ZoneRow:
    named = zone.elements[0] if len(zone.elements) == 1 else zone.zone_id
    until = clock(zone.until).isoformat(timespec="seconds") if zone.until else ""
    by, why = zone.user, zone.text
    if zone.code.startswith(_CAMERA):  # its text is camera and area, and what it sees is its code
        by, why = f"camera {zone.text.split(' ')[0]}", _SEEN.get(zone.code.removeprefix(_CAMERA).partition(".")[0], "")
    return ZoneRow(
        zone=named, state=_ZONE_STATES.get(zone.kind, zone.kind), by=by or zone.code, until=until, why=why,
        lanes=tuple(zone.elements) or _under(zone.polygon, site), drawn=not zone.elements,
        since=clock(zone.since).isoformat(timespec="seconds"),
        # where nobody flies another run left it behind, and a person lifts it
        flight=zone.zone_id.startswith(FLIGHT) and snapshot.flights is not None,
    )  # fmt: skip


def _under(polygon: Corners, site: Site) -> tuple[str, ...]:
    """Return the hall that an area is, and the lanes and zones under it."""
    halls = [name for name, corners in halls_of(site).items() if corners == polygon]
    return (*halls, *covered(polygon, site))


def _load(load: CargoView) -> CargoRow:
    container = load.cargo.kind == "container"
    return CargoRow(
        sscc="" if container else load.load_id,
        container=load.load_id if container else load.cargo.container,
        goods=load.cargo.lot,
        where=load.place or load.robot,
        rides=partial(_stays, load),
    )


def _stays(load: CargoView) -> Iterator[StayRow]:
    """Yield where a load lay, from the rides that it had."""
    place, since = load.legs[0].from_place if load.legs else load.place, 0.0 if load.legs else load.since
    for leg in load.legs:
        if place:
            yield StayRow(place=place, since=_iso(since), until=_iso(leg.picked))
        place, since = (leg.to_place, leg.dropped) if leg.dropped else ("", 0.0)
    if place and place == load.place:
        yield StayRow(place=place, since=_iso(since))


def _vocabulary(site: Site, snapshot: FleetSnapshot) -> Vocabulary:
    return Vocabulary(
        robots=tuple(robot.name for robot in snapshot.robots),
        places=tuple(place.id for place in site.places),
        stations=tuple(station.id for place in site.places for station in place.stations),
        chargers=tuple(charger.id for charger in site.chargers),
        parking=tuple(spot.id for spot in site.parking),
        aisles=tuple(lane.id for lane in site.lanes),
        cameras=tuple(camera.id for camera in site.cameras),
        zones=tuple(zone.id for zone in site.zones),
        halls=tuple(halls_of(site)),
    )


def requests_of(call: Call, snapshot: FleetSnapshot, site: Site, user: str) -> list[FleetRequest]:
    """Return what a confirmed command asks of the fleet; raise order.*, zone.* for what the site does not have."""
    args = call.args
    if call.name == "robot_pause":
        return [SetPaused(robots=(str(args["robot"]),), pause=True, user=user)]
    if call.name == "robot_resume":  # the proposal named whose pauses they are, and what has to be so
        held = next((robot.pauses for robot in snapshot.robots if robot.name == args["robot"]), ())
        others = tuple(dict.fromkeys(pause.user for pause in held if pause.user not in ("", user)))
        unloaded = any(pause.scope == "unload" for pause in held)
        seen = max((pause.since for pause in held), default=0.0)
        return [
            SetPaused(
                robots=(str(args["robot"]),), pause=False, user=user, instead_of=others, unloaded=unloaded, seen=seen
            )
        ]
    if call.name == "order_cancel":
        return [CancelOrder(order_id=str(args["order"]), user=user)]
    if call.name == "order_priority":
        level = _PRIORITIES.get(str(args["priority"]), 0)
        return [ChangeOrder(order_id=str(args["order"]), priority=level, user=user)]
    if call.name == "alarm_ack":
        return [AckAlarm(alarm_id=str(args["alarm"]), user=user)]
    if call.name == "zone_open":
        zones = _opened(str(args["zone"]), snapshot, site)
        return [ClearZone(zone_id=zone.zone_id, user=user) for zone in zones]
    if call.name == "zone_close":
        return [SetZone(zone=_closing(args, snapshot, site, user))]
    if call.name == "report_make":
        wanted_report(args, clock(snapshot.t))
        return []  # its file is made when it is fetched; nothing of the fleet changes
    if call.name == "order_create":
        return _created(args, snapshot, site, user)
    raise AmrError("order.invalid", where="tool", reason=f"nothing does {call.name}")


def _opened(name: str, snapshot: FleetSnapshot, site: Site) -> list[ZoneView]:
    """Return what opening a place lifts, as liftable() says of the same facts; never a camera's or a flight's."""
    rows = [(zone, _zone(zone, site, snapshot)) for zone in snapshot.zones]
    lifted = liftable(Facts(zones=tuple(row for _, row in rows)), name)
    found = [zone for zone, row in rows if any(row is one for one in lifted)]
    if not found:
        raise AmrError("zone.not_found", zone=name[:64])
    return found


def _closing(args: Mapping[str, object], snapshot: FleetSnapshot, site: Site, user: str) -> ZoneRequest:
    name = str(args["zone"])
    until = 0.0
    if args.get("minutes"):
        until = snapshot.t + 60.0 * float(str(args["minutes"]))
    elif args.get("until"):
        until = _second(str(args["until"]), snapshot.t, "zone.invalid", "until")
    text = str(args.get("reason") or "trợ lý")[:64]
    zone = closing(name, site, zone_id=f"K-{secrets.token_hex(3).upper()}", until=until, text=text, user=user)
    if zone is None:
        raise AmrError("zone.invalid", where="zone", reason=f"{name} is no lane and no zone of the site")
    return zone


def _second(text: str, now: float, code: str, where: str) -> float:
    """Return the fleet second that a text names, or raise code for what names none."""
    found = moment(text, clock(now))
    if found is None:
        raise AmrError(code, where=where, reason=f"{text[:32]} is no time")
    return fleet_second(found, now)


def _created(args: Mapping[str, object], snapshot: FleetSnapshot, site: Site, user: str) -> list[FleetRequest]:
    start, goal = (site.place(_place_of(str(args.get(end, "")), site)).id for end in ("from", "to"))
    if start == goal:
        raise AmrError("order.invalid", where="drop_place", reason=f"from and to are both {start}")
    count = int(float(str(args.get("qty") or 1)))
    if not 1 <= count <= MAX_AT_ONCE:
        raise AmrError("order.invalid", where="qty", reason=f"1 to {MAX_AT_ONCE} loads in one sentence")
    due = str(args.get("due") or "")
    deadline = _second(due, snapshot.t, "order.invalid", "deadline") if due else 0.0
    load_id, cargo = _load_of(args, count)
    order = OrderRequest(
        pick_place=start,
        drop_place=goal,
        priority=_PRIORITIES.get(str(args.get("priority") or "normal"), 0),
        deadline=deadline,
        load_id=load_id,
        cargo=cargo,
        user=user,
    )
    # As one request: a refusal in the middle would leave some made, and say only that it failed.
    return [CreateOrder(order=order) if count == 1 else ImportOrders(orders=(order,) * count, user=user)]


def _load_of(args: Mapping[str, object], count: int) -> tuple[str, Cargo | None]:
    """Return the number of the load and what it is; raise cargo.bad_* for a number that is none.

    Several loads "of container X" came in it; one alone is that container.
    """
    goods, sscc, container = (str(args.get(name) or "") for name in ("goods", "sscc", "container"))
    container = cargo_ids.container(container) if container else ""
    if sscc and count > 1:
        raise AmrError("order.invalid", where="qty", reason="an SSCC is one load")
    if sscc:
        return cargo_ids.sscc(sscc), Cargo(kind="pallet", lot=goods, container=container)
    if container and count == 1:
        return container, Cargo(kind="container", lot=goods)
    return "", Cargo(lot=goods, container=container) if goods or container else None


def _place_of(name: str, site: Site) -> str:
    """Return the place that a station belongs to, else the name."""
    return next((place.id for place in site.places for station in place.stations if station.id == name), name)
