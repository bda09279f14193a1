"""How a lane is, and who waits longest now, in the words that people ask with at night."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.assistant import tools
from amr_fleet.assistant.arguments import BadArgumentsError
from amr_fleet.assistant.dialogue import Conversation
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.fronts import meant
from amr_fleet.assistant.live import facts_of, requests_of
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import RobotRow
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.flight_views import FlightsView
from amr_fleet.ports import Reason, ZoneView
from amr_fleet.requests import ClearZone
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
    assert answer(LANE, ()) == f"{LANE}: không có lệnh đóng, giữ hay đi chậm."


def test_an_area_that_is_drawn_or_held_by_a_camera_is_told_of_the_lanes_under_it_only() -> None:
    """It said "look at the map"; the fleet closes what a robot would reach into the area from."""
    drawn = ZoneView(
        zone_id="Z7", kind="closed", elements=(), text="Nước đổ", user="lan", since=36000.0, until=0.0, max_speed=0.0,
        polygon=((20.0, 10.0), (24.0, 10.0), (24.0, 10.5), (20.0, 10.5)), code="",
    )  # fmt: skip
    said = "một phần đang đóng bởi lan từ 10:00, đến khi bỏ, lý do: “Nước đổ”."
    assert answer("L-M", (drawn,)) == f"L-M: {said}"
    nothing = "không có lệnh đóng, giữ hay đi chậm."
    assert answer(LANE, (drawn,)) == f"{LANE}: {nothing}"
    # 0.4 m off it a robot on the lane is in the area still, 0.7 m off it not any more: as the fleet reckons.
    for gap, closed in ((0.4, True), (0.7, False)):
        off = replace(drawn, polygon=((20.0, 11.0 + gap), (24.0, 11.0 + gap), (24.0, 13.0), (20.0, 13.0)))
        assert (said in answer("L-M", (off,))) is closed
    seen = replace(
        drawn, zone_id="camera-C12-floor", kind="hold", user="", text="C12 floor", code="camera.person_near",
        polygon=((34.5, 5.0), (36.0, 5.0), (36.0, 7.0)), until=36002.0,
    )  # fmt: skip
    assert answer("X1", (seen,)) == (
        "X1: một phần đang bị giữ bởi camera C12 từ 10:00, tự bỏ khi camera không còn thấy, lý do: “có người”."
    )
    assert "lý do: “không nhìn thấy”" in answer("X1", (replace(seen, code="camera.blind.dark"),))
    listed = tools.run(
        facts_of(replace(FakeFleet().snapshot(), zones=(seen, drawn)), (), SITE), Call("zones_list", {"source": "C12"})
    )
    assert [row["zone"] for row in listed.rows] == ["camera-C12-floor"]
    assert listed.text == "1 khu vực: vùng của camera C12 bị giữ (có người)."


CLOSED = ZoneView(
    zone_id="Z7", kind="closed", elements=(), text="Nước đổ", user="lan", since=36000.0, until=0.0, max_speed=0.0,
    polygon=((34.5, 5.0), (36.0, 5.0), (36.0, 7.0)), code="",
)  # fmt: skip
SEEN = replace(CLOSED, zone_id="camera-C12-floor", kind="slow", user="", text="C12 floor", code="camera.person_near")


def opened(name: str, *zones: ZoneView, flights: FlightsView | None = None) -> tuple[str, tuple[str, ...], list[str]]:
    """Return how a wish to open a place is answered: why not, or the effects; and the zones that a press lifts."""
    snapshot = replace(FakeFleet().snapshot(), zones=zones, flights=flights)
    facts, call = facts_of(snapshot, (), SITE), Call("zone_open", {"zone": name})
    reply = Conversation(user="hoa", role="operator").choose(call, facts, at=0.0)
    try:
        lifted = [
            request.zone_id for request in requests_of(call, snapshot, SITE, "hoa") if isinstance(request, ClearZone)
        ]
    except AmrError as error:
        lifted = [error.code]
    return reply.why, reply.proposals[0].effects if reply.proposals else (), lifted


def test_a_program_commands_no_order_that_ended() -> None:
    """A delivered one took a place of its ten proposals, and the person learnt at the button that it was over.

    The program is told how it ended: one that hears that the order is not there tells people so.
    """
    fleet = FakeFleet()
    fleet.seed([("DOCK-01", "BLK-02", "QUEUED", "", 0.0), ("DOCK-01", "BLK-02", "DONE", "amr_01", 0.0)])
    ended = [order for order in fleet.orders("ended", 9)]
    facts = facts_of(fleet.snapshot(), (), SITE, ended)
    [waits] = fleet.snapshot().orders
    assert [row.state for row in facts.orders] == ["waiting", "done"]
    for name in ("order_cancel", "order_priority"):
        assert meant(facts, Call(name, {"order": waits.order_id})).args["order"] == waits.order_id
        with pytest.raises(BadArgumentsError, match=r"order: it has ended. .*đã xong"):
            meant(facts, Call(name, {"order": ended[0].order_id}))
        with pytest.raises(BadArgumentsError, match="there is no"):
            meant(facts, Call(name, {"order": "DH-9999"}))


@pytest.mark.parametrize("name", ["X1", "camera-C12-floor", "CAMERA-c12-floor"])
def test_what_a_camera_holds_is_opened_by_nobody(name: str) -> None:
    """A live camera's zone has no lane's name: "mở lối X1" was proposed as of a place that is not closed."""
    assert opened(name, SEEN) == ("camera_holds", (), ["zone.not_found"])
    with pytest.raises(BadArgumentsError, match="camera"):
        meant(facts_of(replace(FakeFleet().snapshot(), zones=(SEEN,)), (), SITE), Call("zone_open", {"zone": name}))


def test_an_area_that_a_person_drew_over_a_lane_is_lifted_by_its_name_and_what_opens_with_it_is_said() -> None:
    why, effects, lifted = opened("X1", CLOSED, SEEN)
    assert (why, lifted) == ("", ["Z7"])
    assert effects[0].startswith("Đang đóng bởi “lan”; mở cả ")
    assert effects[-1] == "Camera C12 vẫn giữ chỗ này."
    by_name = replace(CLOSED, zone_id="Z8", polygon=(), elements=("X1",), user="minh")
    left = ("Đang đóng bởi “minh”.", "Vùng của “lan” vẫn đóng chỗ này.")
    assert opened("X1", CLOSED, by_name) == ("", left, ["Z8"])
    slow = replace(CLOSED, kind="slow")
    assert opened("X1", slow, by_name) == ("", left[:1], ["Z8"])
    assert opened("X1") == ("", ("Chỗ này hiện không bị đóng.",), ["zone.not_found"])


FLIGHT = replace(CLOSED, zone_id="flight:F-1", text="", user="lan")


def test_the_ground_below_a_flight_is_opened_by_nobody_where_an_aircraft_flies() -> None:
    """It was proposed as a person's closure; the press lifted the other one, and then said that it was refused."""
    drone = FlightsView(
        vehicle="d1", pad=(0.0, 0.0), ceiling=9.0, places=(), levels=1, spare=0.1, reserve=0.2, no_fly=(),
        permit=None, telemetry=None, flights=(),
    )  # fmt: skip
    mine = replace(CLOSED, user="minh")
    why, effects, lifted = opened("X1", mine, FLIGHT, flights=drone)
    assert (why, lifted, effects[-1]) == ("", ["Z7"], "Chuyến bay vẫn giữ chỗ này.")
    assert not any("“lan”" in line for line in effects)
    for name in ("X1", "flight:F-1"):
        assert opened(name, FLIGHT, flights=drone) == ("flight_holds", (), ["zone.not_found"])
        facts = facts_of(replace(FakeFleet().snapshot(), zones=(FLIGHT,), flights=drone), (), SITE)
        with pytest.raises(BadArgumentsError, match="flight"):
            meant(facts, Call("zone_open", {"zone": name}))
    assert opened("X1", SEEN, FLIGHT, flights=drone)[0] != ""
    assert opened("X1", FLIGHT)[2] == ["flight:F-1"], "what another run left behind is lifted by a person"


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


