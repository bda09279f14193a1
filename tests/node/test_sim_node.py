"""SimulatorNode: lock-step, commands and actions over real topics."""

import numpy as np
import pytest
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, LaserScan

from amr_core.site import load_site
from amr_interfaces.action import HandleLoad
from amr_interfaces.msg import GroundTruth, StepDone
from amr_interfaces.srv import SetSimSpeed
from amr_ros import qos
from amr_ros.actions import ActionCall, ActionPort, GoalOutcome
from amr_ros.host import ProcessHost
from amr_sim.nodes.simulator import SimulatorNode

ROBOT = load_site("lab").fleet[0].name


class Participant(Node):
    """Counts clock messages and answers only when told to."""

    def __init__(self, host: ProcessHost, group: str = "robots_0", name: str = "participant") -> None:
        super().__init__(name, context=host.context, enable_rosout=False, start_parameter_services=False)
        self.group = group
        self.answering = True
        self.stamps: list[int] = []
        self.done = self.create_publisher(StepDone, "/sim/step_done", qos.RELIABLE)
        self.create_subscription(Clock, "/clock", self._on_clock, qos.CLOCK)

    def _on_clock(self, message: Clock) -> None:
        self.stamps.append(message.clock.sec * 1_000_000_000 + message.clock.nanosec)
        if self.answering:
            self.answer(message.clock)

    def answer(self, stamp: object) -> None:
        self.done.publish(StepDone(participant=self.group, stamp=stamp))


@pytest.fixture
def sim(host: ProcessHost) -> SimulatorNode:
    params = {"site": "lab", "robots": 1, "rtf": 0.0, "participants": ["robots_0"], "step_timeout": 0.4}
    node: SimulatorNode = host.build(SimulatorNode, "simulator", params=params)
    return node


@pytest.fixture
def participant(host: ProcessHost, sim: SimulatorNode) -> Participant:
    node = Participant(host)
    host.adopt(node)
    return node


def test_clock_waits_for_the_participant(host: ProcessHost, sim: SimulatorNode, participant: Participant) -> None:
    assert host.spin_until(lambda: len(participant.stamps) >= 20, 10.0)
    steps = [b - a for a, b in zip(participant.stamps, participant.stamps[1:], strict=False)]
    assert set(steps) == {50_000_000}
    participant.answering = False
    count = len(participant.stamps)
    host.spin_until(lambda: False, 0.25)
    assert len(participant.stamps) <= count + 1, "no step without an answer"
    assert host.spin_until(lambda: len(participant.stamps) > count + 5, 5.0), "a silent participant is skipped"
    assert sim._lockstep.timeouts == 1


def test_clock_does_not_start_without_the_participant(host: ProcessHost, sim: SimulatorNode) -> None:
    host.spin_until(lambda: False, 0.3)
    assert sim.engine.time == 0.0


def test_a_fleet_of_another_launch_does_not_hold_the_clock_until_it_takes_part(host: ProcessHost) -> None:
    params = {"site": "lab", "robots": 1, "rtf": 0.0, "participants": ["robots_0"], "joining": ["fleet"]}
    sim: SimulatorNode = host.build(SimulatorNode, "simulator", params=params)
    robots = Participant(host)
    host.adopt(robots)
    assert host.spin_until(lambda: len(robots.stamps) >= 20, 20.0), "the fleet is not there"
    fleet = Participant(host, "fleet")
    host.adopt(fleet)
    assert host.spin_until(lambda: len(fleet.stamps) >= 5, 20.0)
    fleet.answering = False
    count = len(fleet.stamps)
    host.spin_until(lambda: False, 0.25)
    assert len(fleet.stamps) <= count + 1, "no step without its answer"
    assert sim._lockstep.timeouts == 0


def test_who_is_missing_at_the_start_is_named(host: ProcessHost, capfd: pytest.CaptureFixture[str]) -> None:
    waits_for = ["robots_0", "robots_1"]
    params = {"site": "lab", "robots": 1, "rtf": 0.0, "participants": waits_for, "start_timeout": 0.5}
    sim: SimulatorNode = host.build(SimulatorNode, "simulator", params=params)
    host.adopt(Participant(host, name="clock_robots_0"))
    assert host.spin_until(lambda: sim.engine.time > 0.0, 20.0)
    assert "nobody heard of robots_1 within" in capfd.readouterr().err


def test_command_moves_the_robot(host: ProcessHost, sim: SimulatorNode, participant: Participant) -> None:
    odometry: list[Odometry] = []
    truth: list[GroundTruth] = []
    participant.create_subscription(Odometry, f"/{ROBOT}/odom", odometry.append, qos.SENSOR)
    participant.create_subscription(GroundTruth, "/sim/ground_truth", truth.append, qos.RELIABLE)
    command = participant.create_publisher(Twist, f"/{ROBOT}/cmd_vel", qos.RELIABLE)
    assert host.spin_until(lambda: len(odometry) > 2 and command.get_subscription_count() > 0, 10.0)
    twist = Twist()
    twist.linear.x = -0.4

    def moved() -> bool:
        command.publish(twist)
        return odometry[-1].pose.pose.position.x < -0.3

    assert host.spin_until(moved, 10.0)
    assert odometry[-1].header.frame_id == "odom"
    assert odometry[-1].twist.twist.linear.x == pytest.approx(-0.4, abs=0.05)
    assert host.spin_until(lambda: bool(truth) and truth[-1].distance_driven > 0.25, 10.0)
    assert truth[-1].collisions == 0
    assert truth[-1].bodies[0].name == ROBOT


