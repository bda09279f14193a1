"""The robots as URDF and SDF: accepted by the real parsers, physically sane, and true to contract and description."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import yaml
from shapely import unary_union
from shapely.geometry import MultiPoint, Point, Polygon, box

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray
from amr_core.robots import ROBOT_TYPES, RobotType
from amr_description import properties
from amr_description.bridge import TF, TOPICS, bridge_config
from amr_description.urdf import urdf
from tests.unit.robot_model import FRAME_ID, gazebo_sdf, read

KINDS = sorted(ROBOT_TYPES)
CONTRACT = (Path(__file__).parents[2] / "docs" / "topics.md").read_text(encoding="utf-8")


def numbers(text: str | None) -> FloatArray:
    return np.array([float(word) for word in (text or "").split()], dtype=float)


def attribute(element: ET.Element, path: str, name: str) -> str:
    found = element.find(path)
    assert found is not None, path
    return found.get(name, "")


def test_the_numbers_of_the_xacro_files_are_fresh() -> None:
    assert properties.stale() == []


def test_stale_numbers_are_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(properties, "FOLDER", tmp_path)
    (tmp_path / "config").mkdir()
    assert set(properties.stale()) == {f"{kind}.yaml" for kind in KINDS}
    properties.build()
    assert properties.stale() == []
    path = tmp_path / "config" / f"{KINDS[0]}.yaml"
    path.write_text(path.read_text().replace("max_speed: 1", "max_speed: 2"))
    assert properties.stale() == [path.name]


@pytest.mark.parametrize("kind", KINDS)
def test_the_parsers_accept_the_robot(kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "robot.urdf").write_text(urdf(kind))
    model = read(tmp_path / "robot.urdf", caplog)
    assert (model.complaints, model.left_out) == ([], set())
    text = gazebo_sdf(kind)
    (tmp_path / "robot.sdf").write_text(FRAME_ID.sub("", text))
    model = read(tmp_path / "robot.sdf", caplog)
    assert (model.complaints, model.left_out) == ([], {"plugin", "sensor"})
    # The one element outside SDF's schema: without it every scan would name a frame that is not on /tf.
    (tmp_path / "robot.sdf").write_text(text)
    (complaint,) = read(tmp_path / "robot.sdf", caplog).complaints
    assert "XML Element[gz_frame_id], child of element[sensor], not defined in SDF" in complaint
    assert re.findall("Element.([a-z_]+).,", complaint) == ["gz_frame_id"]


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("<mass>232.0</mass>", "<mass>-232.0</mass>", "mass"),
        ("<ixx>17.67", "<ixx>917.67", "nertia"),
        ("<parent>chassis</parent>", "<parent>chasis</parent>", "chasis"),
        ("<horizontal>", "<horizontel>", "horizont"),
    ],
)
def test_libsdformat_rejects_a_broken_robot(
    good: str, bad: str, complaint: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = FRAME_ID.sub("", gazebo_sdf("lift_amr"))
    assert good in text
    (tmp_path / "robot.sdf").write_text(text.replace(good, bad, 1))
    assert complaint in "\n".join(read(tmp_path / "robot.sdf", caplog).complaints)


@pytest.mark.parametrize("kind", KINDS)
def test_urdf_and_sdf_are_the_same_robot(kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "robot.urdf").write_text(urdf(kind))
    (tmp_path / "robot.sdf").write_text(FRAME_ID.sub("", gazebo_sdf(kind)))
    one, other = read(tmp_path / "robot.urdf", caplog), read(tmp_path / "robot.sdf", caplog)
    frames = [link.get("name", "") for link in ET.fromstring(urdf(kind)).findall("link")]
    for name in frames:
        assert np.allclose(one.frame(name), other.frame(name), atol=1e-9), name
    massive = [
        link.get("name", "") for link in ET.fromstring(urdf(kind)).findall("link") if link.find("inertial") is not None
    ]
    assert massive
    for name in massive:
        for a, b in zip(one.inertia(name).CopyToFullMatrix6(), other.inertia(name).CopyToFullMatrix6(), strict=True):
            assert np.allclose(a, b, rtol=1e-9), name


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_things_of_a_link_share_a_name(kind: str) -> None:
    # Gazebo's renderer ends with a segmentation fault otherwise; libsdformat only says so with `gz sdf -k`.
    for element in ET.fromstring(gazebo_sdf(kind)).iter():
        names = [child.get("name") for child in element if child.get("name") and child.tag != "plugin"]
        assert len(set(names)) == len(names), f"{element.tag} {element.get('name')}: {sorted(map(str, names))}"


@pytest.mark.parametrize("kind", KINDS)
def test_masses_and_inertias_are_those_of_the_shapes(kind: str) -> None:
    robot = ROBOT_TYPES[kind]
    total = 0.0
    for link in ET.fromstring(urdf(kind)).findall("link"):
        inertial = link.find("inertial")
        if inertial is None:
            assert link.find("collision") is None, link.get("name")
            continue
        mass = float(attribute(inertial, "mass", "value"))
        moments = {k: float(attribute(inertial, "inertia", k)) for k in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")}
        total += mass
        ixx, iyy, izz = moments["ixx"], moments["iyy"], moments["izz"]
        assert min(ixx, iyy, izz) > 0.0
        assert moments["ixy"] == moments["ixz"] == moments["iyz"] == 0.0
        assert max(ixx, iyy, izz) <= (ixx + iyy + izz) / 2.0 * (1.0 + 1e-9), link.get("name")
        assert (ixx, iyy, izz) == pytest.approx(_moments(link, mass), rel=0.12), link.get("name")
    body = robot.body
    assert total == pytest.approx(body.mass + 2 * body.wheel_mass + robot.handling.mass + robot.handling.mast_mass)


def _moments(link: ET.Element, mass: float) -> tuple[float, float, float]:
    """Return the moments about the centre of mass of a body of even density in the bounds of the link's boxes."""
    cylinder = link.find("visual/geometry/cylinder")
    if cylinder is not None:
        radius, length = float(cylinder.get("radius", 0)), float(cylinder.get("length", 0))
        across = mass / 12.0 * (3 * radius**2 + length**2)
        return across, mass / 2.0 * radius**2, across
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for collision in link.findall("collision"):
        solid = collision.find("geometry/box")
        if solid is not None:
            centre = numbers(attribute(collision, "origin", "xyz"))
            half = numbers(solid.get("size")) / 2
            low, high = np.minimum(low, centre - half), np.maximum(high, centre + half)
    x, y, z = high - low
    return mass / 12 * (y**2 + z**2), mass / 12 * (x**2 + z**2), mass / 12 * (x**2 + y**2)


