"""One child process of the embedded runner: builds the nodes of its group and spins them until told to stop."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from amr_bringup.spec import NodeSpec
from amr_core.child_process import die_with_starter
from amr_ros.host import ProcessHost
from amr_ros.stopping import stop_on_signals


def read_specs(file: Path) -> list[NodeSpec]:
    """Read the node descriptions that the supervisor wrote."""
    specs = json.loads(file.read_text(encoding="utf-8"))
    return [NodeSpec(**{**raw, "when": frozenset(raw["when"]), "arguments": tuple(raw["arguments"])}) for raw in specs]


def main() -> None:
    """Run the group named in argv[1] with the specs of the file argv[2]; --wall-time: the time is not /clock."""
    stop = stop_on_signals()
    die_with_starter()
    os.umask(0o077)  # poses, tracks and journals are their owner's, whoever starts this
    group, file = sys.argv[1], Path(sys.argv[2])
    sim_time = group != "sim" and "--wall-time" not in sys.argv[3:]
    with ProcessHost(participant=group, sim_time=sim_time, stop=stop) as host:
        for spec in read_specs(file):
            host.add(spec)
        host.spin()


if __name__ == "__main__":
    main()
