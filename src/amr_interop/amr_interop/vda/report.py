"""What the fleet gets to know of a robot: its state in our words, with our names, on the base that *we* released."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from amr_core import vda5050 as vda
from amr_core.errors import Fact
from amr_core.site.archive import is_version
from amr_interop.vda.faults import CODE_OF
from amr_interop.vda.messages import Factsheet, WireError, WireState
from amr_interop.vda.sent import Sent, SentBook

_MODE: Final = {"STARTUP": "SERVICE", "INTERVENED": "MANUAL", "TEACH_IN": "TEACHIN"}
# chosen: a robot that sends often would wake the fleet each time; what comes or goes is told at once
_REPORT_S: Final = 0.5
_OF_MESSAGES: Final = "agent.order_rejected"


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the connection itself. skew in s; version: one that we do not know exactly.

    foreign: somebody else sends the robot orders. more: what is wrong with its factsheet and its maps.
    """

    double: bool = False
    foreign: bool = False
    skew: float = 0.0
    deaf: bool = False
    version: str = ""
    more: tuple[vda.RobotError, ...] = ()

    def errors(self) -> Iterable[vda.RobotError]:
        """Return it as errors; FATAL: the robot gets no orders."""
        yield from self.more
        if self.double:
            yield vda.RobotError("vda.duplicate_identity", "FATAL")
        if self.foreign:
            yield vda.RobotError("vda.foreign_orders", "FATAL")
        if self.skew:
            yield vda.RobotError("vda.clock_skew", "WARNING", {"seconds": round(self.skew, 1)})
        if self.deaf:
            yield vda.RobotError("vda.deaf", "WARNING")
        if self.version:
            yield vda.RobotError("vda.version", "WARNING", {"version": self.version})


class Telling:
    """The fleet's view of a robot, made anew when something came or went, else now and then."""

    def __init__(self) -> None:
        self._last: vda.RobotState | None = None
        self._at = 0.0

    def tell(
        self, now: float, make: Callable[[WireState], vda.RobotState], heard: WireState, *, anew: bool
    ) -> vda.RobotState:
        """Return the view of now. anew: something came or went."""
        if self._last is None or anew or not 0.0 <= now - self._at < _REPORT_S:
            self._last, self._at = make(heard), now
        return self._last


def report(name: str, state: WireState, book: SentBook, sheet: Factsheet, trouble: Trouble) -> vda.RobotState:
    """Return the robot's state for the fleet."""
    sent = book.sent
    told = _progress(state, book, sent)
    placed = state.x is not None and state.y is not None and not _lost_order(state, sent)
    return vda.RobotState(
        robot=name, robot_type=sheet.series, **told,  # type: ignore[arg-type]
        x=state.x or 0.0, y=state.y or 0.0, theta=state.theta, localized=placed and state.localized,
        score=vda.NO_SCORE if state.score is None else state.score,
        v=state.v, w=state.w, driving=state.driving, paused=state.paused, new_base_request=state.new_base_request,
        soc=state.soc, charging=state.charging, loads=_loads(state, book, sent),
        actions=tuple(_actions(state, book, sent)),
        errors=(*trouble.errors(), *_refused(sent), *_untold(state), *_errors(state, sent)),
        mode=cast("vda.OperatingMode", _MODE.get(state.mode, state.mode)), e_stop=cast("vda.EStop", state.e_stop),
        site_version=_site_version(state), instance=state.process, cameras=state.cameras,
    )  # fmt: skip


def _site_version(state: WireState) -> str:
    """Return the version of its site files, where its map has one; other makers count theirs otherwise."""
    return next((m.version for m in state.maps or () if m.enabled and is_version(m.version)), "")


