"""A fake robot for the agent's state machine: it drives exactly where it is told."""

from __future__ import annotations

import math
from collections.abc import Sequence

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_core.roadmap import Manoeuvre
from amr_core.robots import LIFT_AMR
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine

ORIGIN = Pose2D(0.0, 0.0, 0.0)
# A lane east, a sharp corner north, and a dock at the end of a spur.
POINTS = [(0.0, 0.0), (4.0, 0.0), (8.0, 0.0), (8.0, 5.0), (8.0, 10.0), (8.0, 13.0)]
KINDS: list[Manoeuvre] = ["drive", "drive", "drive", "drive", "dock"]


def make_order(
    base: int,
    *,
    first: int = 0,
    total: int = 6,
    update: int = 0,
    order_id: str = "m1",
    kinds: Sequence[Manoeuvre] | None = None,
    points: list[tuple[float, float]] | None = None,
    actions: dict[int, tuple[vda.OrderAction, ...]] | None = None,
    speeds: list[float] | None = None,
) -> vda.Order:
    points, kinds, actions = points or POINTS, kinds or KINDS, actions or {}
    nodes = tuple(
        vda.OrderNode(f"n{i}", 2 * i, i <= base, *points[i], None, actions.get(i, ())) for i in range(first, total)
    )
    edges = tuple(
        vda.OrderEdge(f"e{i}", 2 * i + 1, i + 1 <= base, f"n{i}", f"n{i + 1}", (speeds or [1.0] * 99)[i], kinds[i])
        for i in range(first, total - 1)
    )
    return vda.Order("r1", order_id, update, nodes, edges)


class Rig:
    """An engine with a robot that moves along its path and answers actions."""

    def __init__(self, pose: Pose2D = ORIGIN, *, speed: float = 1.0) -> None:
        self.engine = AgentEngine("r1", LIFT_AMR)
        self.now, self.pose, self.speed = 0.0, pose, speed
        self.inbox: list[m.AgentEvent] = [m.Battery(0.8, False), m.LoadState(""), m.Localization(1.0)]
        self.commands: list[m.AgentCommand] = []
        self.follow: m.FollowLeg | None = None
        self.at = 0
        self.answer_moves = True
        self.silent = False
        self.failing: m.ActionOutcome = "aborted"  # how moves end that are not answered with one
        self.hands = True  # its base handles loads at once
        self.hangs = False  # motions and cancels are taken, and nothing comes of them
        self.beat = True
        self.speaks = {m.Battery, m.Localization, m.Odometry}
        """What goes on saying the same as before: batteries, localisations and wheels do."""
        self._said: dict[type, m.AgentEvent] = {}
        self.follows: list[m.FollowLeg] = []
        self.report: vda.RobotState | None = None

    def send(self, *events: m.AgentEvent) -> list[m.AgentCommand]:
        self.inbox += events
        return self.step()

    def step(self, dt: float = 0.1) -> list[m.AgentCommand]:
        self.now += dt
        self._move(dt)
        v = self.speed if self.follow is not None else 0.0
        beat: list[m.AgentEvent] = [m.FleetBeat()] if self.beat else []
        self._said |= {type(e): e for e in self.inbox} | {m.Odometry: m.Odometry(self.pose, v, 0.0)}
        goes_on = [e for kind, e in self._said.items() if kind in self.speaks and e not in self.inbox]
        events = [*self.inbox, m.PoseUpdate(self.pose), *goes_on, *beat]
        self.inbox = []
        out = self.engine.step(self.now, events)
        self.commands += out
        for command in out:
            self._do(command)
        return out

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.step()

    def fail_to_move(self) -> None:
        """Take an order of which no motion succeeds; the last attempt runs and does not end."""
        self.answer_moves = False
        self.send(m.OrderReceived(make_order(4)))
        self.run(15.0)
        self.silent = True
        self.run(20.0)

    def _move(self, dt: float) -> None:
        if self.follow is None:
            return
        left = self.speed * dt
        while left > 0.0 and self.at < len(self.follow.poses):
            x, y, theta = self.follow.poses[self.at]
            gap = math.hypot(x - self.pose.x, y - self.pose.y)
            part = 1.0 if gap <= left else left / gap
            self.pose = Pose2D(
                self.pose.x + part * (x - self.pose.x), self.pose.y + part * (y - self.pose.y), float(theta)
            )
            left -= gap
            self.at += part == 1.0
        if self.at >= len(self.follow.poses):
            self.inbox.append(m.ActionResult(self.follow.token, "succeeded"))
            self.follow = None

    def _do(self, command: m.AgentCommand) -> None:
        if self.hangs and isinstance(command, m.FollowLeg | m.NavigateTo | m.DockAt | m.LeaveDock | m.CancelMotion):
            return
        match command:
            case m.FollowLeg():
                self.follows.append(command)
                if self.answer_moves:
                    self.follow, self.at = command, 0
                elif not self.silent:
                    self.inbox.append(m.ActionResult(command.token, self.failing, 105))
            case m.CancelMotion(token):
                self.follow = None
                self.inbox.append(m.ActionResult(token, "canceled"))
            case m.NavigateTo(token, pose):
                self.pose = pose
                self.inbox.append(m.ActionResult(token, "succeeded"))
            case m.DockAt(token, _, _):
                self.pose = Pose2D(8.0, 13.0, math.pi / 2)
                self.inbox.append(m.ActionResult(token, "succeeded"))
            case m.LeaveDock(token):
                self.pose = Pose2D(*POINTS[1], self.pose.theta)
                self.inbox.append(m.ActionResult(token, "succeeded"))
            case m.HandleLoad(token, operation, load_id) if self.hands:
                self.inbox.append(m.LoadState(load_id if operation == "pick" else ""))
                self.inbox.append(m.ActionResult(token, "succeeded"))
            case m.PublishState(report):
                self.report = report
            case _:
                pass

    def count(self, kind: type) -> int:
        return sum(isinstance(c, kind) for c in self.commands)

    @property
    def state(self) -> vda.RobotState:
        assert self.report is not None
        return self.report

    def error(self, code: str) -> vda.RobotError | None:
        return next((e for e in self.state.errors if e.code == code), None)

    def action(self, action_id: str) -> vda.ActionState:
        return next(a for a in self.state.actions if a.action_id == action_id)


def pick(load: str = "L1", action_id: str = "a1") -> vda.OrderAction:
    return vda.OrderAction("pick", action_id, {"load_id": load})


def states(commands: Sequence[m.AgentCommand]) -> list[vda.RobotState]:
    return [c.state for c in commands if isinstance(c, m.PublishState)]


def instant(kind: str, action_id: str = "i1", robot: str = "r1", **parameters: str) -> vda.InstantAction:
    return vda.InstantAction(robot, kind, action_id, parameters)
