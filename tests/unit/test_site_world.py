"""The Gazebo world against the site: collision geometry equals the map, tags can be read, people can be led."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from itertools import groupby, product
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from shapely.geometry import Point, Polygon

from amr_core.cameras import fixed_view
from amr_core.doors import leaf_topic
from amr_core.geometry import Pose2D, compose
from amr_core.gridmap import FREE, OCCUPIED, UNKNOWN, GridMap
from amr_core.roadmap.splitting import leaves
from amr_core.site import Actor, Condition, Site, Station, Zone, load_site, site_dir
from amr_core.site.build import world_path
from amr_core.site.generators.building import building_files
from amr_core.site.generators.doors import travel
from amr_core.site.generators.movers import JOINTS, joints_of, mover_topic, pose_of
from amr_core.site.generators.raster import LIDAR_HEIGHT
from amr_core.site.generators.tags import BOARD_SIDE, MODULES, QUIET, TAG_SIDE
from amr_core.site.generators.world import world_sdf
from amr_sim.movers import FORKLIFT_FRONT, FORKLIFT_HALF_WIDTH, PERSON_RADIUS
from amr_sim.world import load_world
from tests.unit.wavefront import Face, faces_of, is_closed, volume

SITES = ["cai_cui", "lab"]
SOLID = {"wall", "rack", "stack", "column", "machine", "barrier"}
TOUCH = 0.495
"""Share of a cell, from its centre, that is touched: a wall that ends on a cell border does not fill the next cell."""


def numbers(text: str | None) -> list[float]:
    return [float(word) for word in (text or "").split()]


def cut_at(world: ET.Element, height: float) -> list[tuple[float, float, float, float, float]]:
    """Return x, y, size_x, size_y, yaw of every static collision box that reaches through a height (m)."""
    found = []
    for model in world.iter("model"):
        if model.findtext("static") != "true":
            continue
        for collision in model.iter("collision"):
            if collision.find("geometry/plane") is not None:
                continue
            posed = [part for part in (model, collision) if part.find("pose") is not None]
            assert len(posed) == 1, "one pose alone says where it is"
            x, y, z, roll, pitch, yaw = numbers(posed[0].findtext("pose"))
            assert (roll, pitch) == (0.0, 0.0)
            assert model.find("link/pose") is None
            size_x, size_y, size_z = numbers(collision.findtext("geometry/box/size"))
            if z - size_z / 2 <= height <= z + size_z / 2:
                found.append((x, y, size_x, size_y, yaw))
    return found


def rasterise(site: Site, bodies: list[tuple[float, float, float, float, float]]) -> npt.NDArray[np.uint8]:
    """Return the cells that bodies touch, by clipping in each body's own frame; outside the building is unknown."""
    rows, columns = (math.ceil((length + 2.0) / site.resolution - 1e-6) for length in reversed(site.size))
    xs = -1.0 + (np.arange(columns) + 0.5) * site.resolution
    ys = -1.0 + (np.arange(rows) + 0.5) * site.resolution
    reach = TOUCH * site.resolution
    inside_x = (xs > -reach) & (xs < site.size[0] + reach)
    inside_y = (ys > -reach) & (ys < site.size[1] + reach)
    cells = np.where(np.outer(inside_y, inside_x), FREE, UNKNOWN).astype(np.uint8)
    for x, y, size_x, size_y, yaw in bodies:
        assert math.sin(2.0 * yaw) == pytest.approx(0.0, abs=1e-6), "only boxes along the axes here"
        if abs(math.sin(yaw)) > 0.5:
            size_x, size_y = size_y, size_x
        touched_x = np.abs(xs - x) < size_x / 2 + reach
        touched_y = np.abs(ys - y) < size_y / 2 + reach
        cells[np.outer(touched_y, touched_x)] = OCCUPIED
    return cells


@pytest.mark.parametrize("site_id", SITES)
def test_the_map_is_the_world_cut_at_lidar_height(site_id: str) -> None:
    site = load_site(site_id)
    world = ET.parse(world_path(site_id)).getroot()
    bodies = cut_at(world, LIDAR_HEIGHT)
    assert len(bodies) > 5
    grid = GridMap.load(site_dir(site_id) / "map.yaml")
    expected = rasterise(site, bodies)
    assert grid.data.shape == expected.shape
    different = np.argwhere(grid.data != expected)
    assert len(different) == 0, different[:10]
    # The comparison sees a single missing body.
    assert np.any(grid.data != rasterise(site, bodies[:-1]))


