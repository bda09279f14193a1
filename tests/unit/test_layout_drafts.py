"""Drafts of layouts: files that are broken or of somebody who left, what is cut, and what takes too long to judge."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from amr_core.errors import AmrError
from amr_core.site import maps_dir
from amr_fleet import one_process
from amr_fleet.layout import judge as judging
from amr_fleet.layout import worker as working
from amr_fleet.layout.drafts import DraftStore
from amr_fleet.layout.worker import LayoutWorker

TEXT = (maps_dir() / "lab" / "site.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "layouts"


def _with_parts(parts: Any) -> None:
    if parts == {"lanes": [7]}:
        raise ValueError("no lane")


def _changed(**values: Any) -> Any:
    return lambda text: json.dumps({**json.loads(text), **values})


@pytest.mark.parametrize(
    "broken",
    [
        lambda _: "", lambda t: t[: len(t) // 2], lambda _: "[]", lambda _: '{"user": 1}', lambda _: "[" * 100_000,
        lambda _: "\x00", _changed(more=1), _changed(parts=[]), _changed(parts={"lanes": [7]}), _changed(base=7),
        _changed(saved_at=1e999), _changed(saved_at="now"), _changed(revision=None), _changed(user="lan"),
    ],
)  # fmt: skip
def test_a_broken_draft_is_told_and_put_aside(folder: Path, broken: Any) -> None:
    store = DraftStore(folder, fits=_with_parts)
    kept = store.put("hung", "", "b", {"lanes": []})
    (path,) = folder.iterdir()
    path.write_text(text := broken(path.read_text(encoding="utf-8")), encoding="utf-8")
    calls: list[Callable[[], Any]] = [
        lambda: store.get("hung"), lambda: store.put("hung", kept.revision, "b", {})
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(AmrError) as error:
            call()
        assert error.value.code == "layout.broken"
    with pytest.raises(AmrError) as error:
        store.drop("hung", kept.revision)
    assert (error.value.code, path.read_text(encoding="utf-8")) == ("layout.changed", text)
    store.drop("hung", "")
    assert (store.get("hung"), path.with_suffix(".broken").read_text(encoding="utf-8")) == (None, text)
    assert store.put("hung", "", "b", {}) == store.get("hung")


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


def test_what_is_cut_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: Any = copy.deepcopy(judging.parts_of(judging.running_site(TEXT)))
    for lane in parts["lanes"]:
        lane["width"] = 0.3
    whole = judging.judge(TEXT, parts)
    monkeypatch.setattr(judging, "MOST_FINDINGS", 1)
    monkeypatch.setattr(judging, "MOST_DIFF_LINES", 4)
    cut = judging.judge(TEXT, parts)
    assert (len(cut.findings), len(cut.diff), cut.errors) == (1, 4, whole.errors)
    assert 1 + cut.findings_left_out == len(whole.findings) > 1
    assert 4 + cut.lines_left_out == len(whole.diff) > 4
    assert (whole.findings_left_out, whole.lines_left_out) == (0, 0)
    for lane in parts["lanes"]:
        lane["max_speed"] = 99.0
    bad = judging.judge(TEXT, parts)
    assert (len(bad.findings), bad.errors, bad.findings_left_out) == (1, len(parts["lanes"]), len(parts["lanes"]) - 1)


def test_what_takes_too_long_is_killed_and_the_next_one_is_answered() -> None:
    worker = LayoutWorker(600.0)
    try:
        assert worker.ask(abs, -1).result() == 1
        first = _process(worker)
        worker._seconds = 0.2
        with pytest.raises(AmrError) as error:
            worker.ask(time.sleep, 600).result()
        assert error.value.code == "layout.too_long"
        assert _ended(first) == -9
        worker._seconds = 600.0
        assert worker.ask(abs, -2).result() == 2
        assert _process(worker).pid != first.pid
    finally:
        last = _process(worker)
        worker.close()
    assert _ended(last) is not None


def test_the_start_of_the_process_is_no_part_of_the_time_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy computer it takes longer than an answer may; killed then, it would never be ready."""
    given: list[float] = []

    class Pool:
        _processes: ClassVar[dict[int, Any]] = {}

        def __init__(self, *_: Any, **__: Any) -> None: ...

        def submit(self, call: Any, *args: Any) -> Any:
            def result(seconds: float) -> Any:
                given.append(seconds)
                return call(*args)

            return SimpleNamespace(result=result)

        def shutdown(self, **_: Any) -> None: ...

    monkeypatch.setattr(one_process, "ProcessPoolExecutor", Pool)
    worker = LayoutWorker(7.0)
    assert [worker.ask(abs, -k).result() for k in (1, 2)] == [1, 2]
    worker.close()
    assert given == [working.START_S, 7.0, 7.0]


