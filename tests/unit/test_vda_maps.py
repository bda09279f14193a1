"""Maps of robots that list them: downloaded, enabled, tidied, and no order without the one that it is about."""

from __future__ import annotations

from typing import Any

import pytest

from amr_interop.vda.maps import MapDesks
from amr_interop.vda.versions import V2_0, Spelling
from tests.unit.maps_rig import EACH, WISH, answer, asked, desk, has, missing, mixed
from tests.unit.vda_desk import Desk, leading, mission


@EACH
def test_a_map_is_downloaded_enabled_and_the_old_one_deleted(spelling: Spelling) -> None:
    d = desk(spelling)
    d.say(**has(("site", "6", True), ("cellar", "1", True)))
    names = {"mapId": "site", "mapVersion": "7"}
    link = {"mapDownloadLink": "https://maps.site/acme.zip", "mapHash": "ab12"}
    assert asked(d) == [("downloadMap", names | link)]
    answer(d, "RUNNING")
    d.wait(2.0)
    d.say()
    assert len(asked(d)) == 1
    since = len(d.sent)
    answer(d, "FINISHED", **has(("site", "6", True), ("site", "7", False)))
    assert asked(d, since) == [("enableMap", names)]
    since = len(d.sent)
    answer(d, "FINISHED", **has(("site", "6", False), ("site", "7", True), ("cellar", "1", False)))
    assert asked(d, since) == [("deleteMap", {"mapId": "site", "mapVersion": "6"})]
    since = len(d.sent)
    answer(d, "FINISHED", **has(("site", "7", True), ("cellar", "1", False)))
    d.wait(2.0)
    assert asked(d, since) == []  # the map of another area is not ours to delete
    assert missing(d) == []


@EACH
def test_it_drives_on_with_the_old_map_while_the_new_one_comes_and_is_enabled_at_rest(spelling: Spelling) -> None:
    d = desk(spelling)
    d.state |= has(("site", "6", True))
    leading(d)
    since = len(d.sent)
    answer(d, "FINISHED", **has(("site", "6", True), ("site", "7", False)))
    d.say()
    assert asked(d, since) == []
    d.say(nodeStates=[], lastNodeId="C", lastNodeSequenceId=4)
    d.master.order(mission(6, update=1))
    d.say()
    assert [kind for kind, _ in asked(d, since)] == ["enableMap"]
    assert d.orders(d.sent[since:]) == []  # it waits for the map
    answer(d, "FINISHED", **has(("site", "6", False), ("site", "7", True)))
    assert [o["orderUpdateId"] for o in d.orders(d.sent[since:])] == [1]


@EACH
def test_without_the_map_there_is_no_order_and_somebody_is_told(spelling: Spelling) -> None:
    d = desk(spelling, None)
    d.say(**has(("cellar", "1", True)))
    d.master.order(mission(3))
    d.wait(10.0)
    d.say()
    assert (d.orders(d.sent), asked(d)) == ([], [])
    assert missing(d) == [("vda.map_missing", "FATAL")]
    d.say(**has(("site", "1", True)))
    d.say()
    assert missing(d) == []
    assert len(d.orders(d.sent)) >= 1


@EACH
def test_the_only_map_is_enabled_without_a_wish_and_of_two_none(spelling: Spelling) -> None:
    d = desk(spelling, None)
    d.say(**has(("site", "3", False)))
    assert asked(d) == [("enableMap", {"mapId": "site", "mapVersion": "3"})]
    d = desk(spelling, None)
    d.say(**has(("site", "3", False), ("site", "4", False)))
    d.say()
    assert (asked(d), missing(d)) == ([], [("vda.map_missing", "FATAL")])


@EACH
@pytest.mark.parametrize("maps", [None, []])
def test_who_says_nothing_of_maps_gets_orders_but_not_when_its_factsheet_has_them_led(
    spelling: Spelling, maps: list[Any] | None
) -> None:
    d = desk(spelling, None)
    d.state |= {} if maps is None else {"maps": maps}
    d.say()
    d.master.order(mission(3))
    assert d.orders(d.wait(0.5)) == []
    assert missing(d) == [("vda.map_missing", "FATAL")]
    plain = desk(spelling, None, actions=())  # its list is empty because it knows nothing of maps
    plain.state |= {} if maps is None else {"maps": maps}
    plain.say()
    plain.master.order(mission(3))
    assert plain.orders(plain.wait(0.5))


@EACH
@pytest.mark.parametrize("maps", [None, []])
def test_a_robot_without_maps_is_brought_one_before_its_first_order(spelling: Spelling, maps: list[Any] | None) -> None:
    """`maps` is optional: a robot that has none may leave it out."""
    d = desk(spelling)
    d.state |= {} if maps is None else {"maps": maps}
    d.say()
    d.master.order(mission(3))
    d.wait(0.5)
    assert mixed(d, 0) == ["downloadMap"]
    answer(d, "FINISHED", **has(("site", "7", False)))
    assert mixed(d, 0) == ["downloadMap", "enableMap"]
    answer(d, "FINISHED", **has(("site", "7", True)))
    d.wait(0.3)
    assert mixed(d, 0) == ["downloadMap", "enableMap", "order"]


def test_a_robot_of_2_0_has_no_field_for_its_maps() -> None:
    d = desk(V2_0)
    d.say()
    d.master.order(mission(3))
    assert d.orders(d.wait(0.5))
    assert missing(d) == [("vda.map_missing", "WARNING")]


@EACH
def test_a_wish_that_cannot_be_followed_is_told(spelling: Spelling) -> None:
    d = desk(spelling, actions=())
    d.say()
    d.master.order(mission(3))
    assert d.orders(d.wait(0.5))
    assert missing(d) == [("vda.map_missing", "WARNING")]
    silent = Desk(spelling)  # it has not said what it can do
    silent.master.maps = MapDesks(["site"], {"site": WISH})
    for _ in range(50):
        silent.say(1.0)
    assert missing(silent) == []
    for _ in range(12):
        silent.say(1.0)
    assert missing(silent) == [("vda.map_missing", "WARNING")]
    plain = desk(spelling, None, actions=())
    for _ in range(70):
        plain.say(1.0)
    assert missing(plain) == []


@EACH
def test_a_download_that_fails_is_tried_again_now_and_then_and_told_after_a_minute(spelling: Spelling) -> None:
    d = desk(spelling)
    d.say(**has(("site", "6", True)))
    began = d.now
    while d.now - began < 100.0:
        answer(d, "FAILED")
        d.wait(0.8)
    assert 3 <= len(asked(d)) <= 4
    d.say()
    assert missing(d) == [("vda.map_missing", "WARNING")]
    d.master.order(mission(3))
    assert d.orders(d.wait(0.5))  # with the old map
