"""LIF: our sites go out strictly and come back the same; what others write is read, and every deviation said."""

from __future__ import annotations

import copy
import json
import math
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
from amr_interop.lif.export import to_lif
from amr_interop.lif.export2 import to_lif2
from amr_interop.lif.reading import read_lif
from amr_interop.lif.site import to_site

SCHEMA = Path(__file__).parents[1] / "data" / "lif" / "1.0.0_LIF.schema"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def document(name: str = "lab") -> dict[str, Any]:
    site = load_site(name)
    return to_lif(site, build_roadmap(site), NOW)


def written(folder: Path, values: object) -> Path:
    file = folder / "layout.json"
    file.write_text(values if isinstance(values, str) else json.dumps(values), encoding="utf-8")
    return file


def graph(roadmap: Roadmap) -> tuple[set[Any], set[Any]]:
    at = {node.id: (round(node.x, 2), round(node.y, 2), node.kind) for node in roadmap.nodes.values()}
    edges = {(at[e.start], at[e.end], e.manoeuvre, e.max_speed) for e in roadmap.edges.values()}
    return set(at.values()), edges


def thetas(layouts: list[dict[str, Any]], properties: str) -> list[float]:
    """Return the headings at nodes; vda5050-core refuses 3.141593, as our sites write it, for it is above pi."""
    told = (p for layout in layouts for node in layout["nodes"] for p in node[properties])
    return [p["theta"] for p in told if "theta" in p]


@pytest.mark.parametrize("name", ["lab", "cai_cui"])
def test_a_site_goes_out_strictly_and_comes_back_as_the_same_roadmap(name: str, tmp_path: Path) -> None:
    values = document(name)
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(values)] == []
    assert max(map(abs, thetas(values["layouts"], "vehicleTypeNodeProperties"))) <= math.pi
    lif = read_lif(written(tmp_path, values))
    assert lif.findings == []
    back = Site.model_validate({**to_site(lif), "id": f"{name}_back"})
    assert graph(build_roadmap(back)) == graph(build_roadmap(load_site(name)))
    assert {p.id for p in back.places} == {p.id for p in load_site(name).places}


@pytest.mark.parametrize("name", ["lab", "cai_cui"])
def test_a_site_goes_out_as_2_0_and_comes_back_with_the_kinds_of_its_places(name: str, tmp_path: Path) -> None:
    site = load_site(name)
    values = to_lif2(site, build_roadmap(site), NOW)
    layouts = [layout for origin in values["origins"] for layout in origin["layouts"]]
    assert max(map(abs, thetas(layouts, "mobileRobotTypeNodeProperties"))) <= math.pi
    lif = read_lif(written(tmp_path, values))
    assert lif.findings == []
    back = Site.model_validate({**to_site(lif), "id": f"{name}_back"})
    assert graph(build_roadmap(back)) == graph(build_roadmap(site))
    assert {(p.id, p.kind) for p in back.places} == {(p.id, p.kind) for p in site.places}
    assert {c.id for c in back.chargers} == {c.id for c in site.chargers}
    # And over 1.0: what is lost is the kind of a place, which 1.0 has no word for.
    again = read_lif(written(tmp_path, to_lif(back, build_roadmap(back), NOW)))
    assert graph(build_roadmap(Site.model_validate(to_site(again)))) == graph(build_roadmap(site))