def _ended(process: Any) -> int | None:
    """Wait for the end; return the exit code. join may return before it is known: the pool waits for it as well."""
    end = time.monotonic() + 60.0
    while process.exitcode is None and time.monotonic() < end:
        time.sleep(0.01)
    return process.exitcode


def _process(worker: LayoutWorker) -> Any:
    assert worker._pool is not None
    (process,) = worker._pool._processes.values()
    return process


def test_a_lift_and_a_camera_are_moved_in_the_text_and_the_lint_follows() -> None:
    text = (maps_dir() / "two_floor" / "site.yaml").read_text(encoding="utf-8")
    parts = copy.deepcopy(judging.parts_of(judging.running_site(text)))
    assert judging.judge(text, parts).changes == []
    parts["lifts"][0]["stops"][1]["y"] = 25.0
    parts["cameras"] = [
        *parts["cameras"], {"id": "C9", "x": 2.0, "y": 2.0, "height": 6.0, "looks_at": [4.0, 4.0], "areas": []}
    ]  # fmt: skip
    judged = judging.judge(text, parts)
    assert [(one.change, one.section, one.id) for one in judged.changes] == [
        ("added", "cameras", "C9"), ("changed", "lifts", "lift_1")
    ]  # fmt: skip
    assert "+  - {id: C9, x: 2, y: 2, height: 6, looks_at: [4, 4]}" in judged.diff
    assert judged.comments_kept
    assert any((f.section, f.id) == ("lifts", "lift_1") for f in judged.findings), judged.findings
    parts["lifts"][0]["stops"] = parts["lifts"][0]["stops"][:1]
    found = judging.judge(text, parts).findings
    assert any((f.code, f.section, f.id) == ("site.schema", "lifts", "lift_1") for f in found)


def test_a_level_that_is_added_grows_the_sheet_and_one_that_is_removed_leaves_it() -> None:
    text = (maps_dir() / "two_floor" / "site.yaml").read_text(encoding="utf-8")
    old = judging.parts_of(judging.running_site(text))
    top = {
        "id": "top",
        "name_vi": "Tầng 2",
        "name_en": "Floor 2",
        "height": 9.0,
        "origin": [0.0, 32.0],
        "size": [19.0, 12.0],
    }
    judged = judging.judge(text, {**old, "levels": [*old["levels"], top]})
    assert [(one.change, one.section, one.id) for one in judged.changes] == [("added", "levels", "top")]
    assert "+size: [19, 44]" in judged.diff
    assert (judged.comments_kept, judged.site and judged.site.size) == (True, (19.0, 44.0))
    found = [(f.code, f.section, f.id, f.line > 0) for f in judged.findings]
    assert ("site.level_cut_off", "levels", "top", True) in found
    # The upper one taken away with a stop of the lift left there: the lint says of the lift what is wrong.
    judged = judging.judge(text, {**old, "levels": old["levels"][:1]})
    assert not any(line.startswith("+size") for line in judged.diff)
    assert ("site.lift_stop", "lifts", "lift_1") in [(f.code, f.section, f.id) for f in judged.findings]
    # One that is beside any building is a value that is none.
    judged = judging.judge(text, {**old, "levels": [{**top, "origin": [5000.0, 0.0], "height": 1.0}]})
    assert [(f.code, f.facts["where"]) for f in judged.findings] == [("site.schema", "size.0")]


