"""A small warehouse for the API and browser tests: four docks, six blocks, two rack aisles, ring lanes."""

from __future__ import annotations

import math

from amr_core.site import Box, Camera, Demand, Door, FleetRobot, FlowShare, Lane, Place, Site, Station, Wall, Zone

WIDTH, HEIGHT = 72.0, 40.0
_RING = [(4.0, 6.0), (68.0, 6.0), (68.0, 33.0), (4.0, 33.0)]
_SIDES = list(zip("SENW", _RING, [*_RING[1:], _RING[0]], strict=True))


def _station(name: str, x: float, y: float, theta: float, lane: str, marker: int) -> Station:
    return Station(id=name, x=x, y=y, theta=theta, lane=lane, marker=marker)


def _places() -> list[Place]:
    places = [
        Place(
            id=f"DOCK-{i + 1:02d}",
            kind="dock",
            name_vi=f"Cửa xuất nhập {i + 1}",
            name_en=f"Dock {i + 1}",
            stations=[_station(f"DOCK-{i + 1:02d}-1", 12.0 + 16.0 * i, 2.0, -math.pi / 2, "L-S", i)],
        )
        for i in range(4)
    ]
    for i in range(6):
        stations = [
            _station(f"BLK-{i + 1:02d}-{k}", 10.0 + 10.0 * i + 3 * k, 15.0, math.pi / 2, "L-M", 20 + 2 * i + k)
            for k in (0, 1)
        ]
        places.append(
            Place(
                id=f"BLK-{i + 1:02d}",
                kind="block",
                name_vi=f"Lô gạo {i + 1}",
                name_en=f"Block {i + 1}",
                stations=stations,
            )
        )
    for i in range(2):
        station = _station(f"RACK-{i + 1:02d}-1", 20.0 + 30.0 * i, 29.0, -math.pi / 2, "L-N", 40 + i)
        places.append(
            Place(
                id=f"RACK-{i + 1:02d}",
                kind="rack",
                name_vi=f"Dãy kệ {i + 1}",
                name_en=f"Rack aisle {i + 1}",
                stations=[station],
            )
        )
    return places


def _boxes() -> list[Box]:
    boxes = [Box(id=f"S{i}", kind="stack", x=11.5 + 10.0 * i, y=18.5, size_x=6.5, size_y=4.5) for i in range(6)]
    boxes += [Box(id=f"R{i}", kind="rack", x=20.0 + 30.0 * i, y=25.8, size_x=22.0, size_y=2.4) for i in range(2)]
    boxes += [Box(id=f"C{i}", kind="column", x=12.0 * (i + 1), y=12.4, size_x=0.6, size_y=0.6) for i in range(5)]
    return boxes


def small_site(robots: int = 12) -> Site:
    """Return the site with the given number of robots."""
    corners = [(0.0, 0.0), (WIDTH, 0.0), (WIDTH, HEIGHT), (0.0, HEIGHT), (0.0, 0.0)]
    parking = [
        _station(f"PARK-{i + 1:02d}", 6.0 + 4.6 * i, 38.0, math.pi / 2, "L-N", 60 + i) for i in range(max(robots, 1))
    ]
    return Site(
        id="small",
        name_vi="Kho thử nghiệm",
        name_en="Test warehouse",
        size=(WIDTH, HEIGHT),
        walls=[Wall(id="W", points=corners, thickness=0.3)],
        boxes=_boxes(),
        doors=[Door(id=f"D{i}", kind="dock", x=12.0 + 16.0 * i, y=0.0, width=3.5) for i in range(4)],
        lanes=[
            *(Lane(id=f"L-{name}", points=[begin, end]) for name, begin, end in _SIDES),
            Lane(id="L-M", points=[(4.0, 11.0), (68.0, 11.0)]),
        ],
        zones=[Zone(id="X1", kind="crossing", polygon=[(34, 4), (38, 4), (38, 8), (34, 8)])],
        cameras=[
            Camera(id="CAM-1", x=36.0, y=12.0, height=4.0, looks_at=(36.0, 6.0)),
            Camera(id="CAM-2", x=12.0, y=8.0, height=5.0, looks_at=(12.0, 2.0)),
        ],
        places=_places(),
        chargers=[_station("CHG-01", 64.0, 2.0, -math.pi / 2, "L-S", 80)],
        parking=parking,
        fleet=[FleetRobot(name=f"amr_{i + 1:02d}", type="lift_amr", parking=parking[i].id) for i in range(robots)],
        demand=Demand(base_per_hour=60, peak_per_hour=90, mix=[FlowShare(pick="dock", drop="block", share=1.0)]),
    )


def on_ring(s: float) -> tuple[float, float, float]:
    """Return x, y, heading at arc length s (m) of the ring of lanes."""
    s %= sum(math.dist(begin, end) for _, begin, end in _SIDES)
    for _, (ax, ay), (bx, by) in _SIDES:
        side = math.dist((ax, ay), (bx, by))
        if s < side:
            return ax + (bx - ax) * s / side, ay + (by - ay) * s / side, math.atan2(by - ay, bx - ax)
        s -= side
    raise AssertionError
