"""An aircraft's camera at one end, the folder of pictures and the engine's mailbox at the other: the topics between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import Image

from amr_fleet.domain.events import PointPictured, ShelfRead
from amr_fleet.nodes.uav import UavPort
from amr_fleet.service import FleetService
from amr_interfaces.msg import UavState
from amr_perception.nodes.shelf_reader import ShelfReaderNode
from amr_ros import qos
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost
from amr_sim.shelves import HEIGHT, WIDTH, picture, roof
from amr_uav.sample_stock import sscc
from tests.unit.flight_rig import FLYING

FLIGHT = "F000001"


@contextmanager
def flying(
    host: ProcessHost, folder: Path, posted: list[Any], seen: Callable[[], Any], flights: list[Any]
) -> Iterator[tuple[UavPort, Callable[[str, Callable[[], bool]], None]]]:
    """An aircraft's topics. Yield the fleet's end of them, and what looks at something until a condition is met.

    seen: draws a picture (mono8); flights: what the fleet's snapshot has of them.
    """
    found = SimpleNamespace(t=1000.0, flights=SimpleNamespace(flights=flights), cameras=())
    service = SimpleNamespace(post=posted.append, snapshot=lambda: found)
    reader: ShelfReaderNode = host.build(ShelfReaderNode, "shelf_reader", params={"vehicle": "uav_01"})
    port = UavPort(reader, cast(FleetService, service), FLYING, lambda *_: None, lambda: folder / "photos")
    craft = Node("craft_of_test", context=host.context, enable_rosout=False, start_parameter_services=False)
    states = craft.create_publisher(UavState, "/uav_01/flight_state", qos.SENSOR)
    pictures = craft.create_publisher(Image, "/uav_01/camera/image_raw", qos.SENSOR)
    host.adopt(craft)
    since = reader.now

    def look(scan: str, met: Callable[[], bool]) -> None:
        now = reader.now
        if scan:
            image = Image(height=HEIGHT, width=WIDTH, encoding="mono8", step=WIDTH, data=seen().tobytes())
            image.header.stamp = to_stamp(now)
            pictures.publish(image)
        told = UavState(vehicle="uav_01", flight_id=FLIGHT, mode="MISSION", x=65.0, y=26.0, z=4.0, soc=0.9)
        told.position_ok, told.scan, told.scan_since, told.stamp = True, scan, to_stamp(since), to_stamp(now)
        states.publish(told)
        host.spin_until(met, 0.2)

    yield port, look
    port.close()


def pictured(posted: list[Any]) -> list[PointPictured]:
    return [one for one in posted if isinstance(one, PointPictured)]


def test_a_point_that_was_looked_at_has_its_picture_in_the_folder_and_in_the_mailbox(
    host: ProcessHost, tmp_path: Path
) -> None:
    posted, rng = list[Any](), np.random.default_rng(1)
    with flying(host, tmp_path, posted, lambda: roof(65.0, 26.0, 0.0, rng), []) as (_port, look):
        for scan in ["P7"] * 15 + [""] * 15:
            look(scan, lambda: bool(pictured(posted)))
    (one,) = pictured(posted)
    assert (one.flight_id, one.picture.point, one.picture.refused) == (FLIGHT, "P7", "")
    assert (one.picture.x, one.picture.y, one.picture.z) == (65.0, 26.0, 4.0)
    assert [path.stem for path in (tmp_path / "photos").iterdir()] == [one.picture.photo]
    assert not [event for event in posted if isinstance(event, ShelfRead)], "a point is no cell of a rack"


def test_a_cell_where_the_count_differs_has_its_picture_once_the_count_is_over(
    host: ProcessHost, tmp_path: Path
) -> None:
    posted, rng, flights = list[Any](), np.random.default_rng(1), list[Any]()
    with flying(host, tmp_path, posted, lambda: picture(sscc(1), 1.5, 0.0, rng), flights) as (port, look):
        for scan in ["B1W-01-1"] * 10 + [""] * 10:
            look(scan, lambda: False)
        read = [event.reading for event in posted if isinstance(event, ShelfRead)]
        assert [(one.cell, one.sscc) for one in read] == [("B1W-01-1", sscc(1))]
        port.look(1.0, {})
        assert not pictured(posted), "nobody knows yet whether it differs"
        differs = SimpleNamespace(cell="B1W-01-1")
        flights.append(SimpleNamespace(flight_id=FLIGHT, finished=1000.0, differences=(differs,)))
        port.look(2.0, {})
    (one,) = pictured(posted)
    assert (one.flight_id, one.picture.point, one.picture.refused) == (FLIGHT, "B1W-01-1", "")
    assert [path.stem for path in (tmp_path / "photos").iterdir()] == [one.picture.photo]
