"""What scripts/gazebo_cpu.py leaves out of a world to see what it costs: that, and nothing else."""

from __future__ import annotations

import importlib.util
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "gazebo_cpu.py"
ROBOTS = 2
GONE = {
    "movers": {"model", "joint", "link", "plugin", "visual"},
    "lamps": {"light"},
    "housings": {"visual"},
    "doors": {"model", "joint", "link", "plugin"},
    "imu": {"plugin"},
    "contacts": {"plugin"},
    "joints": {"plugin"},
    "pose": {"plugin"},
    "battery": {"plugin"},
    "broadcaster": {"plugin"},
    "step": set(),
    "detector": set(),
}
COUNTED = ("light", "visual", "model", "joint", "link", "plugin", "sensor", "collision")

spec = importlib.util.spec_from_file_location("gazebo_cpu", SCRIPT)
assert spec is not None
assert spec.loader is not None
gazebo_cpu = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gazebo_cpu)


def counts(text: str) -> Counter[str]:
    return Counter(element.tag for element in ET.fromstring(text).iter() if element.tag in COUNTED)


def test_every_part_is_known_here() -> None:
    assert set(gazebo_cpu.PARTS) == set(GONE)


@pytest.mark.parametrize("part", GONE)
def test_a_part_is_left_out_and_nothing_else(part: str) -> None:
    whole, less = (counts(gazebo_cpu.world("cai_cui", ROBOTS, parts)) for parts in ((), (part,)))
    changed = {tag for tag in COUNTED if less[tag] < whole[tag]}
    assert GONE[part] <= changed
    assert changed <= GONE[part] | ({"visual", "collision"} if part == "doors" else set())
    assert less["sensor"] == whole["sensor"], "sensors are what is measured"
    assert less["light"] >= 1, "the sun stays"


def test_the_step_and_the_detector_are_changed() -> None:
    root = ET.fromstring(gazebo_cpu.world("lab", 1, ("step", "detector")))
    assert root.findtext(".//physics/max_step_size") == "0.01"
    assert root.findtext(".//physics/dart/collision_detector") == "bullet"
