"""What a killed process leaves in shared memory does not hold up the next one."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from amr_ros.shared_memory import FOLDER, remove_dead_segments, remove_unfinished_ports

START_S = 60.0
PORTS_OF_A_NODE = """
import re, sys
from pathlib import Path
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
with ProcessHost(participant="probe", sim_time=False, domain_id=int(sys.argv[1])) as host:
    host.build(AmrNode, "probe")
    print(*sorted(set(re.findall("fastrtps_port[0-9]+", Path("/proc/self/maps").read_text()))))
"""

SEGMENT_OF_A_NODE = """
import os, re, sys, time
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
with ProcessHost(participant="probe", sim_time=False, domain_id=int(sys.argv[1])) as host:
    host.build(AmrNode, "probe")
    files = [os.path.realpath(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")]
    print(*re.findall("fastrtps_[0-9a-f]{16}(?=_el)", " ".join(files)), flush=True)
    time.sleep(60.0)
"""


def file(folder: Path, name: str, content: bytes, age_s: float) -> Path:
    made = folder / name
    made.unlink(missing_ok=True)
    made.write_bytes(content)
    then = made.stat().st_mtime - age_s
    os.utime(made, (then, then))
    return made


def ports_of_a_node(domain_id: int) -> list[str]:
    command = [sys.executable, "-c", PORTS_OF_A_NODE, str(domain_id)]
    names = subprocess.run(command, capture_output=True, text=True, timeout=START_S, check=True).stdout.split()
    # Those below 7400 are shared by all domains: other processes on this machine may use them just now.
    return [name for name in names if int(name.removeprefix("fastrtps_port")) >= 7400]


@pytest.mark.parametrize("content", [b"", b"\x01\x00\x00\x00" + bytes(52396)])
def test_a_port_whose_maker_was_killed_is_made_anew(domain_id: int, content: bytes) -> None:
    left = [file(FOLDER, name, content, 5.0) for name in ports_of_a_node(domain_id)]
    assert left
    assert ports_of_a_node(domain_id) == [each.name for each in left]
    assert not any(each.exists() and each.read_bytes()[:4] == content[:4] for each in left)


def test_only_what_is_not_ready_and_not_new_is_removed(tmp_path: Path) -> None:
    ready = b"\x02\x00\x00\x00rest"
    for name, content, age in (
        ("fastrtps_port1", b"", 5.0),
        ("fastrtps_port2", b"\x01\x00\x00\x00", 5.0),
        ("fastrtps_port3", b"\x01", 5.0),
        ("fastrtps_port4", b"", 0.0),
        ("fastrtps_port5", ready, 5.0),
        ("fastrtps_port5_el", b"", 5.0),
        ("fastrtps_0a3c8a218f8cc961_el", b"", 5.0),
        ("sem.fastrtps_port1_mutex", b"", 5.0),
    ):
        file(tmp_path, name, content, age)
    assert sorted(remove_unfinished_ports(tmp_path)) == ["fastrtps_port1", "fastrtps_port2", "fastrtps_port3"]
    assert len(list(tmp_path.iterdir())) == 5
    assert remove_unfinished_ports(tmp_path / "absent") == []


def test_what_a_killed_process_kept_for_its_readers_is_removed_by_the_next(domain_id: int) -> None:
    command = [sys.executable, "-c", SEGMENT_OF_A_NODE, str(domain_id)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as lives,
    ):
        assert killed.stdout
        assert lives.stdout
        left, kept = killed.stdout.readline().strip(), lives.stdout.readline().strip()
        killed.kill()
        killed.wait(timeout=START_S)
        # Threads that a kill ends a moment later keep the lock until then.
        try:
            assert (FOLDER / left).exists()
            with (FOLDER / f"{left}_el").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
            os.utime(FOLDER / f"{left}_el", (0.0, 0.0))
            os.utime(FOLDER / f"{kept}_el", (0.0, 0.0))
            ports_of_a_node(domain_id)
            assert not (FOLDER / left).exists()
            assert not (FOLDER / f"{left}_el").exists()
            assert (FOLDER / kept).exists()
            assert (FOLDER / f"{kept}_el").exists()
        finally:
            lives.kill()


def test_a_process_that_begins_keeps_its_segment(tmp_path: Path) -> None:
    file(tmp_path, "fastrtps_0a3c8a218f8cc961", b"x", 5.0)
    file(tmp_path, "fastrtps_0a3c8a218f8cc961_el", b"", 0.0)
    file(tmp_path, "fastrtps_port7410_el", b"", 5.0)
    file(tmp_path, "fastrtps_nothexadecimal00_el", b"", 5.0)
    assert remove_dead_segments(tmp_path) == []
    assert remove_dead_segments(tmp_path, min_age_s=-1.0) == ["fastrtps_0a3c8a218f8cc961"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["fastrtps_nothexadecimal00_el", "fastrtps_port7410_el"]
    assert remove_dead_segments(tmp_path / "absent") == []


def test_what_anybody_may_put_there_stops_no_process(tmp_path: Path) -> None:
    names = [f"fastrtps_0123456789abcde{i}_el" for i in range(3)] + [f"fastrtps_port{i}" for i in range(3)]
    for number, name in enumerate(names):
        odd = tmp_path / name
        (odd.mkdir, lambda odd=odd: os.mkfifo(odd), lambda odd=odd: odd.symlink_to(tmp_path / "none"))[number % 3]()
    assert remove_dead_segments(tmp_path, min_age_s=-1.0) == []
    assert remove_unfinished_ports(tmp_path, min_age_s=-1.0) == []
    assert len(list(tmp_path.iterdir())) == len(names)
