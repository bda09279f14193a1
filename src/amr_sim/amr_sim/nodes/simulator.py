"""SimulatorNode: the embedded simulator, master of the lock-step clock."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from builtin_interfaces.msg import Time
from pydantic import BaseModel, ConfigDict, Field
from rosgraph_msgs.msg import Clock

from amr_core.errors import AmrError
from amr_core.site import Site, load_site
from amr_core.site.build import world_path
from amr_core.site.generators.world import world_sdf
from amr_interfaces.msg import GroundTruth, GroundTruthBody, StepDone
from amr_interfaces.srv import SetSimSpeed
from amr_ros import qos
from amr_ros.convert import to_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.standalone import run_node
from amr_ros.ticker import Ticker
from amr_sim.collision import HORIZON
from amr_sim.engine import SimEngine, fleet_robots
from amr_sim.floor_state import EVERY, note, take_up
from amr_sim.incidents import SimIncidentKind, incident
from amr_sim.lockstep import LockStep, Pacer
from amr_sim.movers import MovingActor
from amr_sim.nodes.camera_port import CameraPorts
from amr_sim.nodes.door_port import DoorPorts
from amr_sim.nodes.lift_port import LiftPorts
from amr_sim.nodes.robot_port import RobotPort
from amr_sim.truth import LocalizationLog
from amr_sim.world import SimWorld, load_world, parse_world

DT_NS = 50_000_000
DT = DT_NS * 1e-9  # s: the same, as a float
MAX_RTF = 1000.0  # simulated seconds a second: more than any computer reaches, so it means as fast as it goes
# Sensor periods in steps of DT.
SCAN_STEPS, CAMERA_STEPS, DEPTH_STEPS, TRUTH_STEPS, SECOND_STEPS = 2, 2, 4, 4, 20
_IDLE = 0.05  # s of wall time between two looks while nothing can be done; chosen: no core is busy with waiting
_REPEAT = 0.5  # s of wall time after which newcomers are told the time again: their end may not have been connected


class SimulatorParams(BaseModel):
    """Parameters: robots -1 = the whole fleet, rtf 0 = as fast as possible; times in seconds of wall time.

    participants: who is waited for in lock-step, at the start, too. joining: who is waited for once it has answered; it
    is started by somebody else, later or never.
    odom_tf: publish odom->base_link on /<robot>/tf, as a robot's base does for Nav2.
    robot: stand in for the base of this one robot on a robot's computer: alone in its world, stamps are the computer's
    time, no /clock, what is the simulator's own under /<robot>/sim. pose: where it really stands (x, y in m, theta in
    rad), left out: in its bay. floor_file: where it is noted what stands where, for the process that follows a killed
    one; empty: nowhere. incident: what goes wrong by itself on a training site, see `amr_sim.incidents`.
    """

    model_config = ConfigDict(frozen=True)
    site: str
    robots: int = -1
    seed: int = Field(default=1, ge=0)
    rtf: float = Field(default=1.0, ge=0.0, le=MAX_RTF)
    participants: list[str] = []
    joining: list[str] = []
    step_timeout: float = Field(default=10.0, gt=0.0)
    start_timeout: float = Field(default=60.0, ge=0.0)
    odom_tf: bool = False
    robot: str = ""
    pose: list[float] = Field(default=[], max_length=3)
    floor_file: str = ""
    incident: SimIncidentKind = ""


class SimulatorNode(AmrNode):
    """Steps the engine and publishes what the robots' sensors see, then /clock. The host calls poll() in its loop."""

    def __init__(self, name: str = "simulator", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, SimulatorParams)
        site = load_site(self.params.site)
        robots = fleet_robots(site, -1 if self.params.robot else self.params.robots)
        if self.params.robot:
            robots = [robot for robot in robots if robot.name == self.params.robot]
            if not robots:
                raise AmrError("robot.not_found", robot=self.params.robot)
        world = site_world(self.params.site, site)
        self.engine = SimEngine(site, world, robots, self.params.seed)
        self._wall = bool(self.params.robot)
        self._stand()
        self._floor_file = Path(self.params.floor_file) if self.params.floor_file else None
        self._steps = 0 if self._floor_file is None else take_up(self.engine, self._floor_file, DT)
        self._warm_up()
        self._estimates = LocalizationLog()
        pictures = self.apart(f"{name}_pictures")
        self._ports = [
            RobotPort(self, pictures, self.engine, i, self._estimates, odom_tf=self.params.odom_tf)
            for i in range(len(robots))
        ]
        self._doors = DoorPorts(self, self.engine.doors.all)
        self._lifts = LiftPorts(self, self.engine.lifts.all)
        self._wrong = incident(self.params.incident, site, self.engine.names, self.params.seed)
        self._cameras = CameraPorts(
            pictures,
            self.engine,
            site,
            world,
            self.params.seed,
            lambda camera: self._wrong.dead(camera, self.engine.time),
        )
        self._lockstep = LockStep(self.params.participants, self.params.step_timeout, self.params.joining)
        self._pacer = Pacer(self.params.rtf)
        self._announcement, self._announced = Clock(), 0.0
        self._start_by: float | None = time.monotonic() + self.params.start_timeout
        own = f"/{self.params.robot}/sim" if self._wall else "/sim"
        self._clock_out = None if self._wall else self.create_publisher(Clock, "/clock", qos.CLOCK)
        self._truth = self.create_publisher(GroundTruth, f"{own}/ground_truth", qos.RELIABLE)
        if not self._wall:
            self.create_subscription(StepDone, f"{own}/step_done", self._on_step_done, qos.RELIABLE)
            self.create_service(SetSimSpeed, f"{own}/set_speed", self._on_set_speed)

    # --- the loop

    def poll(self) -> float:
        """Take the next step if it is due; return how long (s of wall time) only messages can change that."""
        wall = time.monotonic()
        if self._start_by is not None:
            return self._wait_for_start(wall)
        if not self._lockstep.done:
            for participant in self._lockstep.check(wall):
                self.get_logger().warning(f"{participant} did not answer within {self.params.step_timeout} s")
            if self._lockstep.waits_for_newcomer and wall - self._announced > _REPEAT:
                self._announce(wall)
            if not self._lockstep.done:
                return _IDLE
        wait = self._pacer.wait(wall)
        if wait > 0.0:
            return min(wait, _IDLE)
        self._step()
        return 0.0

    def _wait_for_start(self, wall: float) -> float:
        """Hold the clock until all participants listen to it, so that none of them misses a step."""
        wanted = self.params.participants
        assert self._start_by is not None
        if self.count_subscribers("/clock") < len(wanted):
            if wall < self._start_by:
                return _IDLE
            here = {info.node_name for info in self.get_subscriptions_info_by_topic("/clock")}
            missing = ", ".join(name for name in wanted if f"clock_{name}" not in here)
            self.get_logger().warning(
                f"nobody heard of {missing} within {self.params.start_timeout:.0f} s: starting without; "
                "its lines above say why, it is waited for once it answers"
            )
        self._start_by = None
        return 0.0

    def _step(self) -> None:
        self._wrong.act(self.engine)
        result = self.engine.step(DT)
        self._steps += 1
        now_ns = round(self.now * 1e9) if self._wall else self._steps * DT_NS
        stamp = to_stamp(self.now) if self._wall else Time(sec=now_ns // 1_000_000_000, nanosec=now_ns % 1_000_000_000)
        if self._floor_file is not None and (result.handled or self._steps % EVERY == 0):
            note(self.engine, self._steps, self._floor_file)
        self._estimates.record(now_ns * 1e-9, self.engine.located())
        for contact in result.contacts:
            self.get_logger().error(f"collision: {contact.first} and {contact.second} at {contact.time:.2f} s")
        for handling in result.handled:
            self._ports[handling.robot].handled(handling)
        self._publish_sensors(stamp)
        if self._steps % TRUTH_STEPS == 0:
            self._publish_truth(stamp)
        wall = time.monotonic()
        self._lockstep.begin(now_ns, wall)
        self._pacer.stepped(wall, self._steps * DT, DT)
        self._announcement = Clock(clock=stamp)
        self._announce(wall)

    def _announce(self, wall: float) -> None:
        """Tell everybody the time of the step; who has had it already does nothing and answers again."""
        self._announced = wall
        if self._clock_out is not None:
            self._clock_out.publish(self._announcement)

    def _publish_sensors(self, stamp: Time) -> None:
        ranges = self.engine.scan() if self._steps % SCAN_STEPS == 0 else None
        for i, port in enumerate(self._ports):
            port.publish_motion(stamp)
            if ranges is not None:
                port.publish_scans(stamp, ranges[2 * i : 2 * i + 2])
            if self._steps % CAMERA_STEPS == 0:
                port.publish_camera(stamp)
            if self._steps % SECOND_STEPS == 1:
                port.publish_battery(stamp)
                port.feedback()
        if self._steps % CAMERA_STEPS == 0:
            self._cameras.publish(stamp)
        self._doors.publish(self.engine.time, stamp)
        self._lifts.publish(self.engine.time, stamp)
        self._publish_depth(stamp)

    def _publish_depth(self, stamp: Time) -> None:
        """Publish the depth pictures that somebody wants: half of the robots in one step, half in another."""
        chosen = [port for i, port in enumerate(self._ports) if (self._steps + 2 * i) % DEPTH_STEPS == 1]
        wanted = [port for port in chosen if port.depth_wanted]
        moving = self.engine.moving_solids() if wanted else []
        for port in wanted:
            port.publish_depth(stamp, moving)

    def _stand(self) -> None:
        """Put the one robot where its parameter says."""
        if self._wall and len(self.params.pose) == 3:
            self.engine.bases.state[0, :3] = self.params.pose

    def _warm_up(self) -> None:
        """Let the compiled code load before the clock starts."""
        self.engine.scan()

    # --- in

    def _on_step_done(self, message: Any) -> None:
        stamp = message.stamp.sec * 1_000_000_000 + message.stamp.nanosec
        self._lockstep.answer(message.participant, stamp)

    def _on_set_speed(self, request: Any, response: Any) -> Any:
        response.accepted = math.isfinite(request.rtf) and 0.0 <= request.rtf <= MAX_RTF
        if response.accepted:
            self._pacer.set_speed(request.rtf, paused=request.paused)
        else:
            response.code = "request.invalid"
        return response

    # --- ground truth

    def _publish_truth(self, stamp: Time) -> None:
        engine = self.engine
        monitor = engine.collisions
        self._truth.publish(
            GroundTruth(
                stamp=stamp,
                bodies=self._bodies(),
                collisions=monitor.episodes,
                min_separation=min(monitor.min_separation, HORIZON),
                collision_log=[f"{c.time:.2f} {c.first} {c.second}" for c in monitor.log],
                distance_driven=float(engine.bases.distance.sum()),
                loads_picked=engine.loads.picked,
                loads_dropped=engine.loads.dropped,
                localization_error_p95=self._estimates.p95,
                docking_offset_max=engine.dockings.offset,
                docking_angle_max=engine.dockings.angle,
                lockstep_timeouts=self._lockstep.timeouts,
                rtf=self._pacer.measured,
            )
        )

    def _bodies(self) -> list[Any]:
        engine = self.engine
        bodies = []
        for i, name in enumerate(engine.names):
            x, y, theta = engine.pose(i)
            v = float(engine.bases.state[i, 3])
            kind, load = GroundTruthBody.KIND_ROBOT, engine.loads.on_board[i]
            bodies.append(GroundTruthBody(name=name, kind=kind, x=x, y=y, theta=theta, v=v, load=load))
        return bodies + [mover_body(mover) for mover in engine.movers.all]


def mover_body(mover: MovingActor) -> GroundTruthBody:
    """Return what ground truth says of a person or a forklift."""
    kind = GroundTruthBody.KIND_PERSON if mover.kind == "person" else GroundTruthBody.KIND_FORKLIFT
    return GroundTruthBody(name=mover.name, kind=kind, x=mover.x, y=mover.y, theta=mover.theta, v=float(mover.v))


def site_world(site_name: str, site: Site) -> SimWorld:
    """Return the world of a site from its SDF file, or as the site build would write it when there is no file."""
    path = world_path(site_name)
    return load_world(path) if path.is_file() else parse_world(world_sdf(site))


def main() -> None:
    """Entry point of `ros2 run amr_sim simulator`."""
    run_node(SimulatorNode, "simulator", follows_clock=False)
