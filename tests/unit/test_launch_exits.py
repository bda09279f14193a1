"""What the end of a process means for a launch, what is missing after a start, and names nobody declared."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from amr_bringup.gazebo import NOT_BRIDGED, NOT_SPAWNED, server
from amr_bringup.launch_arguments import ROBOTS, SITE, check_names
from amr_bringup.launch_exits import STARTED, TRIES, WITHIN, Exits, Refusals
from amr_bringup.nav2_check import LINGER, WAIT, Nav2Start
from amr_bringup.start_check import (
    CLOCK,
    MOST_CROWDED,
    ROBOT_TOPICS,
    crowding,
    expected,
    joints_of_site,
    verdict,
    wrong_type,
)
from amr_core.doors import leaf_topic
from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_core.site.build import world_path
from amr_core.site.generators.movers import mover_topic

RUNNING = SimpleNamespace(is_shutdown=False)


def ends(code: int) -> SimpleNamespace:
    return SimpleNamespace(returncode=code, process_name="gzserver-1")


@pytest.mark.parametrize("code", [0, 1, -11])
def test_the_end_of_a_vital_process_ends_the_launch(code: int) -> None:
    with pytest.raises(AmrError) as caught:
        Exits("look at it")(ends(code), RUNNING)
    assert caught.value.code == "launch.ended"
    assert "look at it" in str(caught.value)
    assert ("signal 11" in str(caught.value)) is (code == -11)


def test_what_ends_by_itself_only_fails_with_a_code() -> None:
    Exits("look", once=True)(ends(0), RUNNING)
    with pytest.raises(AmrError):
        Exits("look", once=True)(ends(1), RUNNING)
    Exits(once=True)(ends(1), RUNNING)


def test_nothing_counts_while_everything_is_ended() -> None:
    Exits("look")(ends(1), SimpleNamespace(is_shutdown=True))


def test_a_process_is_started_again_a_few_times_only() -> None:
    now = [0.0]
    exits = Exits(clock=lambda: now[0])
    for _ in range(10):  # now and then
        exits(ends(1), RUNNING)
        now[0] += WITHIN
    exits = Exits(clock=lambda: now[0])
    for _ in range(TRIES - 1):
        exits(ends(1), RUNNING)
        now[0] += 2.0
    with pytest.raises(AmrError, match="3 times within 60 s"):
        exits(ends(1), RUNNING)


BROKEN = '[Err] [UserCommands.cc:1150] Error Code 19: [/sdf/model[@name="amr_01"]]: Msg: a link has no mass\n'


def says(text: str, *, error: bool = True) -> SimpleNamespace:
    return SimpleNamespace(text=text.encode(), from_stderr=error, process_name="gzserver-1")


def test_a_robot_that_gazebo_cannot_read_ends_the_launch_at_once() -> None:
    heard = Refusals(NOT_SPAWNED)
    heard(says(f"[Msg] Create service on [/world/lab/create]\n\x1b[1;31m{BROKEN[:40]}"))
    heard(says("[Dbg] nothing to do with it\n", error=False))
    with pytest.raises(AmrError, match="the spawning of a robot ended") as caught:
        heard(says(BROKEN[40:]))
    assert caught.value.code == "launch.ended"
    assert "a link has no mass" in str(caught.value)
    assert "amr robot urdf" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    heard(says(BROKEN))  # the rest of what is wrong with it: one clear error is enough


def test_a_wrong_model_that_somebody_puts_into_a_running_simulation_ends_nothing() -> None:
    now = 0.0
    heard = Refusals(NOT_SPAWNED, lambda: now)
    now = STARTED + 1.0
    heard(says(BROKEN))
    heard = Refusals(NOT_SPAWNED, lambda: now)
    now += STARTED - 1.0
    with pytest.raises(AmrError):
        heard(says(BROKEN))


def test_a_topic_that_a_bridge_goes_on_without_ends_the_launch_at_once() -> None:
    heard = Refusals(NOT_BRIDGED)
    heard(says(f"[INFO] [amr_01.bridge]: Creating GZ->ROS Bridge: [{SCAN} (gz.msgs.LaserScan)] (Lazy 0)\n"))
    with pytest.raises(AmrError, match=r"TOPICS in amr_description/bridge\.py") as caught:
        heard(says(f"[WARN] [amr_01.bridge]: Failed to create a bridge for topic [{SCAN}] with ROS2 type [Imu]\n"))
    assert SCAN in str(caught.value)


def test_a_bridge_that_is_ended_while_it_makes_its_topics_is_no_second_error() -> None:
    heard = Refusals(NOT_BRIDGED)
    heard.end()
    heard(says(f"[WARN] [amr_01.bridge]: Failed to create a bridge for topic [{SCAN}] with ROS2 type [Imu]\n"))


def test_what_gazebo_says_of_a_healthy_start_and_of_a_wrong_command_ends_nothing() -> None:
    heard = Refusals(NOT_SPAWNED)
    for line in (
        "[Dbg] [UserCommands.cc:1330] Created entity [91] named [amr_01]",
        # Asked twice, since a slow server answered too late, and spawned at the first time.
        "[Wrn] [UserCommands.cc:998] Entity named [amr_01] already exists and [allow_renaming] is false. Entity not "
        "spawned.",
        "[Err] [UserCommands.cc:1560] Unable to update the pose for entity id:[0], name[amr_09]",
        "[Err] [SystemPaths.cc:425] Unable to find file with URI [model://x]",
    ):
        heard(says(f"{line}\n"))


LAB = Path(world_path("lab", load_site("lab"))).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "thing",
    [
        '<model name="amr_02"><static>true</static></model>',
        "<include><name>amr_02</name><uri>model://box</uri></include>",
    ],
)
def test_a_world_that_holds_the_name_of_a_robot_is_refused(
    thing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = tmp_path / "lab.sdf"
    world.write_text(LAB.replace("<gravity>", f"{thing}<gravity>", 1), encoding="utf-8")
    monkeypatch.setattr("amr_bringup.gazebo.world_path", lambda *_: world)
    server("lab", ["amr_01"])
    with pytest.raises(AmrError, match="it holds amr_02 already") as caught:
        server("lab", ["amr_01", "amr_02"])
    assert caught.value.code == "launch.world"


ROBOTS_IN_IT = ["amr_01", "amr_02"]
SCAN, ODOM = "/amr_01/scan_front", "/amr_01/base/odom"
ALL = set(expected(ROBOTS_IN_IT))


@pytest.mark.parametrize(
    ("missing", "offered", "said"),
    [
        (ALL, {}, "the world did not load"),
        ({t for t in ALL if "amr_02" in t}, {}, "robot amr_02 was not heard"),
        ({SCAN}, {SCAN: [ROBOT_TOPICS["scan_front"]]}, "the renderer does not work"),
        ({ODOM}, {ODOM: [ROBOT_TOPICS["base/odom"]]}, "gz topic -i -t /amr_01/base/odom"),
        ({SCAN}, {}, "no bridge publishes it"),
        (
            {"/amr_01/scan_front"},
            {"/amr_01/scan_front": ["sensor_msgs/msg/Imu"]},
            "its bridge publishes sensor_msgs/msg/Imu",
        ),
        ({CLOCK}, {}, "world_bridge"),
    ],
)
def test_one_error_says_what_is_missing_and_what_to_do(
    missing: set[str], offered: dict[str, list[str]], said: str
) -> None:
    error = verdict(ROBOTS_IN_IT, ALL - missing, offered, 15.0)
    assert error.code == "gazebo.silent"
    assert said in str(error)


def test_a_leaf_or_a_body_that_gazebo_does_not_speak_of_is_missed() -> None:
    joints = joints_of_site(load_site("cai_cui"))
    leaf, body = leaf_topic("crossdock_gate", "joint_states"), mover_topic("person_01", "joint_states")
    assert {leaf, body} < set(joints)
    assert set(expected(ROBOTS_IN_IT, joints)) == ALL | set(joints)
    for topic in (leaf, body):
        error = verdict(ROBOTS_IN_IT, (ALL | set(joints)) - {topic}, {}, 15.0, joints)
        assert topic in str(error)
        assert "world_bridge" in str(error)
        wrong = wrong_type(ROBOTS_IN_IT, {topic: ["sensor_msgs/msg/Imu"]}, 1.0, joints)
        assert wrong is not None
        assert topic in str(wrong)


def test_misspelt_arguments_are_refused() -> None:
    declared = [SITE, ROBOTS]
    ours = ["/usr/bin/ros2", "launch", "amr_bringup", "gazebo.launch.py", "site:=lab"]
    check_names([*ours, "robots:=2"], declared)
    with pytest.raises(AmrError) as caught:
        check_names([*ours, "robts:=2"], declared)
    assert caught.value.facts == {"file": "gazebo.launch.py", "argument": "robts", "nearest": "robots"}
    check_names(["ros2", "launch", "port.launch.py", "robts:=2"], declared)


def test_a_wrong_type_is_said_without_patience() -> None:
    right = {topic: [kind] for topic, kind in expected(ROBOTS_IN_IT).items()}
    assert wrong_type(ROBOTS_IN_IT, {}, 1.0) is None, "what nobody publishes yet is no error"
    assert wrong_type(ROBOTS_IN_IT, right, 1.0) is None
    error = wrong_type(ROBOTS_IN_IT, {**right, SCAN: ["sensor_msgs/msg/Imu"]}, 1.0)
    assert error is not None
    assert "its bridge publishes sensor_msgs/msg/Imu" in str(error)


def test_a_start_may_take_longer_where_others_want_the_cores() -> None:
    assert crowding(0.0, 2) == crowding(2.0, 2) == 1.0
    assert crowding(10.0, 2) == 5.0
    assert crowding(500.0, 2) == MOST_CROWDED
    assert crowding(4.0, 0) == 4.0


MANAGERS = ("lifecycle_manager_localization", "lifecycle_manager_navigation")
GAVE_UP = "Failed to bring up all requested nodes. Aborting bringup."


class Nav2Log:
    """The start of one robot's Nav2 as its log tells it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.start = Nav2Start("amr_01", MANAGERS, clock=lambda: self.now)

    def error(self, node: str, text: str, robot: str = "amr_01") -> None:
        self.start.on_log(f"{robot}.{node}", text, error=True)

    def problem(self, after: float = LINGER) -> str:
        self.now += after
        found = self.start.problem()
        return "" if found is None else str(found)


