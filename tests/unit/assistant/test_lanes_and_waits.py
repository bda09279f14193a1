"""How a lane is, and who waits longest now, in the words that people ask with at night."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from amr_fleet.assistant import tools
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.live import facts_of
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import RobotRow
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.ports import Reason, ZoneView
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site

FACTS = load_facts(Path(__file__).parents[3] / "eval" / "state.json")
SITE = small_site(4)
LANE, OTHER = SITE.lanes[0].id, SITE.lanes[1].id


def answer(facts_lane: str, zones: tuple[ZoneView, ...]) -> str:
    facts = facts_of(replace(FakeFleet().snapshot(), zones=zones), (), SITE)
    return tools.run(facts, Call("station_state", {"station": facts_lane})).text


def test_a_lane_is_told_as_a_lane_with_who_closed_it_why_and_until_when() -> None:
    """It said "0 kiện trong sổ, không có robot" of a lane that was closed."""
    zone = ZoneView(
        zone_id="Z7", kind="closed", elements=(LANE, OTHER), text="Hàng đổ", user="lan", since=36000.0, until=39600.0,
        max_speed=0.0, polygon=(), code="",
    )  # fmt: skip
    assert answer(LANE, (zone,)) == f"{LANE}: đang đóng bởi lan từ 10:00, đến 11:00, lý do: “Hàng đổ”."
    assert answer(LANE, (replace(zone, until=0.0, text=""),)).endswith("từ 10:00, đến khi bỏ.")
    nothing = f"{LANE}: không có lệnh đóng, giữ hay đi chậm theo tên này."
    assert answer(LANE, ()) == nothing
    drawn = replace(zone, zone_id="C12", kind="hold", elements=(), polygon=((0.0, 0.0), (4.0, 0.0), (4.0, 4.0)))
    said = answer(LANE, (drawn,))
    assert said.startswith(nothing)
    assert "C12 bị giữ" in said, "nobody has looked whether a camera's hold covers the lane"


@pytest.mark.parametrize("text", ["Robot nào chờ lâu nhất?", "con nào đợi lâu nhất vậy", "robot nao cho lau nhat"])
def test_who_waits_longest_is_a_robot_with_its_reason_and_since_when(text: str) -> None:
    """It was answered with a share of the shift's time."""
    robots = tuple(
        RobotRow(robot=name, state="waiting", reason=f"chờ {name}, từ 10:0{at}", waits_since=f"2026-11-26T10:0{at}:00")
        for at, name in enumerate(("amr_03", "amr_01", "amr_02"))
    )
    facts = FACTS.model_copy(update={"robots": robots})
    [call] = Understanding(facts).read(text)[0].calls
    assert call == Call("robot_why_waiting", {"robot": "amr_03"})
    assert "chờ amr_03, từ 10:00" in tools.run(facts, call).text
    nobody = facts.model_copy(update={"robots": ()})
    assert Understanding(nobody).read(text)[0].calls == (Call("robots_list", {"state": "waiting"}),)


def test_who_waited_most_in_a_shift_stays_a_figure() -> None:
    [call] = Understanding(FACTS).read("Robot nào chờ nhiều nhất ca này?")[0].calls
    assert (call.name, call.args["name"]) == ("kpi", "waiting_fraction")


def test_a_command_about_it_is_no_question() -> None:
    assert Understanding(FACTS).read("dừng robot chờ lâu nhất")[0].kind != "tools"


def test_robots_know_since_when_they_wait() -> None:
    fleet = FakeFleet()
    stuck = replace(
        fleet.snapshot().robots[0],
        waiting=Reason("wait.zone", {"zone": "Z7", "lanes": f"{LANE}, {OTHER}"}, 36100.0),
        waits_since=36060.0,
    )
    row = facts_of(replace(fleet.snapshot(), robots=(stuck,)), (), SITE).robots[0]
    assert row.waits_since[11:16] == "10:01"
    assert f"({LANE}, {OTHER})" in row.reason
    facts = facts_of(replace(fleet.snapshot(), robots=(stuck,)), (), SITE)
    assert "Đang chờ: AMR-01." in tools.run(facts, Call("station_state", {"station": LANE})).text
