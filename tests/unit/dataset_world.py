"""A small journal with everything in it that a dataset is made of, for the tests of the dataset."""

from __future__ import annotations

from pathlib import Path

from amr_core import check_digits
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.dataset.calendar import Calendar, Stretch
from amr_fleet.dataset.pseudonyms import Pseudonyms, seeded_key
from amr_fleet.dataset.release import DatasetRelease, ReleaseProfile, places_of, robots_of
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.journal import JournalStore

SITE = load_site("cai_cui")
ROADMAP = build_roadmap(SITE)
PICK, DROP = SITE.places[0].id, SITE.places[-1].id
ROBOT = SITE.fleet[0].name
LOAD = "39520000000000001" + check_digits.gs1("39520000000000001")


def entry(t: float, kind: str, order: str = "", robot: str = "", /, **facts: object) -> JournalEntry:
    return JournalEntry(t=t, kind=kind, order_id=order, robot=robot, facts=facts)  # type: ignore[arg-type]


def created(t: float, order: str, /, **facts: object) -> JournalEntry:
    base = {
        "pick_place": PICK, "drop_place": DROP, "reference": "", "load_id": LOAD, "cutoff": "", "robot": "",
        "priority": 0, "deadline": 0.0, "earliest": 0.0, "user": "an",
    }  # fmt: skip
    return entry(t, "order_created", order, "", **{**base, **facts})


def one_order(t: float = 100.0, order: str = "o1", **facts: object) -> list[JournalEntry]:
    """An order from its creation to its delivery, 300 s."""
    return [
        created(t, order, **facts),
        entry(t + 10, "order_assigned", order, ROBOT, station="x"),
        entry(t + 10, "mission_started", order, ROBOT, mission=f"m-{order}", kind="pick", goal="x", action=""),
        entry(t + 100, "order_picked", order, ROBOT, place=PICK, off=0.01, turn=0.2),
        entry(t + 101, "order_evidence", order, ROBOT, read="sscc", value=LOAD, size_type="", valid=True, frames=3,
              source="reader", match="yes"),
        entry(t + 300, "order_done", order, ROBOT, place=DROP, off=0.02, turn=-0.1),
        entry(t + 300, "mission_ended", order, ROBOT, mission=f"m-{order}", why="finished"),
    ]  # fmt: skip


def robot_time(t: float, robot: str = ROBOT, **facts: object) -> JournalEntry:
    base = {"from": t - 300.0, "metres": 120.5, "metres_loaded": 60.0, "soc_min": 0.8, "soc_used": 0.01,
            "loaded": 100.0, "empty": 50.0, "wait.traffic": 20.0, "wait.station": 10.0, "idle": 120.0}  # fmt: skip
    return entry(t, "robot_time", "", robot, **{**base, **facts})


def release(
    begin: float = 0.0, end: float = 86400.0, profile: ReleaseProfile = "partner", kept: frozenset[str] = frozenset()
) -> DatasetRelease:
    calendar = Calendar.of(end)
    return DatasetRelease(
        SITE.id, profile, calendar, calendar, Stretch(begin, end, "all"), Pseudonyms(seeded_key(1)), places_of(SITE),
        frozenset(ROADMAP.nodes), robots_of(SITE), kept,
    )  # fmt: skip


def state(folder: Path, entries: list[JournalEntry]) -> Path:
    """A --state folder with these entries."""
    folder.mkdir(parents=True, exist_ok=True)
    store = JournalStore(str(folder / "journal.sqlite3"))
    store.own(site=SITE.id)
    store.append(entries)
    store.close()
    return folder
