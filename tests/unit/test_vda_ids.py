"""Ids on the wire have the characters that the text recommends, and are read back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_interop.vda.ids import plain, safe

RECOMMENDED = re.compile(r"[A-Za-z0-9_.:-]*")


@given(st.text(max_size=30) | st.text(alphabet="aX1_.:-x>@3f", max_size=30))
def test_every_id_has_a_spelling_of_its_own_in_the_recommended_characters(name: str) -> None:
    assert RECOMMENDED.fullmatch(safe(name))
    assert plain(safe(name)) == name


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("B1_3", "B1_3"), ("T000001:pick", "T000001:pick"), ("SE@001.9", "SE:-001.9"),
        ("SE@001.9>SE@003.9", "SE:-001.9::SE:-003.9"), ("kệ 1", "k:x1ec7::x20:1"), ("a:>b", "a:x3a:::b"),
    ],
)  # fmt: skip
def test_how_ids_are_spelt(name: str, spelt: str) -> None:
    assert safe(name) == spelt


@pytest.mark.parametrize("name", ["", "plain", ":x110000:", ":xffffff:", ":x", ":"])
def test_ids_of_others_are_read_as_well_as_they_can_be(name: str) -> None:
    assert plain(name) == name


def test_ids_of_a_site_stay_short_and_different() -> None:
    roadmap = build_roadmap(load_site("cai_cui"))
    names = [*roadmap.nodes, *roadmap.edges]
    spelt = {safe(name) for name in names}
    assert len(spelt) == len(names)
    assert max(map(len, spelt)) <= max(map(len, names)) + 3
