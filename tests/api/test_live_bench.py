"""`amr bench live` and `screen` serve a fleet of their own by the product's API: it has all that the API asks."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import httpx
import pytest

from amr_core.site import load_site
from amr_fleet.api import server
from amr_fleet.api.users import UserStore
from amr_fleet.ports import FleetPort
from amr_lab.bench.live import Moving, measure


def test_the_live_bench_measures() -> None:
    figures = measure(robots=3, clients=1, seconds=1.0, stuck=0)
    assert figures["robots"] == 3
    assert figures["messages_per_client_s"] > 0
    assert figures["snapshot_bytes"] > 0


@pytest.mark.parametrize("path", ["/metrics", "/ready", "/api/v1/snapshot", "/api/v1/site", "/api/v1/book"])
def test_its_fleet_answers_what_a_page_asks_first(tmp_path: Path, path: str) -> None:
    users = UserStore(tmp_path / "users.db")
    users.add("bench", "bench-only-password", "viewer")
    token = users.open_session("bench", "token", "bench")
    handle = server.start(cast(FleetPort, Moving(3, 3)), load_site("cai_cui"), port_number=0, users=users)
    try:
        answer = httpx.get(handle.url + path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code < 500, answer.text
    finally:
        handle.stop()
        users.close()
