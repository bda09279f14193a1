"""One computer of a site as a process: what site.launch.py or robot.launch.py start, by the embedded runner.

Usage: python -m tests.hosts.start server|robot FOLDER [NAME:=VALUE ...]. In FOLDER: logs, pids.json, truth.jsonl.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from amr_bringup import launch_choice
from amr_bringup.launch_arguments import Argument, Values
from amr_bringup.runner.supervisor import Supervisor
from amr_bringup.spec import NodeSpec
from amr_core import dds_interfaces
from amr_core.child_process import die_with_starter
from amr_ros.stopping import stop_on_signals

_PERIOD_S = 0.1


def chosen(kind: str, words: list[str]) -> list[NodeSpec]:
    """Return what a computer of this kind runs."""
    server = kind == "server"
    choose = launch_choice.site_server if server else launch_choice.robot
    arguments = launch_choice.SERVER if server else launch_choice.ROBOT
    extra = (Argument("composition", "true", "", ("true", "false")), Argument("respawn", "true", "", ()))
    given: dict[str, Any] = dict(word.split(":=", 1) for word in words)
    return list(choose(Values(given, (*arguments, *extra))))


def watched(spec: NodeSpec, folder: Path) -> list[NodeSpec]:
    """Return a simulated base with a node that notes where it really is."""
    if spec.group != "base":
        return [spec]
    witness = NodeSpec(
        package="tests", executable="witness", target="tests.hosts.witness:Witness", name="witness",
        namespace=spec.namespace, group=spec.group, params={"file": str(folder / "truth.jsonl")},
    )  # fmt: skip
    return [spec, witness]


def say_ended(group: str, code: int) -> None:
    """Note that a process ended and is started again."""
    sys.stdout.write(f"{group} ended: {code}\n")


def main() -> None:
    """Run until SIGTERM."""
    die_with_starter()
    stop = stop_on_signals()
    kind, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    specs = [one for spec in chosen(kind, sys.argv[3:]) for one in watched(spec, folder)]
    environment = {**dds_interfaces.environment(), "PYTHONUNBUFFERED": "1", "ROS_LOG_DIR": str(folder)}
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        environment[threads] = os.environ.get(threads, "1")
    supervisor = Supervisor(specs, folder, environment, say_ended, wall_time=True)
    stop.spinning = True
    try:
        while not stop.wait(_PERIOD_S):
            supervisor.poll()
            (folder / "pids.json").write_text(json.dumps(supervisor.pids))
    finally:
        stop.end()
        supervisor.close()


if __name__ == "__main__":
    main()