def _solids(kind: str, what: str = "collision") -> list[tuple[str, Polygon, float, float]]:
    """Return name, outline on the floor (base_link), lowest and highest z of the robot's solids."""
    robot = ET.fromstring(urdf(kind))
    offset = {"base_link": np.zeros(3)}
    for joint in robot.findall("joint"):
        parent = attribute(joint, "parent", "link")
        xyz = numbers(attribute(joint, "origin", "xyz"))
        offset[attribute(joint, "child", "link")] = offset[parent] + xyz
    found = []
    for link in robot.findall("link"):
        for collision in link.findall(what):
            centre = offset[link.get("name", "")] + numbers(attribute(collision, "origin", "xyz"))
            solid = collision.find("geometry/*")
            assert solid is not None
            if solid.tag == "box":
                half = numbers(solid.get("size")) / 2
            else:
                radius = float(solid.get("radius", 0))
                half = np.array([radius, float(solid.get("length", 2 * radius)) / 2, radius])
            low, high = centre - half, centre + half
            found.append((collision.get("name", ""), box(low[0], low[1], high[0], high[1]), low[2], high[2]))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_outline_is_the_footprint_that_everybody_plans_with(kind: str) -> None:
    robot = ROBOT_TYPES[kind]
    outline = unary_union([area for _, area, _, _ in _solids(kind)]).convex_hull
    assert outline.symmetric_difference(Polygon(robot.footprint())).area < 1e-9
    lowest = {name: low for name, _, low, _ in _solids(kind)}
    assert all(lowest[f"wheel_{side}"] == pytest.approx(0.0, abs=1e-9) for side in ("left", "right"))
    assert all(low >= robot.body.caster_gap - 1e-9 for name, low in lowest.items() if "wheel" not in name)


@pytest.mark.parametrize("kind", KINDS)
def test_no_lidar_sees_its_own_robot(kind: str) -> None:
    robot = ROBOT_TYPES[kind]
    for lidar in robot.lidars:
        x, y, theta = lidar.mount.x, lidar.mount.y, lidar.mount.theta
        angles = np.linspace(-lidar.field_of_view / 2, lidar.field_of_view / 2, 300) + theta
        sector = Polygon([(x, y), *((x + 5 * math.cos(a), y + 5 * math.sin(a)) for a in angles)])
        seen = [solid for solid in _solids(kind, "visual") if not solid[0].startswith(("lidar", "camera"))]
        at_height = [(name, area) for name, area, low, high in seen if low < lidar.height < high]
        assert at_height, "the waist is at the lidar's height"
        for name, area in at_height:
            assert not sector.intersects(area.buffer(-1e-9)), name
            assert not area.contains(Point(x, y)), name


@pytest.mark.parametrize("kind", KINDS)
def test_the_robot_stands_on_its_wheels_and_casters_when_it_brakes(kind: str) -> None:
    robot = ROBOT_TYPES[kind]
    feet = [area.centroid for name, area, _, _ in _solids(kind) if name.startswith(("wheel", "caster"))]
    stand = MultiPoint(feet).convex_hull
    root = ET.fromstring(urdf(kind))
    joints = {attribute(j, "child", "link"): numbers(attribute(j, "origin", "xyz")) for j in root.findall("joint")}
    weight, moment = 0.0, np.zeros(3)
    for link in root.findall("link"):
        inertial = link.find("inertial")
        if inertial is not None:
            mass = float(attribute(inertial, "mass", "value"))
            centre = np.array(joints[link.get("name", "")]) + numbers(attribute(inertial, "origin", "xyz"))
            weight, moment = weight + mass, moment + mass * centre
    x, y, z = moment / weight
    for shift in (0.0, robot.deceleration, -robot.acceleration):  # the point below the centre of mass moves
        assert stand.contains(Point(x + shift / 9.81 * z, y)), shift


