"""What the questions of the next four authors showed, in other sentences than theirs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.assistant.asked import calls, said


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        # "tới" typed bare is no evening
        ("tu sang toi gio co don nao bi huy", "orders_find", {"state": "cancelled", "period": "today"}),
        ("tu dau tuan toi gio co su co gi", "incidents_list", {"period": "this_week"}),
        ("tu sang toi nay co su co gi", "incidents_list", {"period": "today"}),
        # a span of hours beside the night that it is
        ("Đêm qua, từ mười một giờ tối tới năm giờ sáng, có sự cố gì không?", "incidents_list",
         {"period": "2026-11-25T23:00+07:00/2026-11-26T05:00+07:00"}),
        ("Gạo qua A1W bữa nay giờ nằm đâu rồi?", "cargo_where",
         {"goods": "gạo", "station": "A1W", "period": "today"}),
        # a place by its number
        ("Cửa 4, chỗ số 2 đang trống hay có hàng?", "station_state", {"station": "D04_2"}),
        ("cua 4 cho so 2 co hang khong", "station_state", {"station": "D04_2"}),
        ("Cửa số 7 giờ trống hay có xe?", "station_state", {"station": "D07"}),
        # states and grades
        ("Có báo động nào không ai rớ tới không?", "alarms_list", {"state": "open"}),
        ("Báo động nào còn nằm đó chưa ai đụng tới?", "alarms_list", {"state": "open"}),
        ("Alarm warning hôm nay", "alarms_list", {"severity": "warning", "period": "today"}),
        ("Warning alarms hôm qua?", "alarms_list", {"severity": "warning", "period": "yesterday"}),
        ("Đơn xi măng nào còn dở dang?", "orders_find", {"state": "open", "goods": "xi măng"}),
        ("Mấy đơn gạo còn dang dở?", "orders_find", {"state": "open", "goods": "gạo"}),
        # how long a battery lasts
        ("Tính thử bình con 5 coi chạy nổi tới hết ca không", "battery_forecast",
         {"robot": "AMR-05", "until": "2026-11-26T22:00+07:00"}),
        ("Nếu con 5 cứ chạy như vầy thì tới 9 giờ tối pin nó còn chịu nổi không?", "battery_forecast",
         {"robot": "AMR-05", "until": "2026-11-26T21:00+07:00"}),
        # questions that looked like wishes
        ("Cho hỏi robot 5, nó đi chở hàng rồi hay còn nằm sạc?", "robot_get", {"robot": "AMR-05"}),
        ("Robot 3 có đang chở hàng không?", "robot_get", {"robot": "AMR-03"}),
        ("Xe càng nào rảnh, em cần bốc hàng", "robots_list", {"type": "fork_robot", "state": "idle"}),
        ("Ai chặn lối A2, chừng nào mới mở lại vậy?", "zones_list", {}),
        ("Xem chi tiết đơn 413 coi, nghe nói hủy rồi", "order_get", {"order": "DH-0413"}),
        ("Check pin robot 5 giùm tôi", "robot_get", {"robot": "AMR-05"}),
        # goods by another name, said twice
        ("Hoa quả đang để ở đâu?", "cargo_where", {"goods": "trái cây"}),
        ("Khách gạo gọi hoài, tìm hết đơn gạo ra giùm tôi", "orders_find", {"goods": "gạo"}),
    ],
)  # fmt: skip
def test_a_question_is_understood(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("tools", [(name, args)])


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Thay pin xong rồi, cho robot 9 chạy lại", "robot_resume", {"robot": "AMR-09"}),
        ("Resume robot 8 đi, bánh thay xong rồi", "robot_resume", {"robot": "AMR-08"}),
        ("Cửa 5 dọn sạch rồi, cho con 3 chạy tiếp", "robot_resume", {"robot": "AMR-03"}),
        ("Mức ưu tiên của đơn 413 hạ xuống thấp", "order_priority", {"order": "DH-0413", "priority": "low"}),
        ("mo cua 4 cho so 2 chay", "zone_open", {"zone": "D04"}),
        ("close lối B1 till 17:30", "zone_close", {"zone": "B1", "until": "2026-11-26T17:30+07:00"}),
        ("đóng B1 tới 5h chìu, không cho xe vô", "zone_close", {"zone": "B1", "until": "2026-11-26T17:00+07:00"}),
        ("Biểu con 8 dừng lại, nó rượt tôi", "robot_pause", {"robot": "AMR-08"}),
        ("Tạo đơn chuyển 2 pallet hoa quả từ D02 vào B3", "order_create",
         {"goods": "trái cây", "qty": 2, "from": "D02", "to": "B3"}),
    ],
)  # fmt: skip
def test_a_wish_is_proposed(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("propose", [(name, args)])


@pytest.mark.parametrize(
    "text",
    ["đóng khu giúp a 20p", "chặn khu giùm a đi",  # for whom it is done is no hall A
     "thay con 5, cho con 3 chạy tiếp", "cho con 3 chạy thay con 5 rồi nha",
     "Cửa 5 chưa dọn xong, cho con 3 chạy tiếp", "Robot 3 đang chở hàng hay còn chờ?", "khi nào xong thì mới mở lối A2",
     "nếu con 5 hết pin thì dừng nó"],
)  # fmt: skip
def test_no_wish_is_made_of_it(text: str) -> None:
    assert said(text).kind != "propose"


def test_a_robot_is_not_sent_on_into_a_place() -> None:
    assert said("cho con 3 chạy tiếp vào cửa 5").kind != "propose"


def test_a_robot_that_is_to_fetch_something_is_not_asked_after() -> None:
    reading = said("Robot 3 lấy gạo ở cửa 2 chở qua B3, không gấp")
    assert [call.name for call in reading.calls] == ["order_create"]
