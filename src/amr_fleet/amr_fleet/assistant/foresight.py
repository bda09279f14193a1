"""What-if questions and effects of proposals as scenarios of the fleet's own rehearsal, and its answers in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.assistant.answers import ToolResult, label
from amr_fleet.assistant.clocks import clock, fleet_second
from amr_fleet.assistant.halls import halls_of
from amr_fleet.assistant.periods import moment
from amr_fleet.assistant.reading import Call, Value
from amr_fleet.ports import FleetSnapshot, OrderView, ZoneRequest
from amr_fleet.whatif.scenario import ForeseenAnswer, NewLots, OrderOutcome, Scenario

LINK: Final = "/whatif"
MOST_LOTS: Final = 100
"""Orders that a what-if may add."""
_OVER: Final = frozenset({"DONE", "CANCELLED", "FAILED"})
_SHOWN: Final = 10
NOTHING_SEEN: Final = "Chưa xem trước được gì: máy tính đang bận."


class CannotSupposeError(ValueError):
    """What a what-if asks is nothing that the rehearsal can change; the text names the argument."""


def supposed(args: Mapping[str, Value], snapshot: FleetSnapshot, site: Site) -> tuple[Scenario, list[str]]:
    """Return the scenario of a what_if call and what had to be assumed, in Vietnamese.

    Raises CannotSupposeError for what the rehearsal has no word for, *.not_found for what is not there.
    """
    assumed: list[str] = []
    lost = _robots(args.get("remove_robots"), snapshot, assumed)
    zones, places = _closed(args, snapshot, site)
    chargers = _chargers(args.get("remove_chargers"), snapshot, site, assumed)
    lots = _lots(args, snapshot, site, assumed)
    if not (lost or zones or places or lots or chargers):
        raise CannotSupposeError("nothing")
    until = _until(args, snapshot.t)
    if until and (lost or places):
        assumed.append("robot bị bớt và chỗ bị đóng được tính cho cả khoảng xem trước")
    return Scenario(
        lost_robots=lost, zones=zones, closed_places=places, new_lots=lots, lost_chargers=chargers, chargers_back=until
    ), assumed


def _named(value: Value | None) -> list[str]:
    return [str(name) for name in (value if isinstance(value, list) else [value] if value else [])]


def _robots(value: Value | None, snapshot: FleetSnapshot, assumed: list[str]) -> tuple[str, ...]:
    # Those that carry nothing are missed least: the answer must not depend on which load is lost.
    ranked = sorted(snapshot.robots, key=lambda robot: (bool(robot.loads), bool(robot.order_id), robot.name))
    taken = _counted("remove_robots", value, [robot.name for robot in ranked])
    if taken:
        assumed.append(f"bớt {', '.join(map(label, taken))}")
        return taken
    names, known = _named(value), {robot.name for robot in ranked}
    for name in names:
        if name not in known:
            raise AmrError("robot.not_found", robot=name)
    return tuple(names)


def _chargers(value: Value | None, snapshot: FleetSnapshot, site: Site, assumed: list[str]) -> tuple[str, ...]:
    busy = {robot.node for robot in snapshot.robots}  # those that stand empty first
    every = sorted((charger.id for charger in site.chargers), key=lambda charger: charger in busy)
    taken = _counted("remove_chargers", value, every)
    if taken:
        assumed.append(f"bớt {', '.join(taken)}")
        return taken
    names = _named(value)
    for name in names:
        if name not in every:
            raise AmrError("order.unknown_place", place=name)
    return tuple(names)


def _counted(argument: str, value: Value | None, ranked: Sequence[str]) -> tuple[str, ...]:
    """Return so many of the first of ranked; none where no number is given. Raises CannotSupposeError."""
    if not (isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal())):
        return ()
    if not 0 < int(value) <= len(ranked):
        raise CannotSupposeError(argument)
    return tuple(ranked[: int(value)])


def _closed(
    args: Mapping[str, Value], snapshot: FleetSnapshot, site: Site
) -> tuple[tuple[ZoneRequest, ...], tuple[str, ...]]:
    zones, places = [], []
    until = _until(args, snapshot.t)
    for at, name in enumerate(_named(args.get("close"))):
        request = closing(name, site, zone_id=f"what-if {at}", until=until)
        if request is not None:
            zones.append(request)
        else:
            places.append(site.place(name).id)
    return tuple(zones), tuple(places)


def closing(name: str, site: Site, *, zone_id: str, until: float = 0.0, text: str = "", user: str = "") -> (
    ZoneRequest | None
):  # fmt: skip
    """Return the zone that closes a lane, a zone or a hall of the site by its name; None for any other name."""
    polygon = next((tuple(zone.polygon) for zone in site.zones if zone.id == name), halls_of(site).get(name, ()))
    if not polygon and name not in {lane.id for lane in site.lanes}:
        return None
    return ZoneRequest(
        zone_id=zone_id, kind="closed", polygon=polygon, elements=() if polygon else (name,), text=text, until=until,
        user=user,
    )  # fmt: skip


def _until(args: Mapping[str, Value], now: float) -> float:
    if args.get("minutes"):
        return now + 60.0 * float(str(args["minutes"]))
    until = moment(str(args.get("until") or ""), clock(now))
    return 0.0 if until is None else fleet_second(until, now)


def _lots(
    args: Mapping[str, Value], snapshot: FleetSnapshot, site: Site, assumed: list[str]
) -> tuple[NewLots, ...]:  # fmt: skip
    going = [order for order in snapshot.orders if order.state not in _OVER]
    goods = str(args.get("goods") or "").lower()
    alike = [order for order in going if order.cargo is not None and goods and order.cargo.lot.lower() == goods]
    if args.get("add_orders"):
        count = int(float(str(args["add_orders"])))
    elif args.get("demand_factor"):
        count = round((float(str(args["demand_factor"])) - 1.0) * len(alike or going))
        if count <= 0:
            raise CannotSupposeError("demand_factor")
    else:
        return ()
    if not 0 < count <= MOST_LOTS:
        raise CannotSupposeError("add_orders")
    flows = _flows(alike or going, site)
    share = [count // len(flows) + (at < count % len(flows)) for at in range(len(flows))]
    said = ", ".join(f"{pick} → {drop}" for pick, drop in flows[:3])
    assumed.append(f"{count} đơn mới đi {said}")
    return tuple(
        NewLots(count=many, pick_place=pick, drop_place=drop, priority=0)
        for many, (pick, drop) in zip(share, flows, strict=True)
        if many
    )


def _flows(orders: Iterable[OrderView], site: Site) -> list[tuple[str, str]]:
    """Return up to three ways that orders go most; those of the site's first places when there is none."""
    most = Counter((order.pick_place, order.drop_place) for order in orders).most_common(3)
    if most:
        return [flow for flow, _ in most]
    places = [place.id for place in site.places if place.stations]
    return [(places[0], places[-1])]


