"""The robot agent as a ROS node: fleet orders in, Nav2 actions out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from geometry_msgs.msg import Polygon, PoseWithCovarianceStamped
from lifecycle_msgs.msg import TransitionEvent
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import Odometry
from pydantic import BaseModel, ConfigDict, Field
from sensor_msgs.msg import BatteryState
from std_msgs.msg import Float32, String
from std_srvs.srv import Trigger

from amr_core import vda5050 as vda
from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.pose_follower import PoseFollower
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.robots import robot_type
from amr_core.site import archive, load_site, site_dir
from amr_core.watchdog import Watchdog
from amr_interfaces.msg import FleetBeat, InstantAction, Order, RobotCamera, RobotState
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine
from amr_navigation.nodes.agent_amcl import AmclGate
from amr_navigation.nodes.agent_calls import AgentCalls
from amr_navigation.nodes.agent_errands import AgentErrands
from amr_navigation.nodes.agent_load_word import OnBoardWord
from amr_navigation.nodes.agent_messages import (
    battery_from_msg,
    blocked_from_msg,
    polygon_to_msg,
    spread,
    told_covariance,
)
from amr_navigation.nodes.agent_told import OutlineWord, SpeedWord
from amr_navigation.nodes.fleet_file import FleetFile
from amr_ros import qos
from amr_ros.convert import from_stamp, pose_from_msg, pose_to_msg, sound
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker
from amr_ros.vda5050 import camera_from_msg, instant_from_msg, order_from_msg, state_to_msg

_PERIOD_S = 0.1  # chosen: at 1.5 m/s 0.15 m late; half of it would double the CPU of an agent that mostly waits


class AgentParams(BaseModel):
    """Parameters of the agent. site: name or path of the site; robot: the fleet's name of this robot.

    fleet_file: where it notes which fleet it obeys, "" = nowhere. site_update, site_back: commands that take the
    server's site files and the ones before; only where whoever started this robot starts it anew when it ends.
    watchdog: tell systemd that it steps; for the robot's own unit (another unit's would not miss a fleet that hangs).
    """

    model_config = ConfigDict(frozen=True)
    site: str
    robot: str
    robot_type: str
    fleet_file: str = ""
    site_update: list[str] = Field(default_factory=list)
    site_back: list[str] = Field(default_factory=list)
    watchdog: bool = False


@lru_cache(maxsize=4)
def _roadmap(site: str) -> Roadmap:
    return build_roadmap(load_site(site))


@lru_cache(maxsize=4)
def _site_version(site: str) -> str:
    """Return the version of the files that are there now: who replaces them starts the robot anew."""
    return archive.version(site_dir(site))


class AgentNode(AmrNode):
    """Runs the agent engine ten times a second."""

    def __init__(self, name: str = "agent", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, AgentParams)
        self._type = robot_type(self.params.robot_type)
        self._fleet_file = FleetFile(self.params.fleet_file)
        leader = self._fleet_file.read()
        self.engine = AgentEngine(self.params.robot, self._type, _roadmap(self.params.site), leader)
        self._instance, self._site_version = uuid.uuid4().hex, _site_version(self.params.site)
        self._note_error = ""
        self._follower = PoseFollower()
        self._inbox: list[m.AgentEvent] = []
        self._unread: list[tuple[str, Callable[[Any], m.AgentEvent], Any]] = []
        self._odometry: list[Any] = []
        self._amcl: list[Any] = []
        self._calls = AgentCalls(self, self._inbox_result)
        self._errands = AgentErrands(
            self, lambda code: self._inbox.append(m.ErrandDone(code)), self.params.site_update, self.params.site_back
        )
        self._watchdog = Watchdog() if self.params.watchdog else None
        self._state = self.create_publisher(RobotState, "state", qos.RELIABLE)
        self._connection = self.create_publisher(String, "connection", qos.LATCHED)
        outline = self.create_publisher(Polygon, "footprint", qos.LATCHED)
        self._outline = OutlineWord(outline.publish, outline.get_subscription_count)
        speed = self.create_publisher(SpeedLimit, "speed_limit", qos.LATCHED)
        self._speed = SpeedWord(speed.publish, lambda: self.count_publishers("speed_limit") - 1)
        self._initial_pose = self.create_publisher(PoseWithCovarianceStamped, "initialpose", qos.RELIABLE)
        self._gate = AmclGate(self._tell_amcl, self.get_logger().warning)
        self._connection.publish(String(data="ONLINE"))
        self.create_service(Trigger, "release_fleet", self._on_release)
        self._subscribe()
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def destroy_node(self) -> None:
        """Tell the fleet that the robot is gone, then remove the node."""
        self.ticker.remove(self._handle)
        self._connection.publish(String(data="OFFLINE"))
        self._calls.destroy()
        self._errands.close()
        if self._watchdog is not None:
            self._watchdog.close()
        super().destroy_node()

    def tick(self, now: float) -> None:
        """Run one step of the engine and carry out its commands."""
        self._calls.poll(now)
        self._load_word.poll(self._calls.listened)
        self._inbox.append(m.ForeignLoad(self._calls.foreign_load))
        self._errands.step(now)
        self._read()
        self._gate.step(now, self._follower.pose())
        inbox, self._inbox = self._inbox, []
        for command in self.engine.step(now, inbox):
            self._do(now, command)
        self._speed.repeat(now)
        self._outline.repeat(now)
        if self._watchdog is not None:
            self._watchdog.step()
        self._fleet_file.keep(self.engine.allegiance.leader)
        if self._fleet_file.error != self._note_error:
            self._note_error = self._fleet_file.error
            self.get_logger().warning(
                f"the note of which fleet leads cannot be kept: {self._note_error or 'it can again'}"
            )

    def _on_release(self, _request: Any, response: Any) -> Any:
        leader = self.engine.allegiance.leader
        self._inbox.append(m.Release())
        response.success, response.message = True, leader.instance if leader is not None else ""
        return response

    def _subscribe(self) -> None:
        def keep(topic: str, convert: Callable[[Any], m.AgentEvent]) -> Callable[[Any], None]:
            return lambda message: self._unread.append((topic, convert, message))

        for kind, topic, profile, convert in (
            (Order, "order", qos.RELIABLE, lambda x: m.OrderReceived(order_from_msg(x))),
            (InstantAction, "instant_action", qos.RELIABLE, instant_from_msg),
            (BatteryState, "battery_state", qos.SENSOR, battery_from_msg),
            (String, "blocked_by", qos.LATCHED, blocked_from_msg),
            (Float32, "localization_score", qos.SENSOR, lambda x: m.Localization(x.data)),
            (String, "localization_doubt", qos.LATCHED, lambda x: m.PoseDoubted(x.data[:32])),
            (RobotCamera, "camera_health", qos.SENSOR, lambda x: m.CameraHeard(camera_from_msg("camera_health", x))),
            (FleetBeat, "/fleet/beat", qos.RELIABLE, lambda x: m.FleetBeat(vda.Leader(x.instance_id[:128], x.epoch))),
        ):
            self.share(kind, topic, keep(topic, convert), profile)
        loads = keep("load_state", lambda x: m.LoadState(x.data))
        self._load_word = OnBoardWord(self, loads, lambda: self._inbox.append(m.LoadUnsaid()))
        self.share(Odometry, "odom", lambda x: self._odometry.append(sound(x)), qos.SENSOR)
        self.share(SpeedLimit, "speed_limit", lambda x: self._speed.on_message(self.now, x), qos.RELIABLE)
        self.share(PoseWithCovarianceStamped, "amcl_pose", lambda x: self._amcl.append(sound(x)), qos.LATCHED)
        self.share(TransitionEvent, "amcl/transition_event", self._on_amcl, qos.RELIABLE)
        self.share(
            PoseWithCovarianceStamped, "initialpose", lambda x: self._gate.on_initial_pose(sound(x)), qos.RELIABLE
        )

    def _on_amcl(self, event: Any) -> None:
        self._gate.on_transition(self.now, event, self._follower.pose(), sure=self.engine.sensed.localized)

    def _read(self) -> None:
        """Turn the messages that came since the last tick into events."""
        unread, self._unread = self._unread, []
        for topic, convert, message in unread:
            try:
                self._inbox.append(convert(message))
            except AmrError as error:
                self._inbox.append(m.Invalid(topic, str(error.facts.get("reason", ""))))
            except Exception as error:
                self.refuse(topic, error)
                self._inbox.append(m.Invalid(topic, type(error).__name__))
        for message in self._odometry:
            self._follower.on_odom(from_stamp(message.header.stamp), pose_from_msg(message))
        if self._odometry:
            last = self._odometry[-1]
            twist = last.twist.twist
            self._inbox.append(m.Odometry(pose_from_msg(last), twist.linear.x, twist.angular.z))
        for message in self._amcl:
            if self._gate.takes(pose_from_msg(message)):
                self._follower.on_correction(from_stamp(message.header.stamp), pose_from_msg(message))
                self._inbox.append(m.PoseSpread(spread(message.pose.covariance)))
        self._odometry.clear()
        self._amcl.clear()
        pose = self._follower.pose()
        if pose is not None:
            self._inbox.append(m.PoseUpdate(pose))
        if self._gate.shut:
            self._inbox.append(m.LocalizerReset())

    def _tell_amcl(self, pose: Pose2D) -> None:
        message = PoseWithCovarianceStamped()
        message.header.frame_id = "map"
        message.header.stamp = self.stamp()
        message.pose.pose = pose_to_msg(pose)
        message.pose.covariance = told_covariance()
        self._initial_pose.publish(message)

    def _inbox_result(self, result: m.ActionResult) -> None:
        if result.outcome == "lost":
            self._load_word.renew()
        self._inbox.append(result)

    def _do(self, now: float, command: m.AgentCommand) -> None:
        match command:
            case m.CancelMotion(token):
                self._calls.cancel(token)
            case m.CancelLoads():
                self._calls.cancel_loads()
            case m.SetSpeedLimit(speed):
                self._speed.set(now, speed)
            case m.SetFootprint(loaded):
                self._outline.set(now, polygon_to_msg(self._type.footprint(loaded=loaded)))
            case m.SetInitialPose(pose):
                if self._gate.shut:  # nobody may listen yet: it is told again from there until it is taken
                    self._follower.on_correction(now, pose)
                    self._gate.person_says()
                self._tell_amcl(pose)
            case m.PublishState(state) if self._calls.settled:
                told = replace(state, instance=self._instance, site_version=self._site_version)
                self._state.publish(state_to_msg(told, self.stamp()))
            case m.MakeReport() | m.UpdateSite():
                self._errands.start(now, command)
            case m.PublishState():
                pass  # not a word before nothing of its predecessor moves the robot: it would be taken for free
            case _:
                self._calls.start(now, command)
