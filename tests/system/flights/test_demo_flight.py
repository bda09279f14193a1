"""`amr demo --uav` as a person starts it, on a small site: what was planted on the racks becomes tasks, and no more."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from amr_core.site import load_site
from amr_core.site.build import build_site
from amr_uav.sample_stock import sample
from amr_uav.site import load_flight_site

OVER = ("DONE", "ABORTED", "CANCELLED", "DOWN")
ROW: dict[str, Any] = {"yaw": 90, "bays": 2, "levels": [1.2, 2.0, 2.8]}
FLIGHT: dict[str, Any] = {
    "aircraft": {"name": "uav_01", "mass": 1.6, "endurance": 1500, "cruise": 2.0, "climb": 1.0, "max_wind": 8.0},
    "pad": [2.4, 2.0], "transit": 3.6, "ceiling": 5.0,
    "rows": [
        {"id": "L", "place": "A1", "start": [5.6, 5.4], "end": [8.4, 5.4], **ROW},
        {"id": "R", "place": "B1", "start": [11.6, 5.4], "end": [14.4, 5.4], **ROW},
    ],
}  # fmt: skip


def site_of(folder: Path) -> str:
    """The lab without its walker, with two faces of racks and an aircraft whose pad no lane passes."""
    model: dict[str, Any] = load_site("lab").model_dump(mode="json")
    model["movers"] = []
    folder.mkdir()
    (folder / "site.yaml").write_text(yaml.safe_dump(model, allow_unicode=True), encoding="utf-8")
    (folder / "flight.yaml").write_text(yaml.safe_dump(FLIGHT), encoding="utf-8")
    build_site(str(folder))
    return str(folder)


def ended(run: Any, http: httpx.Client, seconds: float) -> list[dict[str, Any]]:
    """Wait until the count and its second look are over; return the flights, oldest first."""
    end = time.monotonic() + seconds
    while True:
        flights: list[dict[str, Any]] = http.get("/api/v1/flights").raise_for_status().json()["flights"]
        if flights and all(one["state"] in OVER for one in flights):
            return flights
        assert run.process.poll() is None, run.words()
        assert time.monotonic() < end, ([(f["state"], f["labels"], f["unknown"]) for f in flights], run.words())
        time.sleep(0.5)


@pytest.mark.timeout(900)
def test_what_was_planted_on_the_racks_becomes_tasks_and_the_misplaced_load_an_order(
    start_amr: Any, tmp_path: Path
) -> None:
    site = site_of(tmp_path / "small")
    flying = load_flight_site(site)
    assert flying is not None
    planted = sample(flying).planted
    assert {kind for kind, _what in planted} == {"misplaced", "missing", "not_in_book", "unreadable"}
    run = start_amr(
        "demo", "--site", site, "--uav", "--robots", "1", "--orders-per-hour", "0", "--rtf", "max", "--port", "18475",
        "--seed", "7",
    )  # fmt: skip
    run.wait_for(lambda: (run.folder / "state" / "ready.json").is_file(), 240, "the dashboard")
    ready = json.loads((run.folder / "state" / "ready.json").read_text())
    with httpx.Client(base_url=ready["url"], timeout=60.0) as http:
        http.post("/api/v1/login", json={"user": ready["user"], "password": ready["password"]}).raise_for_status()
        flights = ended(run, http, 600.0)
        assert [(f["state"], f["again"]) for f in flights] == [("DONE", ""), ("DONE", "F000001")], flights
        found = [one for f in flights for one in f["differences"] if not one["checked_by"]]
        told = {(one["kind"], one["load_id"] or one["cell"]) for one in found}
        assert not planted - told, "missed"
        assert not told - planted, "false"
        (misplaced,) = (one for one in found if one["kind"] == "misplaced")
        order = http.get(f"/api/v1/orders/{misplaced['order_id']}").raise_for_status().json()
        wanted = (misplaced["found"], misplaced["booked"], misplaced["load_id"])
        assert (order["pick_place"], order["drop_place"], order["load_id"]) == wanted
        assert order["held"], "a person lets it start"