@pytest.mark.parametrize("kind", KINDS)
def test_limits_and_sensors_are_those_of_the_embedded_simulator(kind: str) -> None:
    robot: RobotType = ROBOT_TYPES[kind]
    model = ET.fromstring(gazebo_sdf(kind))
    drive = next(p for p in model.iter("plugin") if p.get("filename") == "gz-sim-diff-drive-system")
    assert float(drive.findtext("max_linear_velocity", "")) == robot.max_speed
    assert float(drive.findtext("max_angular_velocity", "")) == robot.max_turn_rate
    assert float(drive.findtext("min_linear_acceleration", "")) == -robot.deceleration
    assert float(drive.findtext("max_linear_acceleration", "")) == robot.deceleration, "base_port speeds up more slowly"
    assert float(drive.findtext("wheel_separation", "")) == robot.body.wheel_separation
    sensors = {s.get("name"): s for s in model.iter("sensor")}
    for lidar in robot.lidars:
        scan = sensors[f"lidar_{lidar.name}"]
        horizontal = scan.find("lidar/scan/horizontal")
        assert horizontal is not None
        assert int(horizontal.findtext("samples", "")) == lidar.beams
        assert float(horizontal.findtext("max_angle", "")) == pytest.approx(lidar.field_of_view / 2, abs=5e-4)
        assert float(scan.findtext("lidar/range/max", "")) == lidar.range_max
    width = int(sensors["camera"].findtext("camera/image/width", ""))
    field = float(sensors["camera"].findtext("camera/horizontal_fov", ""))
    assert width / 2 / math.tan(field / 2) == pytest.approx(robot.camera.focal)


def _contract_topics() -> set[str]:
    """Return the topics that the contract says the simulator (any of them) publishes, serves or takes."""
    rows = re.findall(r"^\| `/<robot>/([^`]+)` \| [^|]+ \| [^|]+ \| ([^|]+) \| ([^|]+) \|", CONTRACT, re.MULTILINE)
    served = re.findall(r"^\| action \| `/<robot>/([^`]+)` \| [^|]+ \| simulator \|", CONTRACT, re.MULTILINE)
    return {topic for topic, source, _ in rows if source == "simulator"} | set(served) | {"cmd_vel"}


@pytest.mark.parametrize("kind", KINDS)
def test_topics_and_frames_are_those_of_the_contract(kind: str) -> None:
    model = ET.fromstring(gazebo_sdf(kind, "amr_07"))
    said = {e.text for e in model.iter() if e.tag.endswith("topic") and (e.text or "").startswith("/")}
    config = yaml.safe_load(bridge_config("amr_07", tf=True))
    battery = {c["gz_topic_name"] for c in config if "/battery/main/" in c["gz_topic_name"]}
    assert len(battery) == 3
    assert {c["gz_topic_name"] for c in config} - battery == said - {"/amr_07/base/pose_tf", "/contacts"}
    bridged = {topic.ros for topic in TOPICS}
    by_the_port = {
        "cmd_vel",
        "odom",
        "battery_state",
        "load_state",
        "handle_load",
    }  # amr_sim.nodes.base_port, tested there
    assert _contract_topics() <= bridged | by_the_port
    assert not bridged & by_the_port
    assert TF.ros not in bridged
    frames = re.search(r"`base_link` on `/<robot>/tf`; (.*?) on", CONTRACT, re.DOTALL)
    assert frames is not None
    mounted = {"base_link", *re.findall("`([a-z_]+)`", frames[1])}
    links = {link.get("name") for link in ET.fromstring(urdf(kind)).findall("link")}
    assert mounted <= links
    assert set(FRAME_ID.findall(gazebo_sdf(kind))) <= mounted


@pytest.mark.parametrize("kind", KINDS)
def test_every_pose_is_given_in_a_frame_of_the_robot(kind: str) -> None:
    model = ET.fromstring(gazebo_sdf(kind))
    names = {e.get("name") for tag in ("link", "frame") for e in model.iter(tag)} | {"__model__"}
    used = {e.get(key) for key in ("relative_to", "attached_to") for e in model.iter() if e.get(key)}
    assert used <= names


@pytest.mark.parametrize("text", ["", "AMR", "amr 01", "../amr", "1", "amr-01"])
def test_a_namespace_that_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(AmrError) as caught:
        urdf("lift_amr", text, gazebo=True)
    assert caught.value.code == "request.invalid"


def test_an_unknown_robot_type_is_refused() -> None:
    with pytest.raises(AmrError) as caught:
        urdf("drone")
    assert caught.value.code == "request.invalid"


def test_a_plain_urdf_has_no_gazebo_systems() -> None:
    assert "plugin" not in urdf("lift_amr")
