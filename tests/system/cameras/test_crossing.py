"""A person steps into a crossing: the camera sees it, a zone holds the robots and ends, and the journal tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from amr_core.site import load_site
from amr_core.site.build import build_site
from amr_fleet.store.journal import JournalStore

CROSSING = [[9.0, 3.0], [11.0, 3.0], [11.0, 5.0], [9.0, 5.0]]


def _site(folder: Path) -> str:
    """The lab with a crossing on its southern lane, a camera over it and a person who crosses again and again."""
    model: dict[str, Any] = load_site("lab").model_dump(mode="json")
    model["zones"].append({"id": "crossing", "kind": "crossing", "polygon": CROSSING})
    model["cameras"] = [{"id": "C01", "x": 10, "y": 11.5, "height": 4, "looks_at": [10, 4]}]
    model["movers"] = [
        {"id": "walker", "kind": "person", "route": [[10, 1.0], [10, 5.4]], "speed": 1.0, "pause": 8, "yields": True}
    ]
    folder.mkdir()
    (folder / "site.yaml").write_text(yaml.safe_dump(model, allow_unicode=True))
    build_site(str(folder))
    return str(folder)


@pytest.mark.timeout(320)
def test_a_person_in_a_crossing_holds_the_robots(start_amr: Any, tmp_path: Path) -> None:
    site = _site(tmp_path / "crossing")
    run = start_amr(
        "run", "--site", site, "--orders", "2", "--seed", "1", "--headless", "--cameras", "--report", "REPORT"
    )  # fmt: skip
    assert run.wait(280) == 0, run.words()
    assert run.report["orders_done"] == 2
    assert run.report["collisions"] == 0, run.report["collision_log"]
    store = JournalStore(str(run.folder / "state" / "journal.sqlite3"))
    entries = store.read()
    store.close()
    zone = "camera:C01:crossing:person_near"
    held = [e for e in entries if e.kind == "zone_set" and str(e.facts.get("zone", "")).startswith(zone)]
    cleared = [e for e in entries if e.kind == "zone_cleared" and str(e.facts.get("zone", "")).startswith(zone)]
    assert held
    assert {e.facts["zone"] for e in cleared}
    assert cleared[0].t > held[0].t
    assert all(e.facts["zone_kind"] == "hold" and e.facts["code"] == "camera.person_near" for e in held)
    assert _entered_while_held(entries, zone) == []


def _entered_while_held(entries: list[Any], zone: str) -> list[tuple[float, str]]:
    """Robots that were given the node in the middle of the crossing while the zone was on."""
    middle, on, had = "south@006.0", set[str](), dict[str, bool]()
    since, found = 0.0, []
    for e in entries:
        name = str(e.facts.get("zone", ""))
        if e.kind == "zone_set" and name.startswith(zone):
            since = e.t if not on else since
            on.add(name)
        elif e.kind == "zone_cleared":
            on.discard(name)
        elif e.kind == "robot_holds":
            has = middle in str(e.facts["held"]).split()
            if has and not had.get(e.robot, False) and on and e.t > since:
                found.append((e.t, e.robot))
            had[e.robot] = has
    return found
