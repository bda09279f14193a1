"""An aircraft's camera at one end, the folder of pictures and the engine's mailbox at the other: the topics between."""

from __future__ import annotations

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
from amr_sim.shelves import HEIGHT, WIDTH, roof
from tests.unit.flight_rig import FLYING


def test_a_point_that_was_looked_at_has_its_picture_in_the_folder_and_in_the_mailbox(
    host: ProcessHost, tmp_path: Path
) -> None:
    posted: list[Any] = []
    service = SimpleNamespace(post=posted.append, snapshot=lambda: SimpleNamespace(t=1000.0))
    reader: ShelfReaderNode = host.build(ShelfReaderNode, "shelf_reader", params={"vehicle": "uav_01"})
    port = UavPort(reader, cast(FleetService, service), FLYING, lambda *_: None, lambda: tmp_path / "photos")
    craft = Node("craft_of_test", context=host.context, enable_rosout=False, start_parameter_services=False)
    states = craft.create_publisher(UavState, "/uav_01/flight_state", qos.SENSOR)
    pictures = craft.create_publisher(Image, "/uav_01/camera/image_raw", qos.SENSOR)
    host.adopt(craft)
    rng, since = np.random.default_rng(1), reader.now

    def look(scan: str) -> None:
        now = reader.now
        if scan:
            seen = roof(65.0, 26.0, 0.0, rng)
            image = Image(height=HEIGHT, width=WIDTH, encoding="mono8", step=WIDTH, data=seen.tobytes())
            image.header.stamp = to_stamp(now)
            pictures.publish(image)
        told = UavState(vehicle="uav_01", flight_id="F000001", mode="MISSION", x=65.0, y=26.0, z=4.0, soc=0.9)
        told.position_ok, told.scan, told.scan_since, told.stamp = True, scan, to_stamp(since), to_stamp(now)
        states.publish(told)

    def pictured() -> list[PointPictured]:
        return [one for one in posted if isinstance(one, PointPictured)]

    for scan in ["P7"] * 15 + [""] * 15:
        look(scan)
        host.spin_until(lambda: bool(pictured()), 0.2)
    port.close()
    (one,) = pictured()
    assert (one.flight_id, one.picture.point, one.picture.refused) == ("F000001", "P7", "")
    assert (one.picture.x, one.picture.y, one.picture.z) == (65.0, 26.0, 4.0)
    assert [path.stem for path in (tmp_path / "photos").iterdir()] == [one.picture.photo]
    assert not [event for event in posted if isinstance(event, ShelfRead)], "a point is no cell of a rack"