def test_the_first_levels_of_a_house_of_one_floor_are_added_at_the_end_of_its_file() -> None:
    text = (maps_dir() / "lab" / "site.yaml").read_text(encoding="utf-8")
    old = judging.parts_of(judging.running_site(text))
    ground = {
        "id": "ground",
        "name_vi": "Tầng trệt",
        "name_en": "Ground floor",
        "height": 0.0,
        "origin": [0.0, 0.0],
        "size": [20.0, 12.0],
    }
    judged = judging.judge(text, {**old, "levels": [ground]})
    assert judged.comments_kept
    assert judged.errors == 0
    one = '{id: ground, name_vi: "Tầng trệt", name_en: "Ground floor", height: 0, origin: [0, 0], size: [20, 12]}'
    assert judged.text == f"{text}\nlevels:\n  - {one}\n"


def test_robots_and_conveyors_are_changed_in_the_text_and_the_lint_follows() -> None:
    text = (maps_dir() / "lab" / "site.yaml").read_text(encoding="utf-8")
    parts = copy.deepcopy(judging.parts_of(judging.running_site(text)))
    station = parts["places"][0]["stations"][0]["id"]
    parts["fleet"][1]["type"] = "lift_amr"
    parts["fleet"].append({"name": "amr_03", "type": "fork_robot", "parking": "P3"})
    parts["conveyors"] = [{"id": "BT1", "station": station, "load_sensor": True, "ready_s": 5.0}]
    judged = judging.judge(text, parts)
    assert [(one.change, one.section, one.id, list(one.fields)) for one in judged.changes] == [
        ("added", "conveyors", "BT1", []), ("added", "fleet", "amr_03", []), ("changed", "fleet", "amr_02", ["type"])
    ]  # fmt: skip
    assert (judged.errors, judged.comments_kept) == (0, True)
    assert "+  - {name: amr_03, type: fork_robot, parking: P3}" in judged.diff
    assert f"+  - {{id: BT1, station: {station}, load_sensor: true}}" in judged.diff
    # Taken out again, all stands as it was, comments too.
    bare = {**parts, "fleet": parts["fleet"][:1], "conveyors": []}
    assert judging.judge(text, bare).text == text.replace("  - {name: amr_02, type: fork_robot, parking: P2}\n", "")


@pytest.mark.parametrize(
    ("fleet", "found"),
    [
        ([], ("site.schema", "fleet", "")),
        ([{"name": "Xe 1", "type": "lift_amr", "parking": "P1"}], ("site.schema", "fleet", "Xe 1")),
        ([{"name": "amr_01", "type": "hovercraft", "parking": "P1"}], ("site.unknown_robot_type", "fleet", "amr_01")),
        ([{"name": "amr_01", "type": "lift_amr", "parking": "P9"}], ("site.fleet_parking", "fleet", "amr_01")),
        (
            [{"name": "amr_01", "type": "lift_amr", "parking": p} for p in "12"],
            ("site.duplicate_id", "fleet", "amr_01"),
        ),
    ],
)
def test_what_is_wrong_with_a_robot_is_said_of_it(fleet: list[dict[str, str]], found: tuple[str, str, str]) -> None:
    text = (maps_dir() / "lab" / "site.yaml").read_text(encoding="utf-8")
    parts = {**judging.parts_of(judging.running_site(text)), "fleet": fleet}
    assert found in [(one.code, one.section, one.id) for one in judging.judge(text, parts).findings]


def test_a_conveyor_without_a_station_is_a_finding_of_it() -> None:
    text = (maps_dir() / "lab" / "site.yaml").read_text(encoding="utf-8")
    wrong = {"id": "BT1", "station": "P1", "load_sensor": False, "ready_s": 5.0}
    parts = {**judging.parts_of(judging.running_site(text)), "conveyors": [wrong]}
    judged = judging.judge(text, parts)
    assert [(f.code, f.section, f.id, f.facts["why"]) for f in judged.findings] == [
        ("site.conveyor", "conveyors", "BT1", "no_place_station")
    ]
    assert judged.findings[0].line > 0
