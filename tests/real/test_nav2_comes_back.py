"""Real Nav2 that ends or is restarted while an order is driven: the order is delivered all the same."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real.orders import Shift
from tests.real.real_support import Program, Real, group_of

pytestmark = [pytest.mark.nav2, pytest.mark.real_long]
RTF = "0.5"
MANAGER = "/amr_01/lifecycle_manager_{}/manage_nodes"
STARTUP, PAUSE, RESUME, RESET = 0, 1, 2, 3
"""nav2_msgs/srv/ManageLifecycleNodes."""
ACTIVE = re.compile(r"lifecycle_manager_navigation\]: .*Managed nodes are active")


def container(base: Program) -> int:
    """Return the process id of Nav2's container, 0 while it does not run."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and group_of(entry) == base.process.pid:
            command = (entry / "cmdline").read_text(errors="replace")
            if command.split("\0")[0].endswith("component_container_isolated"):
                return int(entry.name)
    return 0


def manage(real: Real, command: int, manager: str = "navigation") -> Program:
    """Start a call of one of Nav2's lifecycle managers."""
    wish = f"{{command: {command}}}"
    return real.start("ros2", "service", "call", MANAGER.format(manager), "nav2_msgs/srv/ManageLifecycleNodes", wish)


def kill(real: Real, base: Program) -> None:
    running = container(base)
    assert running, f"no container of Nav2\n{base.tail}"
    os.kill(running, signal.SIGKILL)


def restart(real: Real, base: Program) -> None:
    """What an engineer does: deactivate all servers, then activate them again."""
    for command in (PAUSE, RESUME):
        assert manage(real, command).wait(60.0) == 0


def reset(real: Real, base: Program) -> None:
    """Deactivate and clean up all servers of navigation, configure and activate them again.

    The docking server of some builds of Nav2 aborts where it is cleaned up (docs/real.md): its container is started
    again then, and nobody answers the call.
    """
    before, call = container(base), manage(real, RESET)
    end = time.monotonic() + 90.0
    while container(base) == before and "success" not in call.words:
        assert time.monotonic() < end, f"{call.tail}\n{base.tail}"
        time.sleep(0.2)
    answered = container(base) == before
    sys.stdout.write(f"RESET {'was answered' if answered else 'ended the container'}\n")
    if answered:
        started = manage(real, STARTUP)
        started.wait(90.0)
        assert "success=True" in started.words, f"{started.tail}\n{base.tail}"
    call.stop()


def forget(real: Real, base: Program) -> None:
    """Clean up map and AMCL, configure and activate them again: AMCL has no pose then, until the agent tells it one.

    Before, AMCL went on from the map's origin, and the agent believed it.
    """
    for command in (RESET, STARTUP):
        call = manage(real, command, "localization")
        assert call.wait(90.0) == 0
        assert "success=True" in call.words, f"{call.tail}\n{base.tail}"
    base.wait_for(lambda: "AMCL was set up anew" in base.words, 10.0, "the agent's word that it has heard of it")


def call_off(real: Real, base: Program) -> None:
    """What a foreign client does that cancels all goals of a server: the agent's is lost while its robot drives."""
    everything = "/amr_01/follow_path/_action/cancel_goal"
    words = real.run("ros2", "service", "call", everything, "action_msgs/srv/CancelGoal", "{}")
    assert "GoalInfo(" in words, f"no goal was lost: {words}"


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("harm", [kill, restart, forget, reset, call_off])
def test_an_order_survives(harm: Callable[[Real, Program], None], real: Real) -> None:
    base = real.launch("sim.launch.py", site="lab", robots=1, navigation="nav2", rtf=RTF)
    shift = Shift(real, base, "sim", site="lab", robots=1, orders=1, orders_per_hour=240, seed=8)
    base.wait_for(lambda: ACTIVE.search(base.words) is not None, 300.0, "Nav2")
    shift.server.wait_for(lambda: driven(shift.journal) >= 2, 300.0, f"a way to be given up\n{base.tail}")
    time.sleep(4.0)
    harm(real, base)
    figures = shift.finish(800.0)
    assert (figures["orders_done"], figures["orders_failed"], figures["complete"]) == (1, 0, True), figures
    assert (figures["collisions"], figures["loads_dropped"]) == (0, 1), figures


def driven(journal: Path) -> int:
    """Return how often the robot has got more of its way: it drives."""
    if not journal.is_file():
        return 0
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as connection:
        tables = connection.execute("select count(*) from sqlite_master where name = 'journal'").fetchone()[0]
        query = "select count(*) from journal where kind = 'robot_holds' and robot = 'amr_01'"
        return int(connection.execute(query).fetchone()[0]) if tables else 0
