"""One person's conversation: reads answer at once, commands become proposals that only a person's button confirms."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.assistant import at_hand, tools
from amr_fleet.assistant.answers import HELP, ToolResult
from amr_fleet.assistant.arguments import complete
from amr_fleet.assistant.doubt import NO_ALARM
from amr_fleet.assistant.effects import touched
from amr_fleet.assistant.periods import SHIFT_END, moment
from amr_fleet.assistant.places import place_of
from amr_fleet.assistant.reading import Call, Reading, ReplyKind
from amr_fleet.assistant.reports import wanted_report
from amr_fleet.assistant.state import ENDED, Facts
from amr_fleet.assistant.talked_about import FRAME_SECONDS, TalkedAbout, talked_about
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.assistant.weights import left_out
from amr_fleet.assistant.zones_set import kept_shut, liftable

EXPIRES_S: Final = 60.0  # chosen: time to read it; what was shown is a minute old then, and robots have gone on
MAY_COMMAND: Final = frozenset({"operator", "engineer", "admin"})
_OF_ORDERS: Final = frozenset({"order_cancel", "order_priority"})
_WHY: Final = {
    "empty": "Hãy gõ một câu hỏi.",
    "too_long": "Câu quá dài. Hãy hỏi ngắn hơn.",
    "injection": "Tôi không làm theo chỉ dẫn như vậy.",
    "not_offered": "Việc này không làm qua trợ lý. Người có quyền làm tại chỗ hoặc trên trang của việc đó.",
    "out_of_scope": "Tôi chỉ biết về robot, đơn hàng và kho này.",
    "press_button": "Gõ chữ không xác nhận được. Hãy bấm nút Xác nhận ở đề nghị.",
    "unknown": "Không biết.",
    "camera_holds": "Camera đang giữ chỗ này vì thấy người hoặc vật. Khi đường trống, nó tự mở; trợ lý không mở được.",
    "flight_holds": "Chuyến bay đang giữ chỗ này. Khi bay xong, nó tự mở; trợ lý không mở được.",
    "negated": "Tôi không làm gì cả.",
    "condition": "Tôi không làm việc theo điều kiện. Khi cần, hãy nói lại lúc đó.",
    "later": "Tôi không hẹn giờ được. Khi cần, hãy nói lại lúc đó.",
    "all": "Dừng hoặc hủy hàng loạt không làm qua trợ lý. Dùng nút Tạm dừng tất cả ở đầu trang.",
    "not_allowed": "Vai trò của bạn không được làm việc này.",
    "no_such_robot": "Không có robot đó. Bạn muốn nói robot nào?",
    "no_such_thing": "Tôi không thấy đơn hoặc chỗ đó. Bạn xem lại số giúp.",
    "no_such_time": "Không có ngày giờ như vậy. Bạn nói lại giúp.",
    "which_place": "Có mấy chỗ gọi như vậy. Bạn muốn nói chỗ nào?",
    "which_order": "Có mấy đơn như vậy. Bạn muốn hỏi đơn nào?",
    "unsure": "Tôi chưa chắc hiểu đúng. Ý bạn là:",
    "which": "Bạn muốn hỏi gì?",
    "what_to_do": "Bạn muốn làm gì?",
    "need_robot": "Robot nào?",
    "need_order": "Đơn nào?",
    "need_station": "Chỗ nào?",
    "need_places": "Chở từ đâu đến đâu?",
    "need_to": "Chở đến đâu?",
    "need_from": "Lấy ở đâu?",
    "need_cargo": "Hàng nào? Hãy gõ số container, mã pallet hoặc tên hàng.",
    "need_alarm": "Cảnh báo nào?",
    "no_such_goods": "Không biết hàng đó là hàng gì.",
}


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A command that waits for a person's button: used once, by this user, while the fleet is as it was.

    state: hash of the facts it was made on; expires: seconds of the conversation's clock; effects: what it touches now.
    """

    proposal_id: str
    user: str
    call: Call
    text: str
    state: str
    expires: float
    effects: tuple[str, ...] = ()

    @property
    def text_vi(self) -> str:
        """The text; the name that the tools' other fronts have for it."""
        return self.text


