"""What the assistant says of controlled trials: which the asker may see, until when they hold, why nothing starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from amr_fleet.assistant.answers import MAX_ROWS, ToolResult
from amr_fleet.assistant.reading import Value
from amr_fleet.assistant.state import Facts, KnownTrial
from amr_fleet.assistant.strangers import quoted
from amr_fleet.fleet_time import LOCAL
from amr_fleet.sandbox.book import TrialBook, may_read
from amr_fleet.sandbox.permit import Permit

LINK: Final = "/sandbox"
STATES: Final = {
    "draft": "bản thảo", "submitted": "đã trình", "approved": "đã duyệt", "running": "đang chạy",
    "suspended": "bị đình chỉ", "ended": "đã kết thúc", "revoked": "bị thu hồi", "expired": "hết hạn",
}  # fmt: skip
BARS: Final = {
    "no_trial": "Kho chỉ được chạy khi có thử nghiệm đang chạy, mà hiện không có.",
    "suspended": "Thử nghiệm bị đình chỉ. Robot đứng yên cho đến khi được chạy lại.",
    "window": "Ngoài khung giờ của giấy phép.",
    "camera": "Một camera mà giấy phép đòi hỏi không nhìn thấy; không giao việc mới.",
    "margin": "Sắp hết giờ của giấy phép; không giao việc mới.",
    "serial": "Robot không có trong giấy phép.",
    "area": "Nơi cần đến nằm ngoài khu vực của giấy phép.",
    "load": "Hàng nặng hơn tải lớn nhất của giấy phép.",
}
"""Why nothing starts, as the page of the trial says it."""
_FORCE: Final = ("running", "active", "suspended", "approved")
"""States from the one that is told first."""


@dataclass(frozen=True, kw_only=True)
class TrialPicture:
    """The trials that the asker may see. bar: why no mission starts, "" = they may; needed: the site drives by none."""

    rows: tuple[KnownTrial, ...] = ()
    bar: str = ""
    needed: bool = False


def trials_of(book: TrialBook, permit: Permit, *, needed: bool, user: str, role: str) -> TrialPicture:
    """Return what somebody may know of a fleet's trials."""
    rows = tuple(
        KnownTrial(
            trial=one.trial_id, title=one.record.title.vi, permit=one.record.permit.number,
            issuer=one.record.permit.issuer, state=one.state, begin=_day(one.record.begin), until=_day(one.record.end),
        )
        for one in book.trials.values()
        if may_read(one, user, role)
    )  # fmt: skip
    return TrialPicture(rows=rows, bar=permit.bar, needed=needed)


def _day(utc: float) -> str:
    return datetime.fromtimestamp(utc, LOCAL).isoformat(timespec="minutes")


def trial_status(facts: Facts, _: Mapping[str, Value]) -> ToolResult:
    """Tell about the trials: the one in force first, until when, and why nothing starts where that is so."""
    picture = _picture(facts.trial)
    if picture is None:
        return ToolResult(text="Không biết về thử nghiệm từ đây; xem trang này.", link=LINK, known=False)
    rows = sorted(picture.rows, key=lambda row: _FORCE.index(row.state) if row.state in _FORCE else len(_FORCE))
    said = [_told(row) for row in rows[:2]]
    if not any(row.state in ("running", "active", "suspended") for row in rows):
        said.insert(0, "Không có thử nghiệm nào đang có hiệu lực." if rows or picture.needed else _FREE)
    if len(rows) > 2:
        said.append(f"Còn {len(rows) - 2} thử nghiệm nữa.")
    said += [BARS[picture.bar]] if picture.bar in BARS else []
    return ToolResult(text=" ".join(said), rows=tuple(row.model_dump() for row in rows[:MAX_ROWS]), link=LINK)


_FREE: Final = "Không có thử nghiệm nào; kho chạy tự do, không theo giấy phép thử nghiệm."


def _picture(known: object) -> TrialPicture | None:
    """Return a fleet's trials, or the one that a state file names."""
    if isinstance(known, TrialPicture):
        return known
    return TrialPicture(rows=(KnownTrial.model_validate(known),)) if isinstance(known, dict) and known else None


def _told(row: KnownTrial) -> str:
    name = f"Thử nghiệm {quoted(row.trial or row.permit)}"
    parts = [f"{name}: {STATES.get(row.state, 'đang áp dụng' if row.state == 'active' else quoted(row.state))}"]
    parts += [f"giấy phép {quoted(row.permit)}"] if row.permit and row.trial else []
    parts += [f"từ {_said(row.begin)}"] if row.begin else []
    parts += [f"đến {_said(row.until)}"] if row.until else []
    return f"{', '.join(parts)}."


def _said(text: str) -> str:
    """Return a day, with its hour where there is one."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return quoted(text)
    return f"{at:%d/%m/%Y}" if len(text) == len("2026-01-31") else f"{at:%H:%M %d/%m/%Y}"
