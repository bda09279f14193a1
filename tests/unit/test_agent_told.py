"""What the agent tells the navigation again: who listens is volatile, and Nav2's speed filter has the same topic."""

from __future__ import annotations

from typing import Any

from geometry_msgs.msg import Polygon
from nav2_msgs.msg import SpeedLimit
from std_msgs.msg import Header

from amr_navigation.nodes.agent_told import OutlineWord, SpeedWord


def _filter_says(limit: float) -> SpeedLimit:
    return SpeedLimit(header=Header(frame_id="map"), percentage=False, speed_limit=limit)


def _said(messages: list[Any]) -> list[float]:
    told = [round(float(m.speed_limit), 2) for m in messages]
    messages.clear()
    return told


def test_the_end_of_a_static_zone_does_not_lift_the_limit_of_an_edge() -> None:
    said: list[Any] = []
    word = SpeedWord(said.append, lambda: 1)
    word.set(0.0, 0.8)
    word.on_message(1.0, _filter_says(0.5))
    assert _said(said) == [0.8, 0.5]
    word.set(1.1, 0.3)
    word.on_message(2.0, _filter_says(0.0))
    assert _said(said) == [0.3, 0.3], "Nav2 would drive a slow edge at full speed from the end of the zone on"
    word.set(2.1, 1.2)
    assert _said(said) == [1.2]


def test_within_a_static_zone_a_faster_edge_does_not_lift_its_limit() -> None:
    said: list[Any] = []
    word = SpeedWord(said.append, lambda: 1)
    word.on_message(1.0, _filter_says(0.5))
    assert not said, "without an order the filter's word stands alone"
    word.set(1.1, 1.2)
    assert _said(said) == [0.5]


def test_a_nav2_that_was_started_anew_hears_the_limit_again() -> None:
    said: list[Any] = []
    word = SpeedWord(said.append, lambda: 1)
    word.set(0.0, 0.3)
    for tick in range(1, 21):
        word.repeat(0.1 * tick)
    assert _said(said) == [0.3] * 5


def test_a_filter_that_went_takes_its_zone_along_and_a_blink_of_discovery_does_not() -> None:
    said: list[Any] = []
    there = 1
    word = SpeedWord(said.append, lambda: there)
    word.set(0.0, 1.0)
    word.on_message(0.0, _filter_says(0.5))
    there = 0
    word.repeat(1.0)
    assert _said(said)[-1] == 0.5
    word.repeat(2.5)
    assert _said(said) == [1.0]


def test_words_of_others_in_percent_or_of_the_agent_itself_are_no_zone() -> None:
    said: list[Any] = []
    word = SpeedWord(said.append, lambda: 1)
    word.set(0.0, 1.0)
    word.on_message(0.1, SpeedLimit(percentage=False, speed_limit=0.2))
    word.on_message(0.1, SpeedLimit(header=Header(frame_id="map"), percentage=True, speed_limit=20.0))
    word.on_message(0.1, _filter_says(float("nan")))
    word.repeat(0.6)
    assert _said(said) == [1.0, 1.0]


def test_who_begins_to_listen_hears_the_outline_though_it_missed_the_first_word() -> None:
    said: list[Any] = []
    listeners = 1
    word = OutlineWord(said.append, lambda: listeners)
    word.repeat(0.0)
    word.set(0.0, Polygon())
    said.clear()
    for tick in range(1, 200):
        word.repeat(0.1 * tick)
    quiet = len(said)
    assert quiet <= 7, "each word inflates Nav2's costmap anew"
    listeners = 2
    word.repeat(20.0)
    word.repeat(21.0)
    assert len(said) == quiet + 2, "a costmap that came back would take a loaded robot for an empty one"
