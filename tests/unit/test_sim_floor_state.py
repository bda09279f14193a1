"""The floor stays when the simulator's process is killed: robots, loads, batteries, people and time go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site import load_site
from amr_sim.engine import SimEngine, fleet_robots
from amr_sim.floor_state import EVERY, note, take_up
from amr_sim.load import Operation
from amr_sim.nodes.simulator import DT, site_world

SITE = load_site("lab")
STATION = SITE.places[0].stations[0].pose


def floor(robots: int = -1) -> SimEngine:
    return SimEngine(SITE, site_world("lab", SITE), fleet_robots(SITE, robots), 1)


def test_everything_stands_where_it_stood(tmp_path: Path) -> None:
    file = tmp_path / "floor.json"
    before = floor()
    before.teleport(0, STATION)
    before.handle_load(0, Operation.PICK, "PAL-1")
    for _ in range(400):
        before.step(DT)
    assert before.loads.on_board[0] == "PAL-1"
    before.teleport(1, Pose2D(12.0, 4.0, 1.0))
    before.command(1, 0.8, 0.0)
    before.step(DT)
    note(before, 401, file)
    after = floor()
    assert take_up(after, file, DT) == 401 + EVERY
    assert after.time == pytest.approx(before.time + EVERY * DT)
    assert after.pose(0) == before.pose(0)
    assert after.pose(1) == before.pose(1)
    assert not after.bases.state[:, 3:].any(), "wheels stand"
    assert not after.bases.odometry.any(), "and count from zero"
    assert after.loads.on_board == before.loads.on_board
    assert (after.loads.picked, after.loads.dropped) == (1, 0)
    assert after.batteries.soc.tolist() == before.batteries.soc.tolist()
    assert [m.outline().tolist() for m in after.movers.all] == [m.outline().tolist() for m in before.movers.all]
    after.step(DT)


def test_a_load_that_was_put_down_is_where_it_was_put(tmp_path: Path) -> None:
    file, before = tmp_path / "floor.json", floor()
    before.loads.places["PAL-7"], before.loads.dropped = "A1", 1
    note(before, 1, file)
    after = floor()
    take_up(after, file, DT)
    assert after.loads.places == {"PAL-7": "A1"}
    assert after.loads.dropped == 1


def test_without_a_note_it_is_a_new_floor(tmp_path: Path) -> None:
    assert take_up(floor(), tmp_path / "floor.json", DT) == 0


@pytest.mark.parametrize("rubbish", ["", "{}", "[1]", '{"steps": "x"}', "\x00\x01"])
def test_rubbish_is_told(tmp_path: Path, rubbish: str) -> None:
    file = tmp_path / "floor.json"
    file.write_text(rubbish)
    with pytest.raises(AmrError, match=r"site\.invalid"):
        take_up(floor(), file, DT)


def test_a_note_with_an_unknown_field_of_a_mover_or_of_other_robots_is_told(tmp_path: Path) -> None:
    file = tmp_path / "floor.json"
    note(floor(), 1, file)
    with pytest.raises(AmrError, match="other robots"):
        take_up(floor(1), file, DT)
    wrong = json.loads(file.read_text())
    wrong["movers"] = [{"wings": 2}]
    file.write_text(json.dumps(wrong))
    with pytest.raises(AmrError, match=r"site\.invalid"):
        take_up(floor(), file, DT)
