"""Tracks: what goes in comes out, little room is needed, old ones make room; an incident is one readable file."""

from __future__ import annotations

import io
import json
import math
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from mcap.reader import make_reader

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import Site, load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask
from amr_fleet.ops import Ops
from amr_fleet.ports import FleetSnapshot, OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.replay.plans import plan_of, site_of
from amr_fleet.replay.recorder import Recorder, recorder_of
from amr_fleet.replay.tracks import STATE_FIELDS, ChunkBuilder, decode, frames
from amr_fleet.requests import CreateOrder
from amr_fleet.store.tracks import TrackStore, open_tracks

SITE = load_site("lab")
ROADMAP = build_roadmap(SITE)
NOTHING = FleetEngine(ROADMAP, units_of(SITE, 1)).snapshot()


@pytest.fixture(scope="module")
def recorded() -> tuple[Rehearsal, TrackStore, list[FleetSnapshot]]:
    run = Rehearsal(ROADMAP, units_of(SITE, 2), how=Behaviour(stop_rate=0.0))
    store, shots = TrackStore(":memory:"), list[FleetSnapshot]()
    recorder = Recorder(store.write)
    run.run(lambda r: r.engine.ready, 20.0)
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1")))])
    for _ in range(150):
        run.run(lambda _: False, 1.0)
        shots.append(run.engine.snapshot())
        recorder.add(shots[-1])
    recorder.close(run.now)
    return run, store, shots


def test_what_goes_in_comes_out(recorded: tuple[Rehearsal, TrackStore, list[FleetSnapshot]]) -> None:
    _, store, shots = recorded
    span = store.span()
    assert span is not None
    played = [f for payload in store.read(*span) for f in frames(decode(payload))]
    assert [f.t for f in played] == [pytest.approx(s.t, abs=0.01) for s in shots]
    for frame, shot in zip(played, shots, strict=True):
        for robot in shot.robots:
            placed = frame.robots[robot.name]
            assert math.hypot(placed.x - robot.x, placed.y - robot.y) < 0.01
            assert abs(math.remainder(placed.theta - robot.theta, math.tau)) < 0.01
            state = dict(zip(STATE_FIELDS, placed.state, strict=True))
            assert (state["status"], state["order_id"]) == (robot.status, robot.order_id)
            assert state["wait"] == (robot.waiting.code if robot.waiting else "")
    assert len({f.robots[n].x for f in played for n in f.robots}) > 10, "something moved"
    assert store.size / len(shots) / 2 < 8.0, "bytes a robot and second"


def test_a_part_of_the_time_is_read_by_its_chunks(
    recorded: tuple[Rehearsal, TrackStore, list[FleetSnapshot]],
) -> None:
    _, store, shots = recorded
    some = store.read(shots[70].t, shots[80].t)
    assert len(some) == 1
    assert decode(some[0])["t"][0] <= shots[70].t
    assert store.read(-100.0, -50.0) == []


def test_the_file_stays_small_and_survives(tmp_path: Path) -> None:
    path = str(tmp_path / "tracks.sqlite3")
    store = TrackStore(path, max_bytes=1000)
    for i in range(20):
        store.write(float(i), i + 0.9, bytes(100))
    store.write(19.0, 19.95, bytes(150))
    assert store.size <= 1000
    store.close()
    again = TrackStore(path, max_bytes=1000)
    assert again.size == store.size
    span = again.span()
    assert span is not None
    assert span[0] >= 10.0, "the oldest went"
    assert span[1] == 19.95
    again.close()


def test_damaged_or_absent_tracks_say_so(tmp_path: Path) -> None:
    with pytest.raises(AmrError, match=r"store\.failed"):
        decode(b"rubbish")
    (tmp_path / "no.db").write_bytes(b"this is not a database at all, just some text" * 50)
    with pytest.raises(AmrError, match=r"store\.failed"):
        TrackStore(str(tmp_path / "no.db"))
    empty = ChunkBuilder()
    assert len(empty) == 0


def test_an_incident_is_one_file_with_all_that_is_needed(
    recorded: tuple[Rehearsal, TrackStore, list[FleetSnapshot]],
) -> None:
    run, store, shots = recorded
    ops = Ops(site=SITE, read_journal=lambda: run.journal, tracks=store)
    begin, end = shots[20].t, shots[90].t
    content = ops.incident(begin, end)
    assert ops.incident(begin, end) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        about = json.loads(archive.read("incident.json"))
        assert about["frames"] == 71
        entries = [json.loads(line) for line in archive.read("journal.jsonl").splitlines()]
        assert entries
        assert all(begin <= e["t"] <= end for e in entries)
        messages = list(make_reader(io.BytesIO(archive.read("incident.mcap"))).iter_messages())
    topics = {channel.topic for _, channel, _ in messages}
    assert topics == {"/scene", "/journal", *(f"/robots/{name}/pose" for name in run.robots)}
    assert {schema.name for schema, _, _ in messages if schema} == {
        "foxglove.SceneUpdate", "foxglove.PoseInFrame", "foxglove.Log",
    }  # fmt: skip
    poses = [json.loads(m.data) for _, c, m in messages if c.topic.endswith("/pose")]
    assert all(math.isclose(math.hypot(p["pose"]["orientation"]["z"], p["pose"]["orientation"]["w"]), 1) for p in poses)


