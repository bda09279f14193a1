"""A new camera is set up through the fleet: looked through, tried, saved, and known after the next start."""

from __future__ import annotations

import json
import threading
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rclpy.node import Node
from sensor_msgs.msg import Image

from amr_core.cameras import fixed_view
from amr_core.errors import AmrError
from amr_core.site import Camera, load_site
from amr_core.site.generators.world import world_sdf
from amr_fleet.camera_desk import CameraAnswer
from amr_fleet.nodes.camera_setup import CameraSetupPort
from amr_lab.perception_bench import cameras as bench
from amr_perception.fixed.floor import Floor
from amr_perception.nodes.camera_setup import CameraSetupNode
from amr_ros import qos
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.world import parse_world

NEW = Camera(id="C09", x=10.0, y=11.5, height=3.5, looks_at=(10.0, 6.0))
PLACES = [(8.0, 8.0), (12.0, 8.0), (9.0, 6.5), (11.5, 6.0), (8.5, 4.5), (12.5, 4.0), (10.0, 5.0)]


class Asker(AmrNode):
    """Stands for the fleet's node: its thread passes on what others ask."""

    def __init__(self, name: str = "asker", **node_kwargs: Any) -> None:
        super().__init__(name, **node_kwargs)
        self.port = CameraSetupPort(self)
        self.ticker.add(lambda _now: self.port.step(), 0.05)


def ask(host: ProcessHost, port: CameraSetupPort, action: str, setup: str = "", camera: str = "C09") -> CameraAnswer:
    """Ask as the API does, from another thread, while the nodes run."""
    found: list[CameraAnswer | AmrError] = []

    def run() -> None:
        try:
            found.append(port.ask(camera, action, setup, "hung"))
        except AmrError as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert host.spin_until(lambda: bool(found), 10.0)
    thread.join()
    if isinstance(found[0], AmrError):
        raise found[0]
    return found[0]


class Driver:
    """The driver of a camera that the site does not know: ten pictures a second, with some noise."""

    def __init__(self, host: ProcessHost) -> None:
        self.eye = FixedCamera(NEW, parse_world(world_sdf(bench.crossing_site())), 1)
        self.picture = self.eye.render([])
        self._ticks = 0
        node = Node("driver", context=host.context, enable_rosout=False)
        host.adopt(node)
        self._out = node.create_publisher(Image, "/cameras/C09/image_raw", qos.SENSOR)
        host.ticker.add(self._send, 0.1)

    def _send(self, now: float) -> None:
        picture = self.picture.copy()
        self._ticks += 1
        picture[self._ticks % 480] ^= 1
        message = Image(height=480, width=640, step=640, encoding="mono8", data=array("B", picture.tobytes()))
        message.header.stamp = to_stamp(now)
        self._out.publish(message)


def whole_setup() -> tuple[dict[str, Any], list[Any]]:
    """Return a setup of the new camera, and the corners of its area (px)."""
    floor = Floor.of(fixed_view(NEW))
    points = [{"u": p[0], "v": p[1], "x": x, "y": y} for x, y in PLACES if (p := floor.pixel(x, y)) is not None]
    corners = [floor.pixel(x, y) for x, y in ((9.0, 4.8), (11.0, 4.8), (11.0, 3.4), (9.0, 3.4))]
    area = {"id": "gap", "action": "slow", "max_speed": 0.4, "polygon": corners}
    place = {"x": NEW.x, "y": NEW.y, "height": NEW.height}
    lens = {"matrix": fixed_view(NEW).matrix.tolist(), "distortion": [0.0] * 5, "size": [640, 480]}
    return {"size": [640, 480], "place": place, "lens": lens, "points": points, "areas": [area]}, corners


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = bench.crossing_site()
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(model.model_dump(mode="json"), allow_unicode=True))
    return tmp_path


def test_a_new_camera_is_looked_through_tried_saved_and_taken_back(host: ProcessHost, folder: Path) -> None:
    asker: Asker = host.build(Asker, "asker")
    with pytest.raises(AmrError, match=r"camera\.setup_off"):
        ask(host, asker.port, "look")
    node: CameraSetupNode = host.build(CameraSetupNode, "camera_setup", params={"site": str(folder)})
    driver = Driver(host)
    client = asker.port._client
    assert host.spin_until(client.service_is_ready, 10.0)
    # Nobody looks through a camera without a word in the audit trail, which only POSTs leave.
    assert ask(host, asker.port, "still") == CameraAnswer({})
    assert ask(host, asker.port, "trial") == CameraAnswer({"running": False})
    assert node.sessions == {}
    look = ask(host, asker.port, "look")
    assert (look.facts["place"], look.facts["version"], look.facts["can_undo"]) == (None, 0, False)
    assert host.spin_until(lambda: bool(node.sessions["C09"].still.jpeg()), 20.0)
    look = ask(host, asker.port, "look")
    assert look.facts["size"] == [640, 480]
    assert look.frame.startswith(b"\xff\xd8\xff")
    assert ask(host, asker.port, "still").frame.startswith(b"\xff\xd8\xff")

    setup, corners = whole_setup()
    text = json.dumps(setup)
    judged = ask(host, asker.port, "try", text)
    assert (judged.facts["savable"], judged.facts["findings"]) == (True, [])
    run = node.sessions["C09"].run
    assert run is not None
    assert host.spin_until(lambda: run.sight.seen is not None, 20.0)
    driver.picture = driver.eye.render(bench.person(10.0, 4.2))
    assert host.spin_until(lambda: any(e["event"] == "person_near" for e in run.facts()["events"]), 20.0)
    trial = ask(host, asker.port, "trial")
    assert any((e["area"], e["action"]) == ("gap", "slow") for e in trial.facts["events"])
    assert node.count_publishers("/cameras/events") == 0  # nothing is told to the fleet

    saved_now = ask(host, asker.port, "save", json.dumps({**setup, "revision": look.facts["revision"]})).facts
    assert saved_now["version"] == 1
    # Another engineer, whose page is older, neither replaces nor takes back what was saved since.
    for action, said in (("save", json.dumps({**setup, "revision": ""})), ("undo", "0123456789abcdef")):
        with pytest.raises(AmrError, match=r"camera\.changed"):
            ask(host, asker.port, action, said)
    saved = load_site(str(folder)).cameras[-1]
    assert (saved.id, saved.height, [area.id for area in saved.areas]) == ("C09", 3.5, ["gap"])
    again = ask(host, asker.port, "look")
    assert (again.facts["saved_by"], len(again.facts["points"]), again.facts["can_undo"]) == ("hung", 7, True)
    assert np.allclose(again.facts["areas"][0]["polygon"], corners, atol=2.0)
    assert (again.facts["kept_size"], again.facts["lens"], again.facts["hidden"]) == ([640, 480], setup["lens"], [])
    assert again.facts["revision"] == saved_now["revision"]
    assert ask(host, asker.port, "undo", again.facts["revision"]).facts == {"version": 0, "revision": ""}
    assert [camera.id for camera in load_site(str(folder)).cameras] == ["C01"]
    for action, camera, said in (
        ("look", "../C01", ""), ("permit", "C09", ""), ("try", "C09", "rubbish"), ("save", "C09", "{}"),
        ("save", "C09", json.dumps({**setup, "points": setup["points"][:4]})), ("undo", "C09", ""),
        ("try", "C09", "x" * 70_000),
    ):  # fmt: skip
        with pytest.raises(AmrError):
            ask(host, asker.port, action, said, camera)
    assert not list(folder.rglob("*.jp*g"))
