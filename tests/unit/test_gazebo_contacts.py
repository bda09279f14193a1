"""What Gazebo's contact sensors say, as its own program prints it: who touches whom, and how often it begins."""

from __future__ import annotations

import json

import pytest

from amr_sim.gazebo_contacts import TouchLog

ROBOT, RACK = "amr_01::chassis::skirt_collision", "building::link::rack_east"


def line(seconds: float, *pairs: tuple[str, str]) -> str:
    """Return a message as `gz topic --json-output` prints it: 64-bit numbers are texts, what is 0 is left out."""
    stamp = {"sec": str(int(seconds)), "nsec": round(seconds % 1 * 1e9)}
    contacts = [{"collision1": {"id": "41", "name": a}, "collision2": {"id": "7", "name": b}} for a, b in pairs]
    return json.dumps({"header": {"stamp": {key: value for key, value in stamp.items() if value}}, "contact": contacts})


def test_a_robot_that_leans_on_a_rack_is_one_contact() -> None:
    log = TouchLog(["amr_01"])
    (contact,) = log.hear(line(12.5, (RACK, ROBOT)))
    assert (contact.time, contact.first, contact.second) == (12.5, "amr_01", "building"), "the robot first"
    for k in range(300):
        assert log.hear(line(12.5 + k / 200, (RACK, ROBOT), ("building::link::floor", ROBOT))) == []
    assert log.episodes == 1
    assert len(log.hear(line(20.0, (ROBOT, RACK)))) == 1, "it came again"


def test_two_robots_that_touch_are_one_contact_though_both_say_so() -> None:
    log = TouchLog(["amr_01", "amr_02"])
    other = "lab::amr_02::chassis::deck_collision"
    log.hear(line(3.0, (ROBOT, other)))
    log.hear(line(3.0, (other, ROBOT)))
    assert [(c.first, c.second) for c in log.log] == [("amr_01", "amr_02")]


def test_a_body_without_a_name_is_a_contact_all_the_same() -> None:
    log = TouchLog(["amr_01"])
    log.hear(json.dumps({"header": {"stamp": {}}, "contact": [{"collision1": {"id": "3"}, "collision2": {"id": "4"}}]}))
    assert [(c.first, c.second) for c in log.log] == [("entity 3", "entity 4")]


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"header": {"stamp": {"sec": "soon"}}}'])
def test_what_is_no_message_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        TouchLog(["amr_01"]).hear(text)
