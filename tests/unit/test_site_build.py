"""What is built from a site file: fresh, readable by others, and true to the site."""

import errno
import json
import os
import shutil
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_core.gridmap import FREE, OCCUPIED, UNKNOWN, GridMap
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site, site_dir, site_names
from amr_core.site.build import build_site, check_fresh, world_path
from amr_core.site.generators.raster import occupied_at
from amr_core.site.ready import ready_site

SITES = ["cai_cui", "lab"]


@pytest.mark.parametrize("site", site_names())
def test_committed_files_are_fresh(site: str) -> None:
    assert check_fresh(site) == []


def test_a_changed_site_file_makes_files_stale(tmp_path: Path) -> None:
    copy = tmp_path / "lab"
    shutil.copytree(site_dir("lab"), copy)
    build_site(str(copy))
    assert check_fresh(str(copy)) == []
    text = (copy / "site.yaml").read_text(encoding="utf-8")
    (copy / "site.yaml").write_text(text.replace("size_x: 2.8", "size_x: 2.6"), encoding="utf-8")
    assert check_fresh(str(copy)) == ["map.png", "lab.sdf", "lab_building.obj"]
    (copy / "speed.png").write_bytes(b"no image")
    (copy / "keepout.yaml").unlink()
    stale = {"map.png", "lab.sdf", "lab_building.obj", "speed.png", "keepout.yaml"}
    assert set(check_fresh(str(copy))) == stale


def _bare(tmp_path: Path) -> Path:
    """Return a folder with nothing but a site file."""
    folder = tmp_path / "port"
    folder.mkdir()
    shutil.copy(site_dir("lab") / "site.yaml", folder)
    return folder


def _age(folder: Path, seconds: float) -> None:
    """Make everything that was built there look older or younger than the site file."""
    given = (folder / "site.yaml").stat().st_mtime
    for path in folder.rglob("*"):
        if path.name != "site.yaml":
            os.utime(path, (given - seconds, given - seconds))


def test_a_site_that_was_never_built_is_built_when_it_is_needed(tmp_path: Path) -> None:
    folder = _bare(tmp_path)
    assert ready_site(str(folder)).id == "lab"
    assert check_fresh(str(folder)) == []
    assert not list(folder.rglob(".*"))


def test_a_missing_file_is_built_and_what_somebody_drew_after_the_site_file_stays(tmp_path: Path) -> None:
    folder = _bare(tmp_path)
    build_site(str(folder))
    (folder / "graph.geojson").unlink()
    (folder / "keepout.png").write_bytes(b"drawn by hand")
    ready_site(str(folder))
    assert check_fresh(str(folder)) == ["keepout.png"]


def test_files_older_than_a_changed_site_file_are_built_again(tmp_path: Path) -> None:
    folder = _bare(tmp_path)
    build_site(str(folder))
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    (folder / "site.yaml").write_text(text.replace("size_x: 2.8", "size_x: 2.6"), encoding="utf-8")
    _age(folder, 10.0)
    assert check_fresh(str(folder)) == ["map.png", "lab.sdf", "lab_building.obj"]
    ready_site(str(folder))
    assert check_fresh(str(folder)) == []


def test_files_that_only_look_old_are_not_touched_so_a_read_only_checkout_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _bare(tmp_path)
    build_site(str(folder))
    _age(folder, 10.0)
    monkeypatch.setattr(Path, "write_bytes", _read_only)
    assert ready_site(str(folder)).id == "lab"


