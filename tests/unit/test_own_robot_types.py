"""A robot type of a site from a factsheet: what is said is taken, the rest filled in and told, rubbish refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core import robots
from amr_core.errors import AmrError
from amr_core.robots import FORK_ROBOT, LIFT_AMR, ROBOT_TYPES
from amr_core.site import load_site, site_dir
from amr_core.site.lint import lint
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.robot_types import own_type
from amr_interop.vda.versions import V2_1, V3_0, Spelling

CURVE = [(0.9, 0.4), (0.9, -0.4), (-0.3, -0.4), (-0.3, 0.4)]


@pytest.fixture(autouse=True)
def only_ours() -> Iterator[None]:
    """Types that a test makes known are forgotten after it."""
    before = dict(robots._TYPES)
    yield
    robots._TYPES.clear()
    robots._TYPES.update(before)


def sheet(spelling: Spelling = V2_1, **changes: Any) -> dict[str, Any]:
    head = {"version": spelling.version, "manufacturer": "ACME", "serialNumber": "7"}
    return head | factsheet(FORK_ROBOT, spelling) | changes


def curve(two: bool = True) -> dict[str, Any]:
    points = [{"x": x, "y": y} for x, y in CURVE]
    return {"envelopes2d": [{"set": "a", "envelope2dId": "a", "polygonPoints" if two else "vertices": points}]}


def made(body: dict[str, Any], **added: float) -> tuple[Any, str]:
    own, notes = own_type(json.dumps(body).encode(), "acme_t20", "", added)
    return own, "\n".join(notes)


@pytest.mark.parametrize("spelling", [V2_1, V3_0], ids=lambda s: s.version)
def test_what_a_factsheet_says_is_taken_and_the_rest_is_filled_in_and_told(spelling: Spelling) -> None:
    own, notes = made(sheet(spelling))
    kind = own.robot_type()
    assert (kind.front, kind.rear, kind.half_width) == (FORK_ROBOT.front, FORK_ROBOT.rear, FORK_ROBOT.half_width)
    assert (kind.max_payload, kind.max_speed, kind.handling) == (1400.0, 1.5, FORK_ROBOT.handling)
    assert ("max_turn_rate is not said" in notes) == (spelling.major == 2)
    assert "centred" in notes
    assert "load_rear are those of fork_robot" in notes


@pytest.mark.parametrize("spelling", [V2_1, V3_0], ids=lambda s: s.version)
def test_curves_loads_and_what_a_person_adds_go_before_what_is_filled_in(spelling: Spelling) -> None:
    two = spelling.major == 2
    load = {
        "setName": "a", "loadType": "EPAL", "loadDimensions": {"length": 1.2, "width": 1.0},
        "boundingBoxReference": {"x": 0.5, "y": 0.0, "z": 0.0}, "maxWeight" if two else "maximumWeight": 900.0,
    }  # fmt: skip
    body = sheet(spelling, loadSpecification={"loadSets": [load]})
    body["agvGeometry" if two else "mobileRobotGeometry"] = curve(two)
    body["physicalParameters"] |= {"length": 1.2, "width": 0.8}
    own, notes = made(body, deceleration=0.5)
    assert (own.front, own.rear, own.half_width) == (0.9, 0.3, 0.4)
    assert (own.load_front, own.load_half_width) == pytest.approx((1.1, 0.5))
    assert own.deceleration == 0.5
    assert "centred" not in notes
    assert "maxWeight" in notes, "what would be told of its robot is told at once"


@pytest.mark.parametrize(("wrong", "code", "reason"), [
    (b"{", "message.invalid", "no JSON"), (b"[]", "message.invalid", "object"), (b"{}", "message.invalid", "version"),
    (b"\xff", "message.invalid", "no JSON"),
    ({"physicalParameters": {}}, "factsheet.unusable", "front, rear and half_width"),
    ({"physicalParameters": {"length": -1, "width": 2}}, "factsheet.unusable", "front, rear and half_width"),
    ({"typeSpecification": {"agvClass": "FORKLIFT"}}, "factsheet.unusable", "max_payload"),
    ({"physicalParameters": {"length": 90, "width": 2}}, "factsheet.unusable", "front: Input should be less"),
    ({"physicalParameters": {"length": "long", "width": 2}}, "message.invalid", "length"),
    ({"physicalParameters": {"length": 1e999, "width": 2}}, "message.invalid", "Infinity"),
    ({"protocolFeatures": {"optionalParameters": [{"parameter": "order.edges.trajectory", "support": "REQUIRED"}],
                           "agvActions": []}}, "factsheet.unusable", "vda.factsheet_requires"),
])  # fmt: skip
def test_what_is_no_factsheet_or_says_too_little_is_refused(wrong: Any, code: str, reason: str) -> None:
    payload = wrong if isinstance(wrong, bytes) else json.dumps(sheet(**wrong)).encode()
    with pytest.raises(AmrError, match=reason) as refused:
        own_type(payload, "acme_t20", "", {})
    assert refused.value.code == code


def test_what_is_missing_can_be_added() -> None:
    own, _ = made(
        sheet(physicalParameters={}, typeSpecification={}), front=1.0, rear=0.5, half_width=0.4, max_payload=0.0
    )
    assert (own.like, own.front, own.max_payload, own.max_speed) == ("lift_amr", 1.0, 0.0, LIFT_AMR.max_speed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = (site_dir("lab") / "site.yaml").read_text(encoding="utf-8")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "sheet.json").write_text(json.dumps(sheet()), encoding="utf-8")
    return tmp_path


def command(folder: Path, *more: str, name: str = "acme_t20") -> Any:
    words = ["site", "robot-type", str(folder / "sheet.json"), "--id", name, "--site", str(folder), *more]
    return CliRunner().invoke(app, words)


def test_the_command_writes_a_type_that_the_site_then_has(folder: Path) -> None:
    before = (folder / "site.yaml").read_text(encoding="utf-8")
    assert command(folder, "--dry-run").exit_code == 0
    assert (folder / "site.yaml").read_text(encoding="utf-8") == before
    assert command(folder, "--set", "max_speed=0.8").exit_code == 0
    assert command(folder, name="acme_t30").exit_code == 0
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    assert text.startswith(before), "comments and order stay"
    (folder / "site.yaml").write_text(text.replace("amr_02, type: fork_robot", "amr_02, type: acme_t20"))
    site = load_site(str(folder))
    assert ROBOT_TYPES["acme_t20"].max_speed == 0.8
    assert [kind.name for kind in site.robot_types] == ["acme_t30", "acme_t20"]
    assert [f for f in lint(site) if f.severity == "error"] == []


@pytest.mark.parametrize(("more", "name", "code"), [
    (("--set", "max_speed=fast"), "acme_t20", "run.bad_option"), (("--set", "wheels=4"), "acme_t20", "run.bad_option"),
    (("--set", "max_speed=nan"), "acme_t20", "factsheet.unusable"), (("--like", "crane"), "acme_t20", "run.bad_option"),
    ((), "Acme T20", "factsheet.unusable"), ((), "lift_amr", "site.invalid"),
])  # fmt: skip
def test_what_cannot_be_a_type_leaves_the_site_alone(folder: Path, more: tuple[str, ...], name: str, code: str) -> None:
    before = (folder / "site.yaml").read_bytes()
    result = command(folder, *more, name=name)
    assert isinstance(result.exception, AmrError)
    assert result.exception.code == code
    assert (folder / "site.yaml").read_bytes() == before
    assert {path.name for path in folder.iterdir()} == {"site.yaml", "sheet.json"}


def test_a_name_stands_for_one_type(folder: Path) -> None:
    assert command(folder).exit_code == 0
    twice = command(folder)
    assert isinstance(twice.exception, AmrError)
    assert twice.exception.code == "site.invalid"
    load_site(str(folder))
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    (folder / "site.yaml").write_text(text.replace('"max_speed": 1.5', '"max_speed": 1.1'), encoding="utf-8")
    with pytest.raises(AmrError, match="another type has that name"):
        load_site(str(folder))