def effects_of(call: Call, snapshot: FleetSnapshot, site: Site) -> Scenario | None:
    """Return the scenario of a command that waits to be confirmed, None for one that changes no delivery."""
    args = call.args
    if call.name == "robot_pause":
        return Scenario(paused_robots=(str(args["robot"]),))
    if call.name == "order_cancel":
        return Scenario(cancelled_orders=(str(args["order"]),))
    if call.name == "zone_close":
        zone = closing(str(args["zone"]), site, zone_id="what-if 0", until=_until(args, snapshot.t))
        return Scenario(zones=(zone,)) if zone is not None else None
    if call.name == "order_create" and args.get("from") and args.get("to"):
        count = int(float(str(args.get("qty") or 1)))
        places = [_place(str(args[end]), site) for end in ("from", "to")]
        priority = 9 if args.get("priority") == "high" else 0
        return Scenario(new_lots=(NewLots(count=count, pick_place=places[0], drop_place=places[1], priority=priority),))
    return None


def _place(name: str, site: Site) -> str:
    return next((place.id for place in site.places for station in place.stations if station.id == name), name)


def told(answer: ForeseenAnswer, assumed: Sequence[str] = ()) -> ToolResult:
    """Return what a what-if showed: how many orders are late before and after, which, and when all is delivered."""
    if answer.nothing_seen:
        return ToolResult(text=f"{NOTHING_SEEN} Hỏi lại sau ít giây.", link=LINK, known=False)
    late = newly_late(answer)
    end = clock(answer.after.finish).strftime("%H:%M") if answer.after.finish else ""
    parts = [
        *_as_far(answer),
        f"Trễ hạn: {answer.before.late} đơn nếu giữ như bây giờ, {answer.after.late} đơn nếu đổi.",
    ]
    if late:
        parts.append(f"Trễ thêm: {', '.join(order.order_id for order in late[:_SHOWN])}.")
    if answer.after.stuck > answer.before.stuck:
        parts.append(f"{answer.after.stuck} đơn không đi tiếp được (bây giờ {answer.before.stuck}).")
    parts.append(f"Đơn cuối xong lúc {end}." if end else "Chưa thấy lúc đơn cuối xong.")
    if assumed:
        parts.append(f"Giả định: {'; '.join(assumed)}.")
    return ToolResult(text=" ".join(parts), rows=tuple(map(_row, late[:50])), link=LINK)


def _row(order: OrderOutcome) -> dict[str, str | float]:
    return {
        "order": order.order_id,
        "from": order.pick_place,
        "to": order.drop_place,
        "due": clock(order.deadline).isoformat(timespec="minutes"),
        "eta": clock(order.finish).isoformat(timespec="minutes") if order.finish else "",
    }


def newly_late(answer: ForeseenAnswer) -> list[OrderOutcome]:
    """Return the orders that are late only with the changes."""
    before = {order.order_id for order in answer.before.orders if order.late}
    return [order for order in answer.after.orders if order.late and order.order_id not in before]


def effects_told(answer: ForeseenAnswer) -> tuple[str, ...]:
    """Return the effects of a proposal as short sentences, at least one."""
    if answer.nothing_seen:
        return (NOTHING_SEEN,)
    late = newly_late(answer)
    lines = [f"{len(late)} đơn trễ thêm: {', '.join(order.order_id for order in late[:_SHOWN])}." if late else
             f"Không đơn nào trễ thêm ({answer.before.late} đơn đang trễ)."]  # fmt: skip
    if answer.after.stuck > answer.before.stuck:
        lines.append(f"{answer.after.stuck - answer.before.stuck} đơn phải đứng lại.")
    return (*_as_far(answer), *lines)


def _as_far(answer: ForeseenAnswer) -> list[str]:
    """Return how far was seen, in front of what was seen; nothing when that is all."""
    if answer.followed_s is None:
        return []
    seconds = answer.followed_s
    so_far = f"{seconds / 60.0:.0f} phút" if seconds >= 60.0 else f"{seconds:.0f} giây"
    return [f"Mới xem trước được {so_far}:"]
