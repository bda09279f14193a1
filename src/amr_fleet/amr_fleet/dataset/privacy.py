"""anonymisation.json: what was suppressed, how much of it, by which rule and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amr_fleet.dataset.people import FEW
from amr_fleet.dataset.release import DatasetRelease


def report(
    release: DatasetRelease,
    *,
    seeded: bool,
    left_out: Mapping[str, int],
    people: Mapping[str, Any],
    rare: int,
    tracks: Mapping[str, Any],
    cameras: Mapping[str, Any],
    recordings: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the privacy report of a release; left_out: journal kinds that are not read, with their counts."""
    rules = [
        _rule(1, "Chỉ trường và giá trị trong danh sách cho phép; bỏ tên người, tài khoản, ghi chú, chữ tự do.",
              "Allow-list of fields and values; no users, accounts, addresses, notes, plates or free text.",
              "Một trường mới có thể chứa tên người mà không ai nghĩ tới.",
              "A new field may hold a name that nobody thought of.", journal_kinds_left_out=dict(left_out)),
        _rule(2, "Không có vết di chuyển của người; đếm theo khu vực và 15 phút, 1 đến 4 người ghi <5.",
              "No traces of people; counts for each zone and 15 min, 1 to 4 people as <5.",
              "Vài điểm đã đủ để nhận ra một người đi bộ.", "A handful of points identifies a walker.",
              cells_hidden=cameras["small"], below=FEW, zones_left_out=list(cameras["left_out"]),
              zones_left_out_because="never two people at once: perhaps one person's own place",
              recordings_broken=cameras["broken"]),
        _rule(3, "Vết robot được giữ, trừ lúc có người thao tác robot.",
              "Robots' tracks stay, but for stretches in which a person handled the robot.",
              "Robot không phải người; người đứng cạnh robot thì có.", "A robot is no person; who stands at it is one.",
              rows_cut=tracks["cut"]),
        _rule(4, "Lệnh, kiện hàng, lô, công-te-nơ, khách hàng mang tên giả; giá trị hiếm gộp lại.",
              "Orders, loads, lots, containers and customers have pseudonyms; rare values are merged.",
              "Mã thật dẫn tới chủ hàng.", "Real numbers lead to the owner of the goods.",
              key=_key(release, seeded), values_merged=rare),
        _rule(5, "Bản public: mọi ngày tháng lùi cùng một số tuần bí mật.",
              "Public: all dates are moved by the same secret number of whole weeks.",
              "Ngày thật cộng với lịch trực cho biết ai làm.", "True dates and a duty roster tell who it was.",
              dates_moved=release.published.shift > 0),
        _rule(6, "MCAP: chỉ giữ chủ đề trong danh sách; hình và vết người luôn bị bỏ.",
              "MCAP: topics by allow-list; pictures and people's tracks always go.",
              "Hình ảnh và vết người là dữ liệu cá nhân.", "Pictures and people's tracks are personal data.",
              messages_left_out=dict(recordings["dropped"]), recordings_broken=recordings["broken"]),
        _rule(7, "Việc do người làm: tổng quát hoá rồi bỏ dòng cho tới k ≥ 5, l ≥ 2.",
              "What people did: generalised, then rows left out, until k >= 5 and l >= 2.",
              "Ca, nơi, giờ và vai trò cộng lại chỉ ra một người.",
              "Shift, place, time and role together name a person.",
              **people),
    ]  # fmt: skip
    return {
        "profile": release.profile, "origin": release.origin, "rules": rules,
        "times_of_people": {
            "vi": "Huỷ lệnh, đổi lệnh, đặt hạn chế do người làm: giờ làm tròn xuống.",
            "en": "Orders that a person cancelled or changed and restrictions that a person set: to the hour.",
        },
        "left_open": {
            "vi": "Giờ tạo lệnh là chính xác: lệnh thường đến từ danh sách, nhưng có thể do một người gõ.",
            "en": "The time of an order's creation is exact; most orders come from lists, some from a person.",
        },
    }  # fmt: skip


def _rule(number: int, vi: str, en: str, why_vi: str, why_en: str, **figures: Any) -> dict[str, Any]:
    return {"rule": number, "what": {"vi": vi, "en": en}, "why": {"vi": why_vi, "en": why_en}, **figures}


def _key(release: DatasetRelease, seeded: bool) -> str:
    if seeded:
        return "made from a published seed: simulated data only"
    return (
        "made for this release and destroyed" if release.profile == "public" else "kept by the publisher or destroyed"
    )
