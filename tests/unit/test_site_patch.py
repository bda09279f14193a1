"""Changes in a site file as text: comments and all that nobody changed stay."""

from __future__ import annotations

import difflib
from typing import Any

import pytest

from amr_core.site import Site, maps_dir
from amr_core.site.patch import lines_of, patched, written
from amr_core.yaml_files import parse_yaml

SECTIONS = ("walls", "boxes", "doors", "lanes", "zones", "places", "chargers", "parking")


def _text(name: str) -> str:
    return (maps_dir() / name / "site.yaml").read_text(encoding="utf-8")


def _parts(text: str) -> dict[str, list[dict[str, Any]]]:
    site = Site.model_validate(parse_yaml(text))
    return {s: [i.model_dump(mode="json") for i in getattr(site, s)] for s in SECTIONS}


def _changed_lines(before: str, after: str) -> list[str]:
    return [x for x in difflib.ndiff(before.splitlines(), after.splitlines()) if x[0] in "+-"]


@pytest.mark.parametrize("name", ["lab", "cai_cui", "two_floor"])
def test_without_a_change_not_a_letter_differs(name: str) -> None:
    text = _text(name)
    assert patched(text, _parts(text), _parts(text)) == text


def test_a_changed_value_changes_its_line_only() -> None:
    text = _text("cai_cui")
    new = _parts(text)
    lane = next(x for x in new["lanes"] if x["id"] == "B2")
    lane["max_speed"] = 0.6
    lane["two_way"] = True
    after = patched(text, _parts(text), new)
    assert _parts(after) == new
    assert _changed_lines(text, after) == [
        "-   - {id: B2, points: [[70.1, 11.2], [70.1, 41.3]], max_speed: 0.8}",
        "+   - {id: B2, points: [[70.1, 11.2], [70.1, 41.3]], max_speed: 0.6, two_way: true}",
    ]


def test_objects_come_and_go_and_comments_stay() -> None:
    text = _text("lab")
    new = _parts(text)
    new["lanes"] = [*new["lanes"][:-1], {"id": "mid", "points": [[7.0, 4.0], [7.0, 8.0]], "max_speed": 0.8}]
    new["zones"] = []
    new["places"][0]["stations"].pop()
    new["places"][0]["name_vi"] = "Cửa “mới”: 1"
    station = {"id": "Z9_1", "x": 1.6, "y": 6.0, "theta": 3.141593, "lane": "west"}
    new["places"].append({"id": "Z9", "kind": "gate", "name_vi": "Cổng", "name_en": "no", "stations": [station]})
    new["parking"][0]["x"] = 14.05
    after = patched(text, _parts(text), new)
    assert _parts(after) == _parts(_dumped(text, new))
    assert "# A counter-clockwise ring and one aisle across it, northbound." in after
    assert "zones: []" in after
    assert '    name_en: "no"' in after
    assert after.count("\n") == text.count("\n") + 3


def _dumped(text: str, new: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump({**parse_yaml(text), **new}, allow_unicode=True)


@pytest.mark.parametrize(
    "text",
    [
        "id: a\nlanes:\n- id: L1\n  points: [[0, 0], [1, 1]]\n  width: 2 # wide\n"
        "- id: L2\n  points:\n  - [0, 0]\n  - [2, 2]\n",
        "id: a\nlanes: [{id: L1, points: [[0, 0], [1, 1]], width: 2}, {id: L2, points: [[0, 0], [2, 2]]}]\n",
        "id: a\nlanes:\n  # first\n  - {id: L1, points: [[0, 0], [1, 1]], width: 2}\n"
        "  - {id: L2, points: [[0, 0], [2, 2]]}",
    ],
)
def test_other_hands(text: str) -> None:
    old = parse_yaml(text)["lanes"]
    full = [{"width": None, **i} for i in old]
    for wanted in (
        [old[0]], [old[1]], [*old, {"id": "L3", "points": [[5, 5], [6, 6]]}],
        [{**old[0], "width": None}, {**old[1], "points": [[9.5, 9], [8, 8]]}],
        [{"id": "L9", "points": [[1, 2], [3, 4]]}], [],
    ):  # fmt: skip
        new = [{"width": None, **i} for i in wanted]
        after = parse_yaml(patched(text, {"lanes": full}, {"lanes": new}))
        assert after == {"id": "a", "lanes": [{k: v for k, v in i.items() if v is not None} for i in new]}, wanted


def test_a_section_that_is_not_there_is_added() -> None:
    after = patched("id: a", {"zones": []}, {"zones": [{"id": "Z", "polygon": [[0, 0]]}]})
    assert parse_yaml(after) == {"id": "a", "zones": [{"id": "Z", "polygon": [[0, 0]]}]}


@pytest.mark.parametrize("text", ["lanes: &a [{id: x}]\nzones: *a\n", "[1, 2]", "just words", "{lanes: []}"])
def test_what_it_cannot_change_it_says(text: str) -> None:
    with pytest.raises(ValueError, match="it "):
        patched(text, {"lanes": []}, {"lanes": [{"id": "L"}]})


def test_words_that_yaml_reads_otherwise_are_quoted() -> None:
    values = ["on", "No", "null", "1e3", "a: b", "", "Kho Á", 'a "b"', "-1", "~", "x-1", "@a", "line\nbreak"]
    assert [parse_yaml(f"v: {written(v)}")["v"] for v in values] == values
    assert written([1.0, 0.1 + 0.2, -1.570796, True]) == "[1, 0.3, -1.570796, true]"


def test_lines() -> None:
    found = lines_of(_text("lab"), SECTIONS)
    lines = _text("lab").splitlines()
    assert "{id: cross," in lines[found["lanes", "cross"] - 1]
    assert "{id: A1_2," in lines[found["places", "A1_2"] - 1]
