"""The files of cameras: whole or not at all, each version kept, taken back, and never a camera that nobody knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_core.site.camera_files import (
    MOST_BYTES,
    MOST_KEPT,
    camera_path,
    can_take_back,
    keep_camera_file,
    read_camera_file,
    revision_of,
    take_back,
    with_camera_file,
)
from amr_fleet.domain.camera_areas import guarded_areas
from amr_lab.perception_bench import cameras as bench

PLACE = {"x": 2.0, "y": 3.0, "height": 4.0, "looks_at": [5.0, 5.0]}
AREA = {"id": "gap", "action": "slow", "max_speed": 0.4, "polygon": [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0]]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = bench.crossing_site()
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(model.model_dump(mode="json"), allow_unicode=True))
    return tmp_path


def write(folder: Path, camera: str, facts: Any) -> Path:
    path = folder / "cameras" / f"{camera}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(facts if isinstance(facts, str) else json.dumps(facts))
    return path


def test_each_version_is_kept_and_taken_back_one_by_one(folder: Path) -> None:
    path = camera_path(folder, "C07")
    assert not can_take_back(path)
    assert [keep_camera_file(path, {"n": n}) for n in (1, 2, 3)] == [1, 2, 3]
    assert read_camera_file(path) == {"n": 3, "version": 3}
    assert can_take_back(path)
    assert [take_back(path), take_back(path)] == [2, 1]
    assert read_camera_file(path) == {"n": 1, "version": 1}
    assert take_back(path) == 0
    assert read_camera_file(path) is None
    with pytest.raises(AmrError, match=r"camera\.nothing_before"):
        take_back(path)


def test_every_state_of_a_file_has_a_revision_of_its_own_although_versions_come_again(folder: Path) -> None:
    path = camera_path(folder, "C07")
    seen = [revision_of(path)]
    for n in (1, 2):
        keep_camera_file(path, {"n": n})
        seen.append(revision_of(path))
    assert take_back(path) == 1
    assert revision_of(path) == seen[1]
    assert keep_camera_file(path, {"n": 3}) == 2
    assert (seen[0], len({*seen, revision_of(path)})) == ("", 4)


def test_a_file_that_somebody_wrote_by_hand_is_kept_and_never_removed(folder: Path) -> None:
    path = write(folder, "C01", {"hand": True})
    with pytest.raises(AmrError, match=r"camera\.nothing_before"):
        take_back(path)
    assert keep_camera_file(path, {"wizard": True}) == 2
    assert take_back(path) == 1
    assert read_camera_file(path) == {"hand": True}


def test_old_versions_do_not_pile_up(folder: Path) -> None:
    path = camera_path(folder, "C07")
    for n in range(MOST_KEPT + 5):
        keep_camera_file(path, {"n": n})
    assert len(list((folder / "cameras" / "before" / "C07").iterdir())) == MOST_KEPT


def test_a_disk_that_refuses_leaves_what_was_there(folder: Path) -> None:
    path = camera_path(folder, "C07")
    keep_camera_file(path, {"n": 1})
    (folder / "cameras" / "before").write_text("a file where a folder must be")
    with pytest.raises(AmrError, match=r"camera\.not_written"):
        keep_camera_file(path, {"n": 2})
    with pytest.raises(AmrError, match=r"camera\.not_written"):
        keep_camera_file(camera_path(folder, "C08"), {"n": float("nan")})
    assert read_camera_file(path) == {"n": 1, "version": 1}
    assert sorted(p.name for p in path.parent.iterdir()) == ["C07.json", "before"]


@pytest.mark.parametrize("bad", ["", "../C01", "C 01", "C/1", "1C", "x" * 33, "C01\n", "ư"])
def test_what_is_no_id_has_no_file(folder: Path, bad: str) -> None:
    with pytest.raises(AmrError, match=r"camera\.bad_setup"):
        camera_path(folder, bad)


def test_a_new_camera_needs_a_file_only_and_a_known_one_takes_place_and_areas_from_its(folder: Path) -> None:
    write(folder, "C09", {"place": PLACE, "areas": [AREA]})
    write(folder, "C01", {"areas": [AREA]})
    first, new = load_site(str(folder)).cameras
    assert (new.id, new.x, new.looks_at, [a.id for a in new.areas]) == ("C09", 2.0, (5.0, 5.0), ["gap"])
    assert (first.x, first.looks_at, len(first.areas)) == (*_planned(), 1)
    write(folder, "C01", {"place": PLACE})
    assert load_site(str(folder)).cameras[0].looks_at == (5.0, 5.0)


def _planned() -> tuple[float, tuple[float, float]]:
    camera = bench.crossing_site().cameras[0]
    return camera.x, camera.looks_at


def test_a_silent_camera_guards_its_own_areas_too(folder: Path) -> None:
    write(folder, "C01", {"areas": [AREA, {**AREA, "id": "stop", "action": "hold", "max_speed": 0.0}]})
    site = load_site(str(folder))
    guarded = {name: speed for name, _, speed in guarded_areas(site, site.cameras[0])}
    assert (guarded["gap"], guarded["stop"]) == (0.4, 0.0)
    assert len(guarded) > 2


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        {"areas": 3},
        {"areas": [{**AREA, "polygon": [[1, 1]]}]},
        {"areas": [{**AREA, "action": "permit"}]},
        {"areas": [{**AREA, "max_speed": 0.0}]},
        {"areas": [{**AREA, "max_speed": 0.01}]},
        {"areas": [{**AREA, "max_speed": 2.5}]},
        {"place": 7},
        {"place": {**PLACE, "x": "here"}},
        '{"place": {"x": NaN, "y": 1, "height": 1, "looks_at": [1, 1]}}',
        {},
    ],
)
def test_a_broken_file_of_a_known_camera_is_left_to_its_node_and_of_a_new_one_stops_the_start(
    folder: Path, broken: Any
) -> None:
    write(folder, "C01", broken)
    assert load_site(str(folder)).cameras == bench.crossing_site().cameras
    write(folder, "C09", broken)
    with pytest.raises(AmrError, match=r"site\.invalid") as refused:
        load_site(str(folder))
    assert refused.value.facts["where"] == "cameras/C09.json"


def test_what_a_camera_guarded_is_guarded_on_when_its_file_breaks(folder: Path) -> None:
    path = camera_path(folder, "C01")
    for facts in ({"areas": [AREA]}, {"areas": [{**AREA, "action": "permit"}]}, {"areas": 3}):
        keep_camera_file(path, facts)
    with pytest.raises(AmrError, match=r"calibration\.bad"):
        with_camera_file(bench.crossing_site().cameras[0], path)
    for _ in range(2):
        assert [area.id for area in load_site(str(folder)).cameras[0].areas] == ["gap"]
        path.write_text('{"areas": [')


def test_areas_of_the_sites_file_stay_where_the_cameras_file_names_none(folder: Path) -> None:
    model = bench.crossing_site().model_dump(mode="json")
    model["cameras"][0]["areas"] = [AREA]
    (folder / "site.yaml").write_text(yaml.safe_dump(model, allow_unicode=True))
    write(folder, "C01", {"size": [640, 480]})  # as `amr calibrate floor` writes it
    assert [area.id for area in load_site(str(folder)).cameras[0].areas] == ["gap"]
    write(folder, "C01", {"areas": []})
    assert load_site(str(folder)).cameras[0].areas == ()


def test_a_huge_file_is_not_read(folder: Path) -> None:
    with pytest.raises(AmrError, match=r"calibration\.bad"):
        read_camera_file(write(folder, "C09", " " * (MOST_BYTES + 1)))
