"""What the learnt reader changes: a question that the grammar asked back is answered, a less likely call gives way.

Only questions are answered on its word, with things and times that the grammar found; no command is made of it, and
none is taken back. What is refused or asked back for a reason of safety stays so. The limits were chosen on the first
runs of the sets 8 to 16, of authors whom neither had read (docs/assistant.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from amr_fleet.assistant.asides import said_alone
from amr_fleet.assistant.doubt import leaves_out
from amr_fleet.assistant.learnt_reader import ABSENT, TOOL, Shares, learnt_reader
from amr_fleet.assistant.orders_given import CONDITION, VERBS, is_asked
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.questions import ARGS, NEEDS, calls_of
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.remarks import asks_truly
from amr_fleet.assistant.rules import weights
from amr_fleet.assistant.second_reader import NOTHING, label_of, second_reader
from amr_fleet.assistant.strange import tells_more
from amr_fleet.assistant.tools import COMMANDS

Check = Callable[[Reading, Heard], Reading]

_READINGS: Final = 3
"""How many of the likeliest tools are tried."""
_ANSWERS: Final = 0.4
"""From this share on a call that stands the checks is the answer to what the grammar asked back."""
_ANSWERS_DOUBTED: Final = 0.7
"""The same for a call that is asked back for odd words in the sentence."""
_INSTEAD: Final = 0.7
"""From this share on it is the answer in place of another tool's, """
_BETTER_STATE: Final = 0.5
"""and from this share on in place of the same tool's with another state."""
_WHOLE: Final = 0.1
"""A call is asked back that is less likely to be whole (`_is_whole`); """
_WHOLE_LIGHT: Final = 0.9
"""the same where the grammar's rules hardly speak for it."""
_APART: Final = 0.5
"""The same for the tool of an answer to a part of a sentence, or of several, beside the likeliest of the whole."""
_WISHED: Final = 0.2
"""The same for what is proposed, which somebody still has to confirm."""
_RULE, _PHRASE = 8, 10
"""From these weights on a rule says enough by itself, and says it by a whole phrase."""
_TAKEN_AWAY: Final = 0.92
"""From this share on an argument that the grammar heard is left out; below it both calls are offered."""
_VALUE: Final = 0.7
"""From this share on a state is what the learnt reader says."""
_OPEN: Final = frozenset(
    {"unsure", "unknown", "which", "need_robot", "need_order", "need_station", "need_places", "need_from", "need_to",
     "need_cargo", "which_order"}
)  # fmt: skip
"""Why a sentence got no answer, where it may be only that the grammar did not know its words."""


_LACKS: Final = frozenset({"need_places", "need_from", "need_to"})
"""What an order lacks that nobody asked for, where the sentence asks."""
_LEFT_OUT: Final = pattern("trừ|ngoại trừ|hơn")
"""What no tool can leave out or compare."""


_NAMED: Final = frozenset({"kind", "source"})


@dataclass(frozen=True)
class _Candidate:
    reading: Reading
    label: str
    share: float
    doubted: bool


def with_learnt(reading: Reading, heard: Heard, check: Check, look: Check) -> Reading:
    """Return a reading, or what the learnt reader makes of the sentence where it is likelier.

    check: what an answer must stand; look: which order a call means.
    """
    asked_for = reading.why in _LACKS and asks_truly(heard.text)  # "don gao nao chua co xe nhan" makes no order
    if reading.at_once or reading.kind == "propose":
        return unlikely(reading, heard)
    if not asked_for and any(call.name in COMMANDS for call in reading.calls):
        return reading
    answered = reading.kind == "tools"
    if answered and len(reading.calls) > 1:
        return unlikely(reading, heard)
    if not answered and _LEFT_OUT.search(heard.text):
        return reading
    if reading.why and (answered or reading.why not in _OPEN or (reading.why == "which" and not reading.calls)):
        return reading  # without calls, "which" is what "nó" stands for
    wishes = not answered and not asked_for and VERBS.search(heard.text) and not is_asked(heard.text)
    if CONDITION.search(heard.text) or wishes:
        return reading  # a command that was not understood gets no list in its place
    if reading.why == "unknown" and not second_reader().knows(heard.text):
        return reading  # the word that nobody knows may be the verb: "hủy tất cả đơn" in other letters is no list
    shares = learnt_reader().shares(heard)
    best = max(_candidates(heard, shares, check, look), key=lambda one: one.share, default=None)
    if not answered:
        return _answer(reading, best, heard, shares, asked_for=asked_for)
    own = label_of("tools", [call.name for call in reading.calls])
    if _asks_when(reading.calls[0], heard) and best and best.label == "tools:orders_find":
        return reading
    better = best and best.share >= (_BETTER_STATE if best.label == own else _INSTEAD)
    meant = best.reading if best and better else reading
    if _is_whole(meant, heard, shares):
        return meant
    return Reading(kind="clarify", why="unsure", calls=_either(reading, best.reading if best else reading))


