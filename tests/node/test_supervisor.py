"""The runner's supervisor with real child processes."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from amr_bringup.runner.supervisor import BACK_OFF, MAX_CRASHES, Supervisor
from amr_bringup.spec import NodeSpec
from amr_core.errors import AmrError


def _poll_for_ever(supervisor: Supervisor) -> None:
    while True:
        supervisor.poll()
        time.sleep(0.02)


def test_a_process_that_cannot_start_ends_the_run_with_a_reason(tmp_path: Path, domain_id: int) -> None:
    spec = NodeSpec(
        package="amr_sim", executable="nothing", target="no_such_module:Node", name="nothing", group="broken"
    )
    restarted: list[tuple[str, int]] = []
    environment = {"ROS_DOMAIN_ID": str(domain_id), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    supervisor = Supervisor([spec], tmp_path, environment, lambda group, code: restarted.append((group, code)))
    try:
        with pytest.raises(AmrError) as caught:
            _poll_for_ever(supervisor)
    finally:
        supervisor.close()
    assert caught.value.code == "run.crashed"
    assert caught.value.facts["process"] == "broken"
    assert restarted == [("broken", 1)] * (MAX_CRASHES - 1)
    assert "no_such_module" in Path(str(caught.value.facts["log"])).read_text()


class Clock:
    """time.monotonic for a supervisor whose children live as long as the test says."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Dummy:
    """A child process that lives until the test ends it."""

    def __init__(self) -> None:
        self.pid = 1
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


def lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> list[float]:
    """Return how long the supervisor waited after each life."""
    clock, born = Clock(), list[Dummy]()

    def spawn(_self: Supervisor, _command: list[str], _log: Path) -> Dummy:
        born.append(Dummy())
        return born[-1]

    monkeypatch.setattr("amr_bringup.runner.supervisor.time", clock)
    monkeypatch.setattr(Supervisor, "_spawn", spawn)
    spec = NodeSpec(package="amr_sim", executable="nothing", target="m:N", name="n", group="g")
    supervisor = Supervisor([spec], tmp_path, {}, lambda group, code: None)
    supervisor._children["g"].started = clock.now
    waits = []
    for life in seconds:
        clock.now += life
        born[-1].code, count = -9, len(born)
        ended = clock.now
        while len(born) == count:
            supervisor.poll()
            clock.now += 0.1
        waits.append(clock.now - ended)
    return waits


def test_one_that_is_killed_every_32_s_is_started_again_ever_more_slowly_and_never_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen before: after five kills 32 s apart the whole run ended, and not one order was delivered."""
    waits = lives(tmp_path, monkeypatch, [32.0] * 12)
    assert waits[0] < 0.5
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(BACK_OFF[-1], abs=0.3)


def test_one_that_settled_starts_anew_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lives(tmp_path, monkeypatch, [10.0, 10.0, 10.0, 61.0])[-1] < 0.5


def test_only_one_that_never_gets_going_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lives(tmp_path, monkeypatch, [1.0] * (MAX_CRASHES - 1) + [6.0] + [1.0] * (MAX_CRASHES - 1))
    with pytest.raises(AmrError):
        lives(tmp_path, monkeypatch, [1.0] * MAX_CRASHES)


def test_the_end_reaches_all_though_a_killed_one_takes_long_to_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen on a full machine: the first one ended the end, hid why the run had ended, and left all others running."""

    class Slow(Dummy):
        def wait(self, seconds: float) -> int:
            raise subprocess.TimeoutExpired("slow", seconds)

    told: list[tuple[int, int]] = []
    born: list[Slow] = []

    def spawn(_self: Supervisor, _command: list[str], _log: Path) -> Slow:
        born.append(Slow())
        born[-1].pid = 1000 + len(born)
        return born[-1]

    monkeypatch.setattr(Supervisor, "_spawn", spawn)
    monkeypatch.setattr("amr_bringup.runner.supervisor.os.killpg", lambda pid, number: told.append((pid, number)))
    specs = [NodeSpec(package="p", executable="e", target="m:N", name=n, group=n) for n in "abc"]
    Supervisor(specs, tmp_path, {}, lambda group, code: None).close()
    assert [pid for pid, number in told if number == signal.SIGKILL] == [1001, 1002, 1003]
