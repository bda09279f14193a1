"""Exercises of the operator course: what a trainee did on a training site, read out of its journal, with a score.

A lesson is a list of tasks, each a question to the journal: only what really happened counts, not what somebody says.
docs/course tells what to do, `training_checks` what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from amr_fleet import training_checks as did
from amr_fleet.training_checks import Check, Entries

PASS: Final = 80
"""Points of 100 from which a lesson is passed."""
MISTAKE: Final = 30
"""Points that a mistake costs."""
FIRE_SECONDS: Final = 45.0
"""Robots clear fire lanes within this time (docs/traffic.md): nobody ends an alarm earlier."""


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


LESSONS: Final[tuple[Lesson, ...]] = (
    Lesson(
        1, "Tạo, giữ, hủy đơn",
        (
            ExerciseTask("1.1", "Tạo đơn có Số chứng từ HOC-1, mức ưu tiên Cao hoặc Khẩn", did.urgent),
            ExerciseTask("1.2", "Giữ lại đơn HOC-1 rồi cho chạy tiếp",
                 lambda e: did.order_then(e, "HOC-1", "order_held", "order_released")),
            ExerciseTask("1.3", "Theo dõi đến khi đơn HOC-1 hoàn thành",
                         lambda e: did.order_then(e, "HOC-1", "order_done")),
            ExerciseTask("1.4", "Tạo đơn HOC-2 rồi hủy bằng Hủy sau chặng này", did.cancelled_gently),
        ),
        (ExerciseMistake("1.a", "Dùng Hủy ngay: chỉ được dùng khi robot đứng yên và không còn cách khác",
                         did.cancelled_at_once),),
    ),
    Lesson(
        2, "Tạm dừng, đóng khu vực",
        (
            ExerciseTask("2.1", "Tạm dừng một robot rồi cho chạy lại", did.paused_and_back("one")),
            ExerciseTask("2.2", "Tạm dừng tất cả rồi cho chạy lại", did.paused_and_back("all")),
            ExerciseTask("2.3", "Đóng một khu vực có ghi Lý do và Hết hiệu lực sau", did.closed_with_reason_and_end),
            ExerciseTask("2.4", "Bỏ khu vực đó khi xong việc", did.closed_and_cleared),
        ),
        (ExerciseMistake("2.a", "Còn robot đang tạm dừng khi kết thúc bài", did.left_paused),),
    ),
    Lesson(
        3, "Báo cháy, ghi chú giao ca",
        (
            ExerciseTask("3.1", "Bấm Báo cháy ở trang Cần xử lý", lambda e: bool(did.by_person(e, "fire_raised"))),
            ExerciseTask("3.2", "Chờ robot rời làn cứu hỏa rồi bấm Kết thúc báo cháy", lambda e: bool(did.fires(e))),
            ExerciseTask("3.3", "Ghi chú giao ca về việc vừa xảy ra", did.noted_after("fire_raised")),
        ),
        (ExerciseMistake("3.a", f"Kết thúc báo cháy sớm hơn {FIRE_SECONDS:g} giây: robot chưa kịp rời làn cứu hỏa",
                 lambda e: any(end.t - begin.t < FIRE_SECONDS for begin, end in did.fires(e))),),
    ),
    Lesson(
        4, "Thử nghiệm bị đình chỉ",
        (
            ExerciseTask("4.1", "Tìm robot vượt giấy phép ở trang Thử nghiệm, ghi tên nó vào ghi chú giao ca",
                         lambda e: bool(did.breach_notes(e))),
            ExerciseTask("4.2", "Là người thứ hai xác nhận Cho chạy, sau khi người thứ nhất đã đề nghị",
                         lambda e: did.resumption(e) is not None),
            ExerciseTask("4.3", "Theo dõi đến khi một đơn hoàn thành sau khi chạy lại", did.done_after_resumption),
        ),
        (
            ExerciseMistake("4.a", "Xác nhận Cho chạy khi chưa ghi robot nào vượt giấy phép",
                            did.signed_before_it_was_known),
            ExerciseMistake("4.b", "Hủy đơn trong lúc đình chỉ: robot đứng chờ, đơn không mất",
                            did.cancelled_while_suspended),
        ),
    ),
    Lesson(
        5, "Camera không nhìn thấy",
        (
            ExerciseTask("5.1", "Nhận cảnh báo của camera hỏng ở trang Cần xử lý", did.camera_taken),
            ExerciseTask("5.2", "Ghi mã camera hỏng vào ghi chú giao ca", did.camera_noted),
            ExerciseTask("5.3", "Theo dõi đến khi camera nhìn thấy lại và cảnh báo tự hết", did.camera_back),
        ),
        (
            ExerciseMistake("5.a", "Bỏ khu vực mà camera hỏng đã đặt: ở đó không ai thấy người đi bộ",
                            lambda e: did.while_blind(e, "zone_cleared", "zone", "camera:")),
            ExerciseMistake("5.b", "Tạm dừng tất cả robot: ở chỗ camera đó robot đã tự chậm hoặc chờ",
                            lambda e: did.while_blind(e, "robot_paused", "scope", "all")),
        ),
    ),
    Lesson(
        6, "Robot bị lạc",
        (
            ExerciseTask("6.1", "Nhận cảnh báo của robot bị lạc ở trang Cần xử lý", did.lost_taken),
            ExerciseTask("6.2", "Tạm dừng đúng robot đó trong lúc nó còn lạc", did.lost_paused),
            ExerciseTask("6.3", "Ghi tên robot bị lạc vào ghi chú giao ca", did.lost_noted),
            ExerciseTask("6.4", "Khi robot đã biết mình ở đâu, cho chạy lại", did.lost_resumed),
        ),
        (
            ExerciseMistake("6.a", "Cho chạy lại khi robot còn lạc: người còn ở cạnh nó", did.lost_resumed_too_early),
            ExerciseMistake("6.b", "Tạm dừng tất cả robot: chỉ một robot bị lạc, các robot khác vẫn an toàn",
                            did.all_paused_while_lost),
        ),
    ),
    Lesson(
        7, "Lối đi bị chặn",
        (
            ExerciseTask("7.1", "Nhận cảnh báo robot bị chặn ở trang Cần xử lý", did.blocked_taken),
            ExerciseTask("7.2", "Đóng chỗ bị chặn, ghi Lý do và Hết hiệu lực sau", did.blocked_closed),
            ExerciseTask("7.3", "Dọn xong, robot đi tiếp được thì bỏ khu vực đó", did.blocked_opened),
            ExerciseTask("7.4", "Theo dõi đến khi robot bị chặn hoàn thành một đơn", did.blocked_delivered),
        ),
        (
            ExerciseMistake("7.a", "Hủy đơn của robot bị chặn: đường thông thì đơn tự chạy tiếp",
                            did.cancelled_while_blocked),
            ExerciseMistake("7.b", "Bỏ khu vực khi đường chưa thông", did.opened_too_early),
        ),
    ),
)  # fmt: skip
