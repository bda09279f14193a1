"""Our robot as others see it: VDA 5050 messages on one side, orders for the robot agent on the other. No I/O.

What it must keep to: drive what is released and stop at the decision point; errors stay until the next accepted order;
a retained order, another robot's name, broken JSON move nothing. Without the broker it drives to the end of its base.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from amr_core import vda5050 as vda
from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap
from amr_core.robots import RobotType
from amr_interop.vda import decode, encode
from amr_interop.vda.acceptance import ON_NODE_M, Holding, Judgement, judge
from amr_interop.vda.faults import Faults
from amr_interop.vda.floors import Floors, one_floor
from amr_interop.vda.held import Held, Translator
from amr_interop.vda.instants import MAP_VERSION, Instants
from amr_interop.vda.messages import Header, MapState, WireAction, WireEdge, WireNode, WireOrder, WireState
from amr_interop.vda.outbox import HeaderWriter, Outgoing
from amr_interop.vda.reading import Record, invalid, parse, references
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.versions import V2_0, Spelling, spelling_of

# as often as our agent reports; VDA 5050 asks for one in 30 s at least, which says too little of a moving robot
STATE_S: Final = 1.0
# chosen: three reports of the agent: sooner its answer may be on its way, later the robot stands untold
_AGAIN_S: Final = 3.0
_SHORT: Final = 8  # signs of a process id that tell it from the last one
_NOWHERE: Final = frozenset({"STARTUP", "SERVICE", "TEACH_IN"})
_CLEARING: Final = frozenset({"MANUAL", "STARTUP", "SERVICE", "TEACH_IN"})
_NOT_HEARD: Final = vda.RobotState(robot="", localized=False)


@dataclass
class RobotStep:
    """What is to be done: messages for the broker, orders and instant actions for the agent."""

    messages: list[Outgoing] = field(default_factory=list)
    to_agent: list[vda.Order | vda.InstantAction] = field(default_factory=list)


class VdaRobot:
    """One robot. Times: s of a clock that is never set; `outbox.ahead` leads from there to that of stamps."""

    def __init__(
        self, name: str, kind: RobotType, spelling: Spelling, *, manufacturer: str, serial: str, map_id: str,
        roadmap: Roadmap | None = None, floors: Floors | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.spelling = spelling
        self.counts: Counter[str] = Counter()
        self.outbox = HeaderWriter(manufacturer, serial)
        self._type = kind
        self.floors = floors or one_floor(map_id)
        self._translator = Translator(name, kind, roadmap, self.floors, spelling.reset_pose)
        self._agent = _NOT_HEARD
        self._held: Held | None = None
        self._faults = Faults(spelling)
        self._instants = Instants(name, self.floors, spelling)
        self._out = RobotStep()
        self._sent: tuple[object, float] | None = None
        self._asked = False
        self._told_agent = 0.0
        self._told_node: str | None = None  # of a new pose, until the next order
        self._cancel_due: str | None = None
        self._calls = 0
        self._stopped_at = -1e9

    # The broker -------------------------------------------------------------------------------------------------------

    @property
    def topics(self) -> list[str]:
        """What it listens to."""
        return [self.outbox.topic(name, self.spelling) for name in ("order", "instantActions")]

    def will(self, now: float) -> Outgoing:
        """Return what the broker says when this robot falls silent."""
        return self.outbox.seal(
            "connection", encode.connection("BROKEN", self.spelling), now, self.spelling, retain=True
        )

    def connected(self, now: float) -> None:
        """Call it when the subscriptions stand: it says ONLINE, then its state, then its factsheet."""
        self._connection("ONLINE", now)
        self._asked = True
        self._factsheet(now)

    def leaving(self, now: float) -> list[Outgoing]:
        """Return what is said before an orderly end."""
        self._out = RobotStep()
        self._connection("OFFLINE", now)
        return self._out.messages

    def receive(self, now: float, topic: str, payload: bytes, *, retained: bool) -> None:
        """Take a message. What is wrong with it is counted and, for an order, reported; it moves nothing."""
        name = topic.rpartition("/")[2]
        try:
            if retained:
                raise AmrError("vda.retained", topic=topic)
            record = parse(name, payload)
            head = decode.header(record)
            self._check_address(name, head)
            if name == "order":
                self._order(self.floors.order_on_sheet(decode.order(record)))
            elif name == "instantActions":
                self._instant(now, record)
        except AmrError as error:
            self.counts[error.code] += 1
            if error.code in ("vda.retained", "vda.address"):
                return
            if name == "order":
                self._asked = True
                self._faults.refuse("VALIDATION_FAILURE", str(error), references(name, payload))

    def _check_address(self, name: str, head: Header) -> None:
        if (head.manufacturer, head.serial) != (self.outbox.manufacturer, self.outbox.serial):
            raise AmrError("vda.address", topic=name, manufacturer=head.manufacturer[:64], serial=head.serial[:64])
        if spelling_of(head.version)[0].major != self.spelling.major:
            raise invalid(name, f"version {head.version} is not {self.spelling.version}")

    # Orders -----------------------------------------------------------------------------------------------------------

    def _order(self, order: WireOrder) -> None:
        self._asked = True
        judgement = judge(order, self._holding(), major=self.spelling.major)
        references = [("orderId", order.order_id), ("orderUpdateId", str(order.update_id))]
        if judgement.verdict in ("new", "update") and (refusal := self._translator.refusal(order)) is not None:
            judgement = Judgement("reject", refusal.error, refusal.reason)
            references += refusal.fields
        if judgement.verdict == "reject":
            self.counts[judgement.error] += 1
            self._faults.refuse(judgement.error, judgement.reason, references)
        elif judgement.verdict != "ignore":
            self._accept(order, new=judgement.verdict == "new")

    def _accept(self, order: WireOrder, *, new: bool) -> None:
        self._faults.accepted()
        if new or self._held is None:
            self._begin(order)
            return
        nodes, edges = self._held.tail(order)
        self._held.extend(order)
        self._tell(self._held, nodes, edges)

    def _begin(self, order: WireOrder) -> None:
        held = self._held = Held.begin(order)
        self._cancel_due, self._told_node = None, None
        first, a = order.nodes[0], self._agent
        beside = first.x is not None and first.y is not None and math.hypot(first.x - a.x, first.y - a.y) > ON_NODE_M
        if beside and not first.actions:  # what is to be done there is done at the node, and nowhere else
            held.stands_at(a.x, a.y)  # within a wide deviation: from here to the next node, not by way of this one
        if self.spelling.major == 2:
            self._instants.clear()  # 2.1, 6.10.6: kept until a new order comes
        self._tell(held, held.nodes, held.edges)

    def _tell(self, held: Held, nodes: list[WireNode], edges: list[WireEdge]) -> None:
        self._out.to_agent.append(self._translator.order(held.update_id, held.order_id, nodes, edges))
        self._told_agent = 0.0

    def _holding(self) -> Holding:
        held, a = self._held, self._agent
        sure = bool(a.robot) and a.localized
        at = Holding(
            mode=a.mode.replace("TEACHIN", "TEACH_IN"), maps=self.floors.ids, x=a.x if sure else None,
            y=a.y if sure else None, last=(a.last_node_id, 0), stranger=self._stranger(),
        )  # fmt: skip
        if held is None:
            return at
        decision = held.decision
        return replace(
            at, order_id=held.order_id, update_id=held.update_id, busy=self._busy(held), cancelled=held.cancelled,
            decision=(decision.node_id, decision.sequence_id), last=(held.last.node_id, held.reached),
            content=held.content, actions=held.base_actions,
        )  # fmt: skip

    def _busy(self, held: Held) -> bool:
        waits = not held.known and not held.cleared and len(held.nodes) > 1
        left = bool(held.nodes_left()) or not all(a.ended for a in self._action_states())
        return waits or left or (held.cancelled and not held.cleared)

    # Instant actions --------------------------------------------------------------------------------------------------

    def _instant(self, now: float, record: Record) -> None:
        _, actions = decode.instant_actions(record)
        self._asked = True
        problems: list[tuple[str, WireAction]] = []
        for action in actions:
            if not action.action_id or self._instants.knows(action.action_id):
                continue
            if self._held is not None and action.action_id in self._held.action_ids:
                problems.append((f"actionId {action.action_id} is one of the order's", action))
                continue
            if action.action_type == "cancelOrder":
                self._cancel(action.action_id, action.text("orderId"))
                continue
            if action.action_type == "factsheetRequest":
                self._factsheet(now)
            busy = self._held is not None and self._busy(self._held)
            forward, problem = self._instants.take(action, busy=busy)
            self._out.to_agent += forward
            if problem:
                problems.append((problem, action))
            else:
                self._faults.good_instant(action.action_type)
        for problem, action in problems:  # after what was good in the same message, which would end the report
            error, references = self._instants.error(action)
            self._faults.bad_instant(problem, references, error)

    def _cancel(self, action_id: str, order_id: str) -> None:
        held = self._held
        if held is None or not self._busy(held) or order_id not in ("", held.order_id):
            self._instants.add(action_id, "cancelOrder", "FAILED")
            self._faults.refuse("NO_ORDER_TO_CANCEL", "there is no such order", [("actionId", action_id)])
            return
        self._instants.add(action_id, "cancelOrder", "RUNNING")
        self._faults.good_instant()
        if not held.cancelled:
            held.cancelled = True
            self._call_off(held, action_id)

    def _call_off(self, held: Held, action_id: str) -> None:
        """Tell the agent to give up, but not before it has shown the order: it would be done, and drive off then."""
        self._cancel_due = action_id
        if held.known:
            self._out.to_agent.append(vda.InstantAction(self.name, "cancelOrder", self._cancel_due))

    # The agent --------------------------------------------------------------------------------------------------------

    def heard(self, now: float, state: vda.RobotState) -> None:
        """Take what the agent says of itself."""
        self._agent = state
        self._instants.map_version = state.site_version or MAP_VERSION
        held = self._held
        place = self._instants.follow(state)
        self._told_node = self._told_node if place is None else place
        self._watch_strangers(now)
        if held is None or held.cleared:
            return
        if state.order_id == held.order_id:
            self._follow(held, state)
        elif any(e.code == "agent.order_rejected" and e.facts.get("order_id") == held.order_id for e in state.errors):
            self._clear(held)
            self._faults.refuse("NO_ROUTE_TO_TARGET", _reason(state), [("orderId", held.order_id)])
        elif held.cancelled:
            self._never_taken(now, held)
        else:
            self._again(now, held)
        if self._mode in _CLEARING and not held.cleared:
            self._call_off(held, f"{held.order_id}.mode")
            self._clear(held)

    @property
    def _mode(self) -> str:
        return self._agent.mode.replace("TEACHIN", "TEACH_IN")

    def _clear(self, held: Held) -> None:
        held.cleared = held.cancelled = True
        self._instants.end("cancelOrder", "FINISHED")

    def _follow(self, held: Held, state: vda.RobotState) -> None:
        if not held.known and held.cancelled and self._cancel_due is not None:
            self._out.to_agent.append(vda.InstantAction(self.name, "cancelOrder", self._cancel_due))
        held.known = True
        held.reached = max(held.reached, min(state.last_sequence_id, held.decision.sequence_id))
        told = next((a for a in state.actions if a.action_id == self._cancel_due), None)
        if held.cancelled and told is not None and told.status == "FINISHED" and not state.driving:  # 2.1, 6.6.3
            self._clear(held)

    def _never_taken(self, now: float, held: Held) -> None:
        """The order was cancelled before the agent showed it. Should it come to it yet, `_watch_strangers` ends it."""
        if not self._told_agent:
            self._told_agent = now
        elif now - self._told_agent > _AGAIN_S:
            self._clear(held)

    def _stranger(self) -> bool:
        """Return whether the agent works on an order that nobody on the wire knows of: cancelled, or before a start."""
        a, held = self._agent, self._held
        if not a.order_id or (held is not None and held.order_id == a.order_id and not held.cleared):
            return False
        return bool(a.base)

    def _watch_strangers(self, now: float) -> None:
        if self._stranger() and now - self._stopped_at > _AGAIN_S:
            self._stopped_at = now
            self._calls += 1
            action = vda.InstantAction(self.name, "cancelOrder", f"stop-{self._agent.order_id}-{self._calls}")
            self._out.to_agent.append(action)

    def _again(self, now: float, held: Held) -> None:
        """An agent that was restarted has forgotten its order: it gets what is left of it."""
        if not self._told_agent:
            self._told_agent = now
        elif now - self._told_agent > _AGAIN_S:
            rest = held.rest()
            self._tell(held, rest.nodes, rest.edges)
            self._told_agent = now

    # What it says -----------------------------------------------------------------------------------------------------

    def step(self, now: float, *, connected: bool = True) -> RobotStep:
        """Return what is to be done since the last step; call it ten times a second.

        Without a connection, or while it is clogged, no state is made: it would be missing or late; a new one follows.
        """
        state = self._state()
        key = (
            state.order_id, state.update_id, state.last_sequence_id, state.nodes, state.actions, state.instant_actions,
            state.driving, state.paused, state.errors, state.charging, state.loads, state.mode, state.localized,
            state.new_base_request, state.e_stop, state.edges, state.last_node_id,
        )  # fmt: skip
        due = self._sent is None or now - self._sent[1] >= STATE_S or now < self._sent[1]
        if (
            connected
            and self._agent.robot
            and (due or self._asked or (self._sent is not None and self._sent[0] != key))
        ):
            self._sent, self._asked = (key, now), False
            self._out.messages.append(self.outbox.seal("state", encode.state(state, self.spelling), now, self.spelling))
        out, self._out = self._out, RobotStep()
        return out

    def _action_states(self) -> tuple[vda.ActionState, ...]:
        if self._held is None:
            return ()
        # Before the agent has shown this order its actions are those of the last one, which may have the same ids.
        known = self._agent.order_id == self._held.order_id
        return self._held.action_states({a.action_id: a for a in self._agent.actions} if known else {})

    def _state(self) -> WireState:
        a, held = self._agent, self._held
        # Called off, it drives on over as many nodes as the agent says, and no further.
        stop = held.reached + 2 * len(a.base) if held is not None and held.cancelled and held.known else None
        floor = self.floors.at(a.x, a.y)
        x, y = floor.wire(a.x, a.y)
        return WireState(
            header=Header(0, None, "", "", ""), order_id=held.order_id if held else "",
            update_id=held.update_id if held else 0, last_node_id=self._last_node(),
            last_sequence_id=held.reached if held else 0, nodes=held.nodes_left(stop) if held else (),
            edges=held.edges_left(stop) if held else (), actions=self._action_states(),
            instant_actions=self._instants.states(), x=x, y=y, theta=a.theta, map_id=floor.map_id,
            localized=a.localized, score=_score(a.score), v=a.v, w=a.w, driving=a.driving, paused=a.paused,
            new_base_request=a.new_base_request, soc=min(1.0, max(0.0, a.soc)), charging=a.charging, loads=_loads(a),
            errors=self._faults.all(a, full=self._instants.full), mode=self._mode, e_stop=a.e_stop, maps=self._maps(),
            distance_since_last=_distance(held, a, self.floors), process=a.instance[:_SHORT], cameras=a.cameras,
        )  # fmt: skip

    def _maps(self) -> tuple[MapState, ...] | None:
        """Return its maps with the version of its site files; 2.0 has no word for that."""
        version = self._instants.map_version
        known = tuple(MapState(name, version, enabled=True) for name in self.floors.ids)
        return None if self.spelling is V2_0 else known

    def _last_node(self) -> str:
        """Return lastNodeId: "" where a person may have moved the robot anywhere (3.0, table 11)."""
        if self._mode in _NOWHERE:
            self._told_node = ""
            return ""
        if self._told_node is not None:
            return self._told_node
        return self._agent.last_node_id if self._held is None else self._held.last.node_id

    def _connection(self, word: str, now: float) -> None:
        body = encode.connection(word, self.spelling)
        self._out.messages.append(self.outbox.seal("connection", body, now, self.spelling, retain=True))

    def _factsheet(self, now: float) -> None:
        body = factsheet(self._type, self.spelling, rides=bool(self._translator.rides))
        self._out.messages.append(self.outbox.seal("factsheet", body, now, self.spelling, retain=True))


def _distance(held: Held | None, agent: vda.RobotState, floors: Floors) -> float | None:
    last = held.last if held is not None and held.known else None
    if last is None or last.x is None or last.y is None:
        return None
    if floors.at(last.x, last.y) is not floors.at(agent.x, agent.y):
        return 0.0  # it stood in a lift
    return math.hypot(agent.x - last.x, agent.y - last.y)


def _reason(state: vda.RobotState) -> str:
    reasons: Sequence[str] = [str(e.facts.get("reason", "")) for e in state.errors if e.code == "agent.order_rejected"]
    return reasons[0] if reasons else ""


def _loads(agent: vda.RobotState) -> tuple[str, ...] | None:
    return None if any(error.code == vda.UNTOLD_LOADS.code for error in agent.errors) else agent.loads


def _score(score: float) -> float | None:
    return None if score == vda.NO_SCORE else min(1.0, max(0.0, score))
