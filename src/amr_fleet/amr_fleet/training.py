"""Exercises of the operator course: what a trainee did on a training site, read out of its journal, with a score.

A lesson is a list of tasks, each a question to the journal: only what really happened counts, not what somebody says.
What programs do (user "ros", "camera" or none) is nobody's exercise. docs/course tells what to do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from amr_core.numbers import number
from amr_fleet.domain.camera_alarms import ALARMS
from amr_fleet.domain.events import JournalEntry

PASS: Final = 80
"""Points of 100 from which a lesson is passed."""
MISTAKE: Final = 30
"""Points that a mistake costs."""
FIRE_SECONDS: Final = 45.0
"""Robots clear fire lanes within this time (docs/traffic.md): nobody ends an alarm earlier."""
_NOBODY: Final = ("", "ros", "camera")
_BLIND: Final[frozenset[str]] = frozenset(ALARMS.values())

Entries = Sequence[JournalEntry]
Check = Callable[[Entries], bool]


@dataclass(frozen=True)
class ExerciseTask:
    """One thing to do. vi: as the trainee reads it; done: whether the journal shows it."""

    id: str
    vi: str
    done: Check


@dataclass(frozen=True)
class ExerciseMistake:
    """One thing not to do. made: whether the journal shows it."""

    id: str
    vi: str
    made: Check


@dataclass(frozen=True)
class Lesson:
    """A lesson's exercise. number: as in docs/course."""

    number: int
    vi: str
    tasks: tuple[ExerciseTask, ...]
    mistakes: tuple[ExerciseMistake, ...] = ()


@dataclass(frozen=True)
class LessonScore:
    """What a trainee reached: ids of tasks that are done and of mistakes that were made, points from 0 to 100."""

    lesson: Lesson
    done: tuple[str, ...]
    made: tuple[str, ...]
    points: int

    @property
    def passed(self) -> bool:
        """Enough points."""
        return self.points >= PASS


def score(lesson: Lesson, entries: Entries) -> LessonScore:
    """Judge the journal of a training site; tasks count alike, each mistake costs MISTAKE points."""
    done = tuple(task.id for task in lesson.tasks if task.done(entries))
    made = tuple(mistake.id for mistake in lesson.mistakes if mistake.made(entries))
    points = round(100 * len(done) / len(lesson.tasks)) - MISTAKE * len(made)
    return LessonScore(lesson, done, made, max(0, points))


def _by_person(entries: Entries, kind: str) -> list[JournalEntry]:
    return [e for e in entries if e.kind == kind and str(e.facts.get("user", "")) not in _NOBODY]


def _orders(entries: Entries, reference: str) -> list[JournalEntry]:
    return [e for e in _by_person(entries, "order_created") if str(e.facts.get("reference", "")) == reference]


def _order_then(entries: Entries, reference: str, *kinds: str) -> bool:
    """Whether an order of this document number exists and these kinds came after it, in this order."""
    for order in _orders(entries, reference):
        left = list(kinds)
        for entry in entries:
            if left and entry.order_id == order.order_id and entry.kind == left[0] and entry.t >= order.t:
                left.pop(0)
        if not left:
            return True
    return False


def _urgent(entries: Entries) -> bool:
    return any(number(e.facts.get("priority")) > 0 for e in _orders(entries, "HOC-1"))


def _cancelled_gently(entries: Entries) -> bool:
    ids = {e.order_id for e in _orders(entries, "HOC-2")}
    own = [e for e in entries if e.order_id in ids]
    asked = [e for e in own if e.kind in ("order_cancelling", "order_cancelled")]
    return bool(asked) and not any(str(e.facts.get("mode", "")) == "now" for e in asked)


def _cancelled_at_once(entries: Entries) -> bool:
    return any(str(e.facts.get("mode", "")) == "now" for e in _by_person(entries, "order_cancelled"))


def _paused_and_back(scope: str) -> Check:
    def check(entries: Entries) -> bool:
        for begin in _by_person(entries, "robot_paused"):
            if str(begin.facts.get("scope", "")) == scope and any(
                end.robot == begin.robot and end.t >= begin.t for end in _by_person(entries, "robot_resumed")
            ):
                return True
        return False

    return check


def _left_paused(entries: Entries) -> bool:
    paused: set[tuple[str, str]] = set()
    for entry in entries:
        key = (entry.robot, str(entry.facts.get("scope", "")))
        if entry.kind == "robot_paused" and str(entry.facts.get("user", "")) not in _NOBODY:
            paused.add(key)
        elif entry.kind == "robot_resumed":
            paused = {one for one in paused if one != key} if key[1] else {one for one in paused if one[0] != key[0]}
    return bool(paused)


