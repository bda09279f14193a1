"""The runner's supervisor with real child processes."""

import time
from pathlib import Path

import pytest

from amr_bringup.runner.supervisor import MAX_CRASHES, Supervisor
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
