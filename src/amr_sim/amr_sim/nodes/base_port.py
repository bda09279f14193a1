"""BasePortNode: between Gazebo's bridge and the contract of a robot base (topics base/... are Gazebo's)."""

from __future__ import annotations

import math
from typing import Any

from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from pydantic import BaseModel, ConfigDict
from sensor_msgs.msg import BatteryState
from std_msgs.msg import Bool, Float64, String

from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_interfaces.action import HandleLoad
from amr_ros import qos
from amr_ros.actions import ActionServerBridge, Preempt
from amr_ros.convert import pose_from_msg
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.standalone import run_node
from amr_ros.ticker import Ticker
from amr_sim.base_port import BasePort
from amr_sim.load import LoadCode
from amr_sim.nodes.odometry import state_variance

# s: a step of the simulator for wheels; as its topics have it for the rest
DRIVE_PERIOD, HANDLE_PERIOD, BATTERY_PERIOD = 0.05, 0.1, 1.0
FEEDBACK_EVERY = 10


class BasePortParams(BaseModel):
    """Parameters: the site and the robot's type."""

    model_config = ConfigDict(frozen=True)
    site: str
    robot_type: str


class BasePortNode(AmrNode):
    """Relays cmd_vel with its time-out and odometry with its variance, translates the battery, serves handle_load."""

    def __init__(self, name: str = "base_port", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, BasePortParams)
        self.port = BasePort(load_site(params.site), robot_type(params.robot_type))
        self._charging = False
        self._height = math.nan
        self._moving = True
        self._load: str | None = None
        self._ticks = 0
        self._wheels = self.create_publisher(Twist, "base/cmd_vel", qos.RELIABLE)
        self._carrier = self.create_publisher(Float64, "base/load_joint", qos.RELIABLE)
        self._start = self.create_publisher(Bool, "base/charge_start", qos.RELIABLE)
        self._stop = self.create_publisher(Bool, "base/charge_stop", qos.RELIABLE)
        self._reading: Any = None
        self._odom = self.create_publisher(Odometry, "odom", qos.RELIABLE)
        self._battery = self.create_publisher(BatteryState, "battery_state", qos.RELIABLE)
        self._load_state = self.create_publisher(String, "load_state", qos.LATCHED)
        self.create_subscription(Twist, "cmd_vel", self._on_command, qos.RELIABLE)
        self.create_subscription(Odometry, "base/pose", self._on_pose, qos.SENSOR)
        self.create_subscription(Odometry, "base/odom", self._on_odometry, qos.RELIABLE)
        self.create_subscription(BatteryState, "base/battery", self._on_battery, qos.SENSOR)
        self._action = ActionServerBridge(
            self,
            HandleLoad,
            "handle_load",
            on_goal=self._on_goal,
            on_cancel=self._on_cancel,
            on_preempt=lambda _goal: Preempt.REJECT,
        )
        ticker.add(self.drive, DRIVE_PERIOD)
        ticker.add(self.tick, HANDLE_PERIOD)
        ticker.add(self.publish_battery, BATTERY_PERIOD)

    # --- in

    def _on_command(self, message: Any) -> None:
        self.port.command(self.now, message.linear.x, message.angular.z)

    def _on_pose(self, message: Any) -> None:
        pose, twist = pose_from_msg(message.pose), message.twist.twist
        if all(map(math.isfinite, (pose.x, pose.y, pose.theta))):
            self.port.set_pose(pose, twist.linear.x, twist.angular.z)

    def _on_odometry(self, message: Any) -> None:
        state_variance(message)
        self._odom.publish(message)

    def _on_battery(self, message: Any) -> None:
        self._reading = message

    def _on_goal(self, goal: Any) -> None:
        code = self.port.handle(goal.operation, goal.load_id)
        if code is not None:
            self._ended(code)

    def _on_cancel(self) -> None:
        self.port.cancel()
        self._action.canceled()

    # --- out

    def drive(self, now: float) -> None:
        """Pass the command on; a robot that stands still gets its zero once."""
        v, w = self.port.wheels(now)
        moving = v != 0.0 or w != 0.0
        if moving or self._moving:
            message = Twist()
            message.linear.x, message.angular.z = v, w
            self._wheels.publish(message)
        self._moving = moving

    def tick(self, _now: float) -> None:
        """Handle loads, move the carrier, switch the charger."""
        code = self.port.step(HANDLE_PERIOD)
        if code is not None:
            self._ended(code)
        self._ticks += 1
        if self._ticks % FEEDBACK_EVERY == 0 and self._action.active and self.port.progress is not None:
            self._action.feedback(HandleLoad.Feedback(progress=float(self.port.progress)))
        if self.port.carrier_height != self._height:
            self._height = self.port.carrier_height
            self._carrier.publish(Float64(data=self._height))
        if self.port.load != self._load:
            self._load = self.port.load
            self._load_state.publish(String(data=self._load))
        if self.port.at_charger != self._charging:
            self._charging = self.port.at_charger
            (self._start if self._charging else self._stop).publish(Bool(data=True))

    def publish_battery(self, _now: float) -> None:
        """Publish the newest battery reading in the contract's terms."""
        message = self._reading
        if message is None:
            return
        charge = self.port.charge(message.percentage, message.current)
        told = BatteryState(header=message.header, voltage=message.voltage, present=True)
        told.percentage, told.current = charge.percentage, charge.current
        status = "CHARGING" if charge.charging else "DISCHARGING"
        told.power_supply_status = getattr(BatteryState, f"POWER_SUPPLY_STATUS_{status}")
        self._battery.publish(told)

    def _ended(self, code: LoadCode) -> None:
        result = HandleLoad.Result(success=code is LoadCode.NONE, error_code=int(code))
        if code is LoadCode.NONE:
            self._load = self.port.load
            self._load_state.publish(String(data=self._load))
            self._action.succeed(result)
        else:
            self._action.abort(result)


def main() -> None:
    """Entry point of `ros2 run amr_sim base_port`."""
    run_node(BasePortNode, "base_port")
