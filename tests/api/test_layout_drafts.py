"""Drafts of layouts that are broken, begun on another site, or of somebody who left; drafts with more than is shown."""

from __future__ import annotations

import asyncio
import copy
import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from fastapi import FastAPI

from amr_core.errors import AmrError
from amr_core.site import load_site, maps_dir
from amr_fleet.api.models.layout import LayoutParts
from amr_fleet.layout import judge as judging
from amr_fleet.layout import worker as working
from amr_fleet.layout.desk import LayoutDesk
from amr_fleet.layout.drafts import DraftStore
from amr_fleet.layout.worker import LayoutWorker
from amr_fleet.ops import Ops
from tests.api.api_support import Connect

ROOT = "/api/v1/layout"
TEXT = (maps_dir() / "lab" / "site.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "layouts"


def _desk(app: FastAPI, folder: Path, text: str = TEXT) -> LayoutDesk:
    """Put a desk behind the API, as after a start of the fleet."""
    store = DraftStore(folder, fits=LayoutParts.model_validate)
    made = LayoutDesk(text, store, horizon=300.0, inside=True)
    app.state.context = replace(app.state.context, ops=Ops(site=load_site("lab"), read_journal=list, layout=made))
    return made


def _slower(desk: LayoutDesk) -> dict[str, Any]:
    parts = copy.deepcopy(desk.parts)
    parts["lanes"][0]["max_speed"] = 0.3
    return parts


def _other_version(text: str) -> str:
    draft = json.loads(text)
    del draft["parts"]["walls"][0]["thickness"]
    return json.dumps(draft)


@pytest.mark.parametrize(
    "broken",
    [
        lambda _: "", lambda t: t[: len(t) // 2], lambda _: "[]", lambda _: '{"user": 1}', lambda _: "[" * 100_000,
        lambda t: t.replace('"saved_at": ', '"saved_at": 1e999, "x": '),
        lambda _: "\x00", _other_version,
        lambda t: json.dumps({**json.loads(t), "parts": []}), lambda t: json.dumps({**json.loads(t), "base": 7}),
        lambda t: json.dumps({**json.loads(t), "saved_at": 1e999}),
        lambda t: json.dumps({**json.loads(t), "user": "lan"}),
    ],
)  # fmt: skip
def test_a_broken_draft_is_told_and_put_aside(app: FastAPI, folder: Path, connect: Connect, broken: Any) -> None:
    desk = _desk(app, folder)

    async def run() -> None:
        async with connect("engineer") as http:
            body = {"revision": "", "parts": _slower(desk)}
            assert (await http.put(ROOT, json=body)).status_code == 200
            (path,) = folder.glob("*.json")
            path.write_text(text := broken(path.read_text(encoding="utf-8")), encoding="utf-8")
            for answer in (await http.get(ROOT), await http.put(ROOT, json=body), await http.get(f"{ROOT}/site.yaml")):
                assert (answer.status_code, answer.json()["code"]) == (409, "layout.broken")
            assert path.read_text(encoding="utf-8") == text
            wrong = await http.delete(ROOT, params={"revision": "0" * 16})
            assert wrong.json()["code"] == "layout.changed"
            assert (await http.delete(ROOT)).status_code == 200
            assert path.with_suffix(".broken").read_text(encoding="utf-8") == text
            assert (await http.get(ROOT)).json()["parts"] == desk.parts
            assert (await http.put(ROOT, json=body)).status_code == 200

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


def test_drafts_of_users_that_are_no_more_go_with_the_next_start(folder: Path) -> None:
    memory = DraftStore()
    for store in (DraftStore(folder), memory):
        store.keep_only([])  # there is no folder yet
        for user in ("hung", "lan"):
            store.put(user, "", "", {})
    for suffix in (".part", ".broken"):
        (folder / next(folder.glob("*.json")).name).with_suffix(suffix).touch()
    (folder / "notes.txt").touch()
    for store in (DraftStore(folder), memory):
        store.keep_only(["lan"])
        assert (store.get("hung"), (kept := store.get("lan")) and kept.user) == (None, "lan")
    left = {path.name for path in folder.iterdir() if path.suffix == ".json"}
    assert len(left) == 1
    assert (folder / "notes.txt").exists()


def test_what_is_cut_is_counted(app: FastAPI, folder: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = _desk(app, folder)
    parts = copy.deepcopy(desk.parts)
    for lane in parts["lanes"]:
        lane["width"] = 0.3

    async def run() -> None:
        async with connect("engineer") as http:
            whole = (await http.post(f"{ROOT}/check", json={"parts": parts})).json()
            monkeypatch.setattr(judging, "MOST_FINDINGS", 1)
            monkeypatch.setattr(judging, "MOST_DIFF_LINES", 4)
            cut = (await http.post(f"{ROOT}/check", json={"parts": parts})).json()
            assert (len(cut["findings"]), len(cut["diff"]), cut["errors"]) == (1, 4, whole["errors"])
            assert 1 + cut["findings_left_out"] == len(whole["findings"]) > 1
            assert 4 + cut["lines_left_out"] == len(whole["diff"]) > 4
            assert (whole["findings_left_out"], whole["lines_left_out"]) == (0, 0)
            bad = copy.deepcopy(parts)
            for lane in bad["lanes"]:
                lane["max_speed"] = 99.0
            schema = (await http.post(f"{ROOT}/check", json={"parts": bad})).json()
            assert (len(schema["findings"]), schema["errors"]) == (1, len(bad["lanes"]))
            assert schema["findings_left_out"] == len(bad["lanes"]) - 1

    asyncio.run(run())


def test_what_takes_too_long_is_killed_and_the_next_one_is_answered() -> None:
    worker = LayoutWorker(600.0)
    try:
        assert worker.ask(abs, -1).result(60) == 1
        first = _process(worker)
        worker._seconds = 0.2
        with pytest.raises(AmrError) as error:
            worker.ask(time.sleep, 600).result(60)
        assert error.value.code == "layout.too_long"
        first.join(60)
        assert first.exitcode == -9
        worker._seconds = 600.0
        assert worker.ask(abs, -2).result(60) == 2
        assert _process(worker).pid != first.pid
    finally:
        last = _process(worker)
        worker.close()
    last.join(60)
    assert last.exitcode is not None


def test_the_start_of_the_process_is_no_part_of_the_time_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy computer it takes longer than an answer may; killed then, it would never be ready."""
    given: list[float] = []

    class Pool:
        _processes: ClassVar[dict[int, Any]] = {}

        def __init__(self, *_: Any, **__: Any) -> None: ...

        def submit(self, call: Any, *args: Any) -> Any:
            return SimpleNamespace(result=lambda seconds: (given.append(seconds), call(*args))[1])

        def shutdown(self, **_: Any) -> None: ...

    monkeypatch.setattr(working, "ProcessPoolExecutor", Pool)
    worker = LayoutWorker(7.0)
    assert [worker.ask(abs, -k).result(60) for k in (1, 2)] == [1, 2]
    worker.close()
    assert given == [working.START_S, 7.0, 7.0]


def _process(worker: LayoutWorker) -> Any:
    assert worker._pool is not None
    (process,) = worker._pool._processes.values()
    return process
