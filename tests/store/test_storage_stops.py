"""A stop while nothing can be written: it goes out at once, and is in the journal once it can be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.requests import SetPaused
from tests.store.storage_rig import Rig, no_room


def test_a_stop_goes_out_while_nothing_can_be_written_and_is_written_afterwards(tmp_path: Path) -> None:
    """A full disk let robots drive to the end of their base, and no page could stop them."""
    rig = Rig(str(tmp_path / "journal.sqlite3"))
    append = rig.store.append
    rig.store.append = no_room  # type: ignore[method-assign,assignment]
    rig.order("caught")
    assert rig.run(lambda: rig.trouble)
    rig.sent.clear()
    (name, other) = rig._robots
    stop = rig.service.ask(SetPaused(robots=(name,), pause=True, user="lan"))
    nobody = rig.service.ask(SetPaused(robots=("amr_99",), pause=True, user="lan"))
    go_on = rig.service.ask(SetPaused(robots=(other,), pause=False, user="lan"))
    rig.step()
    assert stop.result(timeout=0) is None
    assert [(told.robot, told.action_type) for told in rig.sent] == [(name, "startPause")]  # type: ignore[union-attr]
    assert [f.exception(timeout=0).code for f in (nobody, go_on)] == ["robot.not_found", "store.failed"]  # type: ignore[union-attr]
    rig.run(lambda: False, 3.0)
    assert len(rig.sent) == 2, "one that does not say that it stands is told again"
    rig._robots[name].instant(rig.sent[0])  # type: ignore[arg-type]
    rig.run(lambda: False, 10.0)
    assert len(rig.sent) == 2
    rig.store.append = append  # type: ignore[method-assign]
    assert rig.run(lambda: not rig.trouble)
    rig.run(lambda: False, 1.0)
    paused = [(e.robot, e.facts["user"]) for e in rig.store.read() if e.kind == "robot_paused"]
    assert paused == [(name, "lan")], "the journal has it with its owner"
    assert next(r for r in rig.service.snapshot().robots if r.name == name).paused
    rig.store.close()


@pytest.mark.parametrize("robots", [(), ("amr_01",)])
def test_a_stop_that_finds_the_disk_full_goes_out_itself(robots: tuple[str, ...], tmp_path: Path) -> None:
    """It waited for its own entry: the robot drove on until somebody pressed a second time."""
    rig = Rig(str(tmp_path / "journal.sqlite3"))
    append = rig.store.append
    rig.store.append = no_room  # type: ignore[method-assign,assignment]
    rig.sent.clear()
    stop = rig.service.ask(SetPaused(robots=robots, pause=True, user="lan"))
    for _ in range(3):
        rig.step()
    assert rig.trouble
    stopped = sorted(robots or rig._robots)
    assert sorted((m.robot, m.action_type) for m in rig.sent) == [(name, "startPause") for name in stopped]  # type: ignore[union-attr]
    for told in rig.sent:
        rig._robots[told.robot].instant(told)  # type: ignore[arg-type]
    rig.run(lambda: False, 10.0)
    assert len(rig.sent) == len(stopped), "one that says that it stands is told once"
    rig.store.append = append  # type: ignore[method-assign]
    assert rig.run(lambda: not rig.trouble)
    assert rig.run(stop.done, 1.0)
    rig.run(lambda: False, 1.0)
    paused = sorted((e.robot, e.facts["user"]) for e in rig.store.read() if e.kind == "robot_paused")
    assert paused == [(name, "lan") for name in stopped], "written once"
    assert sorted(r.name for r in rig.service.snapshot().robots if r.paused) == stopped
    rig.store.close()


def test_a_pause_that_was_lifted_in_the_step_that_finds_the_disk_full_is_none(tmp_path: Path) -> None:
    rig = Rig(str(tmp_path / "journal.sqlite3"))
    name = next(iter(rig._robots))
    append = rig.store.append
    rig.store.append = no_room  # type: ignore[method-assign,assignment]
    rig.sent.clear()
    for pause in (True, False):
        rig.service.ask(SetPaused(robots=(name,), pause=pause, user="lan"))
    rig.run(lambda: False, 3.0)
    assert rig.trouble
    assert not rig.sent
    rig.store.append = append  # type: ignore[method-assign]
    assert rig.run(lambda: not rig.trouble)
    assert [m.action_type for m in rig.sent if m.robot == name] == ["startPause", "stopPause"]  # type: ignore[union-attr]
    rig.store.close()


def test_nobody_lets_a_robot_go_on_that_was_stopped_meanwhile(tmp_path: Path) -> None:
    """What the engine had decided just before the disk was full comes late."""
    rig = Rig(str(tmp_path / "journal.sqlite3"))
    name = next(iter(rig._robots))
    for pause in (True, False):
        asked = rig.service.ask(SetPaused(robots=(name,), pause=pause, user="lan"))
        if pause:
            assert rig.run(asked.done)
    append = rig.store.append
    rig.store.append = no_room  # type: ignore[method-assign,assignment]
    assert rig.run(lambda: rig.trouble)
    assert rig.service.ask(SetPaused(pause=True, user="minh")) is not None
    rig.run(lambda: False, 1.0)
    rig.sent.clear()
    rig.store.append = append  # type: ignore[method-assign]
    assert rig.run(lambda: not rig.trouble)
    rig.run(lambda: False, 1.0)
    told = [m.action_type for m in rig.sent if m.robot == name]  # type: ignore[union-attr]
    assert "stopPause" not in told
    rig.store.close()