def test_an_order_says_why_it_does_not_get_on_and_no_time_that_nobody_knows() -> None:
    """It said "chờ robot" of an order behind a closed lane, and when one on a paused robot would be done."""
    fleet = FakeFleet()
    fleet.seed([("DOCK-01", "BLK-02", "QUEUED", "", 0.0), ("BLK-03", "DOCK-02", "TO_DROP", "amr_03", 0.0)])
    queued, carried = fleet.snapshot().orders
    lane = Reason("wait.zone", {"zone": "Z7", "lanes": LANE}, 36000.0)
    behind, paused = (Reason(c, {"robot": "amr_06"}, 36120.0) for c in ("wait.traffic", "wait.paused"))
    orders = (replace(queued, reason=lane, root=lane), replace(carried, reason=behind, root=paused, eta=0.0))
    facts = facts_of(replace(fleet.snapshot(), orders=orders), (), SITE)

    def say(tool: str, order: str) -> str:
        return tools.run(facts, Call(tool, {"order": order})).text

    assert say("order_get", queued.order_id) == (
        f"Đơn {queued.order_id} chờ robot, từ DOCK-01 đến BLK-02. Chưa đi tiếp: Chờ khu vực đóng ({LANE}), từ 10:00."
    )
    why = "Chờ robot khác (AMR-06), từ 10:02; gốc: Tạm dừng theo lệnh (AMR-06), từ 10:02"
    assert say("order_eta", carried.order_id) == f"Không biết giờ đến của đơn {carried.order_id}: {why}."
    robot = replace(fleet.snapshot().robots[0], waiting=replace(paused, facts={"robot": "amr_01"}))
    row = facts_of(replace(fleet.snapshot(), robots=(robot,)), (), SITE).robots[0]
    assert row.reason == "Tạm dừng theo lệnh, từ 10:02", "its own name behind its name"
