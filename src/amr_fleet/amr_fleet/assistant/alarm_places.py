"""Open alarms of a running fleet, each with the places that it has to do with.

An alarm is about a robot, an order or a thing; who stands at a station asks for the alarms there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from amr_core.site import Site
from amr_fleet.assistant.state import AlarmRow, NearRow
from amr_fleet.domain.alarms import CALLED, severity_of
from amr_fleet.ports import AlarmView, FleetSnapshot, OrderView, Reason, RobotView

_TO_PICK: Final = ("ASSIGNED", "TO_PICK", "PICKING")


def alarm_rows(snapshot: FleetSnapshot, site: Site, words: Callable[[Reason], str]) -> Iterator[AlarmRow]:
    """Yield the open alarms; words: a reason as people are told it."""
    robots = {robot.name: robot for robot in snapshot.robots}
    orders = {order.order_id: order for order in snapshot.orders}
    for alarm in snapshot.alarms:
        robot, order = robots.get(alarm.robot), orders.get(alarm.order_id)
        thing = next((str(alarm.reason.facts[name]) for name in CALLED if name in alarm.reason.facts), "")
        carried = orders.get(robot.order_id) if robot is not None else None
        yield AlarmRow(
            alarm=alarm.alarm_id,
            state="acked" if alarm.acked_by else "open",
            severity=severity_of(alarm.reason.code),
            about=alarm.robot or alarm.order_id or thing,
            text=words(alarm.reason),
            cause=alarm.reason.code,
            near=tuple(_near(site, alarm, robot, order, carried)),
            placed=robot is not None or order is not None or thing != "" or not (alarm.robot or alarm.order_id),
        )


def _near(
    site: Site, alarm: AlarmView, robot: RobotView | None, order: OrderView | None, carried: OrderView | None
) -> Iterator[NearRow]:
    if robot is not None and robot.node:
        how = "here" if robot.online and robot.localized else "last"
        for name in _around(site, robot.node):
            yield NearRow(place=name, how=how)
    if carried is not None:
        for name in _at(site, carried.pick_place if carried.state in _TO_PICK else carried.drop_place):
            yield NearRow(place=name, how="to")
    if order is not None:
        for end in (order.pick_place, order.drop_place):
            for name in _at(site, end):
                yield NearRow(place=name, how="of")
    belt = next((one for one in site.conveyors if one.id == alarm.reason.facts.get("conveyor")), None)
    if belt is not None:
        for name in _around(site, belt.station):
            yield NearRow(place=name, how="here")


def _around(site: Site, station: str) -> Sequence[str]:
    """Return a station with its place; other nodes are no stations, and chargers and parking have no place."""
    return [station, *(place.id for place in site.places if any(one.id == station for one in place.stations))]


def _at(site: Site, place: str) -> Sequence[str]:
    """Return a place with its stations: at which of them it will be is decided on the way."""
    return [place, *(one.id for known in site.places if known.id == place for one in known.stations)]
