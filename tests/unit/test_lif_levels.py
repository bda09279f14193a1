"""LIF with levels: a layout for each, a lift between them; a round trip loses nothing that LIF can say."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import Site, load_site
from amr_core.site.lint import lint
from amr_interop.lif.export import to_lif
from amr_interop.lif.export2 import to_lif2
from amr_interop.lif.reading import Lif, read_lif
from amr_interop.lif.site import to_site
from amr_interop.vda.floors import floors_of

SCHEMA = Path(__file__).parents[1] / "data" / "lif" / "1.0.0_LIF.schema"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SITE = load_site("two_floor")
ROADMAP = build_roadmap(SITE)
WRITERS: dict[str, Callable[..., dict[str, Any]]] = {"1.0.0": to_lif, "2.0.0": to_lif2}
EACH = pytest.mark.parametrize("version", sorted(WRITERS))
FILLED = {
    "heights of levels are not in LIF: each is taken as 4.0 m above the one before",
    "cabins are not in LIF: each is taken as 2.4 x 1.8 m",
    "docking marks are not in LIF: stations got the tags 1 to 7",
    "walls, racks, zones and cameras are not in LIF: only an outer wall was drawn",
}


def document(version: str) -> dict[str, Any]:
    return WRITERS[version](SITE, ROADMAP, NOW)


def layouts(values: dict[str, Any]) -> list[dict[str, Any]]:
    if "layouts" in values:
        found: list[dict[str, Any]] = values["layouts"]
        return found
    return [layout for origin in values["origins"] for layout in origin["layouts"]]


def read(folder: Path, values: dict[str, Any]) -> Lif:
    file = folder / "layout.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    return read_lif(file)


def graph(site: Site, roadmap: Roadmap) -> tuple[set[Any], set[Any]]:
    """Return nodes and edges as LIF can say them: by map and in its frame; a ride has no speed there."""
    floors = floors_of(site)
    at: dict[str, Any] = {}
    for node in roadmap.nodes.values():
        floor = floors.at(node.x, node.y)
        x, y = floor.wire(node.x, node.y)
        theta = None if node.theta is None else round(node.theta, 3)
        at[node.id] = (floor.map_id, round(x, 2), round(y, 2), node.kind, theta)
    speed = {e.id: None if e.manoeuvre == "ride" else e.max_speed for e in roadmap.edges.values()}
    edges = {(at[e.start], at[e.end], e.manoeuvre, speed[e.id]) for e in roadmap.edges.values()}
    return set(at.values()), edges


@EACH
def test_each_level_goes_out_as_a_layout_with_its_own_map_and_frame_and_a_ride_leads_from_one_to_the_other(
    version: str,
) -> None:
    values = document(version)
    if version == "1.0.0":
        validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
        assert [error.message for error in validator.iter_errors(values)] == []
    else:
        assert [o["originId"] for o in values["origins"]] == ["two_floor.ground", "two_floor.upper"]
    ground, upper = layouts(values)
    assert [part["layoutLevelId"] for part in (ground, upper)] == ["ground", "upper"]
    assert [part["layoutName"] for part in (ground, upper)] == ["Tầng trệt", "Tầng 1"]
    for part in (ground, upper):
        ids = {node["nodeId"] for node in part["nodes"]}
        assert {node["mapId"] for node in part["nodes"]} == {part["layoutId"]}
        assert all(0.0 <= node["nodePosition"]["y"] <= 12.0 for node in part["nodes"])
        assert {edge["startNodeId"] for edge in part["edges"]} <= ids
        assert all(set(station["interactionNodeIds"]) <= ids for station in part["stations"])
        (ride,) = [edge for edge in part["edges"] if edge["endNodeId"] not in ids]
        key = "vehicleTypeEdgeProperties" if version == "1.0.0" else "mobileRobotTypeEdgeProperties"
        assert not {"maxSpeed", "maximumSpeed"} & set(ride[key][0])
    (cabin,) = [node for node in ground["nodes"] if node["nodeId"] == "lift_1@ground"]
    if version == "1.0.0":
        (action,) = cabin["vehicleTypeNodeProperties"][0]["actions"]
        assert action == {"actionType": "initPosition", "requirementType": "CONDITIONAL", "blockingType": "HARD"}
    else:
        (action,) = cabin["mobileRobotTypeNodeProperties"][0]["feasibleActions"]
        assert action == {"actionType": "initializePosition", "blockingType": "HARD"}


@EACH
def test_a_round_trip_loses_nothing_that_lif_can_say(version: str, tmp_path: Path) -> None:
    lif = read(tmp_path, document(version))
    assert lif.findings == []
    values = to_site(lif)
    assert set(lif.findings) == FILLED
    back = Site.model_validate(values)
    assert graph(back, build_roadmap(back)) == graph(SITE, ROADMAP)
    assert (back.id, [(lv.id, lv.name_vi, lv.name_en) for lv in back.levels]) == (
        SITE.id, [(lv.id, lv.name_vi, lv.name_en) for lv in SITE.levels],
    )  # fmt: skip
    assert [(lift.id, [stop.level for stop in lift.stops]) for lift in back.lifts] == [("lift_1", ["ground", "upper"])]
    assert {(p.id, p.name_vi, p.name_en) for p in back.places} == {(p.id, p.name_vi, p.name_en) for p in SITE.places}
    if version == "2.0.0":
        assert {(p.id, p.kind) for p in back.places} == {(p.id, p.kind) for p in SITE.places}
    assert {s.id for p in back.places for s in p.stations} == {s.id for p in SITE.places for s in p.stations}
    assert {c.id for c in back.chargers} == {c.id for c in SITE.chargers}
    assert {p.id for p in back.parking} == {p.id for p in SITE.parking}
    assert {r.type for r in back.fleet} == {r.type for r in SITE.fleet}
    assert [f for f in lint(back) if f.severity == "error"] == []
    again = WRITERS[version](back, build_roadmap(back), NOW)
    assert _plain(read(tmp_path, again)) == _plain(read(tmp_path, document(version)))


def _plain(lif: Lif) -> Any:
    """Return what was read, without names of nodes and edges on lanes: a lane numbers them anew."""
    at = {
        n.id: (n.map_id, round(n.x, 2), round(n.y, 2), n.theta and round(n.theta, 3), n.actions)
        for n in lif.nodes.values()
    }
    edges = {(at[e.start], at[e.end], e.max_speed, e.reverse) for e in lif.edges.values()}
    return lif.id, lif.levels, set(at.values()), edges, lif.types


def test_the_commands_take_a_site_with_levels_there_and_back(tmp_path: Path) -> None:
    file, folder = tmp_path / "two.json", tmp_path / "site"
    for version in WRITERS:
        done = CliRunner().invoke(
            app, ["site", "export", "lif", "two_floor", "--version", version, "--output", str(file)]
        )
        assert done.exit_code == 0, done.output
        done = CliRunner().invoke(app, ["site", "import", "lif", str(file), "--to", str(folder / version)])
        assert done.exit_code == 0, done.output
        assert "cabins are not in LIF" in done.output
        assert len(load_site(str(folder / version)).levels) == 2


# What deviates --------------------------------------------------------------------------------------------------------


def other_maps(values: dict[str, Any]) -> None:
    for node in layouts(values)[1]["nodes"]:
        node["mapId"] = "Map_Z-Level_2"


def one_way(values: dict[str, Any]) -> None:
    layouts(values)[0]["edges"] = [e for e in layouts(values)[0]["edges"] if e["endNodeId"] != "lift_1@upper"]


def apart(values: dict[str, Any]) -> None:
    for node in layouts(values)[1]["nodes"]:
        node["nodePosition"]["x"] += 3.0


def negative(values: dict[str, Any]) -> None:
    for node in layouts(values)[1]["nodes"]:
        node["nodePosition"]["x"] -= 30.0


def two_on_one(values: dict[str, Any]) -> None:
    edges = layouts(values)[0]["edges"]
    edges.append({**edges[0], "edgeId": "up", "startNodeId": "P1", "endNodeId": "lift_1@upper"})


def same_level(values: dict[str, Any]) -> None:
    layouts(values)[1]["layoutLevelId"] = "ground"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_maps, "map 'Map_Z-Level_2' is called two_floor.upper in a site"),
        (one_way, "there is no edge from 'lift_1@ground' to 'lift_1@upper'"),
        (apart, "of a lift are not at one place in the frames of their levels"),
        (negative, "everything on level 'upper' was moved by"),
        (two_on_one, "two of them on one: no lift does, left out"),
        (same_level, "lies on the same level as another one"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
@EACH
def test_what_a_site_takes_otherwise_is_said(
    change: Callable[[dict[str, Any]], None], said: str, version: str, tmp_path: Path
) -> None:
    values = copy.deepcopy(document(version))
    change(values)
    lif = read(tmp_path, values)
    Site.model_validate(to_site(lif))
    assert [text for text in lif.findings if said in text], lif.findings


@EACH
def test_a_level_without_nodes_is_refused(version: str, tmp_path: Path) -> None:
    values = document(version)
    layouts(values)[1] |= {"nodes": [], "edges": [], "stations": []}
    lif = read(tmp_path, values)
    with pytest.raises(AmrError, match="a level has no nodes"):
        to_site(lif)


def test_a_document_that_calls_its_levels_with_odd_names_gets_ids_that_a_site_can_have(tmp_path: Path) -> None:
    values = document("1.0.0")
    for name, part in zip(("Tầng", "Tềng"), layouts(values), strict=True):
        part["layoutLevelId"] = name
    lif = read(tmp_path, values)
    site = Site.model_validate(to_site(lif))
    assert len({level.id for level in site.levels}) == 2