def test_the_comparison_sees_every_body_and_a_step_of_one_cell() -> None:
    site = load_site("lab")
    bodies = cut_at(ET.parse(world_path("lab")).getroot(), LIDAR_HEIGHT)
    grid = GridMap.load(site_dir("lab") / "map.yaml").data
    for i, (x, y, size_x, size_y, yaw) in enumerate(bodies):
        others = [*bodies[:i], *bodies[i + 1 :]]
        step = site.resolution
        for changed in ([], [(x + step, y, size_x, size_y, yaw)], [(x, y, size_x + 2 * step, size_y + 2 * step, yaw)]):
            assert np.any(grid != rasterise(site, others + changed)), (i, changed)


def test_a_laptop_can_show_the_largest_world() -> None:
    root = ET.parse(world_path("cai_cui")).getroot()
    count = {tag: len(list(root.iter(tag))) for tag in ("visual", "collision", "light", "actor", "particle_emitter")}
    nodes = sum(len(list(root.iter(tag))) for tag in ("model", "link", "visual"))
    assert nodes * count["visual"] <= 3_000, (
        "each face of each scan costs Gazebo visuals times nodes: 263 times 291 were a third of the server's CPU"
    )
    assert count["collision"] <= 150
    assert count["light"] <= 16, "Ogre 2 lights each fragment with every lamp in reach"
    assert count["actor"] == 0, "Gazebo draws none without a skeleton"
    assert {e.text for e in root.iter("cast_shadows")} == {"false"}
    assert root.findtext(".//scene/shadows") == "false"
    moving = [model.get("name") for model in root.iter("model") if model.findtext("static") != "true"]
    site = load_site("cai_cui")
    led = [*(f"door_{door.id}" for door in site.doors if door.lanes), *(mover.id for mover in site.movers)]
    assert moving == led, "physics moves robots, leaves of doors, people and forklifts only"
    assert len(site.movers) <= 20
    assert float(root.findtext(".//max_step_size") or "") >= 0.004
    folder = world_path("cai_cui").parent
    assert sum(len(faces_of(folder / f"meshes/{kind}.obj")) for kind in ("person", "forklift")) < 200
    seen = building_faces("cai_cui")
    assert len(seen) < 2_500
    drawn = [material for material, _ in groupby(face.material for face in seen)]
    assert len(drawn) == len(set(drawn)) <= 20, "a renderer draws each material by itself"
    assert (folder / "tags/cai_cui_boards.png").stat().st_size < 200_000


def building_faces(site_id: str) -> list[Face]:
    root = ET.parse(world_path(site_id)).getroot()
    (building,) = (model for model in root.iter("model") if model.get("name") == "building")
    (uri,) = (part.text or "" for part in building.iter("uri"))
    return faces_of(world_path(site_id).parent / uri)


@pytest.mark.parametrize("site_id", SITES)
def test_what_is_seen_of_the_building_is_what_is_met(site_id: str) -> None:
    root = ET.parse(world_path(site_id)).getroot()
    (building,) = (model for model in root.iter("model") if model.get("name") == "building")
    seen = [face for face in building_faces(site_id) if face.material in SOLID]
    corners = np.unique(np.round(np.vstack([face.corners for face in seen]), 3), axis=0)
    held = 0.0
    for box in building.iter("collision"):
        x, y, z, _, _, yaw = numbers(box.findtext("pose"))
        size = np.array(numbers(box.findtext("geometry/box/size")))
        turn = np.array([[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]])
        for signs in product((-0.5, 0.5), repeat=3):
            there = np.hstack((turn @ (size * signs)[:2], size[2] * signs[2])) + np.array([x, y, z])
            assert np.linalg.norm(corners - there, axis=1).min() < 2e-3, box.get("name")
        held += float(size.prod())
    assert is_closed(seen)
    assert volume(seen) == pytest.approx(held, rel=1e-3)


@pytest.mark.parametrize("site_id", SITES)
def test_every_face_of_the_building_is_lit_from_where_it_looks(site_id: str) -> None:
    for face in building_faces(site_id):
        across = np.cross(face.corners[1] - face.corners[0], face.corners[2] - face.corners[1])
        assert np.dot(across, face.normal) == pytest.approx(np.linalg.norm(across), rel=1e-3)
    library = (world_path(site_id).parent / f"meshes/{site_id}_building.mtl").read_text()
    named = {line.split()[1] for line in library.splitlines() if line.startswith("newmtl")}
    assert named == {face.material for face in building_faces(site_id)}