def _zones(entries: Entries) -> list[JournalEntry]:
    return [e for e in _by_person(entries, "zone_set") if str(e.facts.get("zone_kind", "")) == "closed"]


def _closed_with_reason_and_end(entries: Entries) -> bool:
    return any(str(e.facts.get("text", "")).strip() and number(e.facts.get("until")) > 0 for e in _zones(entries))


def _closed_and_cleared(entries: Entries) -> bool:
    names = {str(e.facts.get("zone", "")) for e in _zones(entries)}
    return any(str(e.facts.get("zone", "")) in names for e in _by_person(entries, "zone_cleared"))


def _fires(entries: Entries) -> list[tuple[JournalEntry, JournalEntry]]:
    ends = _by_person(entries, "fire_ended")
    found = []
    for begin in _by_person(entries, "fire_raised"):
        end = next((e for e in ends if e.t >= begin.t), None)
        if end is not None:
            found.append((begin, end))
    return found


def _noted_after(kind: str) -> Check:
    def check(entries: Entries) -> bool:
        first = next((e.t for e in _by_person(entries, kind)), None)
        notes = _by_person(entries, "note_added")
        return first is not None and any(e.t >= first and str(e.facts.get("text", "")).strip() for e in notes)

    return check


def _breach(entries: Entries) -> JournalEntry | None:
    """Return the first time that a trial was broken: `amr demo --trial` does that by itself."""
    return next((e for e in entries if e.kind == "trial_breach"), None)


def _breach_notes(entries: Entries) -> list[JournalEntry]:
    """Return the notes after the breach that name its robot, as screens write it (AMR-99) or as programs do."""
    breach = _breach(entries)
    if breach is None or not breach.robot:
        return []
    notes = [e for e in _by_person(entries, "note_added") if e.t >= breach.t]
    return [e for e in notes if breach.robot in str(e.facts.get("text", "")).lower().replace("-", "_")]


def _resumed(entries: Entries) -> JournalEntry | None:
    """Return the resumption after the breach that two persons decided."""
    breach = _breach(entries)
    resumptions = [
        e for e in _by_person(entries, "trial_state")
        if e.facts.get("state") == "running" and str(e.facts.get("second", "")) not in _NOBODY
    ]  # fmt: skip
    return next((e for e in resumptions if breach is not None and e.t >= breach.t), None)


def _done_after_resumption(entries: Entries) -> bool:
    resumed = _resumed(entries)
    return resumed is not None and any(e.kind == "order_done" and e.t >= resumed.t for e in entries)


def _signed_before_it_was_known(entries: Entries) -> bool:
    resumed, notes = _resumed(entries), _breach_notes(entries)
    return resumed is not None and not any(note.t <= resumed.t for note in notes)


def _blind(entries: Entries) -> tuple[JournalEntry, str] | None:
    """Return the first alarm of a camera that cannot see, and the camera: `amr demo --incident camera` makes one."""
    raised = (e for e in entries if e.kind == "alarm_raised" and e.facts.get("code") in _BLIND)
    return next(((e, str(e.facts["camera"])) for e in raised if e.facts.get("camera")), None)


def _of_that_alarm(entries: Entries, kind: str) -> JournalEntry | None:
    found = _blind(entries)
    same = (
        e for e in entries if found is not None and e.kind == kind and e.facts.get("alarm") == found[0].facts["alarm"]
    )
    return next(same, None)


def _camera_taken(entries: Entries) -> bool:
    acked = _of_that_alarm(entries, "alarm_acked")
    return acked is not None and str(acked.facts.get("user", "")) not in _NOBODY


def _camera_noted(entries: Entries) -> bool:
    found = _blind(entries)
    notes = _by_person(entries, "note_added")
    return found is not None and any(
        e.t >= found[0].t and found[1].lower() in str(e.facts.get("text", "")).lower() for e in notes
    )


def _camera_back(entries: Entries) -> bool:
    """The trainee had taken the alarm, and it ended: the camera sees again."""
    acked, cleared = _of_that_alarm(entries, "alarm_acked"), _of_that_alarm(entries, "alarm_cleared")
    return _camera_taken(entries) and acked is not None and cleared is not None and cleared.t >= acked.t


def _while_blind(entries: Entries, kind: str, fact: str, value: str) -> bool:
    """Whether a person did something (a fact that begins so) between the alarm and its end."""
    found, cleared = _blind(entries), _of_that_alarm(entries, "alarm_cleared")
    end = math.inf if cleared is None else cleared.t
    done = (e for e in _by_person(entries, kind) if str(e.facts.get(fact, "")).startswith(value))
    return found is not None and any(found[0].t <= e.t <= end for e in done)


