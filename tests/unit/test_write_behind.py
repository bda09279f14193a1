"""What is nice to have is written behind: a disk that hangs or refuses holds up nobody, and is told."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from amr_core.errors import AmrError
from amr_fleet.camera_frames import CameraFrame, CameraHealth
from amr_fleet.camera_history import CHUNK_S, CameraHistory, decode
from amr_fleet.store.behind import MOST_WAITING, WriteBehind

PATIENCE_S = 30.0


class Disk:
    """Takes chunks; hangs until it is let go."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.written: list[tuple[float, bytes]] = []

    def write(self, begin: float, _end: float, payload: bytes) -> None:
        if not self.free.wait(PATIENCE_S):
            raise AmrError("store.failed", reason="nobody let it go")
        self.written.append((begin, payload))


def meanwhile(disk: Disk, work: Callable[[], None]) -> bool:
    """Return whether work is done while the disk hangs; let the disk go."""
    done = threading.Event()

    def run() -> None:
        work()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    in_time = done.wait(PATIENCE_S / 2.0)
    disk.free.set()
    thread.join()
    return in_time


def test_who_gives_something_never_waits_and_what_is_too_much_is_told() -> None:
    disk, told = Disk(), list[AmrError]()
    behind = WriteBehind("test", disk.write, told.append)
    assert not behind.busy

    def put() -> None:
        for n in range(MOST_WAITING + 3):
            behind.put(float(n), n + 1.0, b"chunk")
        assert behind.busy

    assert meanwhile(disk, put)
    behind.close()
    assert [begin for begin, _ in disk.written] == [float(n) for n in range(MOST_WAITING)]
    assert [error.code for error in told] == ["store.failed"] * 3
    assert not behind.busy


def test_what_a_disk_refuses_is_told_and_the_rest_is_written() -> None:
    told, kept = list[AmrError](), list[float]()

    def write(begin: float, _end: float, _payload: bytes) -> None:
        if begin == 1.0:
            raise AmrError("store.failed", reason="full")
        kept.append(begin)

    behind = WriteBehind("test", write, told.append)
    for begin in (0.0, 1.0, 2.0):
        behind.put(begin, begin + 1.0, b"")
    behind.close()
    assert kept == [0.0, 2.0]
    assert [error.facts["reason"] for error in told] == ["full"]


@pytest.mark.parametrize("hours", [1, 3])
def test_the_history_of_cameras_goes_on_while_the_disk_hangs(hours: int) -> None:
    disk, told, read = Disk(), list[AmrError](), list[float]()
    history = CameraHistory(disk.write, lambda begin, _end: read.append(begin) or [], told.append)  # type: ignore[func-returns-value]
    health = CameraHealth(brightness=90.0, sharpness=0.4, usual=0.5, guards=12.0)
    frame = CameraFrame(camera="C01", t=0.0, blind="", size=(640, 480), things=(), health=health)

    def look() -> None:
        for second in range(0, round(hours * CHUNK_S), 2):
            history.look([frame], 7200.0 + second)

    assert meanwhile(disk, look)
    history.close()
    last = {begin: decode(payload) for begin, payload in disk.written}
    assert sum(span.seconds for span in last[7200.0]["C01"]) == CHUNK_S - 2.0
    assert len(last) == hours
    assert (told, read) == ([], [7200.0])  # an hour that has just begun is not read: nothing is in it
