"""A robot of another maker calls the site's map otherwise: the gateway's map_ids says so."""

from __future__ import annotations

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_interop.vda.floors import floors_of, one_floor
from amr_interop.vda.maps import MapWish, called, wishes_by_map
from amr_interop.vda.master import Master
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.unit.vda_desk import Desk, mission

LEVELS = floors_of(load_site("two_floor"))


class Foreign(Desk):
    """A robot whose map has a name of its maker; listed: what the gateway is told of that."""

    def __init__(self, spelling: Spelling, said: str, *listed: str) -> None:
        super().__init__(spelling)
        floors = called(listed, ["r"], one_floor("site"))["r"]
        self.master = Master("r", "ACME", "1", map_id="site", shelf=self.shelf, floors=floors)
        self.said = said

    def body(self) -> dict[str, object]:
        """Return a state on the map of its maker."""
        body = super().body()
        body[self.spelling.position] |= {"mapId": self.said}
        return body


@pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)
def test_a_robot_with_a_map_of_its_makers_name_works_when_the_gateway_is_told_and_not_before(
    spelling: Spelling,
) -> None:
    for listed, orders, codes in (((), 0, {"vda.map_wrong"}), (("r=PLANT 3/a",), 1, set())):
        desk = Foreign(spelling, "PLANT 3/a", *listed)
        desk.say()
        desk.master.order(mission(3))
        sent = desk.orders(desk.say())
        assert len(sent) == orders
        assert desk.told is not None
        assert {e.code for e in desk.told.errors} == codes
        assert desk.told.localized == bool(listed)
        for order in sent:
            assert {n["nodePosition"]["mapId"] for n in order["nodes"]} == {"PLANT 3/a"}


def test_a_robot_whose_map_has_another_name_is_held_to_that_and_may_say_none() -> None:
    for said, orders in (("site", 0), ("", 1)):
        desk = Foreign(V2_1, said, "r=PLANT")
        desk.say()
        desk.master.order(mission(3))
        assert len(desk.orders(desk.say())) == orders, said


def test_levels_are_named_one_by_one_and_what_is_not_named_keeps_its_name() -> None:
    floors = called(["r@upper=OG"], ["r", "q"], LEVELS)
    assert floors["r"].ids == ["two_floor.ground", "OG"]
    assert floors["q"].ids == LEVELS.ids
    upper = floors["r"].named("OG")
    assert upper is not None
    assert upper.origin == LEVELS.floors[1].origin
    assert floors["r"].named("two_floor.upper") is None
    assert wishes_by_map(["r@upper=7 https://a"], floors) == {"r": {"OG": MapWish("7", "https://a")}}


@pytest.mark.parametrize(
    ("listed", "several"),
    [
        (["r=A"], True), (["r@attic=A"], True), (["x@upper=A"], True), (["r@upper=A", "r@ground=A"], True),
        (["r@upper=two_floor.ground"], True), (["r@upper=A", "r@upper=B"], True), (["r@upper=A"], False),
        (["r="], False), (["r"], False), (["r= A"], False), (["r=A\n"], False), (["r=" + 129 * "A"], False),
        (["r=A", "r=A"], False), (["x=A"], False), ([""], False),
    ],
)  # fmt: skip
def test_rubbish_in_the_setting_stops_the_gateway_with_a_code(listed: list[str], *, several: bool) -> None:
    with pytest.raises(AmrError) as caught:
        called(listed, ["r"], LEVELS if several else one_floor("lab"))
    assert caught.value.code == "parameter.invalid"
    assert caught.value.facts["name"] == "map_ids"
