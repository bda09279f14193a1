"""The OpenAPI document says all: every answer and error of every route, and the frames of the live feed."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs
import pytest
from fastapi import FastAPI

from amr_core import site as core
from amr_core.errors import ERRORS
from amr_core.site import load_site
from amr_fleet import camera_frames, ports
from amr_fleet.api.gate import LOGINS
from amr_fleet.api.models import site as answers
from amr_fleet.api.models.live import Snapshot
from amr_fleet.api.models.robots import Robot
from tests.api.api_support import Connect
from tests.api.fake_fleet import FakeFleet

# The kept one, which a test holds to what the server gives: every process that collects tests would build it.
DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    ]


def check(name: str, value: object) -> None:
    """Raise when a value is not what the document says of the component with this name."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    jsonschema_rs.Draft202012Validator(schema).validate(value)


LOGS_IN = ("POST /api/v1/login", "POST /api/v1/oidc/code")  # 401 without a session: that is what they are for


@pytest.mark.parametrize(("name", "operation"), operations(), ids=[name for name, _ in operations()])
def test_every_route_declares_what_it_answers(name: str, operation: dict[str, Any]) -> None:
    good = {status: answer for status, answer in operation["responses"].items() if status[0] in "23"}
    assert len(good) == 1
    assert "303" in good or all("content" in answer for answer in good.values())  # a browser is sent on
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            schema = content["schema"]
            assert "$ref" in schema or schema.get("format") == "binary", (status, media_type)
        if status not in good and not answer["description"].startswith("It starts"):
            assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
            allowed = {"400": {400, 422}, "413": {422}}.get(status, {int(status)})
            assert {ERRORS[code][0] for code in answer["x-codes"]} <= allowed
    assert {"422", "500"} <= set(operation["responses"])
    assert ("401" in operation["responses"]) == bool(operation["security"]) or name.startswith(LOGS_IN)


@pytest.mark.parametrize("path", LOGINS)
def test_every_route_that_counts_as_a_log_in_declares_too_many(path: str) -> None:
    said = [operation["responses"] for operation in DOCUMENT["paths"][path].values()]
    assert all("request.too_many" in responses["429"]["x-codes"] for responses in said)


def test_names_are_unique_and_no_schema_is_open() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(names) == len(set(names)) > 60
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert "-" not in name
        assert "properties" in schema or "enum" in schema or name in ("XY", "Facts", "TrackState"), name


def test_an_application_serves_the_same_document(app: FastAPI, connect: Connect) -> None:
    async def run() -> None:
        async with connect() as http:
            assert (await http.get("/api/v1/openapi.json")).json() == DOCUMENT

    asyncio.run(run())


def test_a_frame_of_the_live_feed_is_what_the_document_says(fleet: FakeFleet) -> None:
    fleet.seed([("DOCK-01", "BLK-01", "QUEUED", "", 600.0), ("DOCK-02", "BLK-02", "TO_DROP", "amr_02", 0.0)])
    alarm = ports.AlarmView(
        alarm_id="A1", reason=ports.Reason("alarm.blocked", {"robot": "amr_04"}), robot="", order_id=""
    )
    zone = ports.ZoneView(zone_id="K-1", kind="closed", polygon=((0, 0), (1, 0), (1, 1)), text="wet")
    thing = camera_frames.CameraThing(kind="person", score=0.9, box=(0, 0, 9, 9), x=1.0, y=2.0, radius=0.3)
    camera = camera_frames.CameraFrame(camera="CAM-1", t=fleet.now, blind="", size=(640, 480), things=(thing,))
    fleet.alarms, fleet.zones, fleet.cameras = {"A1": alarm}, {"K-1": zone}, [camera]
    snapshot = fleet.snapshot()
    edges = tuple((r.name, r.waiting) for r in snapshot.robots if r.waiting is not None)
    snapshot = replace(
        snapshot, waits=ports.WaitsView(longest_s=3.14, longest="amr_01", cycles=(("a", "b"),), edges=edges)
    )
    frame = json.loads(Snapshot.of(snapshot).model_dump_json())
    check("Snapshot", frame)
    assert frame["waits"]["edges"] == [["amr_04", "amr_03"]]
    assert all(frame[part] for part in ("robots", "orders", "tracks", "zones", "alarms", "cameras"))
    with pytest.raises(jsonschema_rs.ValidationError):
        check("Snapshot", {**frame, "orders": [{**frame["orders"][0], "state": "LOST"}]})


def test_what_a_foreign_robot_says_never_breaks_a_frame(fleet: FakeFleet) -> None:
    """Codes, levels, kinds of stops and facts that we do not know, and numbers that are none."""
    odd = ports.Reason("vendor.E42", {"deep": [1, 2], "list": {"a": 1}, "speed": math.nan})  # type: ignore[dict-item]
    view = replace(
        fleet.snapshot().robots[0], x=math.nan, v=math.inf, waiting=odd, errors=[(odd, "urgent"), (odd, "WARNING")],  # type: ignore[list-item]
        e_stop="PRESSED",  # type: ignore[arg-type]
    )  # fmt: skip
    robot = json.loads(Robot.model_validate(view).model_dump_json())
    check("Robot", robot)
    assert (robot["x"], robot["v"], robot["e_stop"]) == (None, None, "MANUAL")
    assert robot["waiting"]["code"] == "error.unknown"
    assert robot["waiting"]["facts"] == {"deep": "[1, 2]", "list": "{'a': 1}", "speed": None, "error": "vendor.E42"}
    assert [error["level"] for error in robot["errors"]] == ["FATAL", "WARNING"]


def test_the_kinds_of_a_site_are_those_of_its_file() -> None:
    for ours, theirs in ((answers.Box, core.Box), (answers.Door, core.Door), (answers.Area, core.Zone)):
        assert ours.model_fields["kind"].annotation == theirs.model_fields["kind"].annotation
    place: Any = answers.Place.model_fields["kind"].annotation
    assert get_args(place.__value__) == get_args(core.Place.model_fields["kind"].annotation)
    for name in ("lab", "cai_cui"):
        check("Site", answers.Site.of(load_site(name)).model_dump(mode="json"))
