"""The harness itself: what it does where programs are missing, and that nothing outlives a test."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.real import real_support, start_errors
from tests.real.real_support import NEEDED, Program, Real, environment, missing, need


def test_missing_programs_are_named() -> None:
    assert missing("gazebo", {"PATH": "/nowhere"}) == ["ros2", "gz", "amr_bringup", "ros_gz_sim", "ros_gz_bridge"]


@pytest.mark.parametrize("kind", ["nav2", "gazebo"])
def test_a_skip_becomes_a_failure_where_they_are_needed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real_support, "environment", lambda: {"PATH": "/nowhere"})
    monkeypatch.delenv(NEEDED, raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"no real {kind} here .*apt install ros-jazzy"):
        need(kind)
    monkeypatch.setenv(NEEDED, "1")
    with pytest.raises(pytest.fail.Exception, match=f"no real {kind} here"):
        need(kind)


def test_a_script_is_sourced_with_its_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "setup.bash"
    script.write_text('echo noise; export AMR_GREETING="$1\n$2"')
    monkeypatch.setenv(real_support.ENVIRONMENT, f"{script} one two")
    environment.cache_clear()
    assert environment()["AMR_GREETING"] == "one\ntwo"
    script.write_text("return 3")
    environment.cache_clear()
    with pytest.raises(RuntimeError, match="cannot be sourced"):
        environment()
    monkeypatch.undo()
    environment.cache_clear()


def test_children_that_ignore_an_interrupt_end_too(tmp_path: Path) -> None:
    stubborn = 'trap "" INT TERM; (trap "" INT TERM; while true; do sleep 0.1; done) & while true; do sleep 0.1; done'
    program = Program(["bash", "-c", stubborn], dict(os.environ), tmp_path / "log")
    time.sleep(0.3)
    assert program.alive()
    program.stop(grace=0.3)
    assert not program.alive()


def test_a_process_that_left_its_group_is_found(tmp_path: Path) -> None:
    real = Real(tmp_path)
    program = real.start("bash", "-c", "setsid sleep 30 & echo $!; wait")
    try:
        program.wait_for(lambda: "\n" in program.words and len(real.left()) == 2, 10.0, "two processes")
        program.stop()
        assert [command.split()[0] for command in real.left()] == ["sleep"]
        with pytest.raises(AssertionError, match=r"still running: .*sleep 30"):
            real.close()
    finally:
        os.kill(int(program.words), signal.SIGKILL)


def test_one_error_is_counted_once_however_often_it_is_said() -> None:
    error = "[launch.nav2] Nav2 of amr_01 does not start: no map; mend it"
    points = "[launch.ended] nav2_check ended (exit code 1), and nothing goes on without it: see its message"
    words = f"[nav2_check-3] [FATAL] [amr_01.nav2_check]: {error}\n[ERROR] [launch]: Caught exception: {points}\n"
    assert start_errors.errors(words) == [error]
    assert start_errors.errors(f"{words}[FATAL] {error}\n[INFO] [launch]: all log files\n") == [error]
    assert len(start_errors.errors(f"{words}[launch.world] Gazebo: the world file\n")) == 2
    assert start_errors.errors("[ERROR] [amr_01.map_server]: Failed to load\n") == []


def test_what_others_take_of_the_cores_is_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert start_errors.undisturbed(18.0, 0.0) == 18.0
    assert start_errors.undisturbed(18.0, 17.0) == 18.0, "one core was left"
    assert start_errors.undisturbed(40.0, 60.0) == 20.0, "half a core was left"
    assert start_errors.undisturbed(40.0, 80.0) == 12.0, "no more than that: a start that waits for nothing is no start"