def test_sensors_have_the_agreed_shape(host: ProcessHost, sim: SimulatorNode, participant: Participant) -> None:
    scans: list[LaserScan] = []
    images: list[Image] = []
    infos: list[CameraInfo] = []
    participant.create_subscription(LaserScan, f"/{ROBOT}/scan_rear", scans.append, qos.SENSOR)
    participant.create_subscription(Image, f"/{ROBOT}/camera/image_raw", images.append, qos.SENSOR)
    participant.create_subscription(CameraInfo, f"/{ROBOT}/camera/camera_info", infos.append, qos.SENSOR)
    assert host.spin_until(lambda: len(scans) > 3 and bool(images) and bool(infos), 10.0)
    scan, image = scans[-1], images[-1]
    assert (len(scan.ranges), scan.header.frame_id) == (271, "lidar_rear")
    assert scan.angle_max - scan.angle_min == pytest.approx(270 * scan.angle_increment, abs=1e-5)
    stamps = [s.header.stamp.sec + s.header.stamp.nanosec * 1e-9 for s in scans]
    assert stamps[1] - stamps[0] == pytest.approx(0.1)
    assert (image.encoding, image.height, image.width, len(image.data)) == ("mono8", 480, 640, 640 * 480)
    assert (infos[0].k[0], infos[0].k[2]) == (554.0, 319.5)


def test_load_is_taken_only_at_a_station(host: ProcessHost, sim: SimulatorNode, participant: Participant) -> None:
    port = ActionPort(participant, HandleLoad, f"/{ROBOT}/handle_load")
    assert host.spin_until(lambda: port.ready, 10.0)
    ended: list[ActionCall] = []
    goal = HandleLoad.Goal(operation=HandleLoad.Goal.PICK, load_id="L1")
    port.send(goal, on_done=ended.append)
    assert host.spin_until(lambda: len(ended) == 1, 10.0)
    assert (ended[0].outcome, ended[0].result.error_code) == (GoalOutcome.ABORTED, HandleLoad.Result.NOT_AT_STATION)
    sim.engine.teleport(0, load_site("lab").places[0].stations[0].pose)
    port.send(goal, on_done=ended.append)
    assert host.spin_until(lambda: len(ended) == 2, 20.0)
    assert (ended[1].outcome, ended[1].result.success) == (GoalOutcome.SUCCEEDED, True)


def test_speed_is_validated_and_pause_stops_the_clock(
    host: ProcessHost, sim: SimulatorNode, participant: Participant
) -> None:
    client = participant.create_client(SetSimSpeed, "/sim/set_speed")
    assert host.spin_until(lambda: bool(participant.stamps) and client.service_is_ready(), 10.0)
    bad = client.call_async(SetSimSpeed.Request(rtf=-1.0))
    assert host.spin_until(bad.done, 5.0)
    assert (bad.result().accepted, bad.result().code) == (False, "request.invalid")
    pause = client.call_async(SetSimSpeed.Request(rtf=1.0, paused=True))
    assert host.spin_until(pause.done, 5.0)
    host.spin_until(lambda: False, 0.1)
    count = len(participant.stamps)
    host.spin_until(lambda: False, 0.3)
    assert len(participant.stamps) == count


def test_depth_pictures_only_while_somebody_looks(
    host: ProcessHost, sim: SimulatorNode, participant: Participant
) -> None:
    images: list[Image] = []
    infos: list[CameraInfo] = []
    assert host.spin_until(lambda: len(participant.stamps) >= 10, 10.0)
    assert not sim._ports[0].depth_wanted
    topic = f"/{ROBOT}/depth_camera"
    participant.create_subscription(Image, f"{topic}/image_raw", images.append, qos.SENSOR)
    participant.create_subscription(CameraInfo, f"{topic}/camera_info", infos.append, qos.SENSOR)
    assert host.spin_until(lambda: len(images) >= 2 and bool(infos), 10.0)
    image, spec = images[-1], sim.engine.types[0].depth_camera
    assert (image.encoding, image.width, image.height) == ("32FC1", spec.width, spec.height)
    depth = np.frombuffer(image.data, np.float32)
    seen = depth[np.isfinite(depth)]
    assert len(seen) > 0.3 * len(depth)
    assert spec.range_min < np.median(seen) < spec.range_max
    assert infos[-1].k[0] == pytest.approx(spec.focal)


def test_pictures_come_from_a_participant_of_their_own(
    host: ProcessHost, sim: SimulatorNode, participant: Participant
) -> None:
    """What killed readers leave of scans in shared memory would leave no room for a picture: nobody saw one again."""

    def senders(*topics: str) -> set[bytes]:
        found = [info for topic in topics for info in participant.get_publishers_info_by_topic(topic)]
        return {bytes(info.endpoint_gid[:12]) for info in found}

    pictures = (f"/{ROBOT}/camera/image_raw", f"/{ROBOT}/depth_camera/image_raw", "/cameras/C01/image_raw")
    assert host.spin_until(lambda: len(senders(*pictures)) == 1, 10.0)
    small = (f"/{ROBOT}/scan_front", f"/{ROBOT}/odom", "/sim/ground_truth", "/clock")
    assert len(senders(*small)) == 1
    assert not senders(*pictures) & senders(*small)
    sim.destroy_node()
    assert host.spin_until(lambda: not senders(*pictures), 10.0), "it goes with the simulator"
