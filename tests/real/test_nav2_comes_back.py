"""Real Nav2 that ends or is restarted while an order is driven: the order is delivered all the same."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real.orders import Shift
from tests.real.real_support import Program, Real, group_of

pytestmark = [pytest.mark.nav2, pytest.mark.real_long]
RTF = "0.5"
MANAGER = "/amr_01/lifecycle_manager_navigation/manage_nodes"


def container(base: Program) -> int:
    """Return the process id of Nav2's container."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and group_of(entry) == base.process.pid:
            command = (entry / "cmdline").read_text(errors="replace")
            if command.split("\0")[0].endswith("component_container_isolated"):
                return int(entry.name)
    pytest.fail(f"no container of Nav2\n{base.tail}")


def kill(real: Real, base: Program) -> None:
    os.kill(container(base), signal.SIGKILL)


def restart(real: Real, base: Program) -> None:
    """What an engineer does: deactivate all servers, then activate them again. RESET ends the process (real.md)."""
    for command in (1, 2):  # PAUSE, RESUME
        real.run("ros2", "service", "call", MANAGER, "nav2_msgs/srv/ManageLifecycleNodes", f"{{command: {command}}}")


def call_off(real: Real, base: Program) -> None:
    """What a foreign client does that cancels all goals of a server: the agent's is lost while its robot drives."""
    everything = "/amr_01/follow_path/_action/cancel_goal"
    real.run("ros2", "service", "call", everything, "action_msgs/srv/CancelGoal", "{}")


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("harm", [kill, restart, call_off])
def test_an_order_survives(harm: Callable[[Real, Program], None], real: Real) -> None:
    base = real.launch("sim.launch.py", site="lab", robots=1, navigation="nav2", rtf=RTF)
    shift = Shift(real, base, "sim", site="lab", robots=1, orders=1, orders_per_hour=240, seed=8)
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
