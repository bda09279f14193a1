"""The agent: events in, commands out, once per tick. No clock, no I/O."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from amr_core import vda5050 as vda
from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.roadmap import Roadmap
from amr_core.robots import RobotType
from amr_navigation.agent import model as m
from amr_navigation.agent import orders
from amr_navigation.agent.actions import ActionBook
from amr_navigation.agent.allegiance import Allegiance
from amr_navigation.agent.errands import ERRANDS, Errands
from amr_navigation.agent.leg import Leg, next_leg
from amr_navigation.agent.loading import Loading
from amr_navigation.agent.motion import FAR_OFF_M, SILENT_S, RunningLeg
from amr_navigation.agent.places import Lanes, Spurs, start_node, told_pose
from amr_navigation.agent.reporting import Errors, Situation, build_report
from amr_navigation.agent.ride import Ride
from amr_navigation.agent.sensed import STANDING, Sensed

FLEET_SILENT_S = 3.0
"""Three beats. From then on the robot stops at the next node: nobody could call it back."""
_LOST_S = 2.0  # chosen: one bad scan match stops nobody; a robot that is lost drives on for so long
_PERIOD_S = 1.0  # the fleet counts on one a second, and bears two that are lost (its domain.places)
_FIRST_WAIT_S = 5.0  # chosen: a base needs seconds to speak after its start; longer hides one that never does
# chosen: a tick of 0.1 s at 1.5 m/s, twice; less overruns a node just ahead, more passes a good one
_STOP_MARGIN_M = 0.3
_BACK_M = 0.2  # m that a robot far off has to be nearer again: a pose jitters
_BRAKE_SHARE = 0.6  # plan with this share of the deceleration


class AgentEngine:
    """Executes orders of one robot."""

    def __init__(
        self, robot: str, robot_type: RobotType, roadmap: Roadmap | None = None, leader: vda.Leader | None = None
    ) -> None:
        """leader: the fleet that the robot obeyed before it was restarted, None = it obeys the first that it hears."""
        self.robot = robot
        self.allegiance = Allegiance(leader)
        self._type = robot_type
        self._roadmap = roadmap
        self._lanes = None if roadmap is None else Lanes(roadmap)
        self.sensed = Sensed()
        self._tokens = itertools.count(1)
        way_out = (lambda *_: None) if roadmap is None else Spurs(roadmap).way_out
        self._motion = RunningLeg(lambda: next(self._tokens), way_out)
        self._ride = Ride()
        self._book = ActionBook()
        self._errands = Errands(self._book)
        self._errors = Errors()
        self._loading = Loading(lambda: next(self._tokens), self.sensed, self._book, self._errors, self._end)
        self._order: vda.Order | None = None
        self._ended = True
        self._last_node = ""
        self._last_seq = 0
        self._paused = False
        self._cancel_id: str | None = None
        self._beat = math.inf  # s, of the last beat; the first step counts as one
        self._speed_limit = 0.0
        self._sent: tuple[tuple[object, ...], float] | None = None
        self._silent_since: float | None = None
        self._hold_seq: int | None = None
        self._out: list[m.AgentCommand] = []

    def step(self, now: float, inbox: Sequence[m.AgentEvent]) -> list[m.AgentCommand]:
        """Take what happened since the last step and return what is to be done, in this order."""
        self._out = []
        self._beat = min(self._beat, now)
        self.sensed.age(now)
        # Orders are judged by the newest measurements, whatever the order of arrival.
        for event in sorted(inbox, key=lambda e: isinstance(e, m.OrderReceived | vda.InstantAction)):
            self._handle(now, event)
        self._watch(now)
        self._advance(now)
        self._publish(now)
        return self._out

    @property
    def idle(self) -> bool:
        """True when the robot can take another order."""
        if self._order is None or self._ended:
            return True
        at_end = self._last_seq == self._order.nodes[-1].sequence_id
        return at_end and not self._loading.running and not self._book.all_open

    # Events

    def _handle(self, now: float, event: m.AgentEvent) -> None:
        match event:
            case m.OrderReceived(order):
                self._receive(now, order)
            case vda.InstantAction():
                self._instant(now, event)
            case m.ActionResult():
                self._result(now, event)
            case m.LoadState(load_id):
                self._out += self._loading.hear_load(load_id)
            case m.LoadUnsaid():
                self._loading.forget_load()
            case m.ForeignLoad(running):
                self._loading.hear_foreign(now, running)
            case m.FleetBeat(leader):
                self._beats(now, leader)
            case m.Release():
                self.allegiance.release()
                self._errors.clear("agent.foreign_fleet")
            case m.ErrandDone(code):
                self._errands.done(code)
            case m.Invalid(topic, reason):
                self._errors.warn(now, "message.invalid", topic=topic, reason=reason)
            case _:
                self.sensed.take(now, event)

    def _beats(self, now: float, leader: vda.Leader) -> None:
        heard = self.allegiance.hears(now, leader)
        if heard:
            self._beat = now
        elif heard is False:
            self._errors.warn(now, "agent.foreign_fleet", **self.allegiance.facts(leader))

    def _obeys(self, now: float, leader: vda.Leader) -> bool:
        obeys = self.allegiance.obeys(leader)
        if not obeys:
            self._errors.warn(now, "agent.foreign_fleet", **self.allegiance.facts(leader))
        return obeys

    def _receive(self, now: float, order: vda.Order) -> None:
        if not self._obeys(now, order.leader):
            return
        try:
            orders.check(order, self.robot)
            if self._order is not None and order.order_id == self._order.order_id:
                self._update(self._order, order)
            else:
                self._begin(order)
        except AmrError as error:
            self._errors.warn(now, error.code, **error.facts)

    def _update(self, current: vda.Order, order: vda.Order) -> None:
        if order.update_id == current.update_id:
            return  # sent twice
        if order.update_id < current.update_id:
            raise orders.reject(order, f"update {order.update_id} is older than {current.update_id}")
        if self._ended or self._cancel_id is not None:
            raise orders.reject(order, "it has ended")
        self._order = orders.extend(current, order)
        self._book.add(self._order)
        self._errors.clear("agent.order_rejected")

    def _begin(self, order: vda.Order) -> None:
        if not self.idle:
            raise orders.reject(order, "the robot is busy with another order")
        orders.check_start(order, self._last_node, self.sensed.pose)
        self._motion.drop()
        self._ride.drop()
        self._order, self._ended, self._cancel_id, self._hold_seq = order, False, None, None
        self._reach(order.nodes[0].sequence_id)
        self._book.reset()
        self._book.add(order)
        for code in ("agent.order_rejected", "load.failed"):
            self._errors.clear(code)

    def _instant(self, now: float, action: vda.InstantAction) -> None:
        if not self._obeys(now, action.leader):
            return
        if action.robot != self.robot or self._book.knows_instant(action.action_id):
            return
        kind = action.action_type
        if kind == "cancelOrder" and not self.idle:
            self._cancel_id = action.action_id
            self._book.instant(action.action_id, kind, "RUNNING")
            self._cut_base()
            return
        if kind in ("startPause", "stopPause"):
            self._paused = kind == "startPause"
        if kind in ERRANDS:
            still = math.hypot(self.sensed.v, self.sensed.w) < STANDING and not self._loading.foreign
            self._out += self._errands.take(action, stands=self.idle and still)
            return
        known = kind in ("startPause", "stopPause", "cancelOrder", "stateRequest")
        if kind == "initPosition" and (pose := told_pose(action)) is not None:
            self._tell_pose(now, [m.SetInitialPose(pose)])
            known = True
        self._book.instant(
            action.action_id, kind, "FINISHED" if known else "FAILED", "" if known else "message.invalid"
        )

    def _cut_base(self) -> None:
        """Shorten the base to the next node where the robot can stop."""
        assert self._order is not None
        self._order = orders.cut(self._order, (self._stop_seq() - self._order.nodes[0].sequence_id) // 2)

    def _stop_seq(self) -> int:
        """Return the sequence id of the next node where the robot can stop: the last one when it stands there."""
        leg = self._motion.leg
        if leg is not None and (self._motion.phase != "idle" or self._motion.s > 0.0):
            return self._next_stop(leg)
        return self._last_seq

    def _next_stop(self, leg: Leg) -> int:
        if leg.kind != "follow":
            return leg.end_seq
        need = self.sensed.v**2 / (2.0 * self._type.deceleration * _BRAKE_SHARE) + _STOP_MARGIN_M
        marks = enumerate(leg.route.s[1:], start=1)
        index = next((i for i, mark in marks if mark - self._motion.s >= need), len(leg.route.s) - 1)
        return leg.start_seq + 2 * index

    def _result(self, now: float, result: m.ActionResult) -> None:
        if self._loading.on_result(result):
            return
        if result.outcome == "rejected":
            self.sensed.blocked_by = ""  # who waited for something is not there, or does nothing
        self._errors.clear("motion.silent")  # its server speaks, or another one took its place
        reached = self._motion.on_result(now, result, self.sensed.blocked_by)
        if reached is not None and not self._ended:
            self._reach(reached)

    # Work

    def _watch(self, now: float) -> None:
        # Not from a guess: two robots at the same node would wait for each other for ever.
        known = self.sensed.pose if self.sensed.localized else None
        if self._roadmap is not None and known is not None:
            self._place(self._roadmap, known)
        silent = now - self._beat
        if silent > FLEET_SILENT_S:
            self._errors.set("agent.fleet_silent", "FATAL", seconds=int(silent))
            if self._hold_seq is None:
                self._hold_seq = self._stop_seq()
        else:
            self._errors.clear("agent.fleet_silent")
            self._hold_seq = None
        self._watch_silence()
        self._watch_motion(now)
        self._out += self._loading.step(now)

    def _watch_silence(self) -> None:
        wheels, battery = self.sensed.odometry_silent, self.sensed.battery_silent
        blind = self.sensed.drives_blind and (self.sensed.ever_moved or wheels > _FIRST_WAIT_S)
        self._errors.keep(blind, "odometry.silent", "FATAL", seconds=int(wheels))
        known, lost = self.sensed.battery_known, self.sensed.battery_lost
        self._errors.keep(lost and known, "battery.silent", "WARNING", seconds=int(battery))
        self._errors.keep(lost and not known, "battery.unknown", "WARNING")
        slowed_by = self.sensed.slowed_by
        self._errors.keep(slowed_by == "unobserved", "pose.unobserved", "WARNING")
        self._errors.keep(slowed_by not in ("", "unobserved"), "pose.unsure", "WARNING")

    def _watch_motion(self, now: float) -> None:
        if math.hypot(self.sensed.v, self.sensed.w) > STANDING:
            self._errors.clear("motion.silent")
        waits = bool(self.sensed.blocked_by) and self._cancel_id is None  # what is called off waits for nobody
        if told := self._motion.watch(now, self.sensed.pose, waits=waits):
            self._errors.set("motion.silent", "FATAL", seconds=int(SILENT_S))
            self._out += told

    def _watch_lanes(self) -> None:
        """Without an order, say when it is too far off to begin one: each that it got would end where it stands."""
        off, pose = 0.0, self.sensed.pose
        if self._lanes is not None and pose is not None and self.sensed.localized and self.idle:
            off = self._lanes.off(pose)
        if off > FAR_OFF_M - (_BACK_M if self._errors.has("nav.off_route") else 0.0):
            self._errors.set("nav.off_route", "FATAL", node=self._last_node, metres=round(off, 1))
        else:
            self._errors.clear("nav.off_route")

    def _place(self, roadmap: Roadmap, pose: Pose2D) -> None:
        """Take the node where an order would begin: at the start, and when somebody has moved an idle robot."""
        if self._last_node and not self.idle:
            return
        node = start_node(roadmap, self._last_node, pose)
        if node != self._last_node and self._last_node and not self._ended:
            self._end("nav.off_route")  # what comes next begins elsewhere
        self._last_node = node

    def _advance(self, now: float) -> None:
        pose, order = self.sensed.pose, self._order
        if order is None or self._ended or pose is None:
            return
        passed = self._motion.reached(pose)
        if passed is not None and passed > self._last_seq:
            self._reach(passed)
        node = self._node(order)
        self._book.charge(now, node, self.sensed.soc, self.sensed.charging)
        if self._cancel_id is not None and self._try_cancel(now, order):
            return
        lost = self.sensed.lost_for(now) > _LOST_S and not self._ride.begun  # who is told a pose again may be lost
        if self._paused or lost or self._loading.foreign or self.sensed.drives_blind:
            self._out += self._motion.hold(now)
            return
        if self._motion.leg is None:
            busy, told = self._loading.work(now, node)
            self._out += told
            if busy:
                return
        self._go(now, order, pose)

    def _go(self, now: float, order: vda.Order, pose: Pose2D) -> None:
        if self._hold_seq is not None:
            order = orders.hold(order, (self._hold_seq - order.nodes[0].sequence_id) // 2)
        leg = next_leg(order, self._leg_start(), self._stops(order))
        if leg is None:
            self._out += self._motion.hold(now)
            if self._motion.phase == "idle":
                self._motion.drop()
            return
        if leg.kind == "ride":
            self._out += self._motion.hold(now)
            told, there = self._ride.step(now, leg, self.sensed)
            self._tell_pose(now, told)
            if there:
                self._reach(leg.end_seq)
            return
        self._out += self._motion.drive(now, leg, pose)
        self._limit_speed(self._motion.leg or leg)

    def _tell_pose(self, now: float, told: list[m.SetInitialPose]) -> None:
        self._out += told
        if told:
            self.sensed.doubt(now)

    def _leg_start(self) -> int:
        """A running leg goes on from the node before the last one reached, so that its corners stay exact."""
        leg = self._motion.leg
        return self._last_seq if leg is None else max(leg.start_seq, self._last_seq - 2)

    def _stops(self, order: vda.Order) -> set[int]:
        return {n.sequence_id for n in order.nodes if n.sequence_id > self._last_seq and n.actions}

    def _limit_speed(self, leg: Leg) -> None:
        if leg.kind == "follow":
            limit = leg.route.speed_limit(max(0.0, self._motion.s), self._type.deceleration * _BRAKE_SHARE)
        else:
            limit = leg.route.edges[0].max_speed
        limit = min(limit, self._type.max_speed, self._motion.slow)
        if limit != self._speed_limit:
            self._speed_limit = limit
            self._out.append(m.SetSpeedLimit(limit))

    def _try_cancel(self, now: float, order: vda.Order) -> bool:
        """End the order once the robot stands at the end of what is left; True when it has ended or is about to."""
        arrived = self._last_seq == order.nodes[-1].sequence_id and self._motion.phase == "idle"
        fails = self._motion.failing or self._errors.has("motion.silent")
        if self._loading.running or not (arrived or fails):
            return False
        self._out += self._motion.hold(now)
        if self._motion.phase == "idle":
            self._end("cancelled")
        return True

    def _end(self, code: str) -> None:
        self._book.fail_open(code)
        if self._cancel_id is not None:
            self._book.instant(self._cancel_id, "cancelOrder", "FINISHED")
        self._cancel_id, self._ended = None, True
        self.sensed.not_waited_for()
        self._motion.drop()

    def _reach(self, seq: int) -> None:
        assert self._order is not None
        self._last_seq = seq
        self._last_node = self._node(self._order).node_id

    def _node(self, order: vda.Order) -> vda.OrderNode:
        return order.nodes[(self._last_seq - order.nodes[0].sequence_id) // 2]

    # Report

    def _publish(self, now: float) -> None:
        self._watch_lanes()
        if self._sent is None and not (self.sensed.battery_known and self._loading.told):
            # Without a word of them the fleet would take its battery for empty, and its load for put down.
            self._silent_since = now if self._silent_since is None else self._silent_since
            if now - self._silent_since < _FIRST_WAIT_S:
                return
        if not self.sensed.load_known:
            self._out += self._loading.doubt()
        order = self._order
        situation = Situation(
            robot=self.robot,
            robot_type=self._type.name,
            order=order,
            active=not self._ended,
            last_node=self._last_node,
            last_seq=self._last_seq,
            paused=self._paused,
            motion=self._motion,
            acting=order is not None and bool(self._book.open(self._node(order))),
            leader=self.allegiance.leader,
        )
        report = build_report(now, situation, self.sensed, self._book.reports(), self._errors)
        if self._sent is None or self._sent[0] != report.key or now - self._sent[1] >= _PERIOD_S - 1e-6:
            self._sent = (report.key, now)
            self._out.append(m.PublishState(report))
