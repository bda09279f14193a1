"""Plain words around a question: of whom, from where, how many, by when; sentences of no evaluation file."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.dialogue import Conversation
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.state import AlarmRow
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


@pytest.mark.parametrize(
    ("text", "tool", "args"),
    [
        ("Robot 12 đảm nhận đơn nào vậy?", "orders_find", {"robot": "AMR-12"}),
        ("Robot 4 hiện được giao đơn gì?", "orders_find", {"robot": "AMR-04"}),
        (
            "Robot 3 đã giao được mấy đơn hôm nay?",
            "orders_find",
            {"robot": "AMR-03", "state": "done", "period": "today"},
        ),
        ("Những chuyến nào đang chạy ra cổng G1?", "orders_find", {"state": "active", "to": "G1"}),
        ("Cho biết danh sách đơn chở gạo đi A1E", "orders_find", {"goods": "gạo", "to": "A1E"}),
        ("Có những đơn nào lấy hàng ở cổng G2?", "orders_find", {"from": "G2"}),
        ("Đơn 420 hạn mấy giờ?", "order_get", {"order": "DH-0420"}),
        ("Đơn 418 đứa nào lo?", "order_get", {"order": "DH-0418"}),
        ("don 412 cua sa lan nao", "order_get", {"order": "DH-0412"}),
        ("đơn 413 có kịp 15h không", "order_eta", {"order": "DH-0413"}),
        ("Có mấy robot ở kho B?", "robots_list", {"place": "B"}),
        ("Robot pin dưới 40% và đang chạy", "robots_list", {"battery_below": 40.0, "state": "moving"}),
        ("Bao nhiêu pallet gạo đang nằm ở kho?", "cargo_where", {"goods": "gạo"}),
        ("pallet phan bon con bao nhieu o A2W", "cargo_where", {"goods": "phân bón", "station": "A2W"}),
        ("CH3 xài được chưa?", "station_state", {"station": "CH3"}),
        ("Lối A2 mở lại lúc mấy giờ?", "zones_list", {}),
        ("Có lệnh đóng nào sắp hết hạn?", "zones_list", {"state": "closed"}),
        ("Điểm giao nào đang đóng?", "zones_list", {"state": "closed"}),
        ("Trạm CH2 báo lỗi gì vậy?", "alarms_list", {"station": "CH2"}),
        ("Ai bị robot đụng hôm qua?", "incidents_list", {"kind": "collision", "period": "yesterday"}),
        ("Robot 6 làm gì mà nằm đó hoài vậy", "robot_why_waiting", {"robot": "AMR-06"}),
        ("Vì sao robot 12 chưa di chuyển", "robot_why_waiting", {"robot": "AMR-12"}),
        ("Pin của đội robot còn dùng được bao lâu?", "battery_forecast", {}),
        ("dien tieu thu cho moi don thang truoc", "kpi", {"name": "energy_per_order", "period": "last_month"}),
        ("Hôm qua anh em phải ra tay gỡ robot mấy lần", "kpi", {"name": "interventions", "period": "yesterday"}),
        ("Mất bao lâu để hoàn thành một đơn trong tuần này?", "kpi", {"name": "service_time", "period": "this_week"}),
        ("Lượng hàng qua cửa trong ngày hôm qua", "kpi", {"name": "throughput", "period": "yesterday"}),
        ("biết làm được cái gì nói nghe coi", "help", {}),
    ],
)
def test_plain_words_are_understood(text: str, tool: str, args: dict[str, object]) -> None:
    answer = Conversation(user="hoa", role="viewer").ask(UNDERSTANDING, text)
    assert (answer.kind, [(call.name, call.args) for call in answer.calls]) == ("tools", [(tool, args)])


@pytest.mark.parametrize(
    "text",
    ["Hôm nay mấy giờ có sà lan cập bến?", "Thủy triều hôm nay thế nào?", "Trưởng ca hôm nay là ai?",
     "Giá một con AMR như vậy bao nhiêu tiền?", "Robot do hãng nào sản xuất?"],
)  # fmt: skip
def test_what_no_tool_knows_is_refused(text: str) -> None:
    answer = Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text)
    assert (answer.kind, answer.why) == ("refuse", "out_of_scope")


def test_what_a_station_reports_is_not_only_what_nobody_took() -> None:
    """An alarm that somebody took still stands: of "báo lỗi gì" it is left out only where a state is asked for."""
    facts = load_facts(Path(__file__).parents[3] / "eval" / "state.json")
    taken = AlarmRow(alarm="CB-40", state="acked", severity="error", about="CH2", text="đầu sạc nóng")
    facts = facts.model_copy(update={"alarms": (*facts.alarms, taken)})
    answer = Conversation(user="hoa", role="viewer").ask(Understanding(facts), "Trạm CH2 báo lỗi gì vậy?")
    assert [row["alarm"] for result in answer.results for row in result.rows] == ["CB-40"]