def test_2_0_has_its_own_names_and_none_of_1_0() -> None:
    site = load_site("lab")
    values = to_lif2(site, build_roadmap(site), NOW)
    assert set(values) == {"metaInformation", "origins"}
    assert values["metaInformation"] == {
        "lifId": "lab", "creator": "amr", "exportTimestamp": "2026-11-26T12:00:00.00Z", "lifVersion": "2.0.0",
    }  # fmt: skip
    (origin,) = values["origins"]
    (first,) = origin["layouts"]
    text = json.dumps(values)
    for old in ("vehicleType", "maxSpeed", "rotationAllowed", "requirementType", "projectIdentification", "nodeName"):
        assert old not in text
    for node in first["nodes"]:
        assert set(node) == {"nodeId", "mapId", "nodePosition", "mobileRobotTypeNodeProperties"}
        for properties in node["mobileRobotTypeNodeProperties"]:
            assert all(set(kind) == {"manufacturer", "seriesName"} for kind in properties["mobileRobotTypes"])
            assert abs(properties.get("theta", 0.0)) <= 3.1416
            assert all(set(a) == {"actionType", "blockingType"} for a in properties.get("feasibleActions", []))
    ids = {node["nodeId"] for node in first["nodes"]}
    for edge in first["edges"]:
        assert {edge["startNodeId"], edge["endNodeId"]} <= ids
        for properties in edge["mobileRobotTypeEdgeProperties"]:
            assert properties["maximumSpeed"] > 0.0
            assert properties["mobileRobotOrientations"][0] in (0.0, pytest.approx(3.14159, abs=1e-4))
    for station in first["stations"]:
        assert station["interactionNodeIds"]
        assert set(station["interactionNodeIds"]) <= ids
        assert station["stationType"]


def test_what_a_site_cannot_say_of_a_layout_is_named(tmp_path: Path) -> None:
    site = load_site("lab")
    values = to_lif2(site, build_roadmap(site), NOW)
    edges = values["origins"][0]["layouts"][0]["edges"]
    for edge in edges[:3]:
        edge["mobileRobotTypeEdgeProperties"][0]["corridor"] = {"maximumLeftWidth": 1.0, "maximumRightWidth": 1.0}
    edges[0]["mobileRobotTypeEdgeProperties"][0]["loadRestriction"] = {"unloaded": True, "loaded": False}
    edges[1]["mobileRobotTypeEdgeProperties"][0]["trajectory"] = {}
    values["origins"][0]["layouts"][0]["stations"][0]["interactionNodeIds"] = []
    said = read_lif(written(tmp_path, values)).findings
    assert "edges: corridor (3 times) cannot be said in a site: left out" in said
    assert "edges: loadRestriction (1 times) cannot be said in a site: left out" in said
    assert not [text for text in said if "trajectory" in text]
    assert [text for text in said if "nobody can serve station" in text]


@pytest.mark.parametrize("bad", [["north"], [True], [None], "0", [float("nan")], [10**400]], ids=lambda b: f"{b}"[:9])
def test_orientations_that_are_none_are_refused(bad: object, tmp_path: Path) -> None:
    site = load_site("lab")
    values = to_lif2(site, build_roadmap(site), NOW)
    edge = values["origins"][0]["layouts"][0]["edges"][0]
    edge["mobileRobotTypeEdgeProperties"][0]["mobileRobotOrientations"] = bad
    with pytest.raises(AmrError, match=r"lif\.invalid"):
        read_lif(written(tmp_path, values))


