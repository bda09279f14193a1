"""A command that is taken back in its own sentence, or that somebody else said no to, is never proposed.

Each of these was: a robot that a person stands beside would have been let go on with one press.
"""

from __future__ import annotations

from typing import Any

import pytest

from amr_fleet.assistant.corrections import corrected
from amr_fleet.assistant.text import fold
from tests.unit.assistant.asked import calls, said

_TAKEN_BACK = [
    ("cho robot 5 chạy tiếp, à không, robot 5 còn người đứng cạnh", "robot_resume"),
    ("cho robot 5 chạy tiếp, xin lỗi, robot 5 đang có người sửa", "robot_resume"),
    ("cho robot 5 chạy tiếp, à nhầm, robot 5 chưa xong", "robot_resume"),
    ("cho robot 5 chạy tiếp, à quên, robot 5 hỏng rồi", "robot_resume"),
    ("cho robot 5 chạy tiếp, à không, robot 5 đứng yên", "robot_resume"),
    ("mở lối A2, không, A2 có người", "zone_open"),
    ("mở lối A2, à không, lối A2 còn người", "zone_open"),
    ("mở lối A2, à nhầm, lối A3", "zone_open"),  # what lets somebody drive is asked back, put right or not
    ("hủy đơn 415, không, 420 là đơn của tôi", "order_cancel"),
    ("hủy đơn 415, không, 415 khách đổi ý rồi", "order_cancel"),
    ("hủy đơn 415, à không, đơn 415 giữ lại", "order_cancel"),
    ("hủy đơn 415, ý lộn, đơn 415 để đó", "order_cancel"),
    ("mở lối A2 à không lối A2 còn người", "zone_open"),
    ("hủy đơn 415, à không, đơn 420 tới đâu rồi", "order_cancel"),
    ("đóng cửa 5, không, cửa 5 đang có xe", "zone_close"),
    ("dừng robot 5, không, 12 phút nữa", "robot_pause"),
    ("dừng robot 5, à không, robot 12 cứ chạy", "robot_pause"),
    ("dừng robot 5, không phải robot 12", "robot_resume"),
]
_NO_OF_OTHERS = [
    ("khách nói không, hủy đơn 420", "order_cancel"),
    ("khách nói không cần, hủy đơn 420", "order_cancel"),
    ("anh Nam bảo chưa, hủy đơn 420", "order_cancel"),
    ("anh Nam bảo đừng, đóng lối A2", "zone_close"),
    ("sếp chưa duyệt, hủy đơn 420", "order_cancel"),
    ("thợ chưa xong, mở lối A2", "zone_open"),
    ("thợ còn làm, mở lối A2", "zone_open"),
    ("thợ đang sửa, cho robot 5 chạy tiếp", "robot_resume"),
    ("họ không chịu, mở lối A2", "zone_open"),
    ("sếp chưa cho mở, mở lối A2", "zone_open"),
    ("mở lối A2, thợ còn ở trong đó", "zone_open"),
]


@pytest.mark.parametrize("marks", [True, False])
@pytest.mark.parametrize(("text", "name"), _TAKEN_BACK)
def test_what_takes_a_command_back_never_becomes_it(text: str, name: str, marks: bool) -> None:
    reading = said(text if marks else fold(text))
    assert not reading.at_once
    proposed = {call.name for call in reading.calls} if reading.kind == "propose" else set()
    assert not proposed & {name, "robot_pause", "robot_resume", "zone_open"}


@pytest.mark.parametrize(
    "text",
    [
        "dừng robot 5, à không, con 05 nhé", "dừng robot 5, không, 12 phút nữa được không",
        "dừng robot 5, à không, robot 12 cứ chạy", "hủy đơn 415, không phải đơn 420",
    ],
)  # fmt: skip
def test_the_same_again_a_length_and_what_is_told_put_nothing_right(text: str) -> None:
    assert corrected(text) == text


@pytest.mark.parametrize("marks", [True, False])
@pytest.mark.parametrize(("text", "name"), _NO_OF_OTHERS)
def test_the_no_of_somebody_else_is_no_reason_to_do_it(text: str, name: str, marks: bool) -> None:
    reading = said(text if marks else fold(text))
    assert reading.kind != "propose", (name, calls(reading))


@pytest.mark.parametrize(
    "text",
    [
        "dừng robot 9, em định nạp firmware mai", "dừng robot 9, em cần nạp firmware lát nữa",
        "dừng robot 9, khách cần nạp firmware", "dừng robot 9, sếp chờ nạp firmware",
        "dừng robot 9, tài xế lo nạp firmware",
    ],
)  # fmt: skip
def test_what_others_intend_or_what_is_for_later_is_still_not_offered(text: str) -> None:
    assert said(text).kind == "refuse"


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("dừng robot 5 lại, à nhầm, số 12 mới phải", "robot_pause", {"robot": "AMR-12"}),
        ("hủy đơn 415, à nhầm, đơn 420 nhé em", "order_cancel", {"order": "DH-0420"}),
        ("robot 6 chạy, à không, dừng robot 5 nhé", "robot_pause", {"robot": "AMR-05"}),
        ("khách không lấy nữa, hủy đơn 420", "order_cancel", {"order": "DH-0420"}),
        ("chở 2 pallet gạo từ B1 ra D10, à không, 3 pallet gạo", "order_create",
         {"goods": "gạo", "qty": 3, "from": "B1", "to": "D10"}),
        ("dừng robot 5, khách bảo không an toàn", "robot_pause", {"robot": "AMR-05"}),
        ("dừng robot 5, không được, có người", "robot_pause", {"robot": "AMR-05"}),
        ("robot 6 không chạy, cho robot 6 chạy tiếp đi", "robot_resume", {"robot": "AMR-06"}),
        ("mở lối A2, hàng đang chờ", "zone_open", {"zone": "A2"}),
        ("đóng khu A không cho xe vào", "zone_close", {"zone": "A"}),
        ("dọn xong rồi, mở lối A2", "zone_open", {"zone": "A2"}),
        ("dừng robot 9, em cần nạp firmware", "robot_pause", {"robot": "AMR-09"}),
        ("ưu tiên đơn 415 cao, à không, thường thôi", "order_priority", {"order": "DH-0415", "priority": "normal"}),
        ("ưu tiên đơn 415 cao, à không, thấp thôi", "order_priority", {"order": "DH-0415", "priority": "low"}),
    ],
)  # fmt: skip
def test_what_is_put_right_or_has_its_reason_is_still_proposed(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("propose", [(name, args)])
