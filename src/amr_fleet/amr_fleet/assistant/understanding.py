"""From what was typed to what is meant: guards first, then commands, then questions, then what was said before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from amr_fleet.assistant import lookalikes, numbers
from amr_fleet.assistant.amending import (
    AMENDED,
    alarm_also,
    alarm_meant,
    also,
    amended,
    close_then,
    corrects,
    put_right,
    refines,
    said_anew,
    typed_plainly,
    without_head,
)
from amr_fleet.assistant.answered import shown
from amr_fleet.assistant.asides import without_asides
from amr_fleet.assistant.clocks import now_of
from amr_fleet.assistant.codes import number
from amr_fleet.assistant.doubt import doubted
from amr_fleet.assistant.english import in_vietnamese
from amr_fleet.assistant.frames import AS_IT_GOES, without_echo
from amr_fleet.assistant.held_back import NEVER_HALF, held_back
from amr_fleet.assistant.learnt_call import unlikely, with_learnt
from amr_fleet.assistant.lookups import looked_up, waits_longest
from amr_fleet.assistant.mentions import Mentions, SiteNames
from amr_fleet.assistant.orders_given import CONDITION, TOLD, VERBS, command, delayed, is_asked
from amr_fleet.assistant.patterns import known_words, pattern, plain_words, word_pairs
from amr_fleet.assistant.questions import question, sure
from amr_fleet.assistant.reading import Call, Heard, Reading, waits
from amr_fleet.assistant.reasons import MAY_I, paused_for, wished_plainly
from amr_fleet.assistant.remarks import PARTS, asks_truly, question_alone, shows
from amr_fleet.assistant.second_opinion import second_opinion
from amr_fleet.assistant.several import asks, both_sides, clauses, joined, last_clause
from amr_fleet.assistant.spelling import SHORT, Speller, how_many, write_out
from amr_fleet.assistant.state import Facts
from amr_fleet.assistant.stories import is_over, told_apart
from amr_fleet.assistant.supposing import supposed
from amr_fleet.assistant.talked_about import (
    FRAME_SECONDS,
    TalkedAbout,
    about,
    asked_of_it,
    at_that_time,
    followed,
    names_things,
    of_those,
    resolved,
    said_by_itself,
)
from amr_fleet.assistant.text import MAX_LENGTH, clean, fold, has_marks, key, split
from amr_fleet.assistant.times import Shifts, TimeReader
from amr_fleet.assistant.tools import COMMANDS
from amr_fleet.assistant.weights import WEIGHT, taken
from amr_fleet.assistant.wishes import count, parted, several_wishes
from amr_fleet.assistant.wording import named, read

# Words that look like words of the grammar once their marks are gone, and mean something else.
_OTHER_WORDS: Final = tuple(read("other_words.txt").split())
_GUARDS: Final = named("guards.yaml")
_POINTS: Final = pattern(
    "cái (hồi nãy|lúc nãy|khi nãy|vừa rồi)|"
    "(con|robot|xe|chiếc|đơn|chuyến|cửa|chỗ|trạm|lối|khu vực|cái|thằng|cảnh báo|khối|kệ) (đó|này|ấy|kia)(?! nào)|nó|"
    "^(hủy|dừng|ưu tiên|đóng|mở) (đơn |robot )?(lên |lại |tạm )?(đi|giúp|luôn|cái|nhé)*$"
)
_THAT_ORDER: Final = pattern("đơn (đó|này|ấy|kia)")
_NOBODY: Final = pattern("(không|chẳng) (còn|có) (ai|gì|xe nào|con nào)|có (ai|gì) đâu|đừng (để|cho) ai")
_WAITS: Final = pattern("chờ|đợi|khi|miễn|đến lúc|tới lúc|chừng nào|được phép|cho phép")
_STANDS: Final = pattern("^ROBOT")
_IF_ANY: Final = pattern(
    "nếu có (thì )?(là )?(?=(những|các|mấy|bao nhiêu|ở đâu|ở chỗ|đơn nào|con nào|robot nào|xe nào|chiếc nào|khi nào|"
    "do ai|do đâu|vì sao|cái nào|lỗi gì|cảnh báo (nào|gì)|chỗ nào|khu vực nào|lúc nào|mấy giờ))"
)
"""No condition: "có đơn nào hỏng không, nếu có thì là những đơn nào"."""
_THEY: Final = pattern(
    "(tụi|bọn|chúng|đám|mấy đứa|camera|sà lan|khách|cảnh báo|còi|chuông|báo động|hệ thống|đèn) nó|"
    "(mấy|các|những) (con|robot|xe|chiếc|đơn)( robot)? (đó|này|ấy|kia)"
)
_WISHES: Final = (
    (pattern("đóng|chặn|khóa|cấm|rào|phong tỏa"), "zone_close"),
    (pattern("mở|thông|gỡ|bỏ"), "zone_open"),
)
# Beside one of these a word that is misspelt may be what it refuses, or waits for.
_REFUSES: Final = pattern("không|chưa|khoan|khỏi|chẳng|nếu|khi|hễ")
_NEVER: Final = frozenset((key("đừng"), key("chớ")))  # without marks they are other words
_POLITE: Final = pattern("(được )?(không|chưa)( vậy| ạ| anh| em)?( [?])?$")
_MEANINGFUL: Final = 2
_WORDS: Final = frozenset(
    {
        *(word for text in SHORT.values() for word in text.split()),
        *(word for text in SHORT for word in text.split() if len(word) > _MEANINGFUL),
        *_OTHER_WORDS,
        *numbers.NUMBER_WORDS,
        WEIGHT,
    }
)
"""Words that mean something on any site, beside those of the patterns."""
_SHARE: Final = 3.5
"""Of so many words one has marks where somebody types with marks; "đon 412 bao gio xong" is typed without."""


@lru_cache(maxsize=2)
def _speller(words: frozenset[str], pairs: frozenset[tuple[str, str]]) -> Speller:
    """Return the speller of a site: the same for every sentence until a new name is there."""
    return Speller(words, pairs)


class Understanding:
    """Reads sentences about one site. Not for use by several threads at once."""

    def __init__(self, facts: Facts) -> None:
        """Learn the site's names."""
        self.facts = facts
        self.names = SiteNames(facts)
        self.speller = _speller(known_words() | _WORDS | self.names.words(), word_pairs())
        self.times = TimeReader(facts.now, Shifts())
        self._plain = plain_words() | {word for word in _OTHER_WORDS if key(word) == word and word.isascii()}

    def hear(self, typed: str) -> Heard:
        """Return a sentence with its things and times found."""
        text = said_anew(clean(typed))
        # Twice: a short form may hide behind a slip of the finger.
        weighed, weights = taken(text)
        typed_words = write_out(self.speller.apart(split(in_vietnamese(weighed))))
        righted = [self.speller.right(word) for word in self.speller.beside(typed_words)]
        words = [key(word) for word in write_out(righted)]
        pairs = zip((key(word) for word in typed_words), righted, strict=True)
        slips = tuple(
            (one, read) for one, read in pairs if one != read or not (len(one) == 1 or self.speller.knows(read))
        )
        marked = has_marks(text)
        careful = sum("'" in word for word in words) * _SHARE >= sum(
            word.isascii() and word[:1].isalpha() for word in words
        )
        words = numbers.into_digits(how_many([word for word in words if word]))
        if marked and careful:  # who types marks means "cho" when "cho" is typed, not "chở"
            words = [f"{word}'" if word in self._plain else word for word in words]
        sentence = " ".join(words)
        sentence = now_of(AS_IT_GOES.sub(" ", _IF_ANY.sub(" ", sentence)), marked=marked and careful)
        sentence, times = self.times.take(sentence)
        sentence, mentions = self.names.take(sentence)
        mentions.unknown += lookalikes.letters_not_there(typed, mentions.places)
        sentence = without_echo(sentence)
        if len(mentions.orders) == 1:
            sentence = _THAT_ORDER.sub("ORDER", sentence)
        return Heard(text, sentence, mentions, times, marked, slips, weights)

    def read(self, typed: str, frame: TalkedAbout | None = None, *, at: float = 0.0) -> tuple[Reading, Heard]:
        """Return what a sentence means. frame: what was talked about; it is brought up to date."""
        frame = frame if frame is not None else TalkedAbout()
        if at <= frame.until:
            typed = alarm_meant(frame.call, typed, {number(alarm) for alarm in self.names.alarms})
        said = heard = self.hear(typed)
        reading = self._guard(typed, heard)
        if reading is not None and reading.why == "out_of_scope" and (scoped := self._in_scope(typed)) is not None:
            return scoped
        alone = leans = False  # its words say by themselves what is asked; on what was talked about it leans
        if reading is None:
            named, whole = bool(heard.mentions.robots), names_things(heard.mentions)
            heard = resolved(at_that_time(heard, frame, at), frame, at)
            leans = at <= frame.until and frame.call is not None and not (whole and heard.text == said.text)
            reading = self._amend(heard, typed, frame, at) or followed(heard, frame, at)
            alone = reading is None
            reading = (
                reading
                or supposed(heard)
                or self._wishes(heard)
                or command(heard)
                or self._clause(heard)
                or self._both(heard)
                or self._of_it(heard, frame, at)
            )
            # Only a robot that is named is paused at once, not "it", and only by words that need no mending.
            if not named or not typed_plainly(typed) or heard.slips:
                reading = replace(reading, at_once=False)
        heard = heard if reading.kind == "propose" else without_asides(heard)
        reading = self._legible(self._checked(reading, heard), heard)
        if alone:
            reading = self._in_opinion(reading, heard, said, leans=leans)
        reading = held_back(reading, typed, self.hear)
        if any(call.name == "order_create" for call in reading.calls):
            reading = replace(reading, weights=heard.weights)
        if reading.calls and (reading.kind in ("tools", "propose") or waits(reading)):
            mentions = heard.mentions
            if frame.mentions and not names_things(mentions) and about(reading.calls[0], frame):
                mentions = frame.mentions  # what is added to a question is about the same things
            frame.call, frame.mentions, frame.until = reading.calls[0], mentions, at + FRAME_SECONDS
            alone = reading.kind == "tools" and len(reading.calls) == 1
            frame.shown = shown(reading.calls[0], self.facts, self.names.places) if alone else Mentions()
        return reading, heard

    def _in_opinion(self, reading: Reading, heard: Heard, said: Heard, *, leans: bool) -> Reading:
        """Return a reading after both readers and the sentence's parts were heard. leans: "nó" may be meant."""
        reading = second_opinion(reading, heard, lambda other: self._checked(other, heard))
        apart = told_apart(reading, said.typed, self.hear, self._checked)
        whole, reading = reading, apart or question_alone(reading, heard, said.typed, self.hear, self._checked)
        reading = waits_longest(reading, self.facts, heard) or reading
        if leans and reading.kind in ("tools", "propose"):
            return reading
        if reading is not whole:
            return unlikely(reading, said)
        reading = with_learnt(reading, said, self._checked, lambda one, of: looked_up(one, self.facts, of))
        if whole.kind != "tools" or reading.kind == "tools":
            return reading
        part = question_alone(reading, heard, said.typed, self.hear, self._checked)
        return reading if part.calls == whole.calls else unlikely(part, said)

    def _legible(self, reading: Reading, heard: Heard) -> Reading:
        """Return a question back where a word that nobody can read may change what is wanted."""
        if reading.kind != "propose" or not heard.slips:
            return reading
        refuses = _REFUSES.search(_POLITE.sub("", heard.text)) or _NEVER.intersection(heard.text.split())
        if not refuses and not any(self.speller.blurred(*slip) for slip in heard.slips):
            return reading
        if wished_plainly(reading, heard, self.hear, _REFUSES):
            return reading
        return replace(reading, kind="clarify", why="unsure", calls=reading.calls[:3], at_once=False)

    def _guard(self, typed: str, heard: Heard) -> Reading | None:
        if not heard.text:
            return Reading(kind="clarify", why="empty")
        if len(typed) > MAX_LENGTH:
            return Reading(kind="refuse", why="too_long")
        if _GUARDS["injection"].search(heard.text) or _GUARDS["injection"].search(" ".join(split(fold(heard.typed)))):
            return Reading(kind="refuse", why="injection")
        refused, asked = _GUARDS["not_offered"], is_asked(_NOBODY.sub(" ", heard.text))
        if refused.search(heard.text) and not asked and not paused_for(typed, self.hear, refused):
            return Reading(kind="refuse", why="not_offered")
        if _GUARDS["confirms"].search(heard.text):
            return Reading(kind="clarify", why="press_button")
        if _GUARDS["greets"].search(heard.text) and len(heard.text.split()) < 5:
            return Reading(kind="tools", calls=(Call("help"),), why="greeting")
        if _GUARDS["out_always"].search(heard.text):
            return Reading(kind="refuse", why="out_of_scope")
        things = heard.mentions
        if _GUARDS["out"].search(heard.text) and not (things.robots or things.orders or things.places or things.alarms):
            return Reading(kind="refuse", why="out_of_scope")
        return None

    def _in_scope(self, typed: str) -> tuple[Reading, Heard] | None:
        """Return the answer to the part of a sentence that is about this site: "trời mưa quá, khu nào bị cấm vậy"."""
        parts = [part for part in PARTS.split(clean(typed).strip(" ?.!")) if part]
        kept = [part for part in parts if self._guard(part, self.hear(part)) is None]
        if not 0 < len(kept) < len(parts):
            return None
        reading, heard = self.read(", ".join(kept))
        asked = asks_truly(heard.text) or shows(heard.text)
        clear = reading.kind == "tools" and asked and reading.calls[0].name not in _ABOUT_ALL - {"what_if"}
        return (reading, heard) if clear and not _GUARDS["out_always"].search(self.hear(typed).text) else None

    def _clause(self, heard: Heard) -> Reading | None:
        """Return what one clause wants done whose other clause says why ("đơn 420 bỏ, khách đổi kế hoạch rồi")."""
        parts = clauses(heard.typed) or last_clause(heard.typed)
        if parts is None or (heard.text.endswith("?") and not MAY_I.search(heard.text)):
            return None
        if delayed(heard.text) or any(matcher.search(heard.text) for matcher in (CONDITION, TOLD, _WAITS)):
            return None  # said in one clause, it holds for the other
        pair = [self.hear(part) for part in parts]
        for said, why in (pair, pair[::-1]):
            if is_asked(_NOBODY.sub(" ", why.text)) or is_asked(said.text):
                continue
            if not (said.mentions.robots or said.mentions.orders or said.mentions.places or said.mentions.alarms):
                word, mentions = _thing(why)
                said = replace(said, text=f"{said.text} {word}", mentions=mentions)
            reading = command(said)
            if reading is None or reading.kind != "propose":
                continue
            if reading.calls[0].name in NEVER_HALF and not is_over(why.text):
                return Reading(kind="clarify", calls=reading.calls, why="unsure")
            if _NOBODY.search(why.text) and _STANDS.search(said.text):
                continue  # "chẳng có ai lấy hàng ra, robot 5 đứng yên" tells how it stands
            return replace(reading, at_once=False)
        return None

    def _wishes(self, heard: Heard) -> Reading | None:
        """Return the commands of a sentence that wants several things done, each with the things of its own part."""
        parts = parted(heard.typed) if count(heard.mentions) > 1 else []
        return several_wishes(heard, [self.hear(part) for part in parts]) if len(parts) > 1 else None

    def _both(self, heard: Heard) -> Reading | None:
        """Return the calls of a sentence of two clauses that ask two things."""
        pairs = [parts] if (parts := clauses(heard.typed)) else both_sides(heard.typed)
        return next(filter(None, (self._two(parts, heard) for parts in pairs)), None)

    def _two(self, parts: tuple[str, str], heard: Heard) -> Reading | None:
        readings = []
        for said in map(self.hear, parts):
            reading = question(said) if asks(said.text) and asks_truly(said.text) else None
            readings.append(self._checked(reading, said) if reading and sure(reading, said) else None)
        return joined(readings[0], readings[1], heard)

    def _of_it(self, heard: Heard, frame: TalkedAbout, at: float) -> Reading:
        """Return what is asked; where the sentence does not say of what, asked of what was talked about."""
        reading = of_those(self._asked(heard), heard, frame, at)
        left_out = reading.kind == "tools" and reading.calls[0].name == "battery_forecast" and not heard.mentions.robots
        if (not left_out and reading.why != "unknown") or (VERBS.search(heard.text) and not is_asked(heard.text)):
            return reading
        return asked_of_it(heard, frame, at) or reading

    def _asked(self, heard: Heard) -> Reading:
        things = heard.mentions
        named = things.robots or things.orders or things.places or things.alarms or things.goods or things.sscc
        reading = question(heard)
        if _POINTS.search(_THEY.sub("", heard.text)) and not (
            named or things.container or things.barge or _of_all(reading)
        ):
            return Reading(kind="clarify", why="which")
        if reading is not None:
            return reading
        if things.vague and not things.places:
            tool = next((tool for word, tool in _WISHES if word.search(heard.text)), "station_state")
            argument = "station" if tool == "station_state" else "zone"
            return Reading(
                kind="clarify",
                calls=tuple(Call(tool, {argument: name}) for name in things.vague[:3]),
                why="which_place",
            )
        if things.unknown:
            return Reading(kind="clarify", why="no_such_thing", unknown=lookalikes.shown(things.unknown))
        if VERBS.search(heard.text) and (heard.mentions.robots or heard.mentions.places):
            return Reading(kind="clarify", why="what_to_do")
        return Reading(kind="refuse", why="unknown")

    def _amend(self, heard: Heard, typed: str, frame: TalkedAbout, at: float) -> Reading | None:
        """Return what was said before with what is added to it or put right: "20 phút thôi", "không, robot 5 cơ"."""
        if frame.call is None or at > frame.until or frame.call.name == "help":
            return None
        if frame.call.name in COMMANDS:
            return self._put_right(heard, typed, frame, frame.call, at)
        if (closed := close_then(frame.call, heard)) is not None:
            return closed
        orders = frame.mentions.orders if frame.mentions and _WHEN.search(heard.text) else []
        right = corrects(heard)
        if not (orders or right or refines(heard)):
            return None
        plain = supposed(heard) or command(heard) or question(heard)
        if plain is None and orders:
            return Reading(kind="tools", calls=(Call("order_eta", {"order": orders[-1]}),))
        if not right and (not refines(heard) or said_by_itself(plain, heard, frame.call)):
            return None
        return amended(frame.call, heard, self.names.kinds["zones"])

    def _put_right(self, heard: Heard, typed: str, frame: TalkedAbout, before: Call, at: float) -> Reading | None:
        text = clean(typed)
        rest = without_head(text)
        anew = rest or alarm_also(before, text)
        said = resolved(self.hear(anew), frame, at) if anew else heard
        reading = put_right(before, said, self.names.kinds["zones"], headed=bool(rest))
        if reading is None:
            return None
        reading = self._checked(reading, said)
        instead = None if also(said) else before
        return replace(reading, why=AMENDED if reading.kind == "propose" else reading.why, instead_of=instead)

    def _begins_later(self, period: str) -> bool:
        """Say whether a span of hours ("từ 16 giờ đến 17 giờ") begins after now."""
        return "T" in period and datetime.fromisoformat(period.partition("/")[0]) > self.facts.now

    def _checked(self, reading: Reading, heard: Heard) -> Reading:
        """Return a question back instead of a command for a robot that is not there, or one for later."""
        if reading.kind in ("tools", "propose") and heard.mentions.unknown_robots and self.names.robots:
            return Reading(kind="clarify", calls=reading.calls, why="no_such_robot")
        if (reading.kind in ("tools", "propose") or reading.why == "later") and heard.times.wrong:
            return Reading(kind="clarify", why="no_such_time")
        if reading.kind == "tools":
            reading = looked_up(reading, self.facts, heard)
        if (
            reading.kind == "propose"
            and (delayed(heard.text) or self._begins_later(heard.times.period))
            and reading.calls[0].name not in ("order_create", "report_make")
        ):
            return Reading(kind="refuse", why="later")
        if reading.why == AMENDED and not heard.mentions.unknown:
            return reading  # its words are those of the sentence before
        return doubted(reading, heard)


def _thing(heard: Heard) -> tuple[str, Mentions]:
    """Return the one thing that a clause names as a word, and the things."""
    kinds = (("robots", "ROBOT"), ("orders", "ORDER"), ("places", "PLACE"), ("alarms", "ALARM"))
    named = [word for kind, word in kinds if len(getattr(heard.mentions, kind)) == 1]
    return (named[0] if len(named) == 1 else "", heard.mentions)


def _of_all(reading: Reading | None) -> bool:
    """Say whether a reading is about no one thing, so that "nó" and "cái này" point at nothing that it needs."""
    return reading is not None and reading.kind == "tools" and all(call.name in _ABOUT_ALL for call in reading.calls)


_ABOUT_ALL: Final = frozenset({"help", "kpi", "trial_status", "shift_summary", "what_if"})
_WHEN: Final = pattern("khi nào|bao giờ|mấy giờ|bao lâu")
