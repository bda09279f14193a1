"""Start the API of a browser test beside its fleet; with AMR_OVER_LINK=1 it sees the fleet over a link only."""

from __future__ import annotations

import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from amr_core.site import Site
from amr_fleet.api import server
from amr_fleet.api.server import ApiHandle
from amr_fleet.api.users import UserStore
from amr_fleet.api_process.calls import calls_of
from amr_fleet.api_process.desks import RemoteEscalation, RemoteRobots, RemoteWebhooks
from amr_fleet.api_process.engine_side import EngineSide
from amr_fleet.api_process.keeper import ApiKeeper
from amr_fleet.api_process.remote import RemoteFleet
from amr_fleet.api_process.setup import ApiSetup
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ops import Ops
from amr_fleet.ports import FleetPort
from amr_fleet.store.journal import JournalStore
from tests.api.over_link import OVER_LINK

PATIENCE_S = 30.0
"""How long a page waits for the fleet: a machine that others share is slow, and no test here is of that."""

inside = pytest.mark.skipif(OVER_LINK, reason="a fleet that breaks ends the link; its keeper starts the API again")
"""Of tests of a fleet that breaks inside the API."""


def start(fleet: FleetPort, site: Site, *, users: UserStore, ops: Ops | None = None, **named: Any) -> ApiHandle:
    """Start it in this process. named: as server.start has them."""
    named.setdefault("answer_seconds", PATIENCE_S)
    named.setdefault("port_number", 0)
    if not OVER_LINK:
        return server.start(fleet, site, users=users, ops=ops, **named)
    ours, theirs = socket.socketpair()
    hooks, alarms = (ops.webhooks, ops.escalation) if ops is not None else (None, None)
    robots = ops.robot_desk if ops is not None else None
    side = EngineSide(fleet, ours, calls_of(_no_tree, hooks, alarms, robots=robots))
    threading.Thread(target=side.serve, args=(lambda *_: None,), daemon=True).start()
    remote = RemoteFleet(theirs)
    remote.wait(60.0)
    if ops is not None:
        ops = replace(
            ops,
            webhooks=None if hooks is None else RemoteWebhooks(remote.call),
            escalation=None if alarms is None else RemoteEscalation(remote.call),
            robot_desk=None if robots is None else RemoteRobots(remote.call),
        )
    handle = server.start(remote, site, users=users, ops=ops, turned=remote.beat, **named)

    def stop() -> None:
        handle.stop()
        side.close()

    return ApiHandle(handle.url, stop)


def start_apart(fleet: FleetPort, journal: JournalStore, site: Site, site_name: str, folder: Path) -> ApiHandle:
    """Start it in a process of its own, on journal.sqlite3, tracks.sqlite3 and users.db of a folder."""
    setup = ApiSetup(
        site=site, site_name=site_name, fleet=FleetSettings(), database=str(folder / "journal.sqlite3"),
        users=folder / "users.db", first_password=folder / "first_password", login="none",
        tracks=str(folder / "tracks.sqlite3"),
    )  # fmt: skip
    keeper = ApiKeeper(
        setup, fleet, port=0, say=lambda line: sys.stderr.write(f"{line}\n"), calls=calls_of(journal.tree)
    )
    keeper.start()
    return ApiHandle(keeper.url, keeper.close)


def _no_tree() -> NoReturn:
    raise AssertionError("a made-up journal has no tree")
