"""Folds of the journal into rows: the same figures as the shift report, and no more memory than open orders need."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from amr_fleet.dataset import alarm_rows, journal_stage, order_rows, robot_rows
from amr_fleet.dataset.condition_rows import ConditionRows
from amr_fleet.dataset.ocel_fold import OcelFold
from amr_fleet.dataset.order_rows import OrderRows
from amr_fleet.dataset.release import DataRow, DatasetRelease
from amr_fleet.dataset.robot_rows import RobotRows
from amr_fleet.dataset.tracks_rows import Handled
from amr_fleet.domain.events import JournalEntry
from tests.unit.dataset_world import DROP, LOAD, PICK, ROBOT, created, entry, one_order, release, robot_time


def orders(entries: list[JournalEntry], of: DatasetRelease | None = None) -> list[DataRow]:
    fold = OrderRows(of or release())
    rows = [row for e in entries if e.kind in order_rows.KINDS for _, row in fold.take(e)]
    return rows + [row for _, row in fold.finish()]


def robots(entries: list[JournalEntry], of: DatasetRelease | None = None) -> list[tuple[str, DataRow]]:
    fold = RobotRows(of or release())
    return [made for e in entries if e.kind in robot_rows.KINDS for made in fold.take(e)] + list(fold.finish())


def alarms(entries: list[JournalEntry], of: DatasetRelease | None = None) -> list[tuple[str, DataRow]]:
    fold = alarm_rows.AlarmRows(of or release())
    return [made for e in entries if e.kind in alarm_rows.KINDS for made in fold.take(e)] + list(fold.finish())


def test_an_order_is_one_row_with_its_times() -> None:
    (row,) = orders(one_order(t=100.0, priority=3, deadline=500.0))
    of = release()
    assert (row["created"], row["assigned"], row["picked"], row["ended"]) == tuple(
        of.time(t) for t in (100.0, 110.0, 200.0, 400.0)
    )
    assert (row["state"], row["service"], row["on_time"], row["priority"]) == ("DONE", 300.0, True, 3)
    assert (row["pick_place"], row["drop_place"], row["robot"]) == (PICK, DROP, ROBOT)


def test_service_counts_from_the_release_and_lateness_by_the_last_wish() -> None:
    changed = one_order(t=100.0, earliest=150.0)
    changed.insert(3, entry(120.0, "order_changed", "o1", "", user="an", deadline=390.0, priority=7))
    (row,) = orders(changed)
    assert (row["service"], row["on_time"], row["priority"]) == (250.0, False, 7)


def test_a_cutoff_is_a_deadline() -> None:
    cutoff = entry(1.0, "cutoff_set", name="Sà lan 7", kind="barge", at=350.0, user="an")
    (row,) = orders([cutoff, *one_order(cutoff="Sà lan 7")])
    assert row["on_time"] is False
    assert "Sà lan" not in str(row)


def test_orders_of_the_period_are_those_open_in_it() -> None:
    old, over, cut, later = (one_order(t, f"o{t}") for t in (0.0, 900.0, 1900.0, 5000.0))
    entries = sorted([*old, *over, *cut, *later], key=lambda e: e.t)
    found = orders([e for e in entries if e.t < 2000.0], release(begin=1000.0, end=2000.0))
    assert [row["state"] for row in found] == ["DONE", "OPEN"]
    assert found[1]["ended"] is None
    assert found[1]["on_time"] is None


@pytest.mark.parametrize(("user", "seconds"), [("an", 3600.0), ("ros", 4000.0), ("", 4000.0)])
def test_when_a_person_cancelled_is_told_to_the_hour(user: str, seconds: float) -> None:
    (row,) = orders([created(3000.0, "o1"), entry(4000.0, "order_cancelled", "o1", "", user=user)])
    assert row["ended"] == release().time(seconds)


def test_rare_customers_and_kinds_are_merged() -> None:
    kept = release(kept=frozenset({"customer:KH-LUA", "kind:pallet"}))
    common, rare, none = (
        orders(one_order(cargo_kind=k, cargo_customer=c), kept)[0]
        for k, c in (("pallet", "KH-LUA"), ("container", "KH-MOT"), ("", ""))
    )
    assert (common["cargo_kind"], rare["cargo_kind"], none["cargo_kind"]) == ("pallet", "other", "unknown")
    assert str(common["customer"]).startswith("customer-")
    assert (rare["customer"], none["customer"]) == ("other", None)


def test_what_the_site_does_not_know_is_other() -> None:
    (row,) = orders(one_order(pick_place="Nhà bà Tư", drop_place="<script>"))
    assert (row["pick_place"], row["drop_place"], row["pick_kind"]) == ("other", "other", "other")
    assert row["load"] != LOAD


def test_orders_forget_what_has_ended() -> None:
    fold = OrderRows(release(end=1e9))
    for number in range(1000):
        for e in one_order(100.0 * number, f"o{number}"):
            if e.kind in order_rows.KINDS:
                list(fold.take(e))
    assert not fold._open


def test_time_of_robots_is_the_journals() -> None:
    found = robots([robot_time(300.0), robot_time(600.0), robot_time(3900.0)])
    rows = [row for table, row in found if table == "robot_time"]
    assert [(r["metres"], r["wait"], r["wait_traffic"], r["loaded"]) for r in rows] == [(120.5, 30.0, 20.0, 100.0)] * 3
    hours = [row for table, row in found if table == "energy"]
    assert [h["soc_used"] for h in hours] == [0.02, 0.01]
    assert all(isinstance(h["energy"], float) and h["energy"] > 0 for h in hours)


def test_time_that_began_before_the_period_is_not_in_it() -> None:
    found = robots([robot_time(300.0), robot_time(600.0), robot_time(900.5), robot_time(1300.0)], release(300.0, 900.0))
    assert [row["end"] for table, row in found if table == "robot_time"] == [release().time(t) for t in (600.0, 900.5)]


def test_missions_end_as_the_journal_says_or_as_other() -> None:
    entries = one_order()
    entries[-1] = entry(400.0, "mission_ended", "o1", ROBOT, mission="m-o1", why="gọi anh Ba 0909")
    (mission,) = [row for table, row in robots(entries) if table == "missions"]
    assert mission["result"] == "other"
    assert mission["goal"] == "other"
    open_one = [row for table, row in robots(one_order()[:3]) if table == "missions"]
    assert [(m["result"], m["ended"]) for m in open_one] == [("open", None)]


def test_docking_has_a_row_for_each_hand_over() -> None:
    rows = [row for table, row in robots(one_order()) if table == "docking"]
    assert [(r["action"], r["off"], r["turn"]) for r in rows] == [("pick", 0.01, 0.2), ("drop", 0.02, -0.1)]


def test_an_alarm_that_a_person_ended_has_no_end() -> None:
    base = {"alarm": "A1", "code": "alarm.blocked"}
    raised = entry(10.0, "alarm_raised", "", ROBOT, **base, robot=ROBOT, why="x")
    acked = entry(50.0, "alarm_acked", "", ROBOT, **base, user="an")
    itself = alarms([raised, acked, entry(80.0, "alarm_cleared", "", ROBOT, **base)])
    by_person = alarms([raised, acked, entry(50.2, "alarm_cleared", "", ROBOT, **base)])
    assert [row["cleared"] for _, row in itself] == [release().time(80.0)]
    assert [row["cleared"] for _, row in by_person] == [None]
    strange = alarms([entry(1.0, "alarm_raised", "", "", alarm="A2", code="alarm.xyz")])
    assert [row["code"] for _, row in strange] == ["other"]


@pytest.mark.parametrize(
    ("user", "code", "source", "begin", "seconds"),
    [("an", "", "person", 3600.0, None), ("camera", "camera.person", "camera", 4000.0, 60.0),
     ("", "", "system", 4000.0, 60.0)],
)  # fmt: skip
def test_restrictions_by_who_set_them(user: str, code: str, source: str, begin: float, seconds: float | None) -> None:
    facts = {"zone": "nhà cô Năm", "zone_kind": "slow", "max_speed": 0.3, "code": code, "text": "cô Năm", "until": 0.0,
             "area": "{}", "user": user}  # fmt: skip
    found = alarms(
        [entry(4000.0, "zone_set", **facts), entry(4060.0, "zone_cleared", zone="nhà cô Năm", why="expired", user="")]
    )
    ((table, row),) = found
    assert (table, row["source"], row["begin"], row["seconds"]) == ("zones", source, release().time(begin), seconds)
    assert row["max_speed"] == 0.3
    assert "Năm" not in str(row)


def test_a_restriction_that_is_set_again_is_two() -> None:
    facts = {"zone": "Z", "zone_kind": "closed", "max_speed": 0.0, "code": "", "text": "", "until": 0.0, "area": "{}"}
    found = alarms([entry(1.0, "zone_set", **facts, user=""), entry(9.0, "zone_set", **facts, user="")])
    assert [row["seconds"] for _, row in found] == [8.0, None]
    assert len({row["zone"] for _, row in found}) == 2


def test_people_at_a_robot_are_stretches_of_time() -> None:
    handled = Handled()
    for e in (
        entry(10.0, "robot_paused", "", ROBOT, user="an"), entry(20.0, "robot_resumed", "", ROBOT, user="an"),
        entry(100.0, "robot_relocalised", "", ROBOT, x=0.0, y=0.0, theta=0.0, user="an"),
        entry(500.0, "robot_stopped", "", ROBOT, kind="MANUAL"),
    ):  # fmt: skip
        handled.take(e)
    assert handled.finish(600.0) == {ROBOT: [(10.0, 20.0), (40.0, 160.0), (500.0, 600.0)]}


def test_every_row_has_the_columns_of_its_table() -> None:
    from amr_fleet.dataset.schema import TABLES

    entries = [*one_order(), robot_time(300.0), entry(5.0, "alarm_raised", "", ROBOT, alarm="A", code="alarm.blocked")]
    entries.append(entry(6.0, "zone_set", zone="Z", zone_kind="hold", max_speed=0.0, code="", user=""))
    made = [*(("orders", row) for row in orders(entries)), *robots(entries), *alarms(entries)]
    assert set(Counter(table for table, _ in made)) == {
        "orders", "missions", "robot_time", "docking", "energy", "alarms", "zones"
    }  # fmt: skip
    for table, row in made:
        fields = TABLES[table].fields
        assert list(row) == list(TABLES[table].names) or set(row) == set(TABLES[table].names), table
        assert all(row[f.name] is not None for f in fields if not f.null), table
        assert all(row[f.name] in f.allowed for f in fields if f.allowed and row[f.name] is not None), table


def test_conditions_of_a_trial_are_rows_without_who_noted_them() -> None:
    def noted(t: float, **row: object) -> JournalEntry:
        return entry(t, "trial_condition", trial="T1", row=json.dumps(row), user="an")

    fold = ConditionRows(release())
    entries = [
        noted(4000.0, at=1.0, zone=PICK, head="lighting", value=420.0, unit="lx", source="sensor"),
        noted(4000.0, at=1.0, zone="chỗ chị Sáu", head="temperature", value=31.5, unit="độ của Sáu"),
        noted(4000.0, head="gossip", value=1.0),
        entry(4000.0, "trial_condition", trial="T1", row="{", user="an"),
        noted(1e9, head="lighting", value=1.0),
    ]
    found = [row for e in entries for _, row in fold.take(e)]
    assert [(r["t"], r["zone"], r["head"], r["value"], r["unit"], r["source"]) for r in found] == [
        (release().time(4000.0), PICK, "lighting", 420.0, "lx", "sensor"),
        (release().time(3600.0), "other", "temperature", 31.5, "other", "person"),
    ]
    assert "Sáu" not in str(found)


class Events:
    """Takes what an OCEL file would be given."""

    def __init__(self) -> None:
        self.times: list[tuple[str, str]] = []

    def add_event(self, kind: str, time: str, *_: object) -> None:
        self.times.append((kind, time))

    def add_object(self, *_: object) -> None:
        pass


def test_no_format_tells_the_moment_at_which_a_person_ended_an_alarm() -> None:
    """The table leaves it out; the log of events tells the hour, and the exact time of what ended by itself."""
    base = {"alarm": "A1", "code": "alarm.blocked"}
    raised = entry(3610.0, "alarm_raised", "", ROBOT, **base)
    acked = entry(3650.0, "alarm_acked", "", ROBOT, **base, user="an")
    for end, hour in ((3650.2, True), (3680.0, False)):
        events = Events()
        fold = OcelFold(release(), events, frozenset())  # type: ignore[arg-type]
        for one in (raised, acked, entry(end, "alarm_cleared", "", ROBOT, **base)):
            fold.take(one)
        (time,) = [time for kind, time in events.times if kind == "alarm_cleared"]
        told = release().published.utc(release().coarse(end) if hour else end)
        assert time == told.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert "alarm_acked" not in [kind for kind, _ in events.times]


@pytest.mark.parametrize(("user", "exact"), [("hai_quan", False), ("", True)])
def test_when_a_person_held_a_load_is_told_to_the_hour(user: str, exact: bool) -> None:
    said: list[str] = []
    epcis = journal_stage._Epcis(release(), "9520000", said.append)
    epcis.take(entry(4000.0, "cargo_held", load_id="095200000000000015", user=user))
    (event,) = [json.loads(text) for text in said if text.startswith('{"type"')]
    t = 4000.0 if exact else release().coarse(4000.0)
    assert event["eventTime"] == release().published.local(t)


def test_a_mission_has_one_name_in_the_table_and_in_the_log() -> None:
    (mission, *_) = [row for table, row in robots(one_order()) if table == "missions"]
    assert mission["mission"] == release().names.name("mission", "m-o1")
