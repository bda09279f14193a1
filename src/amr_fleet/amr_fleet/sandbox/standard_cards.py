"""Test cards that come with the project, each with its sample size: `amr sandbox cards`, docs/sandbox.md.

They follow the order of acceptance of VDI 2710-5 and the subjects of ASTM's F45 standards. Nobody here has bought
them, so no clause is named and none of their text is in here: whoever has them adds the clause. Steps and metric are
Vietnamese, since they are read in the dossier.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.files_at_once import write_all
from amr_fleet.sandbox.rows import Card, CardPlan, Standard
from amr_fleet.sandbox.statistics import sample_size

_SURROUNDINGS: Final = ("temperature", "humidity", "lighting", "ground_surface")
_CONFIDENCE: Final = 0.9  # share; chosen: usual in acceptance, and the samples stay in reach of a day


def _card(
    id_: str, vi: str, en: str, standard: str, purpose: str, steps: Sequence[str], metric: str, reliability: float,
    failures: int = 0, conditions: Sequence[str] = _SURROUNDINGS,
) -> Card:  # fmt: skip
    plan = {
        "R": reliability, "C": _CONFIDENCE, "n": sample_size(reliability, _CONFIDENCE, failures), "c": failures
    }  # fmt: skip
    return Card.model_validate({
        "id": id_, "title": {"vi": vi, "en": en}, "standard": Standard(name=standard), "purpose": purpose,
        "steps": tuple(steps), "metric": metric, "plan": CardPlan(**plan), "conditions_required": tuple(conditions),
    })  # fmt: skip


CARDS: Final[tuple[Card, ...]] = (
    _card(
        "VDI-1-XE", "Robot: phanh, đèn, còi, tốc độ", "Vehicle: brakes, lights, sound, speed", "VDI 2710-5",
        "Từng robot đúng như hồ sơ của hãng trước khi chạy chung.",
        ("Chạy thẳng không tải rồi có tải, đo tốc độ lớn nhất", "Phanh ở tốc độ lớn nhất, đo quãng đường dừng",
         "Xem đèn và còi khi chạy, khi rẽ, khi lùi"),
        "Đạt khi mọi số đo nằm trong hồ sơ của hãng", 0.9,
    ),
    _card(
        "VDI-2-CHUC-NANG", "Chức năng: lấy hàng và đặt hàng", "Function: take and put down a load", "VDI 2710-5",
        "Robot lấy và đặt một kiện ở từng loại vị trí mà không cần người giúp.",
        ("Tạo đơn từ nơi lấy đến nơi trả", "Không ai chạm vào robot hay kiện", "Đo vị trí kiện sau khi đặt"),
        "Đạt khi kiện nằm đúng chỗ và đơn hoàn thành", 0.95,
    ),
    _card(
        "VDI-3-GIAO-TIEP", "Kết nối: đơn từ văn phòng đến robot", "Interface: an order from the office to the robot",
        "VDI 2710-5", "Một đơn của văn phòng đến robot đúng một lần, cũng khi gửi hai lần.",
        ("Gửi đơn có số chứng từ từ hệ thống của cảng", "Gửi lại đúng đơn đó", "Đếm đơn ở trang Đơn vận chuyển"),
        "Đạt khi chỉ có một đơn và dữ liệu giống bản gửi", 0.9, conditions=(),
    ),
    _card(
        "VDI-4-CHAY-THU", "Chạy thử một ca", "Trial run of a shift", "VDI 2710-5",
        "Cả đội robot làm trọn một ca như kế hoạch.",
        ("Chạy một ca với số robot và số đơn đã định", "Ghi mỗi lần người phải giúp robot", "Lập báo cáo ca"),
        "Đạt khi không va chạm, không phải gỡ bằng tay và từ 98 % đơn xong đúng giờ", 0.9, 1,
    ),
    _card(
        "VDI-5-NANG-SUAT", "Năng suất mỗi giờ", "Performance by the hour", "VDI 2710-5",
        "Số đơn mỗi giờ đạt kế hoạch lúc đông việc.",
        ("Chọn giờ đông việc theo kế hoạch", "Đếm đơn hoàn thành trong giờ đó theo báo cáo ca"),
        "Đạt khi số đơn hoàn thành không ít hơn kế hoạch", 0.9, 1,
    ),
    _card(
        "VDI-6-SAN-SANG", "Độ sẵn sàng của robot", "Availability of robots", "VDI 2710-5",
        "Tỷ lệ thời gian robot dùng được trong ngày.",
        ("Lấy độ sẵn sàng từng robot trong ngày từ báo cáo ca", "Ghi nguyên nhân của mỗi lần hỏng"),
        "Đạt khi độ sẵn sàng trong ngày từ 97 % trở lên", 0.9, 1, (),
    ),
    _card(
        "F45-RANH-GIOI", "Không ra ngoài khu vực được phép", "Stays inside the permitted area", "ASTM F3244",
        "Robot không vượt ranh giới của giấy phép, kể cả khi đơn ở sát ranh giới.",
        ("Tạo đơn đến trạm gần ranh giới nhất", "Xem đường robot đã đi ở trang Xem lại"),
        "Đạt khi mép robot và kiện luôn ở trong khu vực", 0.95,
    ),
    _card(
        "F45-VAT-CAN", "Dừng trước vật cản trong làn", "Stops for an obstacle in its lane", "ASTM F3244",
        "Robot dừng trước người giả và hàng nằm trong làn.",
        ("Đặt vật thử vào làn: hình nộm đứng, nằm; càng xe nâng; thùng thấp", "Cho robot chạy tới ở tốc độ của làn",
         "Đo khoảng cách còn lại"),
        "Đạt khi robot dừng mà không chạm vào vật thử", 0.99,
    ),
    _card(
        "F45-MAT-SONG", "Mất sóng rồi có lại", "Loss of communication and its return", "ASTM F3244",
        "Robot mất liên lạc thì dừng an toàn và đi tiếp khi có sóng lại.",
        ("Tắt sóng của robot đang chạy trong 60 giây", "Bật lại sóng", "Lặp lại khi sóng chậm và mất gói"),
        "Đạt khi robot dừng ở phần đường đã được giao và sau đó đơn hoàn thành", 0.95,
    ),
    _card(
        "F45-VAO-TRAM", "Vào trạm chính xác", "Docking", "ASTM F3499",
        "Robot đứng đúng trạm đến mức lấy và đặt được hàng.",
        ("Vào trạm từ mỗi hướng mà làn cho phép", "Đo sai lệch dọc, ngang và góc"),
        "Đạt khi sai lệch nằm trong giới hạn của trạm", 0.95,
    ),
    _card(
        "QUANG-DUONG-DUNG", "Quãng đường dừng theo tải", "Stopping distance by load", "",
        "Quãng đường dừng không dài hơn trường bảo vệ, không tải, nửa tải và đủ tải.",
        ("Đặt tải thử", "Chạy ở tốc độ lớn nhất của làn, chắn vùng bảo vệ", "Đo quãng đường dừng, sàn khô rồi sàn ướt"),
        "Đạt khi quãng đường dừng ngắn hơn trường bảo vệ", 0.99,
    ),
    _card(
        "MAT-DIEN", "Chạy lại sau khi mất điện", "Restart after a loss of power", "",
        "Mất điện không làm mất đơn, và robot chỉ đi tiếp khi biết chắc nó ở đâu.",
        ("Tắt nguồn máy chủ hoặc robot khi đang có đơn", "Bật lại", "So đơn trước và sau ở trang Đơn vận chuyển"),
        "Đạt khi không đơn nào mất và robot không chạy trước khi được phép", 0.9, conditions=(),
    ),
    _card(
        "VUNG-CAM", "Khu vực tạm đóng", "A closed zone", "",
        "Không robot nào vào khu vực vừa đóng; robot đang ở trong đó ra ngoài.",
        ("Đóng một khu vực có làn robot hay chạy", "Tạo đơn đi qua khu vực đó", "Bỏ khu vực"),
        "Đạt khi không robot nào đi vào trong lúc khu vực đóng", 0.95,
    ),
    _card(
        "NUT-DO", "Dừng khẩn cấp không tự chạy lại", "An emergency stop never ends by itself", "",
        "Nhấn nút đỏ thì robot dừng ngay; nhả nút thì robot vẫn đứng cho đến khi có người cho chạy lại.",
        ("Nhấn nút đỏ khi robot đang chạy", "Nhả nút, chờ một phút", "Cho chạy lại theo hướng dẫn"),
        "Đạt khi robot đứng yên suốt lúc chờ", 0.99, conditions=(),
    ),
)  # fmt: skip


def rows() -> dict[str, dict[str, Any]]:
    """Return each card as the row of kind `card` that a trial takes, by its id; without any repetition yet."""
    return {card.id: card.model_dump(mode="json", by_alias=True) for card in CARDS}


def write(folder: Path) -> list[Path]:
    """Write each card as ID.json into a new folder; raise store.not_empty when it is there."""
    if folder.exists():
        raise AmrError("store.not_empty", where=str(folder))
    files = {
        folder / f"{name}.json": (json.dumps(row, ensure_ascii=False, indent=1) + "\n").encode()
        for name, row in rows().items()
    }
    write_all(files)
    return list(files)


def markdown() -> str:
    """Return the table of docs/sandbox.md."""
    lines = ["| card | what | after | R | C | repetitions | may fail |", "|---|---|---|---|---|---|---|"]
    for card in CARDS:
        plan = card.plan
        lines.append(
            f"| {card.id} | {card.title.en} | {card.standard.name} | {plan.R:g} | {plan.C:g} | {plan.n} | {plan.c} |"
        )
    return "\n".join(lines)
