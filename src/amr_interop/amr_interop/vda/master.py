"""Master control of one robot that speaks VDA 5050: the fleet's orders out, the robot's state back. No I/O, no clock.

At most one message waits for the robot's word: its state must show orderId and orderUpdateId before the next one goes.
What is lost is sent again as it was. A robot that is not sure to be the one we mean, or does not say who it is, gets
nothing. What was released stays the robot's until it has passed it, however long it is silent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from amr_core import vda5050 as vda
from amr_core.errors import AmrError
from amr_interop.vda import decode, encode
from amr_interop.vda.acceptance import ORDER_MODES
from amr_interop.vda.messages import Factsheet, Header, WireAction, WireError, WireState
from amr_interop.vda.ordering import Writer
from amr_interop.vda.outbox import HeaderWriter, Outgoing
from amr_interop.vda.reading import Record, parse
from amr_interop.vda.report import Trouble, report
from amr_interop.vda.sent import Sent, SentBook, Shelf
from amr_interop.vda.versions import REJECTIONS, Spelling, spelling_of
from amr_interop.vda.watch import Identity, Life, RobotLiveness

ACK_S: Final = 1.0
TRIES: Final = 5
_SETTLE_S: Final = 2.0
_LEASE_SKEW: Final = "vda.clock_skew"


@dataclass
class _Asked:
    """An instant action that the robot has not shown yet."""

    action: WireAction
    at: float = -1e9
    tries: int = 0


@dataclass
class MasterStep:
    """What is to be done: messages for the broker; a new state for the fleet, or that the robot is gone."""

    messages: list[Outgoing] = field(default_factory=list)
    state: vda.RobotState | None = None
    life: Life = "unknown"


class Master:
    """One robot. name: the fleet's; times: s since 1970 of this computer's clock."""

    def __init__(self, name: str, manufacturer: str, serial: str, *, map_id: str, shelf: Shelf) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self.sheet = Factsheet()
        self.spelling: Spelling | None = None
        self.root = ""
        self.liveness = RobotLiveness()
        self.identity = Identity()
        self._map = map_id
        self._shelf = shelf
        self._book: SentBook = shelf.load(name)
        self._outbox = HeaderWriter(manufacturer, serial)
        self._state: WireState | None = None
        self._desired: vda.Order | None = None
        self._asked: dict[str, _Asked] = {}
        self._messages: list[Outgoing] = []
        self._sent_at = -1e9
        self._tries = 0
        self._refused = 0
        self._odd_since: float | None = None
        self._fresh = False
        self._instants = 0
        self._strange_version = False
        self._sheet_asked = False

    @property
    def address(self) -> tuple[str, str]:
        """Manufacturer and serial number."""
        return self._outbox.manufacturer, self._outbox.serial

    @property
    def sent(self) -> Sent | None:
        """The order that the robot has or is about to get."""
        return self._book.sent

    # The fleet --------------------------------------------------------------------------------------------------------

    def order(self, order: vda.Order) -> None:
        """Take what the fleet wants the robot to do; the newest word counts."""
        self._desired = order

    def instant(self, action: vda.InstantAction) -> None:
        """Take an instant action of the fleet."""
        parameters: dict[str, object] = dict(action.parameters)
        if action.action_type == "initPosition":
            parameters = {k: float(v) for k, v in action.parameters.items() if k in ("x", "y", "theta")}
            parameters |= {"mapId": self._map, "lastNodeId": action.parameters.get("lastNodeId", "")}
        self._ask(action.action_type, action.action_id, parameters)

    def _ask(self, action_type: str, action_id: str = "", parameters: Mapping[str, object] | None = None) -> None:
        if any(a.action.action_type == action_type and a.tries < TRIES for a in self._asked.values()):
            return  # the same wish is under way: a second cancelOrder would only be refused
        self._instants += 1
        unique = action_id or f"{action_type}-{self.name}-{self._book.orders}-{self._instants}"
        self._asked[unique] = _Asked(WireAction(action_type, unique, "NONE", parameters or {}))

    # The robot --------------------------------------------------------------------------------------------------------

    def receive(self, now: float, topic: str, payload: bytes, *, retained: bool) -> None:
        """Take a message of the robot. What cannot be used is counted by the code of its error."""
        name = topic.rpartition("/")[2]
        try:
            if retained and name == "state":
                raise AmrError("vda.retained", topic=topic)
            record = parse(name, payload)
            head = decode.header(record)
            if (head.manufacturer, head.serial) != self.address:
                raise AmrError("vda.address", topic=name, manufacturer=head.manufacturer[:64], serial=head.serial[:64])
            self._spell(head, topic)
            self._take(now, name, record)
        except AmrError as error:
            self.counts[error.code] += 1

    def _spell(self, head: Header, topic: str) -> None:
        spelling, known = spelling_of(head.version)
        self._strange_version = not known
        self.spelling, self.root = spelling, topic.split(f"/{self.address[0]}/")[0]

    def _take(self, now: float, name: str, record: Record) -> None:
        if name == "state":
            state = decode.state(record)
            if self.identity.late(state):
                self.counts["late"] += 1
                return
            self.identity.state(now, state)
            self.liveness.state(now)
            self._on_state(now, state)
        elif name == "connection":
            word = decode.connection(record)[1]
            if word == "BROKEN":
                self.identity.broken(now)
            self.liveness.connection(now, word)
        elif name == "factsheet":
            self.sheet = decode.factsheet(record)[1]

    def _on_state(self, now: float, state: WireState) -> None:
        before, self._state, self._fresh = self._state, state, True
        for shown in (*state.actions, *state.instant_actions):
            self._asked.pop(shown.action_id, None)
        sent = self._book.sent
        if sent is None or sent.ended:
            return
        if state.order_id == sent.order_id and state.update_id >= sent.update_id:
            if not sent.acked:
                sent.acked, sent.acked_update = True, sent.fleet_update
                self._refused, self._tries = 0, 0
                self._shelf.save(self.name, self._book)
        elif not sent.acked and _refusal(state, before, sent) is not None:
            self._refused += 1
        self._watch_end(now, state, sent)

    def _watch_end(self, now: float, state: WireState, sent: Sent) -> None:
        """Notice that the robot works on an order no more although it did not reach its end."""
        mine = state.order_id == sent.order_id
        short = state.last_sequence_id < sent.end or any(a.status == "FAILED" for a in state.actions)
        odd = (mine and state.idle and short and sent.acked) or (not mine and sent.acked_update is not None)
        if not odd:
            self._odd_since = None
        elif self._odd_since is None:
            self._odd_since = now
        elif now - self._odd_since > _SETTLE_S or any(a.action_type == "cancelOrder" and a.status == "FINISHED"
                                                      for a in (*state.actions, *state.instant_actions)):  # fmt: skip
            self._end("cleared" if mine else "lost")

    def _end(self, why: str) -> None:
        sent = self._book.sent
        if sent is not None and not sent.ended:
            sent.ended, self._odd_since = why, None
            self._shelf.save(self.name, self._book)

    # What is done -----------------------------------------------------------------------------------------------------

    def step(self, now: float) -> MasterStep:
        """Return what is to be done now; call it ten times a second."""
        self._messages = []
        life = self.liveness.life(now, self.sheet)
        if self.spelling is not None:
            self._requests(now, life, self.spelling)
            if life == "alive" and self._state is not None and not self.identity.double(now):
                self._orders(now, self._state, self.spelling)
        state = None
        if self._state is not None and life in ("alive", "hibernating"):
            state = report(self.name, self._state, self._book, self.sheet, self._trouble(now))
        fresh, self._fresh = self._fresh, False
        self.fresh = fresh
        return MasterStep(self._messages, state, life)

    fresh: bool = False
    """Whether a state came since the step before."""

    def _requests(self, now: float, life: Life, spelling: Spelling) -> None:
        if self.liveness.must_ask(now, self.sheet):
            self._ask("stateRequest")
        if life == "alive" and not self._sheet_asked:
            self._sheet_asked = True
            if not self.sheet.series:
                self._ask("factsheetRequest")
        if life != "alive" and not self._asked:
            return
        mode = "AUTOMATIC" if self._state is None else self._state.mode
        due = []
        for key, asked in list(self._asked.items()):
            if now - asked.at < ACK_S or (mode == "INTERVENED" and asked.action.action_type != "cancelOrder"):
                continue
            if asked.tries >= TRIES:
                del self._asked[key]
                self.counts["unheard"] += 1
                continue
            asked.at, asked.tries = now, asked.tries + 1
            due.append(self._respelt(asked.action, spelling))
        if due:
            self._publish("instantActions", encode.instant_actions(due), now, spelling)

    def _respelt(self, action: WireAction, spelling: Spelling) -> WireAction:
        if action.action_type == "initPosition":
            return replace(action, action_type=spelling.reset_pose)
        sent = self._book.sent
        if action.action_type == "cancelOrder" and spelling.major == 3 and sent is not None and not sent.ended:
            return replace(action, parameters={"orderId": sent.order_id})
        return action

    def _orders(self, now: float, state: WireState, spelling: Spelling) -> None:
        sent = self._book.sent
        if any(a.action.action_type == "cancelOrder" for a in self._asked.values()) or _cancelling(state):
            return
        if state.mode not in ORDER_MODES - ({"INTERVENED"} if spelling.major == 2 else set()):
            return
        if sent is not None and not sent.ended and not sent.acked:
            self._again(now, sent, spelling)
            return
        if now - self._sent_at < self.sheet.min_order_interval:
            return
        writer = Writer(spelling, self.sheet, self._book, self._map)
        order = self._desired
        if order is None:
            self._drop_unknown(state, sent)
        elif sent is None or sent.mission != order.order_id:
            if not state.idle or state.driving:
                self._drop_unknown(state, sent)
                return
            self._send(now, writer.new(order, stop_charging=self._charges(state)), spelling)
        elif not sent.ended:
            update = writer.update(sent, order)
            if update is not None:
                self._send(now, update, spelling)

    def _drop_unknown(self, state: WireState, sent: Sent | None) -> None:
        """A robot that works on an order that is not ours is told to give it up; it is never just overwritten."""
        ours = sent is not None and sent.order_id == state.order_id
        if not ours and not state.idle:
            self._ask("cancelOrder")

    def _charges(self, state: WireState) -> bool:
        return state.charging and (self.sheet.actions is None or "stopCharging" in self.sheet.actions)

    def _send(self, now: float, sent: Sent, spelling: Spelling) -> None:
        self._book.sent = sent
        self._shelf.save(self.name, self._book)  # before it leaves: what was released must never be forgotten
        self._tries, self._refused, self._odd_since = 1, 0, None
        self._sent_at = now
        self._publish("order", sent.content, now, spelling)

    def _again(self, now: float, sent: Sent, spelling: Spelling) -> None:
        """Send the stored content once more; what is refused twice, or never shown, ends."""
        if now - self._sent_at < ACK_S:
            return
        if self._refused and self._tries >= 2:
            self.counts["vda.rejected"] += 1
            if sent.update_id:
                self._ask("cancelOrder")
            self._end("refused")
        elif self._tries < TRIES or now - self._sent_at >= 10.0:  # then ever more rarely, as long as it lives
            self._tries += 1
            self._sent_at = now
            self._publish("order", sent.content, now, spelling)

    def _publish(self, name: str, body: Mapping[str, Any], now: float, spelling: Spelling) -> None:
        self._messages.append(self._outbox.seal(name, body, now, spelling, root=self.root))

    def _trouble(self, now: float) -> Trouble:
        sent = self._book.sent
        deaf = sent is not None and not sent.acked and not sent.ended and self._tries >= TRIES
        return Trouble(
            double=self.identity.double(now), skew=self.identity.skew(now), deaf=deaf,
            version="" if not self._strange_version or self._state is None else self._state.header.version,
        )  # fmt: skip


def _cancelling(state: WireState) -> bool:
    return any(a.action_type == "cancelOrder" and not a.ended for a in (*state.actions, *state.instant_actions))


def _refusal(state: WireState, before: WireState | None, sent: Sent) -> WireError | None:
    """Return the error by which the robot refuses what it was sent: by its references first, else a new one by type."""
    old = set() if before is None else set(before.errors)
    for error in state.errors:
        if error.error_type.replace("_", "").lower() not in REJECTIONS:
            continue
        about, update = error.reference("orderId"), error.reference("orderUpdateId")
        if about:
            if about == sent.order_id and update in ("", str(sent.update_id)):
                return error
        elif error not in old:
            return error
    return None
