"""One of our robots at a broker. No ROS: a node, a bench or a test calls it ten times a second."""

from __future__ import annotations

from dataclasses import replace

from amr_core import vda5050 as vda
from amr_interop.mqtt.beats import FleetEar
from amr_interop.mqtt.link import Broker, Letter, MqttLink
from amr_interop.mqtt.reports import TOPIC, ReportSender
from amr_interop.mqtt.seat import BEAT
from amr_interop.vda.outbox import Outgoing
from amr_interop.vda.robot import VdaRobot


class RobotClient:
    """Carries between a connection and the VDA 5050 side of a robot."""

    def __init__(self, broker: Broker, robot: VdaRobot, now: float) -> None:
        """now: for the last will, see `tick`; nothing was set yet."""
        self.robot = robot
        manufacturer, serial = robot.outbox.manufacturer, robot.outbox.serial
        # The same id after every restart: the broker then ends the old connection first, and its will comes in order.
        self.link = MqttLink(broker, f"{manufacturer}-{serial}", robot.topics, _letter(robot.will(now)), wished=[BEAT])
        self.fleet = FleetEar()
        self.reports = ReportSender()
        self._connects = 0

    def tick(self, now: float, ahead: float = 0.0) -> list[vda.Order | vda.InstantAction]:
        """Take what the broker brought, say what is to be said, return what the agent must do.

        now: s of a clock that is never set; ahead: add it for the s since 1970 of this computer's clock.
        """
        self.robot.outbox.ahead = ahead
        if self.link.connects != self._connects:
            self._connects = self.link.connects
            self.robot.connected(now)
            self.fleet.connected()
        for message in self.link.take():
            if message.topic == BEAT:
                self.fleet.heard(now, message)
                continue
            self.robot.receive(now, message.topic, message.payload, retained=message.retained)
        step = self.robot.step(now, connected=self.link.ready and not self.link.clogged)
        for out in step.messages:
            self.link.send(_letter(out))
        part = self.reports.due(now, quiet=not step.messages and self.link.ready and self.link.settled)
        if part is not None:
            self.link.send(_letter(replace(self.robot.outbox.seal(TOPIC, part, now, self.robot.spelling), qos=1)))
        return step.to_agent

    def close(self, now: float) -> None:
        """Say OFFLINE and end the connection."""
        for out in self.robot.leaving(now):
            self.link.send(_letter(out))
        self.link.close()


def _letter(out: Outgoing) -> Letter:
    return Letter(out.topic, out.message, out.retain, out.qos)