@pytest.mark.parametrize("site_id", SITES)
def test_every_board_shows_its_tag(site_id: str) -> None:
    folder = world_path(site_id).parent
    library = (folder / f"meshes/{site_id}_building.mtl").read_text()
    file = folder / "meshes" / re.findall(r"newmtl tags\n(?:K. .*\n)*map_Kd (.*)\n", library)[0]
    sheet = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    assert sheet is not None, file
    pictures = [face for face in building_faces(site_id) if face.material == "tags"]
    bodies = [face for face in building_faces(site_id) if face.material == "board"]
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11))
    stations = [station for _, _, station in leaves(load_site(site_id)) if station.marker is not None]
    assert len(stations) == len({station.marker for station in stations}) == len(pictures) > 5
    for station in stations:
        left, right = (compose(station.pose, Pose2D(1.2, side * BOARD_SIDE / 2, 0.0)) for side in (1.0, -1.0))
        low, high = 0.45 - BOARD_SIDE / 2, 0.45 + BOARD_SIDE / 2
        wanted = [(*left[:2], low), (*right[:2], low), (*right[:2], high), (*left[:2], high)]
        (shown,) = (face for face in pictures if np.abs(face.corners - wanted).max() < 1e-3)
        behind = [np.abs(face.corners - wanted).max() for face in bodies if np.dot(face.normal, shown.normal) > 0.99]
        assert 0.0 < min(behind) < 2e-3, "a body right behind it"
        pixels = shown.places * (sheet.shape[1], -sheet.shape[0]) + (0.0, sheet.shape[0])
        (x0, y1), (x1, y0) = np.round(pixels[0]).astype(int), np.round(pixels[2]).astype(int)
        image = sheet[y0:y1, x0:x1]
        corners, ids, _ = detector.detectMarkers(cv2.copyMakeBorder(image, 40, 40, 40, 40, cv2.BORDER_REPLICATE))
        assert ids.ravel().tolist() == [station.marker]
        first, second, third, _ = corners[0][0]
        assert first[0] < second[0], "its first corner is upper left: it stands upright"
        assert second[1] < third[1]
        assert np.linalg.norm(first - second) / len(image) == pytest.approx(MODULES / (MODULES + 2 * QUIET), abs=0.02)
        alone = cv2.imread(str(folder / f"tags/36h11_{station.marker:03d}.png"), cv2.IMREAD_GRAYSCALE)
        assert np.array_equal(alone, image), "the picture to print"
    assert pytest.approx(0.24) == BOARD_SIDE == TAG_SIDE * 1.5


def test_markings_lie_on_the_floor_one_above_the_other() -> None:
    site, faces = load_site("cai_cui"), building_faces("cai_cui")
    heights = []
    for zone in site.zones:
        area = Polygon(zone.polygon)
        tops = [
            face.corners
            for face in faces
            if face.material == f"zone_{zone.kind}"
            and face.normal[2] > 0.5
            and Polygon(face.corners[:, :2]).symmetric_difference(area).area < 1e-3
        ]
        heights += [float(top[0, 2]) for top in tops[:1]]
    assert len(heights) == len(site.zones) > 10
    assert len(set(heights)) == len(heights), "two in one plane flicker"
    assert min(heights) > 0.0
    assert max(heights) < 0.02, "no wheel and no lidar meets paint"


def test_a_yard_without_anything_that_stands_has_no_building() -> None:
    lab = load_site("lab")
    empty: dict[str, list[Any]] = {key: [] for key in ("walls", "boxes", "zones", "doors")}
    yard = lab.model_copy(update=empty)
    assert set(building_files(yard)) == {"meshes/lab_building.obj", "meshes/lab_building.mtl", "tags/lab_boards.png"}
    bare = Station(id="B1", x=2.0, y=2.0, theta=0.0, lane="any")
    places = [place.model_copy(update={"stations": []}) for place in lab.places]
    nothing = yard.model_copy(update={"places": places, "chargers": [], "parking": [bare]})
    assert building_files(nothing) == {}
    models = {model.get("name") for model in ET.fromstring(world_sdf(nothing)).iter("model")}
    assert models & {"building", "markings"} == set()


def test_a_marking_that_names_a_corner_twice_has_sides_with_normals() -> None:
    lab = load_site("lab")
    ring = [(1, 1), (1, 3), (1, 3), (3, 3), (3, 1), (1, 1)]

    def mesh(*zones: Zone) -> str:
        return building_files(lab.model_copy(update={"zones": list(zones)}))["meshes/lab_building.obj"].decode()

    marked = mesh(Zone(id="ring", kind="fire_lane", polygon=ring))
    assert "nan" not in marked
    assert marked.count("\nf ") == mesh().count("\nf ") + 6