@dataclass(frozen=True, kw_only=True)
class DialogueReply:
    """What the assistant says. calls: reading tools that were run; executed: the one command that acts at once.

    choices: what may be meant, in words; offered: the same as calls. programs: number and call of what a language model
    proposed, which waits with what other programs propose. understood: a command that has nothing left to do.
    """

    kind: ReplyKind
    text: str
    why: str = ""
    calls: tuple[Call, ...] = ()
    results: tuple[ToolResult, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    executed: tuple[Call, ...] = ()
    choices: tuple[str, ...] = ()
    offered: tuple[Call, ...] = ()
    programs: tuple[tuple[str, Call], ...] = ()
    understood: tuple[Call, ...] = ()

    @property
    def whole(self) -> list[bool]:
        """Which of the choices lack nothing: a press is enough for them."""
        return [complete(call) for call in self.offered]

    def chosen(self, words: str) -> Call | None:
        """Return the reading that is worded so and lacks nothing."""
        pairs = zip(self.choices, self.offered, strict=True)
        return next((call for choice, call in pairs if choice == words and complete(call)), None)


def state_hash(facts: Facts, call: Call) -> str:
    """Return what a proposal was made on: the robot (with whose pauses), order, alarm, closure or shift that it names.

    A pause holds whatever its robot does by then, and what a camera sees is no change of what a person set.
    """
    named = {str(value) for value in call.args.values()}
    zone = str(call.args.get("zone", "")) if call.name in ("zone_open", "zone_close") else ""
    known = {
        "robots": [
            (row.robot,)
            if call.name == "robot_pause"
            else (row.robot, row.state, row.order, [(p.user, p.since, p.scope, p.unload) for p in row.pauses])
            for row in facts.robots
            if row.robot in named
        ],
        "orders": [(row.order, row.state, row.robot, row.priority) for row in facts.orders if row.order in named],
        "alarms": [(row.alarm, row.state) for row in facts.alarms if row.alarm in named],
        "zones": [(row.zone, row.state, row.by, row.since) for row in liftable(facts, zone)],
        "times": _times(facts, call),
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def _times(facts: Facts, call: Call) -> list[str]:
    """Return the times that a call names by now: after a change of shift or of day the same words mean others.

    A report up to now goes on with the clock, which is no change.
    """
    times = [str(moment(SHIFT_END, facts.now))] if SHIFT_END in call.args.values() else []
    if call.name != "report_make":
        return times
    try:
        wanted = wanted_report(call.args, facts.now)
    except AmrError:
        return times
    return times if wanted.end == facts.now else [*times, str(wanted.begin), str(wanted.end)]


@dataclass
class Conversation:
    """One session of one user. front: embedded, mcp or llm; only the embedded one may pause a robot at once."""

    user: str
    role: str
    front: str = "embedded"
    frame: TalkedAbout = field(default_factory=TalkedAbout)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held by who has several threads (the desk) while the conversation is used."""

    def ask(self, understanding: Understanding, typed: str, *, at: float = 0.0) -> DialogueReply:
        """Reply a sentence at a time (s) of the conversation's clock. Never acts but for one robot's pause."""
        facts = understanding.facts
        reading, _ = understanding.read(typed, self.frame, at=at)
        return self._answer(_completed(reading, facts), facts, at)

    def choose(self, call: Call, facts: Facts, *, at: float) -> DialogueReply:
        """Reply to a press on one of the readings that were asked about: a question is answered, a command proposed."""
        self.frame = talked_about(call, until=at + FRAME_SECONDS)
        kind: ReplyKind = "propose" if call.name in tools.COMMANDS else "tools"
        return self._answer(_completed(Reading(kind=kind, calls=(call,)), facts), facts, at)

    def _answer(self, reading: Reading, facts: Facts, at: float) -> DialogueReply:
        if reading.kind == "propose" and self.role not in MAY_COMMAND:
            self.frame.call = None  # what was refused is not put right by the next sentence
            return DialogueReply(kind="refuse", text=_WHY["not_allowed"], why="not_allowed")
        if reading.kind == "propose":
            over = tuple(call for call in reading.calls if _is_over(call, facts))
            left = tuple(call for call in reading.calls if call not in over)
            if over and not left:
                return DialogueReply(kind="refuse", text=_how_over(over, facts), why="order_over", understood=over)
            return self._propose(replace(reading, calls=left), facts, at, _how_over(over, facts))
        if reading.kind == "tools":
            results = tuple(tools.run(facts, call) for call in reading.calls)
            return DialogueReply(
                kind="tools", text=" ".join(result.text for result in results), calls=reading.calls, results=results
            )
        text = _said_of(reading, facts)
        offered = reading.calls[:3] if reading.kind == "clarify" else ()
        choices = tuple(map(tools.described, offered))
        if reading.weights:
            text = f"{text} {left_out(reading.weights)}"
        return DialogueReply(kind=reading.kind, text=text, why=reading.why, choices=choices, offered=offered)

    def propose(self, call: Call, facts: Facts, *, at: float) -> Proposal:
        """Make a proposal of a command and keep it until it is confirmed or too old."""
        made = self._proposal(call, facts, at)
        self.proposals[made.proposal_id] = made
        return made

    def _proposal(self, call: Call, facts: Facts, at: float, notes: tuple[str, ...] = ()) -> Proposal:
        return Proposal(
            proposal_id=secrets.token_hex(8),
            user=self.user,
            call=call,
            text=tools.described(call),
            state=state_hash(facts, call),
            expires=at + EXPIRES_S,
            effects=(*notes, *touched(facts, call)),
        )

    def _propose(self, reading: Reading, facts: Facts, at: float, over: str) -> DialogueReply:
        """Propose what is to be done; over: how the other orders that were named ended."""
        note = (left_out(reading.weights),) if reading.weights else ()
        ended = (over,) if over else ()
        made = [
            self._proposal(call, facts, at, (note if call.name == "order_create" else ()) + ended)
            for call in reading.calls
        ]
        if reading.instead_of is not None:
            for name in [name for name, one in self.proposals.items() if one.call == reading.instead_of]:
                del self.proposals[name]
        now = reading.at_once and self.front == "embedded"
        if not now:
            self.proposals |= {proposal.proposal_id: proposal for proposal in made}
        said = "; ".join(proposal.text for proposal in made)
        text = (
            f"Đã gửi lệnh: {said}. Cho chạy lại phải xác nhận."
            if now
            else " ".join((f"Đề nghị: {said}.", *note, *ended, "Bấm Xác nhận trong 60 giây."))
        )
        return DialogueReply(kind="propose", text=text, proposals=tuple(made), executed=reading.calls if now else ())

    def waiting(self, proposal_id: str, *, user: str, at: float) -> Proposal:
        """Return a proposal of this user that still waits; LookupError says what is wrong."""
        proposal = self.proposals.get(proposal_id)
        if proposal is None or proposal.user != user:
            raise LookupError("assistant.no_proposal")
        if at > proposal.expires:
            raise LookupError("assistant.expired")
        return proposal

    def confirm(self, proposal_id: str, facts: Facts, *, user: str, at: float) -> Call:
        """Return the command of a proposal that its own user confirms in time; LookupError says what is wrong."""
        try:
            proposal = self.waiting(proposal_id, user=user, at=at)
        finally:
            self.proposals.pop(proposal_id, None)
        if proposal.state != state_hash(facts, proposal.call):
            raise LookupError("assistant.changed")
        return proposal.call


def _said_of(reading: Reading, facts: Facts) -> str:
    """Return the words of a refusal or of a question back, with what can be asked where something is not known."""
    text, why = _WHY.get(reading.why, _WHY["unknown"]), reading.why
    if reading.unknown:
        of = "cảnh báo nào đang mở tên " if why == NO_ALARM else ""
        text = f"Ở đây không có {of}{', '.join(reading.unknown)}. Bạn xem lại giúp."
    if why == "unknown":
        return f"{text} {HELP}"
    if why == "no_such_robot":
        return f"{text} {at_hand.robots(facts)}"
    if why == "no_such_thing":
        return f"{text} {at_hand.places_and_orders(facts)}".strip()
    if why in ("need_cargo", "no_such_goods"):
        return f"{text} {at_hand.goods(facts)}"
    if why == "need_from" and reading.calls:
        return f"{at_hand.lies_nowhere(reading.calls[0], facts)} {text}".strip()
    return text


def _is_over(call: Call, facts: Facts) -> bool:
    """Say whether a call wants to change an order that has ended."""
    order = call.args.get("order")
    return call.name in _OF_ORDERS and any(row.order == order and row.state in ENDED for row in facts.orders)


def _how_over(calls: Sequence[Call], facts: Facts) -> str:
    """Say how orders ended that somebody wants to change; "" of none."""
    told = [tools.run(facts, Call("order_get", {"order": call.args["order"]})).text for call in calls]
    which = ", ".join(str(call.args["order"]) for call in calls)
    return " ".join((*told, f"{which} đã kết thúc, không còn gì để hủy hay đổi.")) if calls else ""


def _fetched(call: Call, facts: Facts) -> Call:
    """Return an order of a load that is named with the place where the load lies, where nobody said another."""
    if call.name != "order_create" or "from" in call.args:
        return call
    named = {str(call.args[name]) for name in ("sscc", "container") if name in call.args}
    row = next((row for row in facts.cargo if named & {row.sscc, row.container}), None)
    if row is None or place_of(row.where, facts) not in facts.vocabulary.places:
        return call  # it is on a robot, or in no book
    return Call(call.name, {"from": place_of(row.where, facts), **call.args})


def _completed(reading: Reading, facts: Facts) -> Reading:
    """Fill in the one alarm that "nhận cảnh báo" can mean, and where a load lies; ask about what lacks something.

    What a camera or a flight holds nobody opens.
    """
    holds = next(filter(None, (kept_shut(facts, call) for call in reading.calls)), "")
    if reading.kind == "propose" and holds:
        return Reading(kind="refuse", why=holds)
    if reading.kind == "propose":
        reading = replace(reading, calls=tuple(_fetched(call, facts) for call in reading.calls))
        if not all(map(complete, reading.calls)):  # a button that could only be refused
            lacks = any(call.name == "order_create" and "from" not in call.args for call in reading.calls)
            return Reading(kind="clarify", calls=reading.calls, why="need_from" if lacks else "unsure")
    if reading.why != "need_alarm":
        return reading
    about = str(reading.calls[0].args.get("about", ""))
    open_alarms = [
        row for row in facts.alarms if row.state not in ("acked", "closed") and (not about or row.about == about)
    ]
    if len(open_alarms) == 1:
        return Reading(kind="propose", calls=(Call("alarm_ack", {"alarm": open_alarms[0].alarm}),))
    choices = tuple(Call("alarm_ack", {"alarm": row.alarm}) for row in open_alarms[:3])
    return Reading(kind="clarify", calls=choices, why="need_alarm")
