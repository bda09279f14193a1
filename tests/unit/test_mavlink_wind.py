"""The wind that an aircraft says over MAVLink: known while it says it, and only when it can be."""

from __future__ import annotations

import math

import pytest

from amr_uav.mavlink.wire import Encoder
from tests.unit.test_mavlink_link import Pair, sent_by


def test_a_wind_that_it_no_longer_says_or_never_said_is_not_known() -> None:
    """A wind of an hour ago, or none, must not stand on the page as the wind of now."""
    pair = Pair()
    pair.lost_down = sent_by("WIND_COV")
    pair.run(2.0)
    told = pair.link.telemetry(pair.now)
    assert told is not None
    assert told.wind is None, "it never said one: not 0"
    pair.link.take(pair.now, Encoder(1, 1).frame("WIND_COV", wind_x=3.0, wind_y=4.0))
    for seconds, wind in ((9.0, 5.0), (2.0, None)):
        pair.run(seconds)
        pair.link.take(pair.now, Encoder(1, 1).frame("WIND_COV", wind_x=math.nan))  # no word of the wind
        told = pair.link.telemetry(pair.now)
        assert told is not None
        assert told.wind == wind


@pytest.mark.parametrize("wind", [math.nan, math.inf, -math.inf])
def test_wind_that_is_no_number_is_not_used(wind: float) -> None:
    pair = Pair()
    pair.run(2.0)
    pair.link.take(pair.now, Encoder(1, 1).frame("WIND_COV", wind_x=3.0, wind_y=4.0))
    pair.link.take(pair.now, Encoder(1, 1).frame("WIND_COV", wind_x=wind))
    told = pair.link.telemetry(pair.now)
    assert told is not None
    assert (told.wind, pair.link.counts.impossible) == (5.0, 1)