def test_a_marking_with_a_corner_inwards_is_left_to_gazebo() -> None:
    site = load_site("lab")
    corner = [(1, 1), (3, 1), (3, 3), (2, 3), (2, 2), (1, 2)]
    zones = [Zone(id="bend", kind="speed", polygon=corner, max_speed=0.5), *site.zones]
    root = ET.fromstring(world_sdf(site.model_copy(update={"zones": zones})))
    (markings,) = (model for model in root.iter("model") if model.get("name") == "markings")
    assert [part.get("name") for part in markings.iter("visual")] == ["zone_bend"]
    assert len(list(markings.iter("point"))) == 6
    assert not list(markings.iter("collision"))
    plain = ET.fromstring(world_sdf(site))
    assert "markings" not in {model.get("name") for model in plain.iter("model")}


@pytest.mark.parametrize("site_id", SITES)
def test_every_mover_has_a_body_that_nobody_pushes(site_id: str) -> None:
    site, folder = load_site(site_id), world_path(site_id).parent
    models = {model.get("name"): model for model in ET.parse(world_path(site_id)).getroot().iter("model")}
    assert site.movers
    for mover in site.movers:
        model = models[mover.id]
        assert numbers(model.findtext("pose")) == [*mover.route[0], 0, 0, 0, 0], "its joints count from there"
        assert model.find(".//collision") is None
        assert {e.text for e in model.iter("gravity")} == {"false"}
        (visual,) = model.iter("visual")
        assert (folder / (visual.findtext("geometry/mesh/uri") or "")).is_file()
        assert model.find("link[@name='body']/visual") is visual
        chain = [(j.get("name"), j.findtext("parent"), j.findtext("axis/xyz")) for j in model.iter("joint")]
        assert chain == [("x", "world", "1 0 0"), ("y", "beam", "0 1 0"), ("yaw", "trolley", "0 0 1")]
        states, *places = (plugin.findtext("topic") for plugin in model.findall("plugin"))
        assert states == mover_topic(mover.id, "joint_states")
        assert places == [mover_topic(mover.id, joint) for joint in JOINTS]
        led = [plugin.findtext("joint_name") for plugin in model.findall("plugin")][1:]
        assert led == list(JOINTS)


def test_a_body_stands_where_its_joints_say() -> None:
    mover = Actor(id="p", kind="person", route=[(3, 4), (5, 4)], speed=1.0)
    pose = Pose2D(4.5, 2.0, -1.0)
    assert joints_of(mover, pose) == {"x": 1.5, "y": -2.0, "yaw": -1.0}
    assert pose_of(mover, joints_of(mover, pose)) == pytest.approx(pose)
    assert pose_of(mover, {"x": 0.0, "y": 0.0, "yaw": 7.0}) == pytest.approx((3.0, 4.0, 7.0 - 2 * math.pi))
    assert pose_of(mover, {"x": 0.0, "y": 0.0}) is None
    assert pose_of(mover, {"x": 0.0, "y": math.nan, "yaw": 0.0}) is None


@pytest.mark.parametrize("site_id", SITES)
def test_every_fixed_camera_hangs_in_the_world(site_id: str) -> None:
    site, root = load_site(site_id), ET.parse(world_path(site_id)).getroot()
    (model,) = (m for m in root.iter("model") if m.get("name") == "cameras")
    assert model.find("link/visual") is None
    sensors = {sensor.get("name"): sensor for sensor in model.iter("sensor")}
    assert site.cameras
    for camera in site.cameras:
        sensor, view = sensors[f"camera_{camera.id}"], fixed_view(camera)
        assert numbers(sensor.findtext("pose")) == pytest.approx(
            [view.x, view.y, view.z, 0, view.pitch, view.yaw], abs=1e-5
        )
        assert sensor.findtext("topic") == f"/cameras/{camera.id}/image_raw"
        field = float(sensor.findtext("camera/horizontal_fov") or "")
        assert view.width / 2 / math.tan(field / 2) == pytest.approx(view.focal, rel=1e-4)


