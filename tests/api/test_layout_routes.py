"""The layout editor's routes: drafts, checks, dry runs, for engineers only, and rubbish."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from amr_core.site import load_site, maps_dir
from amr_fleet.layout.desk import LayoutDesk
from amr_fleet.layout.drafts import DraftStore
from amr_fleet.ops import Ops
from tests.api.api_support import Connect

ROOT = "/api/v1/layout"
TEXT = (maps_dir() / "lab" / "site.yaml").read_text(encoding="utf-8")
Parts = dict[str, Any]


@pytest.fixture
def desk(app: FastAPI, tmp_path: Path) -> LayoutDesk:
    made = LayoutDesk(TEXT, DraftStore(tmp_path / "layouts"), horizon=300.0, inside=True)
    ops = Ops(site=load_site("lab"), read_journal=list, layout=made)
    app.state.context = replace(app.state.context, ops=ops, answer_seconds=10.0)
    return made


def _parts(desk: LayoutDesk, change: Callable[[Parts], object] = lambda _: None) -> Parts:
    parts = copy.deepcopy(desk.parts)
    change(parts)
    return parts


def test_a_draft_is_drawn_checked_saved_and_fetched(desk: LayoutDesk, connect: Connect) -> None:
    lane = {"id": "mid", "points": [[7.0, 4.0], [7.0, 8.0]], "two_way": False, "max_speed": 0.8, "width": 2.1}

    async def run() -> None:
        async with connect("engineer") as http:
            shown = (await http.get(ROOT)).json()
            assert (shown["site_id"], shown["revision"], shown["stale"]) == ("lab", "", False)
            assert (shown["size"], shown["parts"]) == ([20.0, 12.0], desk.parts)
            bad = _parts(desk, lambda p: p["lanes"].append(lane))
            judged = (await http.post(f"{ROOT}/check", json={"parts": bad})).json()
            found = next(f for f in judged["findings"] if f["code"] == "site.lane_through_wall")
            assert (found["section"], found["id"], found["severity"]) == ("lanes", "mid", "error")
            assert judged["diff"][0] == "--- running"
            text = "  - {id: mid, points: [[7, 4], [7, 8]], max_speed: 0.8}"
            assert f"+{text}" in judged["diff"]
            assert judged["changes"] == [{"change": "added", "section": "lanes", "id": "mid", "fields": []}]
            assert judged["comments_kept"] is True
            refused = await http.post(f"{ROOT}/try", json={"parts": bad})
            assert (refused.status_code, refused.json()["code"]) == (422, "layout.has_errors")

            saved = (await http.put(ROOT, json={"revision": "", "parts": bad})).json()
            again = (await http.get(ROOT)).json()
            assert (again["revision"], again["parts"]) == (saved["revision"], bad)
            file = await http.get(f"{ROOT}/site.yaml")
            assert text in file.text
            assert file.text.replace(f"{text}\n", "") == TEXT
            assert "site.yaml" in file.headers["content-disposition"]
            assert (await http.delete(ROOT, params={"revision": saved["revision"]})).json()["revision"] == ""
            assert (await http.get(ROOT)).json()["parts"] == desk.parts
            assert (await http.get(f"{ROOT}/site.yaml")).json()["code"] == "request.not_found"

    asyncio.run(run())


def test_who_saved_in_another_window_is_not_overwritten(desk: LayoutDesk, connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            body = {"revision": "", "parts": _parts(desk)}
            first = (await http.put(ROOT, json=body)).json()["revision"]
            late = await http.put(ROOT, json=body)
            assert (late.status_code, late.json()["code"]) == (409, "layout.changed")
            assert (await http.delete(ROOT)).json()["code"] == "layout.changed"
            assert (await http.put(ROOT, json={**body, "revision": first})).json()["revision"] != first
        async with connect("admin") as http:
            assert (await http.get(ROOT)).json()["revision"] == ""

    asyncio.run(run())


def test_a_dry_run_compares(desk: LayoutDesk, connect: Connect) -> None:
    slow = _parts(desk, lambda p: [lane.update(max_speed=0.2) for lane in p["lanes"]])

    async def run() -> None:
        async with connect("engineer") as http:
            tried = (await http.post(f"{ROOT}/try", json={"parts": slow})).json()
            assert tried["before"]["done"] > tried["after"]["done"] >= 0
            assert (tried["simulated_s"], tried["complete"]) == (300.0, True)
            assert (tried["before"]["collisions"], tried["after"]["collisions"], tried["stations"]) == (0, 0, 12)

    asyncio.run(run())


def test_without_a_site_file_and_for_others_there_is_none(app: FastAPI, connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            assert (await http.get(ROOT)).json()["code"] == "request.not_found"
        async with connect("operator") as http:
            for method, path in (("GET", ""), ("PUT", ""), ("POST", "/check"), ("POST", "/try"), ("GET", "/site.yaml")):
                assert (await http.request(method, ROOT + path)).json()["code"] == "auth.forbidden"

    asyncio.run(run())


def _lane(**change: Any) -> Callable[[Parts], object]:
    return lambda p: p["lanes"][0].update(change)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.pop("lanes"), lambda p: p.update(robots=[]), _lane(points="x"), _lane(points=[[1, 2, 3]]),
        _lane(points=[[1, 1e99]]), _lane(max_speed="fast"), _lane(id=""), _lane(id="a\x00b"), _lane(id="x" * 65),
        _lane(extra=1), _lane(points=[[0, 0]] * 501), lambda p: p["zones"][0].update(kind="lava"),
        lambda p: p.update(lanes=[p["lanes"][0]] * 3001), lambda p: p["places"][0].update(stations=None),
    ],
)  # fmt: skip
def test_rubbish_is_refused(desk: LayoutDesk, connect: Connect, change: Callable[[Parts], object]) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            for method, path, more in (("POST", "/check", {}), ("POST", "/try", {}), ("PUT", "", {"revision": ""})):
                body = {**more, "parts": _parts(desk, change)}
                assert (await http.request(method, ROOT + path, json=body)).json()["code"] == "request.invalid"
            assert (await http.put(ROOT, json={"revision": "../x", "parts": _parts(desk)})).status_code == 422
            large = await http.post(f"{ROOT}/check", content=b" " * (1024 * 1024 + 1))
            assert large.status_code == 413

    asyncio.run(run())


@pytest.mark.parametrize(
    ("change", "code", "section", "name"),
    [
        (_lane(points=[[1.0, 1.0]]), "site.schema", "lanes", "south"),
        (_lane(max_speed=99.0), "site.schema", "lanes", "south"),
        (_lane(id="east"), "site.duplicate_id", "lanes", "east"),
        (_lane(points=[[4.0, 4.0], [160.0, 4.0]]), "site.outside", "lanes", "south"),
        (lambda p: p["lanes"].pop(0), "site.unknown_lane", "places", "D1_1"),
        (lambda p: p["doors"][0].update(lanes=["nowhere"]), "site.door_lane", "doors", "D1"),
        (lambda p: p["parking"].pop(0), "site.fleet_parking", "fleet", "amr_01"),
        (lambda p: p["places"][0].update(stations=[]), "site.schema", "places", "D1"),
        (lambda p: p["zones"][0].update(kind="capacity"), "site.schema", "zones", "apron"),
        (lambda p: p["places"][1]["stations"][0].update(marker=9999), "site.schema", "places", "A1_1"),
    ],
)
def test_what_makes_no_good_site_is_found_with_its_place(
    desk: LayoutDesk, connect: Connect, change: Callable[[Parts], object], code: str, section: str, name: str
) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            judged = (await http.post(f"{ROOT}/check", json={"parts": _parts(desk, change)})).json()
            found = [(f["code"], f["section"], f["id"]) for f in judged["findings"]]
            assert (code, section, name) in found, found

    asyncio.run(run())


def test_a_check_is_no_row_of_the_audit_trail_and_a_save_is_one(desk: LayoutDesk, connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            await http.post(f"{ROOT}/check", json={"parts": _parts(desk)})
            await http.put(ROOT, json={"revision": "", "parts": _parts(desk)})
            text = (await http.get("/api/v1/audit")).text
            assert ("save_layout" in text, "check_layout" in text) == (True, False)

    asyncio.run(run())
