"""Master control of one robot that speaks VDA 5050: the fleet's orders out, the robot's state back. No I/O, no clock.

At most one message waits for the robot's word: its state must show orderId and orderUpdateId before the next one goes.
What is lost is sent again as it was. A robot that is not sure to be the one we mean, or does not say who it is, gets
nothing. What was released stays the robot's until it has passed it, however long it is silent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Final

from amr_core import vda5050 as vda
from amr_core.errors import AmrError
from amr_core.robots import RobotType
from amr_interop.vda import decode, encode
from amr_interop.vda.acceptance import ORDER_MODES
from amr_interop.vda.asking import TRIES as TRIES
from amr_interop.vda.asking import Asking, cancelling, crowded, nothing_left, respelt
from amr_interop.vda.floors import Floors, one_floor
from amr_interop.vda.keeping import Keeping
from amr_interop.vda.map_guard import MapGuard
from amr_interop.vda.maps import MapDesks
from amr_interop.vda.messages import Factsheet, Header, WireState
from amr_interop.vda.ordering import Writer, beyond
from amr_interop.vda.outbox import HeaderWriter, MasterStep, Outgoing
from amr_interop.vda.progress import ProvenProgress, called_off
from amr_interop.vda.reading import LastRead, Record, parse
from amr_interop.vda.refusals import SURE, refusal, standing
from amr_interop.vda.report import Telling, Trouble, report
from amr_interop.vda.sent import Sent, SentBook, Shelf
from amr_interop.vda.sheets import Sheets
from amr_interop.vda.starting import charges, standing_at
from amr_interop.vda.versions import Spelling, spelling_of
from amr_interop.vda.watch import Identity, Life, RobotLiveness, ack_after
from amr_interop.vda.zone_desks import ZoneDesks

_RETRY_S: Final = 10.0
"""A refused order that the fleet goes on wanting is tried again: what stood against it may be gone."""
_FOREIGN_S: Final = 30.0  # it is told so long after the last time that somebody else commanded the robot


class Master:
    """One robot. name: the fleet's; times: s of a clock that is never set; `ahead` leads from there to that of stamps.

    stations: see Writer. sheet_wait: so long (s) after its first state a robot without a factsheet gets no order.
    kind: its type in the site, what its factsheet is held against; None: not known. floors: its maps where the site has
    several levels, else it has the one with map_id.
    """

    def __init__(
        self, name: str, manufacturer: str, serial: str, *, map_id: str, shelf: Shelf,
        stations: Mapping[str, str] | None = None, sheet_wait: float = 0.0, kind: RobotType | None = None,
        floors: Floors | None = None, carried: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.name = name
        self.counts: Counter[str] = Counter()
        self.spelling: Spelling | None = None
        self.root = ""
        self.liveness = RobotLiveness()
        self.identity = Identity()
        self.floors = floors or one_floor(map_id)
        self._guard = MapGuard(self.floors)
        self._stations = stations or {}
        self._sheet_wait = sheet_wait
        self._first_state: float | None = None
        self._keeping = Keeping(name, shelf, self.counts)
        self._book: SentBook = self._keeping.book
        self._outbox = HeaderWriter(manufacturer, serial)
        self._state: WireState | None = None
        self._desired: vda.Order | None = None
        self._asking = Asking(self._book, self.counts)
        self._progress = ProvenProgress(self._book, self.counts)
        self.zones = ZoneDesks(self._book, self.floors)
        self.maps = MapDesks(self.floors.ids)
        self._messages: list[Outgoing] = []
        self._sent_at = -1e9
        self._tries = 0
        self._refused = 0
        self._fresh = False
        self._ended_at = self._now = self._foreign_at = -1e9
        self._strange_version = False
        self._sheet_asked = False
        self._sheets = Sheets(name, (manufacturer, serial), shelf, kind, self.counts, carried)
        self._last = LastRead()
        self._telling = Telling()
        self._weighed: tuple[vda.Order, int, int] | None = None

    @property
    def address(self) -> tuple[str, str]:
        """Manufacturer and serial number."""
        return self._outbox.manufacturer, self._outbox.serial

    @property
    def sheet(self) -> Factsheet:
        """What the robot says of itself; after a start what it said before, until it says it again."""
        return self._sheets.sheet

    @property
    def sent(self) -> Sent | None:
        """The order that the robot has or is about to get."""
        return self._book.sent

    @property
    def heard(self) -> WireState | None:
        """The newest state of the robot."""
        return self._state

    # The fleet --------------------------------------------------------------------------------------------------------

    def order(self, order: vda.Order) -> None:
        """Take what the fleet wants the robot to do; the newest word counts."""
        if order != self._desired:  # one that is told again stays the same object: `_weighed` is compared in each tick
            self._desired = order

    def instant(self, action: vda.InstantAction) -> None:
        """Take an instant action of the fleet."""
        sent = self._book.sent
        if action.action_type == "cancelOrder":
            if nothing_left(self._state, sent):
                self._end("cleared")
                self.counts["nothing_to_cancel"] += 1
                return
            if sent is not None and not sent.ended:
                # From now on nothing of this order goes out again, neither what is not confirmed nor what comes next.
                sent.cancel = sent.cancel or action.action_id
                self._keeping.save()
        parameters: dict[str, object] = dict(action.parameters)
        if action.action_type == "initPosition":
            parameters = self.floors.pose(action.parameters)
        self._guard.fleet_says(action.action_type)
        self._ask(action.action_type, parameters)

    def _ask(self, action_type: str, parameters: Mapping[str, object] | None = None) -> bool:
        added = self._asking.add(self._now, action_type, self.sheet, parameters or {})
        if added:
            self._keeping.save()
        return added

    # The robot --------------------------------------------------------------------------------------------------------

    def receive(self, now: float, topic: str, payload: bytes, *, retained: bool) -> None:
        """Take a message of the robot. What cannot be used is counted by the code of its error."""
        self._now = now
        name = topic.rpartition("/")[2]
        try:
            if retained and name == "state":
                raise AmrError("vda.retained", topic=topic)
            record = parse(name, payload)
            head = decode.header(record)
            if (head.manufacturer, head.serial) != self.address:
                raise AmrError("vda.address", topic=name, manufacturer=head.manufacturer[:64], serial=head.serial[:64])
            self._spell(head, topic)
            self._take(now, name, record, head, payload)
        except AmrError as error:
            self.counts[error.code] += 1
            if name == "factsheet" and error.code == "message.invalid":
                self._sheets.failed(error)

    def commanded(self, now: float) -> None:
        """Take that somebody else has sent the robot an order or an action."""
        self.counts["foreign_orders"] += 1
        self._foreign_at = now

    def _spell(self, head: Header, topic: str) -> None:
        spelling, known = spelling_of(head.version)
        self._strange_version = not known
        self.spelling, self.root = spelling, topic.split(f"/{self.address[0]}/")[0]

    def _take(self, now: float, name: str, record: Record, head: Header, payload: bytes) -> None:
        if name == "state":
            heard = decode.state(record, head, self._last)
            if self.identity.late(heard):
                self.counts["late"] += 1
                self.identity.overtaken(heard)
                return
            state = self._guard.place(self._progress.proven(self._asking.told_apart(heard)), self._book)
            self.identity.state(now, state)
            self.liveness.state(now)
            self._on_state(now, state)
        elif name == "connection":
            word = decode.connection(record)[1]
            if word == "BROKEN":
                self.identity.broken(now)
            self.liveness.connection(now, word)
        elif name == "factsheet":
            self._sheets.take(record, payload)

    def _on_state(self, now: float, state: WireState) -> None:
        before, self._state, self._fresh = self._state, state, True
        self._first_state = now if self._first_state is None else self._first_state
        self._asking.shown(state)
        sent = self._book.sent
        if sent is None or sent.ended:
            return
        if state.order_id == sent.order_id and state.update_id >= sent.update_id:
            if not sent.acked:
                sent.acked, sent.acked_update, sent.acked_end = True, sent.fleet_update, sent.end
                self._refused, self._tries = 0, 0
                self._keeping.save()
        elif not sent.acked and (error := refusal(state, before, sent)) is not None:
            self._refused += 1
            sent.reason = error.words
        waits = not sent.cancel or self._asking.waits("cancelOrder")
        if why := self._progress.ended(now, state, sent) or ("" if waits else called_off(state, sent)):
            self._end(why)

    def _end(self, why: str) -> None:
        sent = self._book.sent
        if sent is not None and not sent.ended:
            sent.ended, self._desired, self._weighed = why, None, None
            self._ended_at = self._now
            self._keeping.save()

    # What is done -----------------------------------------------------------------------------------------------------

    def set_clock(self, ahead: float) -> None:
        """Take by how much (s) this computer's clock (since 1970) is ahead of the times said here; it may be set."""
        self.identity.ahead = self.zones.ahead = self._outbox.ahead = ahead

    def lead(self, *, leads: bool) -> None:
        """Take whether we lead the robot: who led it before us knows in its book what the robot was sent."""
        if self._keeping.lead(leads=leads):
            self._asking.forget()
            self.zones = self.zones.anew()
            self._weighed, self._tries, self._refused = None, 0, 0

    def step(self, now: float, *, connected: bool = True) -> MasterStep:
        """Return what is to be done now; call it ten times a second. Without a connection nothing is sent."""
        self._messages, self._now = [], now
        life = self.liveness.life(now, self.sheet)
        if self.spelling is not None and connected:
            self._requests(now, life, self.spelling)
            if life == "alive" and self._state is not None and not self.identity.double(now):
                self._orders(now, self._state, self.spelling)
                self._tell_zones(now, self._state, self.spelling)
        state = self._report(now) if life == "alive" else None
        self.fresh, self._fresh = self._fresh, False
        return MasterStep(self._messages, state, life)

    def failed(self, now: float, error: Exception) -> MasterStep:
        """Take that something went wrong here: only pauses, cancels and questions go out, and the fleet hears why."""
        self._keeping.fail(now, error)
        urgent = [out for out in self._messages if out.topic.endswith("/instantActions")]
        self._messages, life = [], self.liveness.life(now, self.sheet)
        self.fresh = self._fresh = life == "alive"
        try:
            return MasterStep(urgent, self._report(now) if self.fresh else None, life)
        except Exception:  # its report is what fails: the fleet hears nothing, and the robot counts as silent
            return MasterStep(urgent, life=life)

    def _report(self, now: float) -> vda.RobotState | None:
        """Return the fleet's view; made anew when something came or went, else once a second."""
        if self._state is None:
            return None
        return self._telling.tell(
            now, lambda heard: report(self.name, heard, self._book, self.sheet, self._trouble(now)), self._state,
            anew=self._fresh or bool(self._messages),
        )  # fmt: skip

    fresh: bool = False
    """Whether a state came since the step before."""

    def _requests(self, now: float, life: Life, spelling: Spelling) -> None:
        if self.liveness.must_ask(now, self.sheet) and self.sheet.does("stateRequest", at_once=True):
            self._ask("stateRequest")
        if life == "alive" and not self._sheet_asked:
            self._sheet_asked = True
            if not self._sheets.heard:
                self._ask("factsheetRequest")
        if spelling.major == 3 and crowded(self._state, self.sheet):
            self._ask("clearInstantActions")
        if life not in ("alive", "stale"):
            return
        if self._state is not None:
            self._guard.stop(self._state, self._ask)
        mode = "AUTOMATIC" if self._state is None else self._state.mode
        asked = self._asking.due(now, mode, ack_after(self.sheet))
        due = [respelt(action, spelling, self.sheet, self._state, self._book.sent) for action in asked]
        most = self.sheet.max_instants or len(due)
        for first in range(0, len(due), most or 1):
            self._publish("instantActions", encode.instant_actions(due[first : first + most]), now, spelling)

    def _orders(self, now: float, state: WireState, spelling: Spelling) -> None:
        sent = self._book.sent
        modes = ORDER_MODES - ({"INTERVENED"} if spelling.major == 2 else set())
        if self._asking.waits("cancelOrder") or cancelling(state) or state.mode not in modes:
            return
        if sent is not None and not sent.ended and sent.cancel:
            self._ask("cancelOrder")  # it was given up by the one who asked for it, or not heard
            return
        free = sent is None or bool(sent.ended) or sent.acked
        self.maps.step(now, state, self.sheet, self._ask, self._asking.waits, free=free)
        if self._keeping.holds(now) or self._sheets.unfit or self._guard.wrong or state.e_stop != "NONE":
            return  # what it has already it keeps, to the end of its base
        if sent is not None and not sent.ended and not sent.acked:
            self._again(now, sent, spelling)
            return
        if self.maps.hold or now - self._sent_at < self.sheet.min_order_interval:
            return
        order = self._desired
        if order is None or not self._ready(now):
            self._drop_unknown(state, sent)
        elif sent is None or sent.ended or sent.mission != order.order_id:
            self._begin(now, state, sent, order, spelling)
        elif self._weighed != (weighed := (order, sent.update_id, sent.left(state.last_sequence_id))):
            self._weighed = weighed
            update = self._writer(spelling).update(sent, order, weighed[2])
            if update is not None:
                self._offer(now, update, order, spelling)

    def _begin(self, now: float, state: WireState, sent: Sent | None, order: vda.Order, spelling: Spelling) -> None:
        """Send a new order, when the robot is idle and stands."""
        if not state.idle or state.driving:
            self._drop_unknown(state, sent)
            return
        if any(e.level == "FATAL" and not e.refuses for e in state.errors):
            return  # until somebody has been there it takes no order (3.0, 6.6.5.1)
        if sent is not None and sent.mission == order.order_id:
            if sent.ended == "cleared":
                return  # the fleet reads of it in the states of its actions
            if sent.ended == "refused" and now - self._ended_at < _RETRY_S:
                return
        if not self._guard.starts(state, order):
            return
        new = self._writer(spelling).new(order, standing_at(state), stop_charging=charges(state, self.sheet))
        self._offer(now, new, order, spelling)

    def _offer(self, now: float, new: Sent, order: vda.Order, spelling: Spelling) -> None:
        """Send an order or an update, or give it back to the fleet when its factsheet says that it cannot be."""
        reason = beyond(self.sheet, order, new)
        if not reason:
            self._send(now, new, spelling)
            return
        self.counts["vda.ability"] += 1
        new.reason, self._book.sent = reason, new
        self._end("refused")  # what it works on of this order is no more ours, and is cancelled by that

    def _writer(self, spelling: Spelling) -> Writer:
        return Writer(spelling, self.sheet, self._book, self.floors, self._stations)

    def _ready(self, now: float) -> bool:
        """Return whether the robot's limits are known, or it had time enough to say them."""
        since = now if self._first_state is None else self._first_state
        return bool(self.sheet.series) or now - since >= self._sheet_wait

    def _drop_unknown(self, state: WireState, sent: Sent | None) -> None:
        """A robot that works on an order that is not ours is told to give it up; it is never just overwritten.

        Nor is one that we gave up: a message that was late may have brought it after the cancelOrder.
        """
        ours = sent is not None and not sent.ended and sent.order_id == state.order_id
        if not ours and not state.idle:
            self._ask("cancelOrder")

    def _send(self, now: float, sent: Sent, spelling: Spelling) -> None:
        if not self._keeping.put(sent):  # before it leaves: what was released must never be forgotten
            return
        self._tries, self._refused = 1, 0
        self._sent_at = now
        self._publish("order", sent.content, now, spelling)

    def _again(self, now: float, sent: Sent, spelling: Spelling) -> None:
        """Send the stored content once more; what is refused twice, or never shown, ends."""
        if now - self._sent_at < ack_after(self.sheet):
            return
        if self._tries >= SURE and not self._refused and (error := standing(self._state)) is not None:
            self._refused, sent.reason = 1, error.words
        if self._refused and self._tries >= 2:
            self.counts["vda.rejected"] += 1
            if sent.update_id:
                self._ask("cancelOrder")
            self._end("refused")
        elif self._tries < TRIES or now - self._sent_at >= 10.0:  # then ever more rarely, as long as it lives
            self._tries += 1
            self._sent_at = now
            self._publish("order", sent.content, now, spelling)

    def _tell_zones(self, now: float, state: WireState, spelling: Spelling) -> None:
        if spelling.major == 2 or state.mode not in ORDER_MODES - {"INTERVENED"}:
            return
        skew = self.identity.suspected_skew(now)
        for topic, body in list(self.zones.step(now, state, self.sheet, ack_after(self.sheet), skew, self._ask)):
            if self._keeping.save():
                self._publish(topic, body, now, spelling)

    def _publish(self, name: str, body: Mapping[str, Any], now: float, spelling: Spelling) -> None:
        self._messages.append(self._outbox.seal(name, body, now, spelling, root=self.root))

    def _trouble(self, now: float) -> Trouble:
        sent = self._book.sent
        deaf = sent is not None and not sent.acked and not sent.ended and self._tries >= TRIES
        return Trouble(
            double=self.identity.double(now), foreign=now - self._foreign_at < _FOREIGN_S,
            skew=self.identity.skew(now), deaf=deaf,
            more=(*self._keeping.errors(now), *self._sheets.wrong, *self.maps.wrong, *self._guard.wrong),
            version="" if not self._strange_version or self._state is None else self._state.header.version,
        )  # fmt: skip