def test_a_folder_that_cannot_be_written_says_what_to_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _bare(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", _read_only)
    with pytest.raises(AmrError, match=rf"amr site build {folder}") as raised:
        ready_site(str(folder))
    assert (raised.value.code, raised.value.facts["reason"]) == ("site.not_built", "Read-only file system")
    assert len(str(raised.value).splitlines()) == 1


def _read_only(*_: object) -> int:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_a_bad_site_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    folder = _bare(tmp_path)
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    (folder / "site.yaml").write_text(text.replace("lane: ", "lane: no_", 1), encoding="utf-8")
    with pytest.raises(AmrError) as raised:
        ready_site(str(folder))
    assert raised.value.code == "site.lint"
    (folder / "site.yaml").write_text("id: [", encoding="utf-8")
    with pytest.raises(AmrError) as raised:
        ready_site(str(folder))
    assert raised.value.code == "site.unreadable"
    assert [path.name for path in folder.iterdir()] == ["site.yaml"]


def test_a_build_elsewhere_writes_the_same_bytes(tmp_path: Path) -> None:
    first = build_site("lab", tmp_path / "a")
    second = build_site("lab", tmp_path / "b")
    assert [p.name for p in first] == [p.name for p in second]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("site", SITES)
def test_map_shows_walls_and_leaves_robots_room(site: str) -> None:
    model = load_site(site)
    grid = GridMap.load(site_dir(site) / "map.yaml")
    assert (grid.data == occupied_at(model).data).all()
    assert grid.value(0.0, model.size[1] / 2) == OCCUPIED
    assert grid.value(-0.9, -0.9) == UNKNOWN
    assert all(grid.value(n.x, n.y) == FREE for n in build_roadmap(model).nodes.values())


def test_masks_carry_zones() -> None:
    model = load_site("cai_cui")
    keepout = GridMap.load(site_dir("cai_cui") / "keepout.yaml")
    speed = GridMap.load(site_dir("cai_cui") / "speed.yaml")
    assert keepout.value(88.0, 46.0) == OCCUPIED
    assert keepout.value(60.0, 12.25) == FREE
    # 0.5 m/s of the fork robot's 1.5 m/s are 33 percent; Nav2's mask holds the reduction.
    assert speed.value(60.0, 12.25) == 67
    assert speed.value(50.0, 12.25) == FREE
    assert speed.data.shape == keepout.data.shape
    assert model.resolution == speed.resolution


@pytest.mark.parametrize("site", SITES)
def test_route_graph_has_what_nav2_reads(site: str) -> None:
    roadmap = build_roadmap(load_site(site))
    graph = json.loads((site_dir(site) / "graph.geojson").read_text(encoding="utf-8"))
    assert graph["type"] == "FeatureCollection"
    properties = [f["properties"] for f in graph["features"]]
    ids = [p["id"] for p in properties]
    assert len(set(ids)) == len(ids) == len(roadmap.nodes) + len(roadmap.edges)
    assert max(ids) < 65535
    nodes = {f["properties"]["id"]: f for f in graph["features"] if f["geometry"]["type"] == "Point"}
    for feature in graph["features"]:
        if feature["geometry"]["type"] == "MultiLineString":
            start, end = (nodes[feature["properties"][k]] for k in ("startid", "endid"))
            assert feature["geometry"]["coordinates"] == [[f["geometry"]["coordinates"] for f in (start, end)]]
            assert 0 < feature["properties"]["metadata"]["speed_limit"] <= 100
            assert feature["properties"]["metadata"]["abs_speed_limit"] > 0


@pytest.mark.parametrize("site", SITES)
def test_world_holds_every_body(site: str) -> None:
    model = load_site(site)
    world = ET.parse(world_path(site)).getroot().find("world")
    assert world is not None
    assert world.get("name") == site
    models = {m.get("name"): m for m in world.findall("model")}
    assert len(models) == len(world.findall("model"))
    solids = {part.get("name") for part in models["building"].iter("collision")}
    assert {f"{b.kind}_{b.id}" for b in model.boxes} <= solids
    for link in world.iter("link"):
        names = [part.get("name") for part in link]
        assert len(names) - names.count(None) == len({name for name in names if name})
    moving = {name for name, m in models.items() if m.findtext("static") != "true"}
    led = {f"door_{door.id}" for door in model.doors if door.lanes} | {mover.id for mover in model.movers}
    assert moving == led


@pytest.mark.perf
def test_roadmap_of_the_reference_site_is_quick() -> None:
    model = load_site("cai_cui").model_copy(update={"id": "quick"})
    start = time.process_time()
    build_roadmap(model)
    assert time.process_time() - start < 1.5


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00\x00", "site.unreadable"),
        (b"walls: [", "site.unreadable"),
        (b"", "site.invalid"),
        (b"- 1", "site.invalid"),
        (b"id: x\nsize: [.nan, 3]", "site.invalid"),
    ],
)
def test_rubbish_site_files_give_a_code(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "site.yaml").write_bytes(content)
    with pytest.raises(AmrError) as raised:
        load_site(str(tmp_path))
    assert raised.value.code == code


@pytest.mark.parametrize("line", ["size: [.nan, 12]", "size: [-20, 12]", "size: [1.0e+9, 12]", "resolution: 0"])
def test_impossible_numbers_are_refused(tmp_path: Path, line: str) -> None:
    text = (site_dir("lab") / "site.yaml").read_text(encoding="utf-8")
    key = line.split(":")[0]
    lines = [line if row.startswith(f"{key}:") else row for row in text.splitlines()]
    (tmp_path / "site.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(AmrError) as raised:
        load_site(str(tmp_path))
    assert raised.value.code == "site.invalid"
