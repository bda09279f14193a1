"""The layout editor's routes with drafts that are broken, begun on another site, or of somebody who left."""

from __future__ import annotations

import asyncio
import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from amr_core.site import load_site, maps_dir
from amr_fleet.api.models.layout import fits
from amr_fleet.layout.desk import LayoutDesk
from amr_fleet.layout.drafts import DraftStore
from amr_fleet.ops import Ops
from tests.api.api_support import Connect

ROOT = "/api/v1/layout"
TEXT = (maps_dir() / "lab" / "site.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "layouts"


def _desk(app: FastAPI, folder: Path, text: str = TEXT) -> LayoutDesk:
    """Put a desk behind the API, as after a start of the fleet."""
    store = DraftStore(folder, fits=fits)
    made = LayoutDesk(text, store, horizon=300.0, inside=True)
    app.state.context = replace(app.state.context, ops=Ops(site=load_site("lab"), read_journal=list, layout=made))
    return made


def _slower(desk: LayoutDesk) -> dict[str, Any]:
    parts = copy.deepcopy(desk.parts)
    parts["lanes"][0]["max_speed"] = 0.3
    return parts


def test_a_broken_draft_is_told_and_put_aside(app: FastAPI, folder: Path, connect: Connect) -> None:
    desk = _desk(app, folder)

    async def run() -> None:
        async with connect("engineer") as http:
            body = {"revision": "", "parts": _slower(desk)}
            assert (await http.put(ROOT, json=body)).status_code == 200
            (path,) = folder.glob("*.json")
            draft = json.loads(path.read_text(encoding="utf-8"))
            del draft["parts"]["walls"][0]["thickness"]  # as another version of the product would have it
            path.write_text(json.dumps(draft), encoding="utf-8")
            for answer in (await http.get(ROOT), await http.put(ROOT, json=body), await http.get(f"{ROOT}/site.yaml")):
                assert (answer.status_code, answer.json()["code"]) == (409, "layout.broken")
            wrong = await http.delete(ROOT, params={"revision": "0" * 16})
            assert wrong.json()["code"] == "layout.changed"
            assert (await http.delete(ROOT)).status_code == 200
            assert json.loads(path.with_suffix(".broken").read_text(encoding="utf-8")) == draft
            assert (await http.get(ROOT)).json()["parts"] == desk.parts
            assert (await http.put(ROOT, json=body)).status_code == 200

    asyncio.run(run())


def test_a_draft_of_before_some_sections_is_whole_again(app: FastAPI, folder: Path, connect: Connect) -> None:
    desk = _desk(app, folder)

    async def run() -> None:
        async with connect("engineer") as http:
            assert (await http.put(ROOT, json={"revision": "", "parts": _slower(desk)})).status_code == 200
            (path,) = folder.glob("*.json")
            draft = json.loads(path.read_text(encoding="utf-8"))
            for section in ("cameras", "levels", "lifts", "conveyors", "fleet"):
                del draft["parts"][section]
            path.write_text(json.dumps(draft), encoding="utf-8")
            shown = (await http.get(ROOT)).json()
            for section in ("cameras", "fleet"):
                assert shown["parts"][section] == desk.parts[section] != []
            assert shown["parts"]["lanes"][0]["max_speed"] == 0.3
            assert "id: C01" in (await http.get(f"{ROOT}/site.yaml")).text

    asyncio.run(run())


def test_a_draft_stays_of_the_site_that_it_was_begun_on(app: FastAPI, folder: Path, connect: Connect) -> None:
    parts = _slower(_desk(app, folder))
    other = TEXT.replace("8]], max_speed: 0.8}", "8]], max_speed: 0.7}", 1)
    assert other != TEXT

    async def run() -> None:
        async with connect("engineer") as http:
            revision = (await http.put(ROOT, json={"revision": "", "parts": parts})).json()["revision"]
            assert (await http.get(ROOT)).json()["stale"] is False
            desk = _desk(app, folder, other)  # the site changed under the draft
            shown = (await http.get(ROOT)).json()
            assert (shown["stale"], shown["parts"]) == (True, parts)
            judged = (await http.post(f"{ROOT}/check", json={"parts": parts})).json()
            # What the running site has got meanwhile is a change of the draft: it would take it back.
            assert sorted(c["id"] for c in judged["changes"]) == ["cross", "south"]
            saved = (await http.put(ROOT, json={"revision": revision, "parts": parts})).json()
            assert (await http.get(ROOT)).json()["stale"] is True
            # It is now what runs: there is nothing to tell any more.
            await http.put(ROOT, json={"revision": saved["revision"], "parts": desk.parts})
            assert (await http.get(ROOT)).json()["stale"] is False

    asyncio.run(run())


def test_the_draft_of_a_removed_user_goes(app: FastAPI, folder: Path, connect: Connect) -> None:
    desk = _desk(app, folder)

    async def run() -> None:
        async with connect("engineer") as http:
            await http.put(ROOT, json={"revision": "", "parts": _slower(desk)})
            name = (await http.get("/api/v1/me")).json()["user"]
        desk.drafts.put("sep", "", "", _slower(desk))
        async with connect("admin") as http:
            boss = (await http.get("/api/v1/me")).json()["user"]
            desk.drafts.put(boss, "", "", _slower(desk))
            assert len(list(folder.iterdir())) == 3
            assert (await http.delete(f"/api/v1/users/{name}")).status_code == 200
        assert desk.drafts.get(name) is None
        assert desk.drafts.get(boss) is not None

    asyncio.run(run())