def _cancelled_while_suspended(entries: Entries) -> bool:
    breach, resumed = _breach(entries), _resumed(entries)
    end = math.inf if resumed is None else resumed.t
    asked = [*_by_person(entries, "order_cancelling"), *_by_person(entries, "order_cancelled")]
    return breach is not None and any(breach.t <= e.t <= end for e in asked)


LESSONS: Final[tuple[Lesson, ...]] = (
    Lesson(
        1, "Tạo, giữ, hủy đơn",
        (
            ExerciseTask("1.1", "Tạo đơn có Số chứng từ HOC-1, mức ưu tiên Cao hoặc Khẩn", _urgent),
            ExerciseTask("1.2", "Giữ lại đơn HOC-1 rồi cho chạy tiếp",
                 lambda e: _order_then(e, "HOC-1", "order_held", "order_released")),
            ExerciseTask("1.3", "Theo dõi đến khi đơn HOC-1 hoàn thành",
                         lambda e: _order_then(e, "HOC-1", "order_done")),
            ExerciseTask("1.4", "Tạo đơn HOC-2 rồi hủy bằng Hủy sau chặng này", _cancelled_gently),
        ),
        (ExerciseMistake("1.a", "Dùng Hủy ngay: chỉ được dùng khi robot đứng yên và không còn cách khác",
                         _cancelled_at_once),),
    ),
    Lesson(
        2, "Tạm dừng, đóng khu vực",
        (
            ExerciseTask("2.1", "Tạm dừng một robot rồi cho chạy lại", _paused_and_back("one")),
            ExerciseTask("2.2", "Tạm dừng tất cả rồi cho chạy lại", _paused_and_back("all")),
            ExerciseTask("2.3", "Đóng một khu vực có ghi Lý do và Hết hiệu lực sau", _closed_with_reason_and_end),
            ExerciseTask("2.4", "Bỏ khu vực đó khi xong việc", _closed_and_cleared),
        ),
        (ExerciseMistake("2.a", "Còn robot đang tạm dừng khi kết thúc bài", _left_paused),),
    ),
    Lesson(
        3, "Báo cháy, ghi chú giao ca",
        (
            ExerciseTask("3.1", "Bấm Báo cháy ở trang Cần xử lý", lambda e: bool(_by_person(e, "fire_raised"))),
            ExerciseTask("3.2", "Chờ robot rời làn cứu hỏa rồi bấm Kết thúc báo cháy", lambda e: bool(_fires(e))),
            ExerciseTask("3.3", "Ghi chú giao ca về việc vừa xảy ra", _noted_after("fire_raised")),
        ),
        (ExerciseMistake("3.a", f"Kết thúc báo cháy sớm hơn {FIRE_SECONDS:g} giây: robot chưa kịp rời làn cứu hỏa",
                 lambda e: any(end.t - begin.t < FIRE_SECONDS for begin, end in _fires(e))),),
    ),
    Lesson(
        4, "Thử nghiệm bị đình chỉ",
        (
            ExerciseTask("4.1", "Tìm robot vượt giấy phép ở trang Thử nghiệm, ghi tên nó vào ghi chú giao ca",
                         lambda e: bool(_breach_notes(e))),
            ExerciseTask("4.2", "Là người thứ hai xác nhận Cho chạy, sau khi người thứ nhất đã đề nghị",
                         lambda e: _resumed(e) is not None),
            ExerciseTask("4.3", "Theo dõi đến khi một đơn hoàn thành sau khi chạy lại", _done_after_resumption),
        ),
        (
            ExerciseMistake("4.a", "Xác nhận Cho chạy khi chưa ghi robot nào vượt giấy phép",
                            _signed_before_it_was_known),
            ExerciseMistake("4.b", "Hủy đơn trong lúc đình chỉ: robot đứng chờ, đơn không mất",
                            _cancelled_while_suspended),
        ),
    ),
    Lesson(
        5, "Camera không nhìn thấy",
        (
            ExerciseTask("5.1", "Nhận cảnh báo của camera hỏng ở trang Cần xử lý", _camera_taken),
            ExerciseTask("5.2", "Ghi mã camera hỏng vào ghi chú giao ca", _camera_noted),
            ExerciseTask("5.3", "Theo dõi đến khi camera nhìn thấy lại và cảnh báo tự hết", _camera_back),
        ),
        (
            ExerciseMistake("5.a", "Bỏ khu vực mà camera hỏng đã đặt: ở đó không ai thấy người đi bộ",
                            lambda e: _while_blind(e, "zone_cleared", "zone", "camera:")),
            ExerciseMistake("5.b", "Tạm dừng tất cả robot: ở chỗ camera đó robot đã tự chậm hoặc chờ",
                            lambda e: _while_blind(e, "robot_paused", "scope", "all")),
        ),
    ),
)  # fmt: skip
