"""The switch itself: what it does to frames, without root."""

from __future__ import annotations

import random

import pytest

from tests.hosts.switch import Port, Switch, Way

EVERYBODY = b"\xff" * 6


def frame(receiver: bytes, sender: bytes, length: int = 60) -> bytes:
    return (receiver + sender + b"\x08\x00").ljust(length, b"\0")


@pytest.fixture
def switch() -> Switch:
    made = Switch(seed=3)
    made.close()  # no thread: the test carries frames itself
    return made


def port(switch: Switch, name: str, wire: str = "0") -> Port:
    made = Port(name, -1, wire)
    switch._ports.append(made)
    return made


def mac(number: int) -> bytes:
    return bytes([2, 0, 0, 0, 0, number])


def test_a_way_delays_loses_and_counts() -> None:
    way = Way(loss=0.2, delay=0.5)
    out = [way.pass_at(float(n), b"x" * 100, random.Random(n)) for n in range(1000)]
    assert (way.sent, way.frames) == (100_000, 1000)
    assert way.dropped == out.count(None)
    assert 150 < way.dropped < 250
    assert {round(at - n, 3) for n, at in enumerate(out) if at is not None} == {0.5}


def test_a_cut_way_and_one_with_a_small_mtu_pass_nothing_too_long() -> None:
    chance = random.Random(1)
    assert Way(cut=True).pass_at(0.0, b"x" * 60, chance) is None
    small = Way(mtu=576)
    assert small.pass_at(0.0, b"x" * 590, chance) == 0.0
    assert small.pass_at(0.0, b"x" * 591, chance) is None


@pytest.mark.parametrize(("in_order", "sorted_out"), [(True, True), (False, False)])
def test_jitter_keeps_the_order_unless_told_otherwise(in_order: bool, sorted_out: bool) -> None:
    way, chance = Way(jitter=0.3, in_order=in_order), random.Random(5)
    out = [way.pass_at(n * 0.01, b"x" * 60, chance) for n in range(100)]
    times = [at for at in out if at is not None]
    assert (times == sorted(times)) is sorted_out


def test_the_same_seed_loses_the_same_frames() -> None:
    runs = [[Way(loss=0.5).pass_at(0.0, b"x" * 60, chance) for _ in range(50)] for chance in map(random.Random, (7, 7))]
    assert runs[0] == runs[1]


def test_frames_go_to_whom_they_are_for_on_their_own_wire(switch: Switch) -> None:
    a, b, c, far = port(switch, "a"), port(switch, "b"), port(switch, "c"), port(switch, "far", "1")
    switch.carry(0.0, b, frame(EVERYBODY, mac(2)))
    assert [p.down.frames for p in (a, b, c, far)] == [1, 0, 1, 0]
    switch.carry(0.1, a, frame(mac(2), mac(1)))
    assert [p.down.frames for p in (a, b, c, far)] == [1, 1, 1, 0]
    assert [entry[2].name for entry in sorted(switch._due, key=lambda e: e[:2])] == ["a", "c", "b"]


def test_a_way_that_is_cut_towards_one_leaves_the_others(switch: Switch) -> None:
    a, b, c = port(switch, "a"), port(switch, "b"), port(switch, "c")
    b.down.cut = True
    switch.carry(0.0, a, frame(EVERYBODY, mac(1)))
    assert (b.down.dropped, c.down.dropped, len(switch._due)) == (1, 0, 1)
    b.set(cut=True)
    switch.carry(0.0, b, frame(EVERYBODY, mac(2)))
    assert (b.up.dropped, len(switch._due)) == (1, 1)


def test_a_frame_that_is_cut_off_is_no_frame(switch: Switch) -> None:
    a = port(switch, "a")
    switch.carry(0.0, a, b"short")
    assert a.up.frames == 0
