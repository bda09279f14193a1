"""What must not leave with an export: names, numbers, plates, single people, kinds of entries that nobody listed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from amr_fleet.dataset import journal_stage as stage_module
from amr_fleet.dataset.export import export
from amr_fleet.domain.events import JournalEntry
from amr_fleet.ports import FleetSnapshot
from amr_fleet.replay.tracks import ChunkBuilder
from amr_fleet.store.tracks import TrackStore
from amr_perception.recording.dataset import LEAST_BYTES, DatasetWriter
from tests.unit.dataset_world import ROBOT, entry, one_order, robot_time, state
from tests.unit.test_dataset_export import everything, options, rows


def canaries() -> list[str]:
    return [f"Zk{n:03d}qNguyễn{n}" for n in range(115)] + [f"65C-{n:03d}.{n:02d}Zq" for n in range(115)]


def planted() -> tuple[list[JournalEntry], list[str]]:
    """A journal with a canary in every field that somebody can fill in."""
    words = iter(canaries())

    def word() -> str:
        return next(words)

    found: list[JournalEntry] = []
    for n in range(8):
        t = 600.0 * n
        order = one_order(
            t, word(), user=word(), reference=word(), load_id=word(), cutoff=word(), cargo_kind="pallet",
            cargo_lot=word(), cargo_container=word(), cargo_customer=word(), key=word(),
        )  # fmt: skip
        found += order
        name = order[0].order_id
        found += [
            entry(t + 1, "order_changed", name, "", user=word(), priority=1, cutoff=word()),
            entry(t + 2, "order_evidence", name, ROBOT, read="code", value=word(), size_type="", valid=False, frames=1,
                  source=word(), match="no"),
            entry(t + 3, "order_attempt", name, ROBOT, code=word()),
            entry(t + 4, "zone_set", zone=word(), zone_kind="closed", max_speed=0.0, code=word(), text=word(),
                  until=0.0, area=json.dumps({"elements": [word()]}), user=word()),
            entry(t + 5, "alarm_raised", "", ROBOT, alarm=f"{n}", code="alarm.blocked", robot=word(), why=word()),
            entry(t + 6, "alarm_acked", "", ROBOT, alarm=f"{n}", code="alarm.blocked", user=word()),
            entry(t + 7, "robot_released", "", ROBOT, person=word(), user=word()),
            entry(t + 8, "note_added", text=word(), user=word()),
            entry(t + 9, "cargo_held", load_id=order[0].facts["load_id"], document=word(), user=word()),
        ]  # fmt: skip
    found.append(entry(5000.0, "robot_online", "", word()))
    left = list(words)
    assert len(left) < 10
    return sorted(found, key=lambda e: e.t), [w for w in canaries() if w not in left]


def test_no_planted_name_number_or_plate_leaves(tmp_path: Path) -> None:
    entries, words = planted()
    folder = state(tmp_path / "state", entries)
    recordings = folder / "Zk001qNguyễn1"
    writer = DatasetWriter(recordings, LEAST_BYTES)
    writer.detections(10.0, "cam1", {"seeing": True, "detections": [{"kind": "person", "x": 3.125, "y": 9.875}] * 2})
    writer.event(10.0, {"camera": "cam1", "event_id": words[0], "kind": "person", "active": True})
    writer.frame(10.0, "cam1", b"jpegZk002qNguy")
    writer.close()
    assert len(words) >= 200
    for profile in ("public", "partner"):
        out = tmp_path / f"out-{profile}"
        export(options(folder, out, profile=profile, recordings=sorted(recordings.glob("*.mcap"))))
        text = everything(out)
        assert [w for w in words if w in text or w.encode().hex() in text] == []
        assert "3.125" not in text
        assert "jpeg" not in text
        assert [p.name for p in (out / "recordings").iterdir()] == []
        assert "mission_started" in text  # it was looked at


def test_a_kind_of_entry_that_nobody_listed_is_left_out_and_counted(tmp_path: Path) -> None:
    folder = state(tmp_path / "state", [*one_order(), entry(500.0, "note_added", text="xyzzy", user="an")])
    out = export(options(folder, tmp_path / "out")).folder
    told = json.loads((out / "anonymisation.json").read_text())
    assert told["rules"][0]["journal_kinds_left_out"] == {"note_added": 1}
    assert "xyzzy" not in everything(out)
    assert not {"note_added", "template_set", "journal_accepted", "robot_holds"} & stage_module.READ


def test_people_are_counted_roughly_and_never_alone(tmp_path: Path) -> None:
    folder = state(tmp_path / "state", [*one_order(), robot_time(7200.0)])
    writer = DatasetWriter(folder / "recordings", LEAST_BYTES)
    for t, few, many in ((10.0, 1, 0), (20.0, 3, 7), (1000.0, 0, 4)):
        for camera, people in (("desk", min(few, 1)), ("gate", few), ("hall", many)):
            seen = [{"kind": "person", "x": 1.0, "y": 2.0}] * people + [{"kind": "vehicle"}] * 2
            writer.detections(t, camera, {"seeing": True, "detections": seen})
    writer.detections(30.0, "hall", {"seeing": False, "detections": [{"kind": "person"}] * 9})
    writer.close()
    out = export(options(folder, tmp_path / "out", profile="partner", period="2027-01-01")).folder
    found = [
        (r["zone"], r["begin"][11:16], r["people"], r["vehicles"], r["pictures"]) for r in rows(out, "camera_counts")
    ]
    assert found == [
        ("camera.gate", "00:00", "<5", "2", "2"), ("camera.gate", "00:15", "0", "2", "1"),
        ("camera.hall", "00:00", "7", "2", "2"), ("camera.hall", "00:15", "<5", "2", "1"),
    ]  # fmt: skip
    rule = json.loads((out / "anonymisation.json").read_text())["rules"][1]
    assert (rule["cells_hidden"], rule["zones_left_out"]) == (2, ["desk"])


def test_people_in_tracks_stay_behind(tmp_path: Path) -> None:
    folder = state(tmp_path / "state", [*one_order(), robot_time(900.0)])
    builder, store = ChunkBuilder(), TrackStore(str(folder / "tracks.sqlite3"))

    class Track:
        kind, x, y = "person", 77.77, 33.33

    class Snapshot:
        t, robots, tracks = 10.0, (), (Track(),)

    snapshot: Any = Snapshot()
    assert FleetSnapshot is not None
    builder.add(snapshot)
    store.write(10.0, 11.0, builder.encode())
    store.close()
    out = export(options(folder, tmp_path / "out", recordings=())).folder
    assert "77.77" not in everything(out)