def _progress(state: WireState, book: SentBook, sent: Sent | None) -> Mapping[str, object]:
    names = book.names
    last = names.ours(state.last_node_id)
    if sent is None or sent.ended in ("refused", "lost"):
        base = tuple(names.ours(n.id) for n in state.nodes if n.released)
        return {"order_id": "", "last_node_id": last, "base": base}
    mine = state.order_id == sent.order_id
    number = min(max(state.last_sequence_id, sent.base[0][1]), sent.end) if mine else sent.base[0][1]
    base = () if sent.ended else tuple(node for node, at in sent.base if at > number)
    return {
        "order_id": sent.mission,
        "update_id": sent.acked_update or 0,
        "last_node_id": sent.node(number) if mine else last,
        "last_sequence_id": number + sent.offset,
        "base": base,
    }


def _lost_order(state: WireState, sent: Sent | None) -> bool:
    """Return whether it shows no more an order that it had taken, and that has not ended: it may have been restarted.

    Until that is told as such, the fleet would believe its place as that of one that still drives its base.
    """
    had = sent is not None and not sent.ended and sent.acked_update is not None
    return had and sent is not None and state.order_id != sent.order_id


def _loads(state: WireState, book: SentBook, sent: Sent | None) -> tuple[str, ...]:
    """Return the loads on board. One without a name is the one that the order is about.

    A robot that leaves them out cannot tell (`UNTOLD_LOADS`): that is no word that nothing is on board.
    """
    if state.loads is None:
        return ()
    named = [book.names.ours(load) for load in state.loads]
    about = sent.load if sent is not None and sent.load else "unknown"
    return tuple(load if load and load != "load" else about for load in named)


def _actions(state: WireState, book: SentBook, sent: Sent | None) -> Iterable[vda.ActionState]:
    told = {book.names.ours(a.action_id): a for a in state.all_actions}
    known = () if sent is None or sent.ended in ("refused", "lost") else sent.actions
    for action_id in known:
        action = told.pop(action_id, None)
        if action is None:
            yield vda.ActionState(action_id, "", "FAILED" if sent and sent.ended else "WAITING")
            continue
        if action.action_type == "startCharging" and action.status == "FINISHED" and state.charging:
            action = replace(action, status="RUNNING")  # for the fleet it lasts as long as current flows
        yield replace(action, action_id=action_id)
    for action_id, action in told.items():
        if ":" not in action_id:
            yield replace(action, action_id=action_id)


def _refused(sent: Sent | None) -> Iterable[vda.RobotError]:
    if sent is not None and sent.ended == "refused":
        yield vda.RobotError(
            _OF_MESSAGES, "WARNING", {"order_id": sent.mission, "reason": sent.reason or "refused by the robot"}
        )


def _untold(state: WireState) -> Iterable[vda.RobotError]:
    if state.loads is None:
        yield vda.UNTOLD_LOADS


def _dealt_with(error: WireError, sent: Sent | None) -> bool:
    """Return whether an error is the refusal of a message of ours: the fleet hears of it when it is final.

    What keeps orders away (FATAL, by a type that refuses no message) is never left out: the fleet must know why its
    order is not sent. Nor is what ends the order that is under way, whatever it is called.
    """
    about, update = error.reference("orderId"), error.reference("orderUpdateId")
    if not (about or update):
        return False
    if sent is not None and sent.reason and error.words == sent.reason:
        return error.refuses or error.level != "FATAL"
    under_way = sent is not None and not sent.ended and sent.acked_update is not None and about == sent.order_id
    return error.refuses and (bool(update) or not under_way)


def _errors(state: WireState, sent: Sent | None) -> Iterable[vda.RobotError]:
    return (_error(e, idle=state.idle) for e in state.errors if not _dealt_with(e, sent))


def _error(error: WireError, *, idle: bool) -> vda.RobotError:
    """CRITICAL (3.0, 6.6.5.1) ends what the robot does; it takes a new order, which ends many an error of this kind."""
    stands = error.level == "FATAL" or (error.level == "CRITICAL" and not idle)
    level: vda.ErrorLevel = "FATAL" if stands else "WARNING"
    code = CODE_OF.get(error.error_type)
    if code is not None:
        return vda.RobotError(code, level, dict(error.references))
    facts: dict[str, Fact] = {"type": error.error_type, "description": error.description[:200]}
    return vda.RobotError("vda.reported", level, facts)
