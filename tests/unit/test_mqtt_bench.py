"""The benches over MQTT: what they count, and what counts as failed. Their runs need a broker: tests/interop."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.rehearsal.rehearsal import units_of
from amr_interop.mqtt.link import Broker
from amr_interop.vda import encode
from amr_interop.vda.outbox import Outgoing
from amr_interop.vda.versions import V3_0
from amr_lab.mqtt_bench import brokers
from amr_lab.mqtt_bench.carrier import BrokerCarrier, SeededLink
from amr_lab.mqtt_bench.fleet import VdaFleet, ask_orders, figures, passed, run_mqtt_fleet, silence
from amr_lab.mqtt_bench.halls import limits, planned
from amr_lab.mqtt_bench.halls import passed as halls_passed
from amr_lab.mqtt_bench.load import _share, _state


def letters(link: SeededLink, count: int = 2000) -> list[str]:
    found = []
    for number in range(count):
        link.send(0.1 * number, Outgoing("uagv/v2/A/1/state", {"n": number}))
        found += [topic for topic, _ in link.arrived(0.1 * number)]
    return found + [topic for topic, _ in link.arrived(1e9)]


def test_the_proxy_loses_doubles_and_delays_as_its_seed_says() -> None:
    one, same, other = (SeededLink(seed, 0.1, 0.1, 0.1) for seed in (3, 3, 4))
    counts = [len(letters(link)) for link in (one, same, other)]
    assert counts[0] == counts[1]
    assert one.faults == same.faults != other.faults
    assert counts[0] == 2000 - one.faults["lost"] + one.faults["doubled"]
    assert all(150 < one.faults[name] < 250 for name in ("lost", "doubled", "late"))
    assert one.counts == {"state": 2000}


def test_nothing_passes_a_link_that_is_down() -> None:
    link = SeededLink(down=True)
    assert letters(link, 10) == []
    assert link.faults["lost"] == 10


def test_figures_tell_a_good_run_from_one_that_lost_or_doubled_something() -> None:
    model = load_site("lab")
    fleet = VdaFleet(build_roadmap(model), units_of(model, 2), seed=1)
    fleet.wire(SeededLink())
    for _ in range(30):
        fleet.step()
    fleet.step(ask_orders(fleet, 2))
    fleet.run(lambda f: f.done, 3600.0)
    found = figures(fleet, 2)
    assert passed(found), found
    assert (found["delivered"], found["messages"]["connection"]) == (2, 2)
    robot = next(iter(fleet.robots.values()))
    robot.picked += [*robot.picked, "X", "X"]
    assert not passed(figures(fleet, 2))
    assert not passed({**found, "orders": 3})
    assert not passed({**found, "space_given_twice": 1})
    assert passed({**found, "outage": {"went_on_after": 2.0, "driving_at_its_end": 0}})
    assert not passed({**found, "outage": {"went_on_after": None, "driving_at_its_end": 0}})
    assert not passed({**found, "outage": {"went_on_after": 2.0, "driving_at_its_end": 1}})


def test_while_nothing_passes_all_stop_at_the_end_of_their_base_and_go_on_when_it_does() -> None:
    model = load_site("lab")
    fleet = VdaFleet(build_roadmap(model), units_of(model, 2), seed=1)
    fleet.wire(SeededLink())
    for _ in range(30):
        fleet.step()
    fleet.step(ask_orders(fleet, 2))
    assert fleet.run(lambda f: any(r.edge is not None for r in f.robots.values()), 60.0)
    began = fleet.now
    told = silence(fleet, 60.0)
    assert (told["driving_at_its_end"], told["violations"]) == (0, 0)
    assert told["driving_before"] > 0
    assert told["went_on_after"] <= 10.0
    assert fleet.now >= began + 60.0


def test_doors_of_the_site_answer_the_fleet_of_the_bench() -> None:
    model = load_site("cai_cui")
    fleet = VdaFleet(build_roadmap(model), units_of(model, 1), seed=1)
    fleet.wire(SeededLink())
    fleet.step()
    states = {door.state(fleet.now) for door in fleet.engine.world.doors.values()}
    assert states
    assert "UNKNOWN" not in states, "nobody would ever pass"


def test_a_run_without_mosquitto_goes_over_the_small_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    good = run_mqtt_fleet(load_site("lab"), 2, 1, 1, 0.0, "", 0, tmp_path / "f.json")
    found = json.loads((tmp_path / "f.json").read_text())
    assert good
    assert json.loads(capsys.readouterr().out) == found
    assert (found["broker"], found["delivered"]) == ("the small broker of the demo", 1)


def test_a_server_that_is_killed_on_the_way_starts_from_its_journal_and_files(tmp_path: Path) -> None:
    assert run_mqtt_fleet(load_site("lab"), 2, 3, 1, 0.0, "", 0, tmp_path / "f.json", kills=2)
    found = json.loads((tmp_path / "f.json").read_text())
    assert (found["server_kills"], found["delivered"], found["outage"]) == (2, 3, {})


def test_a_broker_that_is_not_there_is_said_with_a_code() -> None:
    with pytest.raises(AmrError) as error:
        BrokerCarrier(Broker(port=9), SeededLink())
    assert error.value.code == "mqtt.unreachable"
    with pytest.raises(AmrError) as bad, brokers.broker("nowhere:x"):
        pass
    assert bad.value.code == "run.bad_option"


def test_a_state_of_the_load_is_as_long_as_one_at_work_and_shares_are_read_from_sorted_ages() -> None:
    size = len(json.dumps(encode.state(_state(7), V3_0), separators=(",", ":")))
    assert 1800 < size < 3200
    assert _share([0.1, 0.2, 0.3, 0.4], 0.5) == 0.3
    assert _share(list(range(200)), 0.99) == 198
    assert _share([], 0.5) != _share([], 0.5)  # not a number: nothing was heard


def test_a_site_in_parts_says_how_many_of_each_part_it_needs() -> None:
    row = {"engine_core": 0.25, "gateway_core": 0.1, "broker_core": 0.02, "states_s": 150.0, "commits_s": 8.0}
    flooded = {"broker": 9000.0, "bridge": 4000.0, "commits": 90.0}
    rows = {row["part"]: (row["most"], row["needed"]) for row in limits([row, row], 100, flooded)}
    assert rows == {
        "engine": (400, 3), "master control": (1500, 1), "broker": (9000, 1), "bridge": (4000, 1), "journal": (90, 1)
    }  # fmt: skip
    good: dict[str, float] = {
        "online": 100,
        "offline": 0,
        "doubled": 0,
        "failed": 0,
        "space_given_twice": 0,
        "collisions": 0,
    }
    good |= {"lost_s": 0.1, "robots_lost_s": 0.0, "seconds": 60.0}
    assert halls_passed([good, good], 100)
    assert not halls_passed([good, {**good, "online": 99}], 100)
    assert not halls_passed([good, {**good, "collisions": 1}], 100)
    assert not halls_passed([good, {**good, "lost_s": 5.0}], 100), "the machine was too busy"


def test_the_halls_of_a_site_have_robots_of_their_own_and_guests_at_the_next_broker() -> None:
    a, b = planned(3, 1, 1.0, ["x", "y"])
    assert (a.next_door, b.next_door) == (b.address, a.address)
    assert not {u.name for u in a.site().fleet} & {u.name for u in b.site().fleet}
    assert a.away() == [a.site().fleet[0].name]
    alone, other = planned(3, 0, 1.0, ["x", "y"])
    assert (alone.next_door, alone.away(), other.away()) == (None, [], [])
