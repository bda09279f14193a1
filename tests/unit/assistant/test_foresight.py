"""What-if questions and effects as scenarios of the rehearsal; incidents and batteries from the journal's figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.assistant import foresight, history, tools
from amr_fleet.assistant.answers import ToolResult
from amr_fleet.assistant.clocks import clock, fleet_second
from amr_fleet.assistant.effects import touched
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.live import requests_of
from amr_fleet.assistant.reading import Call
from amr_fleet.report.figures import HourFigures, Report, RobotFigures, Spread
from amr_fleet.report.people import Intervention
from amr_fleet.report.period import Period
from amr_fleet.requests import CreateOrder, SetZone
from amr_fleet.whatif.scenario import ForeseenAnswer, OrderOutcome, Outcome, Scenario
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site

FACTS = load_facts(Path(__file__).parents[3] / "eval" / "state.json")
FLEET = FakeFleet()
FLEET.seed([("DOCK-01", "BLK-02", "QUEUED", "", 0.0), ("DOCK-02", "RACK-02", "QUEUED", "", 0.0)])
SNAPSHOT = FLEET.snapshot()
SITE = small_site(4)
LANE = SITE.lanes[0].id


def supposed(**args: Any) -> Scenario:
    return foresight.supposed(args, SNAPSHOT, SITE)[0]


def test_a_named_robot_and_so_many_robots_are_lost() -> None:
    name = SNAPSHOT.robots[0].name
    assert supposed(remove_robots=name).lost_robots == (name,)
    scenario, assumed = foresight.supposed({"remove_robots": 2}, SNAPSHOT, SITE)
    assert len(scenario.lost_robots) == 2
    assert "AMR-" in assumed[0]  # which ones were taken away is said


def test_a_lane_is_closed_as_a_zone_for_a_while_and_a_place_as_a_place() -> None:
    zone = supposed(close=LANE, minutes=30).zones[0]
    assert (zone.kind, zone.elements, zone.until) == ("closed", (LANE,), SNAPSHOT.t + 1800.0)
    assert supposed(close=SITE.places[0].id).closed_places == (SITE.places[0].id,)
    assert len(supposed(close=[LANE, SITE.places[0].id]).zones) == 1


def test_new_orders_go_the_ways_that_orders_go() -> None:
    lots = supposed(add_orders=7).new_lots
    assert sum(lot.count for lot in lots) == 7
    ways = {(order.pick_place, order.drop_place) for order in SNAPSHOT.orders}
    assert {(lot.pick_place, lot.drop_place) for lot in lots} <= ways
    going = [order for order in SNAPSHOT.orders if order.state not in ("DONE", "CANCELLED", "FAILED")]
    assert sum(lot.count for lot in supposed(demand_factor=2).new_lots) == len(going)


def test_named_chargers_and_so_many_are_out_of_use_until_then_and_which_is_said() -> None:
    charger = SITE.chargers[0].id
    scenario = supposed(remove_chargers=[charger], minutes=120)
    assert (scenario.lost_chargers, scenario.chargers_back) == ((charger,), SNAPSHOT.t + 7200.0)
    scenario, assumed = foresight.supposed({"remove_chargers": 1}, SNAPSHOT, SITE)
    assert (scenario.lost_chargers, scenario.chargers_back) == ((charger,), 0.0)
    assert charger in assumed[0]


def test_of_so_many_chargers_those_where_nobody_stands_are_taken() -> None:
    port = load_site("cai_cui")
    first = port.chargers[0].id
    robots = (replace(SNAPSHOT.robots[0], node=first), *SNAPSHOT.robots[1:])
    taken = foresight.supposed({"remove_chargers": 1}, replace(SNAPSHOT, robots=robots), port)[0].lost_chargers
    assert taken == (port.chargers[1].id,)


def test_a_robot_away_for_a_while_is_told_as_away_for_the_whole_look() -> None:
    _, assumed = foresight.supposed({"remove_robots": SNAPSHOT.robots[0].name, "minutes": 60}, SNAPSHOT, SITE)
    assert "cả khoảng xem trước" in assumed[-1]


@pytest.mark.parametrize(
    "args",
    [{}, {"remove_chargers": 2}, {"remove_robots": 99}, {"add_orders": 101}, {"demand_factor": 0.5}, {"minutes": 5}],
)
def test_what_cannot_be_supposed_is_said_and_not_guessed(args: dict[str, Any]) -> None:
    with pytest.raises(foresight.CannotSupposeError):
        foresight.supposed(args, SNAPSHOT, SITE)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"remove_robots": "amr_77"}, "robot.not_found"),
        ({"close": "NOWHERE"}, "order.unknown_place"),
        ({"remove_chargers": ["CHG-01", "CHG-77"]}, "order.unknown_place"),
    ],
)
def test_what_is_not_there_is_an_error(args: dict[str, Any], code: str) -> None:
    with pytest.raises(AmrError) as caught:
        foresight.supposed(args, SNAPSHOT, SITE)
    assert caught.value.code == code


def outcome(**finishes: float) -> Outcome:
    orders = [
        OrderOutcome(order_id=name, pick_place="A", drop_place="B", deadline=1000.0, finish=finish)
        for name, finish in finishes.items()
    ]
    return Outcome(orders=orders, robots=3, left_out=(), simulated_s=3600.0, cpu_s=0.1)


def test_the_answer_names_who_becomes_late() -> None:
    answer = ForeseenAnswer(now=0.0, before=outcome(T1=900, T2=1100), after=outcome(T1=1200, T2=1100))
    assert [order.order_id for order in foresight.newly_late(answer)] == ["T1"]
    told = foresight.told(answer, ["bớt AMR-01"])
    assert "1 đơn nếu giữ như bây giờ, 2 đơn nếu đổi" in told.text
    assert "T1" in told.text
    assert "bớt AMR-01" in told.text
    assert told.rows[0]["order"] == "T1"
    assert foresight.effects_told(answer)[0].startswith("1 đơn trễ thêm: T1")
    same = ForeseenAnswer(now=0.0, before=outcome(T1=900), after=replace(outcome(T1=950), complete=False))
    assert foresight.effects_told(same)[:1] == ("Mới xem trước được 60 phút:",)
    assert foresight.effects_told(same)[1].startswith("Không đơn nào trễ thêm")


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (Call("robot_pause", {"robot": "amr_01"}), "paused_robots"),
        (Call("order_cancel", {"order": "T1"}), "cancelled_orders"),
        (Call("zone_close", {"zone": LANE}), "zones"),
        (Call("order_create", {"from": SITE.places[0].id, "to": SITE.places[1].id, "qty": 2}), "new_lots"),
    ],
)
def test_commands_have_scenarios(call: Call, field: str) -> None:
    scenario = foresight.effects_of(call, SNAPSHOT, SITE)
    assert scenario is not None
    assert getattr(scenario, field)


def test_commands_that_change_no_delivery_have_none() -> None:
    for call in (Call("alarm_ack", {"alarm": "A1"}), Call("zone_close", {"zone": "NOWHERE"}), Call("robot_resume", {})):
        assert foresight.effects_of(call, SNAPSHOT, SITE) is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (Call("robot_pause", {"robot": "AMR-01"}), "DH-0412, hạn 15:40"),
        (Call("robot_pause", {"robot": "AMR-02"}), "Không mang đơn nào"),
        (Call("order_cancel", {"order": "DH-0412"}), "Robot AMR-01 đang làm đơn này"),
        (Call("zone_close", {"zone": "A2"}), "AMR-06"),
        (Call("zone_close", {"zone": "A2"}), "DH-0421"),
        (Call("zone_open", {"zone": "A2"}), "ca trưởng Hòa"),
        (Call("alarm_ack", {"alarm": "CB-31"}), "lỗi động cơ nâng"),
        (Call("order_create", {"from": "D01", "to": "A1W"}), "2 đơn đang chờ, 2 robot đang rảnh"),
        (Call("robot_pause", {"robot": "AMR-99"}), "Không thấy robot"),
    ],
)
def test_a_proposal_says_what_it_touches(call: Call, said: str) -> None:
    assert said in " ".join(touched(FACTS, call))


def report(**robots: float) -> Report:
    figures = [
        RobotFigures(robot=name, done=4, seconds={"loaded": 3600.0, "wait": 3600.0, "charge": 900.0}, metres=0.0,
                     metres_loaded=0.0, soc_min=0.2, soc_used=used, interventions=1, faults=0)
        for name, used in robots.items()
    ]  # fmt: skip
    return Report(
        site="x", name_vi="x", name_en="x", period=Period(0, 1), covered=Period(0, 3600), digest="", created=3, done=2,
        cancelled=0, failed=0, open_at_end=1, service=Spread(), allocation=Spread(), with_deadline=0, on_time=0,
        missions=1, deadlocks=0, interventions=0, attempts_failed=0, faults=0, repair=Spread(), charges=0,
        robots=figures, hours=(HourFigures(0.0, 1, 2),),
    )  # fmt: skip


def with_figures(**robots: float) -> Any:
    return FACTS.model_copy(update={"figures": lambda _begin, _end: report(**robots)})


def test_a_battery_lasts_as_the_last_hours_say() -> None:
    facts = with_figures(**{"AMR-05": 0.20})  # 20 % in two hours off the charger
    until = (FACTS.now + timedelta(hours=2)).isoformat()
    row = history.battery_forecast(facts, {"robot": "AMR-05", "until": until}).rows[0]
    assert (row["rate"], row["at_time"]) == ("10,0 %/giờ", "27 %")
    assert str(row["empty_at"])[11:16] == "18:52"  # 47 % down to 10 % at 10 % an hour
    assert "đang sạc" in history.battery_forecast(facts, {"robot": "AMR-03"}).text
    everyone = history.battery_forecast(facts, {})
    assert everyone.rows[0]["robot"] == "AMR-12"  # the emptiest first; nobody knows AMR-11
    assert "AMR-11" not in {row["robot"] for row in everyone.rows}


@pytest.mark.parametrize("args", [{"robot": "AMR-11"}, {"robot": "AMR-77"}])
def test_a_battery_that_nobody_knows_is_not_forecast(args: dict[str, Any]) -> None:
    assert not history.battery_forecast(with_figures(**{"AMR-05": 0.2}), args).known
    assert not history.battery_forecast(FACTS, {"robot": "AMR-05"}).known


def happened() -> list[Intervention]:
    return [
        Intervention("A2", "alarm.e_stop", "amr_05", "", 50000.0, "hoa", 50010.0, 50100.0),
        Intervention("A1", "alarm.deadlock", "amr_06", "T9", 40000.0),
    ]


def test_incidents_are_what_raised_alarms() -> None:
    facts = FACTS.model_copy(update={"happened": lambda _begin, _end: happened()})
    found = history.incidents(facts, {"period": "today"})
    assert [row["kind"] for row in found.rows] == ["estop", "deadlock"]
    assert found.rows[0]["taken_by"] == "hoa"
    assert history.incidents(facts, {"robot": "AMR-06"}).rows[0]["order"] == "T9"
    assert history.incidents(facts, {"kind": "estop"}).text.startswith("1 sự cố")
    assert not history.incidents(facts, {"kind": "collision"}).known  # no journal entry says so: it is not guessed
    assert "chưa lọc theo chỗ" in history.incidents(facts, {"place": "D05"}).text
    assert not history.incidents(FACTS, {}).known


def test_figures_by_robot_hour_and_shift() -> None:
    facts = with_figures(**{"AMR-05": 0.2})

    def by(name: str, how: str) -> ToolResult:
        return tools.run(facts, Call("kpi", {"name": name, "period": "today", "by": how}))

    assert by("throughput", "robot").rows[0] == {"robot": "AMR-05", "value": "4 đơn"}
    assert by("waiting_fraction", "robot").rows[0]["value"] == "50,0 %"
    assert by("throughput", "hour").rows[0]["value"] == "2 đơn"
    assert [row["shift"] for row in by("deadlocks", "shift").rows] == ["26/11 06:00", "26/11 14:00"]
    assert "Không chia được theo khu vực" in by("throughput", "zone").text
    assert by("throughput", "robot").at == FACTS.now.isoformat(timespec="seconds")


def test_the_brief_has_a_page_for_each_figure() -> None:
    brief = tools.run(with_figures(**{"AMR-05": 0.2}), Call("shift_summary", {"shift": "previous"}))
    assert brief.text.count(". ") == 4  # five sentences
    assert all(row["value"] and str(row["link"]).startswith("/") for row in brief.rows)


@pytest.mark.parametrize("text", ["{day}T23:30", "{day}T23:30:00+07:00", "{day}T16:30:00Z"])
def test_a_time_is_the_same_with_and_without_its_offset(text: str) -> None:
    """A program may leave the offset out: then it means the site's time, on the clock of a simulation, too."""
    day = clock(SNAPSHOT.t).date().isoformat()
    wanted = fleet_second(datetime.fromisoformat(f"{day}T23:30:00+07:00"), SNAPSHOT.t)
    text = text.format(day=day)
    (zone,) = requests_of(Call("zone_close", {"zone": LANE, "until": text}), SNAPSHOT, SITE, "lan")
    assert isinstance(zone, SetZone)
    assert zone.zone.until == wanted
    scenario = foresight.effects_of(Call("zone_close", {"zone": LANE, "until": text}), SNAPSHOT, SITE)
    assert scenario is not None
    assert [z.until for z in scenario.zones] == [wanted]
    places = [place.id for place in SITE.places]
    call = Call("order_create", {"from": places[0], "to": places[-1], "due": text})
    (order,) = requests_of(call, SNAPSHOT, SITE, "lan")
    assert isinstance(order, CreateOrder)
    assert order.order.deadline == wanted


def test_the_end_of_the_shift_is_a_time_and_nonsense_is_refused_with_its_place() -> None:
    (zone,) = requests_of(Call("zone_close", {"zone": LANE, "until": "shift:end"}), SNAPSHOT, SITE, "lan")
    assert isinstance(zone, SetZone)
    assert 0.0 < zone.zone.until - SNAPSHOT.t <= 8 * 3600.0
    with pytest.raises(AmrError) as error:
        requests_of(Call("zone_close", {"zone": LANE, "until": "2027-13-40T99:99"}), SNAPSHOT, SITE, "lan")
    assert (error.value.code, error.value.facts["where"]) == ("zone.invalid", "until")