@pytest.mark.parametrize("kind", ["person", "forklift"])
def test_meshes_are_closed_and_as_big_as_the_simulated_movers(kind: str) -> None:
    faces = faces_of(world_path("cai_cui").parent / "meshes" / f"{kind}.obj")
    assert is_closed(faces)
    assert volume(faces) > 0.0, "faces look outwards"
    corners = np.vstack([face.corners for face in faces])
    low, high = corners.min(axis=0), corners.max(axis=0)
    wanted = (PERSON_RADIUS, PERSON_RADIUS) if kind == "person" else (FORKLIFT_FRONT, FORKLIFT_HALF_WIDTH)
    assert high[:2] == pytest.approx(wanted, abs=1e-6)
    assert low[:2] == pytest.approx([-w for w in wanted], abs=1e-6)
    assert low[2] == 0.0
    assert high[2] > LIDAR_HEIGHT
    at_lidar = [Point(x, y) for x, y, z in corners if z > LIDAR_HEIGHT]
    assert Polygon([(p.x, p.y) for p in at_lidar]).convex_hull.area > 0.0


def test_every_door_on_lanes_has_a_leaf_that_clears_the_way() -> None:
    site, root = load_site("cai_cui"), ET.parse(world_path("cai_cui")).getroot()
    models = {model.get("name"): model for model in root.iter("model")}
    panels = building_faces("cai_cui")
    for door in site.doors:
        if not door.lanes:
            there = [f for f in panels if f.material == door.kind and np.ptp(f.corners[:, :2], axis=0).max() > 1.0]
            middles = [f.corners[:, :2].mean(axis=0) for f in there if f.normal[2] > 0.5]
            assert min(math.dist(middle, (door.x, door.y)) for middle in middles) < 1e-3, "paint on a wall"
            continue
        model = models[f"door_{door.id}"]
        assert numbers(model.findtext("pose")) == pytest.approx([door.x, door.y, 0, 0, 0, door.theta], abs=1e-5)
        z = numbers(model.findtext("link/pose"))[2]
        depth, width, height = numbers(model.findtext("link/collision/geometry/box/size"))
        assert model.findtext("link/visual/geometry/box/size") == model.findtext("link/collision/geometry/box/size")
        assert depth < 0.1
        assert 0.0 < door.width - width < 0.1, "it fills the opening and touches neither wall"
        assert 0.0 < z - height / 2 < 0.05 < LIDAR_HEIGHT, "closed, no robot and no lidar sees below it"
        upper = float(model.findtext("joint/axis/limit/upper") or "")
        assert z - height / 2 + travel(door) > 2.5
        assert upper > travel(door)
        assert float(model.findtext("joint/axis/limit/lower") or "") < 0.0
        states, commands = (plugin.findtext("topic") for plugin in model.findall("plugin"))
        assert (states, commands) == (leaf_topic(door.id, "joint_states"), leaf_topic(door.id, "height"))
        speed = float(model.find("plugin/cmd_max").text or "")  # type: ignore[union-attr]
        assert speed * door.open_s > travel(door), "it follows its controller"
    assert models["door_fire_door_south"].findtext("joint/parent") == "world"


def test_the_embedded_simulator_takes_no_leaf_for_a_wall() -> None:
    shapes = load_world(world_path("cai_cui")).shapes
    assert not any("door_" in shape.name for shape in shapes)
    assert any("wall_fire_middle_0" in shape.name for shape in shapes)


@pytest.mark.parametrize(
    ("door", "topic"),
    [
        ("fire_door", "/doors/door_fire_door/height"),
        ("2-b", "/doors/door_2_2d_b/height"),
        ("ô", "/doors/door__f4_/height"),
    ],
)
def test_topics_of_leaves_are_names_of_ros(door: str, topic: str) -> None:
    assert leaf_topic(door, "height") == topic


def test_wet_floors_are_slippery_and_dust_is_off_at_the_start() -> None:
    site = load_site("cai_cui")
    root = ET.fromstring(world_sdf(site))
    wet = [m for m in root.iter("model") if (m.get("name") or "").startswith("wet_")]
    assert len(wet) == sum(c.kind == "wet" for c in site.conditions) == 4
    dry = next(m for m in root.iter("model") if m.get("name") == "floor").findtext(".//surface/friction/ode/mu")
    for model in wet:
        assert float(model.findtext(".//surface/friction/ode/mu") or "") <= 0.6 * float(dry or "")
    dust = next(root.iter("particle_emitter"))
    assert dust.findtext("emitting") == "false"
    assert dust.findtext("topic") == "/dust/dust_hall_a"
    with pytest.raises(ValueError, match="greater than 0"):
        Condition(id="x", kind="wet", x=0, y=0, size_x=0, size_y=1)
