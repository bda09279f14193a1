"""StartCheckNode: how long it waits for a Gazebo that says nothing yet."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from rclpy.parameter import Parameter

from amr_bringup.nodes import start_check
from amr_ros.host import ProcessHost

CORES = os.cpu_count() or 1


@pytest.mark.parametrize(("load", "least"), [(0.0, 15.0), (1.0 * CORES, 15.0), (10.0 / 2 * CORES, 75.0)])
def test_silence_is_an_error_later_where_others_want_the_cores(
    load: float, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference site took more than 15 s to its first clock at a load of 20, and the start was given up."""
    now = [100.0]
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(start_check, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with ProcessHost(participant="start_check", sim_time=False) as host:
        given = [Parameter("robots", value=["amr_01"])]
        node = start_check.StartCheckNode(ticker=host.ticker, context=host.context, parameter_overrides=given)
        host.adopt(node)
        now[0] += least - 0.1
        assert node.problem() is None
        now[0] += 0.2
        problem = node.problem()
        assert problem is not None
        assert problem.code == "gazebo.silent"
        assert problem.facts["seconds"] == round(least)
