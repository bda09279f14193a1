"""What nodes really publish and subscribe is what their enclave may; a run's sockets are on loopback only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from amr_bringup.run_options import RunOptions
from amr_bringup.security.policy import enclave_of, grants
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import stack
from amr_core.dds_interfaces import RANGE, environment
from amr_core.site import load_site
from amr_ros.host import ProcessHost

OPTIONS = RunOptions(site="lab", robots=1, cameras=True, depth=True, lockstep=False, camera_frames=True)
SPECS = stack(load_site("lab"), replace(OPTIONS, record="recording"))
GRANTS = {grant.enclave: grant for grant in grants(SPECS, simulated=True)}
KINDS = {spec.executable: spec for spec in SPECS}
STRANGER = """
import json, sys, time
import rclpy
from amr_interfaces.msg import FleetState
rclpy.init()
node = rclpy.create_node("stranger")
node.create_subscription(FleetState, "/fleet/state", print, 1)
ask = getattr(node, f"get_{sys.argv[2]}_info_by_topic")
end = time.monotonic() + 20.0
while not (found := len(ask("/fleet/state")) > 0) and time.monotonic() < end:
    time.sleep(0.1)
time.sleep(2.0)
print("said", json.dumps({"bound": [], "found": found}), flush=True)
sys.stdin.read()
"""
"""One who knows nothing of our profile, as `ros2 topic` does."""
CHILD = """
import json, os, socket, struct, sys
from pathlib import Path
from amr_bringup.spec import NodeSpec
from amr_ros.host import ProcessHost
with ProcessHost(participant="report", sim_time=True) as host:
    host.add(NodeSpec(**json.loads(sys.argv[1])))
    ask = getattr(host.nodes[0], f"get_{sys.argv[2]}_info_by_topic")
    found = host.spin_until(lambda: len(ask("/fleet/state")) > 0, 20.0)
    host.spin_until(lambda: False, 2.0)
    links = [os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    inodes = {link[8:-1] for link in links if link.startswith("socket:")}
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    bound = [socket.inet_ntoa(struct.pack("<I", int(row[1].split(":")[0], 16))) for row in rows if row[9] in inodes]
    print("said", json.dumps({"bound": bound, "found": found}), flush=True)
    sys.stdin.read()
"""
"""It stays until it is let go: the other one may find it later."""


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_node_does_nothing_that_its_enclave_may_not(
    kind: str, host: ProcessHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec, grant = KINDS[kind], GRANTS[enclave_of(KINDS[kind])]
    host.add(replace(spec, params={**spec.params, **({"folder": str(tmp_path)} if kind == "recorder" else {})}))
    host.spin_until(lambda: False, 0.2)
    published, subscribed = set(), set()
    for node in host.nodes:
        where = (node.get_name(), node.get_namespace())
        published |= {name for name, _ in node.get_publisher_names_and_types_by_node(*where, no_demangle=True)}
        subscribed |= {name for name, _ in node.get_subscriber_names_and_types_by_node(*where, no_demangle=True)}
    assert published
    assert subscribed
    assert [name for name in sorted(published) if not grant.may_publish(name)] == []
    assert [name for name in sorted(subscribed) if not grant.may_subscribe(name)] == []


def plain(spec: NodeSpec) -> str:
    keys = ("package", "executable", "target", "name", "namespace")
    return json.dumps({**{key: getattr(spec, key) for key in keys}, "params": dict(spec.params)})


def word_of(child: subprocess.Popen[str]) -> str:
    """Return what a child says of itself; others write there, too."""
    assert child.stdout is not None
    return next(line for line in child.stdout if line.startswith("said ")).removeprefix("said ")


ALONE = {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
"""What a person sets who starts nodes one by one."""


@pytest.mark.parametrize(
    ("fleet", "other", "script"),
    [
        pytest.param(environment({}), environment({}), CHILD, id="a run"),
        pytest.param(ALONE, ALONE, CHILD, id="nodes one by one"),
        pytest.param(ALONE, {**environment({}), **ALONE}, CHILD, id="one that a run's process started"),
        pytest.param(environment({}), ALONE, STRANGER, id="a run and a stranger"),
        pytest.param(ALONE, {**environment({}), **ALONE}, STRANGER, id="a stranger with our profile"),
    ],
)
def test_no_socket_is_on_all_interfaces_and_processes_find_one_another(
    fleet: dict[str, str], other: dict[str, str], script: str, domain_id: int
) -> None:
    base = {k: v for k, v in os.environ.items() if not k.endswith("_DEFAULT_PROFILES_FILE") and k != RANGE}
    base |= {"ROS_DOMAIN_ID": str(domain_id), "RMW_IMPLEMENTATION": ""}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", text, plain(KINDS[kind]), whom],
            env=base | own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for kind, whom, own, text in (("fleet", "subscriptions", fleet, CHILD), ("report", "publishers", other, script))
    ]  # fmt: skip
    said = [json.loads(word_of(child)) for child in children]
    for child in children:
        child.communicate(timeout=90)
    ours = [one["bound"] for one, text in zip(said, (CHILD, script), strict=True) if text == CHILD]
    assert all(ours)
    assert {address for bound in ours for address in bound} == {"127.0.0.1"}
    assert [one["found"] for one in said] == [True, True], "each finds the other"