def _answer(reading: Reading, best: _Candidate | None, heard: Heard, shares: Shares, *, asked_for: bool) -> Reading:
    """Return what the learnt reader makes of a sentence that the grammar asked back, where it is sure enough."""
    least = _ANSWERS_DOUBTED if asked_for or (best and best.doubted) else _ANSWERS
    if best is None or best.share < least or not _is_whole(best.reading, heard, shares):
        return reading
    plain = calls_of(best.reading.calls[0].name, said_alone(heard))
    if asked_for and best.reading.calls != plain:
        return Reading(kind="clarify", why="unsure", calls=(*plain[:2], *best.reading.calls[:1]))
    return best.reading


def unlikely(reading: Reading, heard: Heard) -> Reading:
    """Return a wish, or an answer to a part or of several calls; a question back where another tool is likelier.

    A pause is never asked back for it: who misheard a pause stops a robot that may go on.
    """
    least = {"tools": _APART, "propose": _WISHED}.get(reading.kind, 0.0)
    names = {call.name for call in reading.calls}
    if reading.why or reading.at_once or not least or not names or names == {"robot_pause"}:
        return reading
    tools = learnt_reader().shares(heard)[TOOL]
    own = max(tools.get(label_of(reading.kind, [name]), 0.0) for name in names)
    if own >= least * max(tools.values()):
        return reading
    return Reading(kind="clarify", why="unsure", calls=reading.calls[:3])


def _either(one: Reading, other: Reading) -> tuple[Call, ...]:
    """Return the calls of two readings to choose from, each once, at most three."""
    return (*one.calls[:2], *(call for call in other.calls[:1] if call not in one.calls))


def _is_whole(reading: Reading, heard: Heard, shares: Shares) -> bool:
    """Say whether one call is likely to have the right tool and to leave out no state that the sentence says.

    Tool and "not said" count beside the likeliest labels: where several are right they share what there is.
    """
    call, least = reading.calls[0], 1.0
    if tells_more(call) and learnt_reader().unheld(call.name, call.args, heard.text):
        return False  # a list that nothing narrows, beside a word that nearly always narrows it
    by_grammar = ARGS[call.name](said_alone(heard)) if call.name in ARGS else {}
    for question, found in shares.items():
        tool, _, argument = question.partition(".")
        if tool == call.name and argument not in call.args:
            unsaid = found.get(ABSENT, 1.0)
            if argument in by_grammar and unsaid < _TAKEN_AWAY and len(reading.calls) == 1:
                return False
            least = min(least, unsaid / max(found.values()))
    tools = shares[TOOL]
    likely = tools.get(label_of("tools", [call.name]), 0.0) / max(tools.values()) * least
    return len(reading.calls) > 1 or likely >= (_WHOLE_LIGHT if _light(call, heard) else _WHOLE)


def _asks_when(call: Call, heard: Heard) -> bool:
    """Say whether a whole phrase asks when an order is there: a list of orders does not say it."""
    return call.name == "order_eta" and weights(heard.text).get(call.name, 0) >= _PHRASE


def _light(call: Call, heard: Heard) -> bool:
    """Say whether the rules hardly speak for a call: by a light one, or not by a phrase beside a word never met."""
    weight = weights(heard.text).get(call.name, 0)
    return weight < _RULE or (weight < _PHRASE and not second_reader().met(heard.text))


def _candidates(heard: Heard, shares: Shares, check: Check, look: Check) -> list[_Candidate]:
    """Return the likeliest questions that have what their tools need, each with its share."""
    said = said_alone(heard)
    found = []
    likely = sorted(shares[TOOL].items(), key=lambda one: -one[1])
    for label, share in [one for one in likely if one[0] != NOTHING][:_READINGS]:
        kind, _, tool = label.partition(":")
        if kind != "tools" or tool not in ARGS:
            continue
        calls = calls_of(tool, said)
        if (needed := NEEDS.get(tool)) and not calls[0].args.get(needed):
            continue
        reading = Reading(kind="tools", calls=calls)
        stands, meant = check(reading, said), look(reading, said)
        if leaves_out(reading, said):
            continue  # two goods, half a month: what was said and is not answered looks like the answer to all
        if meant.kind != "tools" or (stands.kind != "tools" and stands.why != "unsure"):
            continue
        stated, sure = _stated(meant.calls, shares)
        found.append(_Candidate(Reading(kind="tools", calls=stated), label, share * sure, stands.kind != "tools"))
    return found


def _stated(calls: tuple[Call, ...], shares: Shares) -> tuple[tuple[Call, ...], float]:
    """Return a call with the states that the learnt reader is sure of, and the share of the least likely one."""
    if len(calls) != 1:
        return calls, 1.0
    call, args, least = calls[0], dict(calls[0].args), 1.0
    for question, found in shares.items():
        tool, _, argument = question.partition(".")
        if tool != call.name or call.args.get(argument) == "critical":
            continue
        if argument == "state" and "station" in call.args:
            continue  # what a station reports is every alarm that stands there, where no word says which
        if argument in _NAMED and (argument in call.args or argument == "source"):
            continue  # a kind of incident that is named is rare, and meant; who closed something is named or not said
        best = max(found, key=lambda value: found[value])
        held = str(call.args.get(argument, ABSENT))
        if found[best] > _VALUE and best != held and "[" not in best:  # two states at once are no state
            held = best
            args.pop(argument, None)
            args |= {} if best == ABSENT else {argument: best}
        least = min(least, found.get(held, 0.0))
    if "battery_below" in args and "state" not in call.args:
        args.pop("state", None)
    return (Call(call.name, args),), least
