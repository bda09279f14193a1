"""GazeboTruthNode's ear for contact sensors, with a stand-in for `gz topic`: who counts nothing says nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rclpy.node import Node
from std_msgs.msg import String

from amr_bringup.nodes.report import ReportNode
from amr_core.site.build import world_path
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_sim.nodes.contact_port import ContactPort

LAB = world_path("lab")
PYTHON = (sys.executable, "-c")
TOUCH = {
    "header": {"stamp": {"sec": "7"}},
    "contact": [{"collision1": {"name": "amr_01::chassis::deck"}, "collision2": {"name": "building::link::wall"}}],
}


class Listener(AmrNode):
    """A node that hears contacts by a command."""

    def __init__(self, name: str, *, ticker: Any, command: tuple[str, ...], world: Path, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.port = ContactPort(self, world, ["amr_01"], command)

    def destroy_node(self) -> None:
        self.port.close()
        super().destroy_node()


def heard(host: ProcessHost, command: tuple[str, ...], world: Path = LAB) -> tuple[Listener, list[Any]]:
    """Return the node that listens to a program, and what it says."""
    node = host.build(Listener, "listener", command=command, world=world)
    client = Node("client", context=host.context, enable_rosout=False)
    said: list[Any] = []
    client.create_subscription(String, "/sim/contacts", lambda m: said.append(json.loads(m.data)), qos.RELIABLE)
    host.adopt(client)
    return node, said


def test_contacts_are_counted_and_rubbish_is_not(host: ProcessHost) -> None:
    code = f"import time; print('Topic?'); print({json.dumps(TOUCH)!r}, flush=True); time.sleep(60)"
    node, said = heard(host, (*PYTHON, code))
    assert host.spin_until(lambda: bool(said) and said[-1]["contacts"] == 1, 20.0), said
    assert said[-1]["log"] == ["7.00 amr_01 building"]
    process = node.port.process
    assert process is not None
    node.port.close()
    assert process.poll() is not None, "nothing stays behind"


def test_a_listener_that_ends_counts_nothing_any_more(host: ProcessHost) -> None:
    report = host.build(ReportNode, "report")
    _node, said = heard(host, (*PYTHON, "import time; time.sleep(2)"))
    assert host.spin_until(lambda: bool(said), 20.0), "0 contacts while it listens"
    assert said[-1] == {"contacts": 0, "log": []}
    assert host.spin_until(lambda: report._report.sensors.contacts == 0, 5.0)
    assert host.spin_until(lambda: said[-1]["contacts"] is None, 20.0), "what it counted is no count of the run"
    assert host.spin_until(lambda: report._report.figures(1.0)["sensor_contacts"] is None, 5.0)
    count = len(said)
    host.spin_until(lambda: False, 1.0)
    assert len(said) == count, "0 contacts would be a lie"


@pytest.mark.parametrize("said", ["[" * 3000, '{"a": ' * 2000, "null", "{}", '{"contacts": "x", "log": 3}'])
def test_a_report_takes_no_rubbish_for_contacts_and_fails_as_foreseen(said: str, host: ProcessHost) -> None:
    report = host.build(ReportNode, "report")
    with pytest.raises(ValueError, match="validation error"):
        report._on_contacts(String(data=said))
    assert report._report.sensors.contacts is None


@pytest.mark.parametrize(
    ("command", "world"), [("true", "<sdf/>"), ("no-such-gz", "gz-sim-contact-system")], ids=["no-sensors", "no-gz"]
)
def test_without_gazebo_or_sensors_nobody_says_zero(
    command: str, world: str, host: ProcessHost, tmp_path: Path
) -> None:
    (tmp_path / "world.sdf").write_text(world)
    node, said = heard(host, (command,), tmp_path / "world.sdf")
    host.spin_until(lambda: False, 1.5)
    assert (node.port.process, said) == (None, [])