def test_the_past_is_what_the_journal_says(recorded: tuple[Rehearsal, TrackStore, list[FleetSnapshot]]) -> None:
    run, store, _ = recorded
    ops = Ops(site=SITE, read_journal=lambda: run.journal, tracks=store)
    created = next(e.t for e in run.journal if e.kind == "order_created")
    done = next(e.t for e in run.journal if e.kind == "order_done")
    assert not ops.state_at(created - 1).open_orders
    assert list(ops.state_at(created).open_orders) == ["T000001"]
    assert not ops.state_at(done).open_orders
    assert "robot_time" not in {e.kind for e in ops.events(0.0, run.now)}
    for begin, end in ((5.0, 5.0), (0.0, 1e9), (0.0, math.nan)):
        with pytest.raises(AmrError, match=r"report\.invalid"):
            ops.replay(begin, end)


def record(store: TrackStore, site: Site, times: list[float], said: list[AmrError]) -> None:
    recorder = recorder_of(store, site, said.append)
    for t in times:
        recorder.add(replace(NOTHING, t=t))
    recorder.close(times[-1])


def test_a_moment_is_kept_with_the_site_that_it_was_recorded_on(tmp_path: Path) -> None:
    """The replay drew the site of now under every moment, and an incident's site.json was that of now."""
    store, said = TrackStore(str(tmp_path / "tracks.sqlite3")), list[AmrError]()
    moved = SITE.model_copy(update={"name_vi": "Kho đã sửa"})
    record(store, SITE, [10.0, 11.0], said)
    record(store, moved, [20.0, 21.0], said)
    Recorder(store.write).add(replace(NOTHING, t=30.0))
    ops = Ops(site=moved, read_journal=list, tracks=store)
    first, second = ops.replay(0.0, 25.0)
    assert (ops.past_site(first["plan"]), ops.past_site(second["plan"])) == (SITE, moved)
    assert (ops.past_site(""), ops.past_site("0" * 16), said) == (None, None, [])
    for begin, wanted in ((5.0, SITE), (19.0, moved), (100.0, moved)):
        with zipfile.ZipFile(io.BytesIO(ops.incident(begin, begin + 10.0))) as archive:
            assert Site.model_validate_json(archive.read("site.json")) == wanted
    again = TrackStore(str(tmp_path / "tracks.sqlite3"))
    assert site_of(again.plan(first["plan"])) == SITE


def test_a_plan_that_cannot_be_kept_or_read_stops_nothing() -> None:
    assert site_of(b"rubbish") is None
    assert site_of(zlib.compress(b'{"of": "another version"}')) is None
    store, said = TrackStore(":memory:"), list[AmrError]()
    store._db.execute("DROP TABLE plan")
    record(store, SITE, [1.0, 2.0], said)
    assert [error.code for error in said] == ["store.failed"]
    (payload,) = store.read(0.0, 9.0)
    assert decode(payload)["plan"] == plan_of(SITE).digest


def no_database(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"not a database at all")


def broken_table_of_cameras(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'cameras'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)


@pytest.mark.parametrize("damage", [no_database, broken_table_of_cameras])
def test_tracks_that_cannot_be_read_keep_no_fleet_from_starting(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """What is for looking back only ended each start, with the words that the journal cannot be written."""
    path, said = tmp_path / "tracks.sqlite3", list[str]()
    for store in open_tracks(str(path), 10**6, said.append):
        store.write(1.0, 2.0, b"old")
        store.close()
    damage(path)
    Path(f"{path}-wal").write_bytes(b"of the old one")
    bytes_before = path.read_bytes()
    tracks, cameras = open_tracks(str(path), 10**6, said.append)
    assert tracks.span() is cameras.span() is None
    tracks.write(3.0, 4.0, b"new")
    tracks.close()
    cameras.close()
    assert len(said) == 1
    assert (tmp_path / "tracks.sqlite3.damaged").read_bytes() == bytes_before, "for who looks into it"
    tracks, cameras = open_tracks(str(path), 10**6, said.append)
    assert tracks.read(0.0, 9.0) == [b"new"]
    tracks.close()
    cameras.close()
    assert len(said) == 1


def test_tracks_that_somebody_holds_are_not_set_aside(tmp_path: Path) -> None:
    path = str(tmp_path / "tracks.sqlite3")
    for store in open_tracks(path, 10**6, lambda _: None):
        store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(AmrError, match=r"store\.failed"):
            open_tracks(path, 10**6, lambda _: None)
    assert not list(tmp_path.glob("*.damaged"))
