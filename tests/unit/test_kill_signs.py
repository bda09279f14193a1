"""By what `amr bench kills --ros` sees that each kind of process works again."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from amr_lab.fleet_bench.nodes import stack_signs
from amr_lab.fleet_bench.nodes.stack_signs import Signs, SignsNode
from amr_lab.fleet_bench.nodes.truth_judge import SeenRobot
from amr_lab.fleet_bench.victims import API, KINDS


class Clock:
    """The monotonic clock of the test (s); the wall clock is 1000 s ahead of it."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now + 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr(stack_signs, "time", one)
    return one


@pytest.fixture
def node(clock: Clock) -> SignsNode:
    """Hears what one camera and the fleet say, without ROS."""
    one = object.__new__(SignsNode)
    one._judge = SimpleNamespace(fleet_heard=clock.now, fleet_stamp=50.0, robots={})  # type: ignore[assignment]
    one.seen, one.heard, one.worst_blind = {"C01": clock.now}, {}, 0.0
    one._guarding, one._held, one._flight, one._watched = {"C01"}, set(), -math.inf, clock.now
    return one


@pytest.fixture
def signs(node: SignsNode, tmp_path: Path) -> Signs:
    progress = tmp_path / "report.json.progress"
    return Signs(node._judge, node, port=1, headers={}, foxglove=2, progress=progress)


def test_each_kind_has_a_sign(signs: Signs) -> None:
    assert signs.kinds == set(KINDS)


def test_a_camera_works_when_it_sees_and_not_when_it_says_that_it_is_blind(node: SignsNode, clock: Clock) -> None:
    began = clock.now
    assert not node.sees(began), "its last word is of before the kill"
    clock.now += 1.0
    node._on_view(SimpleNamespace(camera="C01", seeing=False))
    assert not node.sees(began)
    node._on_view(SimpleNamespace(camera="C01", seeing=True))
    assert node.sees(began)
    clock.now += 3.5
    assert not node.sees(began), "it has fallen silent again"


def zones(*ids: str) -> Any:
    return SimpleNamespace(data=json.dumps({"zones": [{"zone_id": one} for one in ids]}))


def test_a_crossing_that_nobody_sees_and_nothing_holds_is_counted(node: SignsNode, clock: Clock) -> None:
    for held, worst in ((["camera:C01:D1:silent"], 0.0), (["camera:C02:D1:silent"], 8.0), ([], 12.0)):
        node._on_zones(zones(*held))
        clock.now += 4.0
        node._judge.fleet_heard = clock.now
        node._watch(0.0)
        assert node.worst_blind == worst


def test_while_the_fleet_is_away_nobody_is_let_into_a_crossing(node: SignsNode, clock: Clock) -> None:
    clock.now += 20.0
    node._watch(0.0)
    assert node.worst_blind == 0.0
    node._judge.fleet_heard = clock.now
    clock.now += 2.0
    node._watch(0.0)
    assert node.worst_blind == 2.0, "from the moment it is back it is asked to hold"


def test_recorder_and_gate_work_when_they_say_how_they_are(node: SignsNode, signs: Signs, clock: Clock) -> None:
    began = clock.now
    clock.now += 1.0
    assert signs.missing(["recorder", "gate_G1"], ["recorder", "gate_G1"], began) == ["recorder", "gate_G1"]
    said = [SimpleNamespace(name="camera recorder"), SimpleNamespace(name="gates/G1: label_reader")]
    node._on_diagnostics(SimpleNamespace(status=said))
    assert signs.missing(["recorder", "gate_G1"], ["recorder", "gate_G1"], began) == []
    clock.now += 11.0
    assert signs.missing(["recorder"], [], 0.0) == ["recorder"]


def test_a_report_works_when_its_file_was_written_since(signs: Signs, clock: Clock, tmp_path: Path) -> None:
    file = tmp_path / "report.json.progress"
    assert not signs.all_work(["ops"], ["ops"], clock.now)
    file.write_text("")
    os.utime(file, (1099.0, 1099.0))
    assert not signs.all_work(["ops"], ["ops"], 100.0)
    os.utime(file, (1101.0, 1101.0))
    assert signs.all_work(["ops"], ["ops"], 100.0)


def test_a_page_with_an_old_snapshot_does_not_work(signs: Signs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "page_is_ready", lambda: True)
    for said, works in (('{"t": 48}', True), ('{"t": 46.9}', False), (None, False), ("{}", False), ("[", False)):
        monkeypatch.setattr(signs, "_first", lambda *_, said=said: said)
        assert signs.all_work([API], [API], 0.0) is works
    monkeypatch.setattr(signs, "page_is_ready", lambda: False)
    monkeypatch.setattr(signs, "_first", lambda *_: '{"t": 50}')
    assert not signs.all_work([API], [API], 0.0)


def test_the_fleet_works_when_it_has_spoken_since(signs: Signs, clock: Clock, node: SignsNode) -> None:
    assert not signs.all_work(["fleet"], ["fleet"], clock.now)
    assert signs.all_work(["fleet"], ["api"], clock.now), "it was not killed, and spoke a moment ago"
    clock.now += 3.5
    assert not signs.all_work(["fleet"], [], clock.now)


def test_the_simulator_works_when_it_has_told_the_truth_since(signs: Signs) -> None:
    """A truth that was in flight when it died counted."""
    one = SeenRobot(truth=(0.0, 0.0, 0.0, 0.0), truth_stamp=5.0, after=6.0)
    signs._judge.robots["amr_01"] = one
    assert not signs.all_work(["sim"], ["sim"], 0.0)
    one.truth_stamp = 6.0
    assert signs.all_work(["sim"], ["sim"], 0.0)


def test_where_nobody_listens_nobody_is_let_in(signs: Signs) -> None:
    assert not signs.lets_in()
    assert not signs.page_is_ready()