def test_the_server_that_failed_is_named_with_its_own_words() -> None:
    log = Nav2Log()
    log.error("planner_server", "harmless, early")
    log.error("map_server", "Original error: Failed processing YAML file\n  /x/map.yaml")
    log.error("map_server", "Lifecycle node map_server does not have error state implemented")
    log.error(MANAGERS[0], "Failed to change state for node: map_server")
    assert log.problem() == "", "a manager may try again"
    log.error(MANAGERS[0], GAVE_UP)
    assert log.problem(after=0.0) == "", "the server's words may come later"
    said = log.problem()
    assert said.startswith("[launch.nav2] Nav2 of amr_01")
    assert f"{MANAGERS[0]} gave up on map_server: Failed processing YAML file /x/map.yaml" in said


def test_other_robots_and_harmless_lines_are_no_problem() -> None:
    log = Nav2Log()
    log.error(MANAGERS[0], GAVE_UP, robot="amr_02")
    log.start.on_log(f"amr_01.{MANAGERS[0]}", GAVE_UP, error=False)
    log.start.on_log("", "", error=True)
    assert log.problem() == ""


def test_a_start_that_goes_on_is_waited_for() -> None:
    log = Nav2Log()
    assert log.problem(after=WAIT - 1.0) == ""
    log.start.on_active(MANAGERS[0])
    assert log.problem(after=WAIT - 1.0) == ""
    assert log.start.waiting == [MANAGERS[1]]
    assert f"{MANAGERS[1]} not active after {WAIT:.0f} s" in log.problem(after=2.0)
    log.start.on_active(MANAGERS[1])
    assert log.problem(after=WAIT) == ""