def layout(values: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = values["layouts"][0]
    return first


def dangling(values: dict[str, Any]) -> None:
    layout(values)["edges"].append({**layout(values)["edges"][0], "edgeId": "x", "endNodeId": "nowhere"})


def loop(values: dict[str, Any]) -> None:
    edge = layout(values)["edges"][0]
    layout(values)["edges"].append({**edge, "edgeId": "x", "endNodeId": edge["startNodeId"]})


def twice(values: dict[str, Any]) -> None:
    layout(values)["nodes"].append(layout(values)["nodes"][0])


def text_height(values: dict[str, Any]) -> None:
    layout(values)["stations"][0]["stationHeight"] = "1.2"


def second_layout(values: dict[str, Any]) -> None:
    values["layouts"].append({**copy.deepcopy(layout(values)), "layoutId": "upstairs"})


def unknown_node(values: dict[str, Any]) -> None:
    layout(values)["stations"][0]["interactionNodeIds"].append("nowhere")


def version_7(values: dict[str, Any]) -> None:
    values["metaInformation"]["lifVersion"] = "7"


def theta_in_words(values: dict[str, Any]) -> None:
    layout(values)["nodes"][0]["vehicleTypeNodeProperties"][0]["theta"] = "east"


def without_stations(values: dict[str, Any]) -> None:
    del layout(values)["stations"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (dangling, "edge 'x' is left out: node 'nowhere' is not there"),
        (loop, "edge 'x' is left out: it leads nowhere"),
        (twice, "comes twice"), (text_height, "stationHeight is text"),
        (second_layout, "layout 'upstairs' lies on the same level as another one"),
        (unknown_node, "node 'nowhere' is not there"), (version_7, "neither 1 nor 2"),
        (theta_in_words, "theta is not a number: left out"), (without_stations, "stations is missing"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_every_deviation_is_said_and_the_rest_is_taken(
    change: Callable[[dict[str, Any]], None], said: str, tmp_path: Path
) -> None:
    values = document()
    change(values)
    lif = read_lif(written(tmp_path, values))
    assert [text for text in lif.findings if said in text]
    Site.model_validate(to_site(lif))


def test_version_2_is_read_with_its_own_names(tmp_path: Path) -> None:
    text = json.dumps(document()).replace("vehicleTypeNodeProperties", "mobileRobotTypeNodeProperties")
    values = json.loads(text.replace('"actions"', '"feasibleActions"'))
    values["metaInformation"] = {"lifId": "x", "creator": "y", "exportTimestamp": "", "lifVersion": "2.0.0"}
    values["origins"] = [{"originId": "o", "layouts": values.pop("layouts")}]
    lif = read_lif(written(tmp_path, values))
    assert lif.findings == []
    assert len(Site.model_validate(to_site(lif)).places) == len(load_site("lab").places)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"metaInformation": {}, "layouts": []}', "NaN", "[" * 100_000, r'{"layouts": "\ud83d"}'],
    ids=lambda t: t[:8],
)
def test_rubbish_is_refused_with_a_reason(text: str, tmp_path: Path) -> None:
    with pytest.raises(AmrError) as caught:
        read_lif(written(tmp_path, text))
    assert caught.value.code == "lif.invalid"
    assert caught.value.facts["reason"]


@pytest.mark.parametrize("value", ["east", None, float("inf"), True])
def test_a_node_without_a_place_is_refused(value: object, tmp_path: Path) -> None:
    values = document()
    layout(values)["nodes"][0]["nodePosition"]["x"] = value
    with pytest.raises(AmrError, match=r"lif\.invalid"):
        read_lif(written(tmp_path, values))


def test_degrees_are_noticed_and_taken_only_when_somebody_says_so(tmp_path: Path) -> None:
    values = document()
    for node in layout(values)["nodes"]:
        for properties in node["vehicleTypeNodeProperties"]:
            if "theta" in properties:
                properties["theta"] = round(properties["theta"] * 57.29578)
    file = written(tmp_path, values)
    with pytest.raises(AmrError, match="degrees"):
        read_lif(file)
    assert read_lif(file, degrees=True).findings == ["angles were in degrees, against the format"]


def test_the_commands(tmp_path: Path) -> None:
    file, folder = tmp_path / "lab.json", tmp_path / "site"
    assert CliRunner().invoke(app, ["site", "export", "lif", "lab", "--output", str(file)]).exit_code == 0
    done = CliRunner().invoke(app, ["site", "import", "lif", str(file), "--to", str(folder)])
    assert done.exit_code == 0, done.output
    assert load_site(str(folder)).fleet
    again = CliRunner().invoke(app, ["site", "import", "lif", str(file), "--to", str(folder)])
    assert getattr(again.exception, "code", "") == "run.bad_option"
    other = CliRunner().invoke(app, ["site", "export", "lif", "lab", "--version", "3.0.0"])
    assert getattr(other.exception, "code", "") == "run.bad_option"
    done = CliRunner().invoke(app, ["site", "export", "lif", "lab", "--version", "2.0.0", "--output", str(file)])
    assert done.exit_code == 0, done.output
    assert json.loads(file.read_text())["metaInformation"]["lifVersion"] == "2.0.0"
    done = CliRunner().invoke(app, ["site", "import", "lif", str(file), "--to", str(tmp_path / "second")])
    assert done.exit_code == 0, done.output
