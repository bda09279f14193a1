"""Pictures of several cameras in one process reach a reader on that computer whole: the DDS profile of the stack."""

import os
import subprocess
import sys
from pathlib import Path

from amr_core.dds_interfaces import environment

CAMERAS, ROUNDS = 8, 25
SENDER = """
import sys, time
from array import array
from sensor_msgs.msg import Image
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
domain, cameras, rounds = map(int, sys.argv[1:])
with ProcessHost(participant="sender", sim_time=False, domain_id=domain) as host:
    node = host.build(AmrNode, "sender")
    senders = [node.create_publisher(Image, f"camera_{i}", qos.SENSOR) for i in range(cameras)]
    host.spin_until(lambda: all(each.get_subscription_count() for each in senders), 20.0)
    picture = Image(width=640, height=480, encoding="mono8", step=640, data=array("B", bytes(640 * 480)))
    for _ in range(rounds):
        for each in senders:
            each.publish(picture)
        time.sleep(0.2)
    sys.stdin.read()
"""
READER = """
import subprocess, sys
from sensor_msgs.msg import Image
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
domain, cameras, rounds = map(int, sys.argv[1:4])
got = []
with ProcessHost(participant="reader", sim_time=False, domain_id=domain) as host:
    node = host.build(AmrNode, "reader")
    for i in range(cameras):
        node.create_subscription(Image, f"camera_{i}", got.append, qos.SENSOR)
    with subprocess.Popen([sys.executable, "-c", sys.argv[4], *sys.argv[1:4]], stdin=subprocess.PIPE) as sender:
        host.spin_until(lambda: len(got) == cameras * rounds, 30.0)
        sender.kill()
print(len(got))
"""


def test_the_pictures_of_eight_cameras_of_one_process_arrive(domain_id: int, tmp_path: Path) -> None:
    """Of 512 KiB, what Fast DDS keeps by itself, a third arrived: each picture of 300 kB is five pieces of 64 KiB."""
    mine = {name: text for name, text in os.environ.items() if not name.endswith("_DEFAULT_PROFILES_FILE")}
    chosen = environment(mine)
    assert "FASTRTPS_DEFAULT_PROFILES_FILE" in chosen
    command = [sys.executable, "-c", READER, str(domain_id), str(CAMERAS), str(ROUNDS), SENDER]
    got = subprocess.run(command, env=mine | chosen, capture_output=True, text=True, timeout=100.0, check=True).stdout
    assert int(got) >= 0.95 * CAMERAS * ROUNDS
